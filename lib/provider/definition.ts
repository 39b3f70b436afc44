import type { ProviderDefinition } from './protocol/provider';
import { providerSchema } from './schema/provider';

/** The provider regraft. */
export const definition: ProviderDefinition<object> = {
  schema: providerSchema,
  resources: {},
  dataSources: {},
  validate: () => [],
  configure: async () => ({ configuration: {} }),
  close: async () => undefined,
};
