import type { Attribute, Attributes, Schema } from './schema';
import type { ValueType } from './value-type';
import { typeOfAttributeType } from './value-type';

const MARKDOWN = 1;
/** `Schema.Object.NestingMode`. */
const OBJECT_NESTING = { single: 1, list: 2, map: 4 };
/** `Schema.NestedBlock.NestingMode`. */
const BLOCK_SINGLE = 1;

/** A schema as the protocol's message `Schema`. */
export function schemaMessage(schema: Schema): object {
  const { version, description, attributes, blocks = {} } = schema;
  return {
    version,
    block: {
      ...blockMessage(description, attributes),
      version,
      block_types: Object.entries(blocks).map(([name, block]) => {
        // For a single block Terraform wants both to be the same (`configschema.InternalValidate`).
        const items = block.required ? 1 : 0;
        return {
          type_name: name,
          block: blockMessage(block.description, block.attributes),
          nesting: BLOCK_SINGLE,
          min_items: items,
          max_items: items,
        };
      }),
    },
  };
}

function blockMessage(description: string, attributes: Attributes): object {
  return { attributes: attributeMessages(attributes), description, description_kind: MARKDOWN };
}

function attributeMessages(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([name, attribute]) => attributeMessage(name, attribute));
}

function attributeMessage(name: string, attribute: Attribute): object {
  const { type, nested, description, ...flags } = attribute;
  return {
    name,
    ...(nested
      ? {
          nested_type: {
            attributes: attributeMessages(nested.attributes),
            nesting: OBJECT_NESTING[nested.nesting],
          },
        }
      : { type: Buffer.from(JSON.stringify(ctyType(typeOfAttributeType(type!)))) }),
    ...flags,
    description,
    description_kind: MARKDOWN,
  };
}

/** A type in cty's JSON notation, such as `["list","string"]`. */
function ctyType(type: ValueType): unknown {
  if (typeof type === 'string') return type;
  if ('collection' in type) return [type.collection, ctyType(type.of)];
  return [
    'object',
    Object.fromEntries(Object.entries(type.object).map(([name, one]) => [name, ctyType(one)])),
  ];
}
