import { UserError } from '../../model/user-error';
import type { Configured } from './configured';
import { diagnosticMessages } from './diagnostics';
import { readObject, writtenValue } from './dynamic-value';
import type { LifeCycle } from './life-cycle';
import type { ProviderDefinition } from './provider';
import type { Calls } from './requests';
import type { Schema } from './schema';
import { schemaMessage } from './schema-message';
import { typeOfSchema } from './value-type';

/** `plan_destroy`: a resource is asked before it is destroyed; `get_provider_schema_optional`: Terraform may keep the schema. */
const CAPABILITIES = { plan_destroy: true, get_provider_schema_optional: true, move_resource_state: false };

/** The calls of the protocol for the provider itself. */
export function providerCalls<Configuration>(
  definition: ProviderDefinition<Configuration>,
  configured: Configured<Configuration>,
  life: LifeCycle,
): Calls {
  const { schema, resources, dataSources } = definition;
  const type = typeOfSchema(schema);
  return {
    GetMetadata: () => ({
      server_capabilities: CAPABILITIES,
      resources: Object.keys(resources).map((type_name) => ({ type_name })),
      data_sources: Object.keys(dataSources).map((type_name) => ({ type_name })),
    }),
    GetProviderSchema: () => ({
      provider: schemaMessage(schema),
      resource_schemas: schemaMessages(resources),
      data_source_schemas: schemaMessages(dataSources),
      server_capabilities: CAPABILITIES,
    }),
    ValidateProviderConfig: ({ config }) => ({
      diagnostics: diagnosticMessages(definition.validate(readObject(config, type) ?? {}), schema),
    }),
    ConfigureProvider: async ({ config, terraform_version }) => ({
      diagnostics: diagnosticMessages(
        await configured.make(readObject(config, type) ?? {}, terraform_version),
        schema,
      ),
    }),
    GetFunctions: () => ({}),
    StopProvider: () => {
      life.stop('Terraform asks to stop');
      return {};
    },
  };
}

/** The calls of the protocol for data sources. */
export function dataSourceCalls<Configuration>(
  { dataSources }: ProviderDefinition<Configuration>,
  configured: Configured<Configuration>,
): Calls {
  const served = (name: string) => {
    const found = Object.hasOwn(dataSources, name) ? dataSources[name] : undefined;
    if (found) return { dataSource: found, type: typeOfSchema(found.schema) };
    throw new UserError(
      `the provider regraft has no data source ${JSON.stringify(name)}, only ${Object.keys(dataSources).join(', ')}`,
    );
  };
  return {
    ValidateDataResourceConfig: ({ type_name, config }) => {
      const { dataSource, type } = served(type_name);
      return {
        diagnostics: diagnosticMessages(
          dataSource.validate(readObject(config, type) ?? {}),
          dataSource.schema,
        ),
      };
    },
    ReadDataSource: async ({ type_name, config }) => {
      const { dataSource, type } = served(type_name);
      const { state, diagnostics } = await dataSource.read(readObject(config, type) ?? {}, configured.get());
      return {
        state: writtenValue(state, type),
        diagnostics: diagnosticMessages(diagnostics, dataSource.schema),
      };
    },
  };
}

function schemaMessages(all: Readonly<Record<string, { readonly schema: Schema }>>): Record<string, object> {
  return Object.fromEntries(Object.entries(all).map(([name, { schema }]) => [name, schemaMessage(schema)]));
}
