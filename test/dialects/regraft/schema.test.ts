import type { Attribute, Attributes, Schema } from '../../../lib/provider/protocol/schema';
import { baseSchema } from '../../../lib/provider/schema/base';
import { cloneSchema } from '../../../lib/provider/schema/clone';
import { providerSchema } from '../../../lib/provider/schema/provider';
import { checkFleets, stackOf } from '../../support/check-fleets';
import { everything } from '../../support/everything';
import type { Synthesized } from '../../support/synthesis';
import { synthesize } from '../../support/synthesis';

type Values = Readonly<Record<string, unknown>>;

const META = new Set(['provider', 'alias', 'lifecycle', '//']);
const SCHEMAS: Readonly<Record<string, Schema>> = { regraft_base: baseSchema, regraft_clone: cloneSchema };

/** Where what a stack says differs from the schemas, one line each. */
function misfits({ json }: Synthesized): string[] {
  const resources = Object.entries(json.resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).flatMap(([name, block]) => {
      const schema = SCHEMAS[type];
      return schema ? ofSchema(`${type}.${name}`, schema, block) : [`${type}: no such resource`];
    }),
  );
  const providers = json.provider['regraft']!.flatMap((block) => ofSchema('provider', providerSchema, block));
  return [...resources, ...providers];
}

function ofSchema(path: string, { attributes, blocks = {} }: Schema, values: Values): string[] {
  const plain = Object.fromEntries(Object.entries(values).filter(([name]) => !(name in blocks)));
  const missing = Object.keys(blocks).filter((name) => blocks[name]!.required && !(name in values));
  return [
    ...ofAttributes(path, attributes, plain),
    ...missing.map((name) => `${path}.${name}: required, and not there`),
    ...Object.entries(blocks).flatMap(([name, block]) =>
      name in values ? ofAttributes(`${path}.${name}`, block.attributes, values[name] as Values) : [],
    ),
  ];
}

function ofAttributes(path: string, attributes: Attributes, values: Values): string[] {
  const missing = Object.keys(attributes).filter((name) => attributes[name]!.required && !(name in values));
  return [
    ...missing.map((name) => `${path}.${name}: required, and not set`),
    ...Object.entries(values)
      .filter(([name]) => !META.has(name))
      .flatMap(([name, value]) => ofAttribute(`${path}.${name}`, attributes[name], value)),
  ];
}

function ofAttribute(path: string, attribute: Attribute | undefined, value: unknown): string[] {
  if (!attribute) return [`${path}: no such attribute`];
  if (!attribute.required && !attribute.optional) return [`${path}: computed only`];
  const { type, nested } = attribute;
  if (!nested) {
    const wanted = { string: 'string', number: 'number', bool: 'boolean' }[type as 'string'];
    return typeof value === wanted
      ? []
      : [`${path}: expected ${String(type)}, found ${JSON.stringify(value)}`];
  }
  if (nested.nesting === 'single') return ofAttributes(path, nested.attributes, value as Values);
  return Object.entries(value as Readonly<Record<string, Values>>).flatMap(([key, one]) =>
    ofAttributes(`${path}.${key}`, nested.attributes, one),
  );
}

describe('every attribute that is written exists in the schemas of regraft’s own provider', () => {
  it('of a pool with all that a machine can have', () => {
    expect(misfits(synthesize((stack) => everything(stack, 'regraft')))).toEqual([]);
  });

  it('of any fleet', () => {
    checkFleets('regraft', (fleet) => expect(misfits(stackOf(fleet))).toEqual([]));
  });

  it('and one that does not, is of another type, computed or missing is found', () => {
    const stack = synthesize((scope) => everything(scope, 'regraft'));
    const clone = stack.json.resource['regraft_clone']!['rich__anna']!;
    Object.assign(clone, { colour: 'red', retain: 1, uuid: 'x' });
    Reflect.deleteProperty(clone, 'domain_xml');
    Object.assign((clone['volumes'] as Record<string, object>)['home']!, { path: '/a' });
    expect(misfits(stack).map((line) => line.replace(/^\S*anna\./, ''))).toEqual([
      'domain_xml: required, and not set',
      'retain: expected string, found 1',
      'volumes.home.path: computed only',
      'colour: no such attribute',
      'uuid: computed only',
    ]);
  });
});
