import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder with the schemas of the providers, which is no part of the project. */
export const SCHEMA_FOLDER = join(__dirname, '..', '..', '..', 'shared', 'schemas');

type AttributeType = string | readonly [string, AttributeType | Readonly<Record<string, AttributeType>>];

interface Attribute {
  readonly type?: AttributeType;
  readonly nested_type?: { readonly attributes: Attributes; readonly nesting_mode: string };
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
}

type Attributes = Readonly<Record<string, Attribute>>;

interface SchemaBlock {
  readonly attributes?: Attributes;
  readonly block_types?: Readonly<
    Record<
      string,
      { readonly nesting_mode: string; readonly block: SchemaBlock; readonly max_items?: number }
    >
  >;
}

/** Arguments that are Terraform's own and in no provider's schema. */
const META = new Set(['provider', 'for_each', 'lifecycle', 'depends_on', 'count', '//']);

/** The schema of a provider, as `terraform providers schema -json` prints it. */
export class ProviderSchema {
  private readonly resources: Readonly<Record<string, { readonly block: SchemaBlock }>>;

  constructor(version: string) {
    const text = readFileSync(join(SCHEMA_FOLDER, `libvirt-${version}.json`), 'utf8');
    const { provider_schemas: schemas } = JSON.parse(text) as {
      provider_schemas: Record<string, { resource_schemas: Record<string, { block: SchemaBlock }> }>;
    };
    this.resources = Object.values(schemas)[0]!.resource_schemas;
  }

  /** Where a resource's attributes differ from the schema, one line each. */
  misfits(type: string, attributes: Readonly<Record<string, unknown>>): string[] {
    const resource = this.resources[type];
    if (!resource) return [`${type}: no such resource`];
    const { ignore_changes: ignored = [] } = (attributes['lifecycle'] ?? {}) as { ignore_changes?: string[] };
    const known = { ...resource.block.attributes, ...resource.block.block_types };
    const unknown = ignored
      .filter((name) => !(name in known))
      .map((name) => `${type}: ignores ${name}, which it lacks`);
    return [...blockMisfits(type, resource.block, attributes), ...unknown];
  }
}

function blockMisfits(
  path: string,
  { attributes = {}, block_types: blocks = {} }: SchemaBlock,
  value: Readonly<Record<string, unknown>>,
): string[] {
  const missing = requiredOf(attributes).filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${path}.${name}: required, and not set`),
    ...Object.entries(value).flatMap(([name, content]) => {
      const where = `${path}.${name}`;
      if (META.has(name)) return [];
      const nested = blocks[name];
      if (nested) {
        const items = Array.isArray(content) ? content : [content];
        const tooMany =
          nested.max_items !== undefined && items.length > nested.max_items
            ? [`${where}: ${items.length} blocks`]
            : [];
        return [
          ...tooMany,
          ...items.flatMap((item) =>
            objectMisfits(where, item, (object) => blockMisfits(where, nested.block, object)),
          ),
        ];
      }
      return attributeMisfits(where, attributes[name], content);
    }),
  ];
}

function attributesMisfits(
  path: string,
  attributes: Attributes,
  value: Readonly<Record<string, unknown>>,
): string[] {
  return [
    ...requiredOf(attributes)
      .filter((name) => !(name in value))
      .map((name) => `${path}.${name}: required, and not set`),
    ...Object.entries(value).flatMap(([name, content]) =>
      attributeMisfits(`${path}.${name}`, attributes[name], content),
    ),
  ];
}

function attributeMisfits(path: string, attribute: Attribute | undefined, value: unknown): string[] {
  if (!attribute) return [`${path}: no such attribute`];
  if (!attribute.required && !attribute.optional) return [`${path}: computed only`];
  if (value === null) return attribute.required ? [`${path}: required, and null`] : [];
  // What is an expression is known to Terraform only; `terraform validate` checks its type.
  if (typeof value === 'string' && /^\$\{.*\}$/s.test(value)) return [];
  const { type, nested_type: nested } = attribute;
  if (!nested) return typeMisfits(path, type!, value);
  const objects = (item: unknown, where: string): string[] =>
    objectMisfits(where, item, (object) => attributesMisfits(where, nested.attributes, object));
  if (nested.nesting_mode === 'single') return objects(value, path);
  if (nested.nesting_mode === 'map')
    return objectMisfits(path, value, (map) =>
      Object.entries(map).flatMap(([key, item]) => objects(item, `${path}.${key}`)),
    );
  return Array.isArray(value)
    ? value.flatMap((item, index) => objects(item, `${path}[${index}]`))
    : [`${path}: expected a list`];
}

function typeMisfits(path: string, type: AttributeType, value: unknown): string[] {
  if (typeof type === 'string') {
    const wanted = { string: 'string', number: 'number', bool: 'boolean' }[type];
    return typeof value === wanted ? [] : [`${path}: expected ${type}, found ${JSON.stringify(value)}`];
  }
  const [kind, element] = type;
  if (kind === 'list' || kind === 'set') {
    if (!Array.isArray(value)) return [`${path}: expected a ${kind}`];
    return value.flatMap((item, index) => typeMisfits(`${path}[${index}]`, element as AttributeType, item));
  }
  return objectMisfits(path, value, (object) =>
    Object.entries(object).flatMap(([key, item]) => {
      const of =
        kind === 'map' ? (element as AttributeType) : (element as Record<string, AttributeType>)[key];
      return of === undefined
        ? [`${path}.${key}: no such attribute`]
        : typeMisfits(`${path}.${key}`, of, item);
    }),
  );
}

function requiredOf(attributes: Attributes): string[] {
  return Object.keys(attributes).filter((name) => attributes[name]!.required);
}

function objectMisfits(
  path: string,
  value: unknown,
  check: (object: Readonly<Record<string, unknown>>) => string[],
): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path}: expected an object, found ${JSON.stringify(value)}`];
  return check(value as Record<string, unknown>);
}
