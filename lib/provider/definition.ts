import { baseResource } from './base/base-resource';
import { cloneResource } from './clone/clone-resource';
import type { Configuration } from './configuration';
import { close, configure } from './configure';
import { clonesSource } from './data-sources/clones';
import { dependentsSource } from './data-sources/dependents';
import type { ProviderDefinition } from './protocol/provider';
import { providerSchema } from './schema/provider';
import { validateProvider } from './validate-provider';

/** All that the provider is. */
export const definition: ProviderDefinition<Configuration> = {
  schema: providerSchema,
  resources: { regraft_base: baseResource, regraft_clone: cloneResource },
  dataSources: { regraft_clones: clonesSource, regraft_dependents: dependentsSource },
  validate: validateProvider,
  configure,
  close,
};
