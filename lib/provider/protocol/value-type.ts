import type { Attribute, Attributes, AttributeType, Schema } from './schema';

/** A type of Terraform's type system, as far as schemas here use it. */
export type ValueType =
  | 'string'
  | 'number'
  | 'bool'
  | { readonly collection: 'list' | 'map'; readonly of: ValueType }
  | { readonly object: Readonly<Record<string, ValueType>> };

/** The type of the values that a schema describes: an object of its attributes and blocks. */
export function typeOfSchema({ attributes, blocks = {} }: Schema): ValueType {
  return {
    object: Object.fromEntries([
      ...attributeTypes(attributes),
      ...Object.entries(blocks).map(
        ([name, block]) => [name, { object: Object.fromEntries(attributeTypes(block.attributes)) }] as const,
      ),
    ]),
  };
}

/** The type of an attribute that has no nested attributes. */
export function typeOfAttributeType(type: AttributeType): ValueType {
  return typeof type === 'string' ? type : { collection: type[0], of: type[1] };
}

function attributeTypes(attributes: Attributes): [string, ValueType][] {
  return Object.entries(attributes).map(([name, attribute]) => [name, attributeType(attribute)]);
}

function attributeType({ type, nested }: Attribute): ValueType {
  if (!nested) return typeOfAttributeType(type!);
  const object = { object: Object.fromEntries(attributeTypes(nested.attributes)) };
  return nested.nesting === 'single' ? object : { collection: nested.nesting, of: object };
}
