import type { Message, Package } from './proto';

/** What is read and written of a call, in the field numbers of Terraform's plugin protocol 6. */
function call(
  request: Readonly<Record<string, string>>,
  response: Readonly<Record<string, string>>,
  nested: Readonly<Record<string, Message>> = {},
): Message {
  return { nested: { Request: { fields: request }, Response: { fields: response }, ...nested } };
}

const diagnosticsOnly = { diagnostics: 'repeated Diagnostic 1' };
const typedConfig = { type_name: 'string 1', config: 'DynamicValue 2' };

const messages: Readonly<Record<string, Message>> = {
  DynamicValue: { fields: { msgpack: 'bytes 1', json: 'bytes 2' } },
  RawState: { fields: { json: 'bytes 1', flatmap: 'map string 2' } },
  // The enums (severity, description_kind, nesting) are written as the integers that they are on the wire.
  Diagnostic: {
    fields: { severity: 'int32 1', summary: 'string 2', detail: 'string 3', attribute: 'AttributePath 4' },
  },
  AttributePath: {
    fields: { steps: 'repeated Step 1' },
    nested: {
      Step: {
        fields: { attribute_name: 'string 1', element_key_string: 'string 2', element_key_int: 'int64 3' },
      },
    },
  },
  Schema: {
    fields: { version: 'int64 1', block: 'Block 2' },
    nested: {
      Block: {
        fields: {
          version: 'int64 1',
          attributes: 'repeated Attribute 2',
          block_types: 'repeated NestedBlock 3',
          description: 'string 4',
          description_kind: 'int32 5',
        },
      },
      Attribute: {
        fields: {
          name: 'string 1',
          type: 'bytes 2',
          nested_type: 'Object 10',
          description: 'string 3',
          required: 'bool 4',
          optional: 'bool 5',
          computed: 'bool 6',
          sensitive: 'bool 7',
          description_kind: 'int32 8',
        },
      },
      NestedBlock: {
        fields: {
          type_name: 'string 1',
          block: 'Block 2',
          nesting: 'int32 3',
          min_items: 'int64 4',
          max_items: 'int64 5',
        },
      },
      Object: { fields: { attributes: 'repeated Attribute 1', nesting: 'int32 3' } },
    },
  },
  ServerCapabilities: {
    fields: { plan_destroy: 'bool 1', get_provider_schema_optional: 'bool 2', move_resource_state: 'bool 3' },
  },
  Function: {},
  GetMetadata: call(
    {},
    {
      server_capabilities: 'ServerCapabilities 1',
      diagnostics: 'repeated Diagnostic 2',
      data_sources: 'repeated TypeName 3',
      resources: 'repeated TypeName 4',
    },
    { TypeName: { fields: { type_name: 'string 1' } } },
  ),
  GetProviderSchema: call(
    {},
    {
      provider: 'Schema 1',
      resource_schemas: 'map Schema 2',
      data_source_schemas: 'map Schema 3',
      diagnostics: 'repeated Diagnostic 4',
      server_capabilities: 'ServerCapabilities 6',
    },
  ),
  ValidateProviderConfig: call({ config: 'DynamicValue 1' }, { diagnostics: 'repeated Diagnostic 2' }),
  ConfigureProvider: call({ terraform_version: 'string 1', config: 'DynamicValue 2' }, diagnosticsOnly),
  ValidateResourceConfig: call(typedConfig, diagnosticsOnly),
  ValidateDataResourceConfig: call(typedConfig, diagnosticsOnly),
  UpgradeResourceState: call(
    { type_name: 'string 1', version: 'int64 2', raw_state: 'RawState 3' },
    { upgraded_state: 'DynamicValue 1', diagnostics: 'repeated Diagnostic 2' },
  ),
  ReadResource: call(
    { type_name: 'string 1', current_state: 'DynamicValue 2', private: 'bytes 3' },
    { new_state: 'DynamicValue 1', diagnostics: 'repeated Diagnostic 2', private: 'bytes 3' },
  ),
  PlanResourceChange: call(
    {
      type_name: 'string 1',
      prior_state: 'DynamicValue 2',
      proposed_new_state: 'DynamicValue 3',
      config: 'DynamicValue 4',
      prior_private: 'bytes 5',
    },
    {
      planned_state: 'DynamicValue 1',
      requires_replace: 'repeated AttributePath 2',
      planned_private: 'bytes 3',
      diagnostics: 'repeated Diagnostic 4',
    },
  ),
  ApplyResourceChange: call(
    {
      type_name: 'string 1',
      prior_state: 'DynamicValue 2',
      planned_state: 'DynamicValue 3',
      config: 'DynamicValue 4',
      planned_private: 'bytes 5',
    },
    { new_state: 'DynamicValue 1', private: 'bytes 2', diagnostics: 'repeated Diagnostic 3' },
  ),
  ImportResourceState: call(
    { type_name: 'string 1', id: 'string 2' },
    { imported_resources: 'repeated ImportedResource 1', diagnostics: 'repeated Diagnostic 2' },
    {
      ImportedResource: { fields: { type_name: 'string 1', state: 'DynamicValue 2', private: 'bytes 3' } },
    },
  ),
  MoveResourceState: call(
    {
      source_provider_address: 'string 1',
      source_type_name: 'string 2',
      source_schema_version: 'int64 3',
      source_state: 'RawState 4',
      target_type_name: 'string 5',
    },
    { target_state: 'DynamicValue 1', diagnostics: 'repeated Diagnostic 2', target_private: 'bytes 3' },
  ),
  ReadDataSource: call(typedConfig, { state: 'DynamicValue 1', diagnostics: 'repeated Diagnostic 2' }),
  GetFunctions: call({}, { functions: 'map Function 1', diagnostics: 'repeated Diagnostic 2' }),
  StopProvider: call({}, { Error: 'string 1' }),
};

/** The calls of the protocol that the provider answers; it answers others as UNIMPLEMENTED, as Terraform expects of an older provider. */
export const CALLS = Object.entries(messages)
  .filter(([, { nested }]) => nested !== undefined && 'Request' in nested)
  .map(([name]) => name);

/** Terraform's plugin protocol 6, as far as it is used (`docs/plugin-protocol` of Terraform). */
export const tfplugin6: Package = {
  messages,
  services: {
    Provider: Object.fromEntries(CALLS.map((name) => [name, `${name}.Request -> ${name}.Response`])),
  },
};
