import { encode as msgpack, ExtData } from '@msgpack/msgpack';
import fc from 'fast-check';
import type { DynamicValue } from '../../../lib/provider/protocol/dynamic-value';
import { readObject, readValue, writtenValue } from '../../../lib/provider/protocol/dynamic-value';
import type { ValueType } from '../../../lib/provider/protocol/value-type';
import { typeOfSchema } from '../../../lib/provider/protocol/value-type';
import type { ObjectValue, Value } from '../../../lib/provider/protocol/values';
import { UNKNOWN } from '../../../lib/provider/protocol/values';
import { thingSchema } from './sample/schema';

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);

/** Types as schemas have them. */
const { type } = fc.letrec<{ type: ValueType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<ValueType>('string', 'number', 'bool'),
    fc.record({ collection: fc.constantFrom('list' as const, 'map' as const), of: tie('type') }),
    fc.record({ object: fc.dictionary(name, tie('type'), { maxKeys: 4, noNullPrototype: true }) }),
  ),
}));

const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(2 ** 60, 2 ** 63, -(2 ** 63), 1e300, 0.1),
);

/** Values of a type, null and unknown among them. */
function valuesOf(of: ValueType): fc.Arbitrary<Value> {
  const known = (): fc.Arbitrary<Value> => {
    if (of === 'string') return fc.string({ unit: 'grapheme' });
    if (of === 'number') return number.map((one) => one + 0);
    if (of === 'bool') return fc.boolean();
    if ('object' in of) {
      return fc.record(
        Object.fromEntries(Object.entries(of.object).map(([key, one]) => [key, valuesOf(one)])),
        { noNullPrototype: true },
      );
    }
    if (of.collection === 'list') return fc.array(valuesOf(of.of), { maxLength: 4 });
    const key = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => text !== '__proto__');
    return fc.dictionary(key, valuesOf(of.of), { maxKeys: 4, noNullPrototype: true });
  };
  return fc.oneof(
    { weight: 6, arbitrary: known() },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(UNKNOWN) },
  );
}

test('every value of every type comes back as it was sent, null and unknown included', () => {
  const typed = type.chain((of) => fc.tuple(fc.constant(of), valuesOf(of)));
  fc.assert(
    fc.property(typed, ([of, value]) => {
      expect(readValue(writtenValue(value, of), of)).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

const thing = typeOfSchema(thingSchema);

/** An object of the sample's type as Terraform sends it: every attribute is there. */
function sent(values: Readonly<Record<string, unknown>>): DynamicValue {
  const names = Object.keys((thing as { object: object }).object);
  const whole = Object.fromEntries(names.map((one) => [one, values[one] ?? null]));
  return { msgpack: Buffer.from(msgpack(whole, { useBigInt64: true })) };
}

function read(values: Readonly<Record<string, unknown>>): ObjectValue {
  return readObject(sent(values), thing)!;
}

test('an unknown value is any extension 0, and a refined one extension 12; it is written as cty does', () => {
  const refined = new ExtData(12, msgpack({ 1: false }));
  for (const raw of [new ExtData(0, new Uint8Array(0)), new ExtData(0, new Uint8Array(1)), refined]) {
    expect(read({ text: raw, words: raw, one: raw, extra: raw })).toMatchObject({
      text: UNKNOWN,
      words: UNKNOWN,
      one: UNKNOWN,
      extra: UNKNOWN,
    });
  }
  expect(writtenValue(UNKNOWN, 'string').msgpack).toEqual(Buffer.from([0xd4, 0, 0]));
});

test('every attribute is written, those that were left out as null', () => {
  expect(readObject(writtenValue({ name: 'a' }, thing), thing)).toEqual(read({ name: 'a' }));
});

test('numbers come as integers, floats or decimal text, and those that would be rounded are refused', () => {
  expect(read({ number: 2.5 })).toMatchObject({ number: 2.5 });
  expect(read({ number: '0.1' })).toMatchObject({ number: 0.1 });
  expect(read({ number: 1n << 60n })).toMatchObject({ number: 2 ** 60 });
  expect(read({ number: '18446744073709551616' })).toMatchObject({ number: 2 ** 64 });
  expect(() => read({ number: (1n << 60n) + 1n })).toThrow(
    'number is a bigint, expected a number of at most 15 digits',
  );
  expect(() => read({ number: 'many' })).toThrow('number is a string, expected a number');
  expect(() => read({ number: Infinity })).toThrow('number is a number, expected a number');
  // A float would be another number than the 0.1 of the configuration.
  expect(writtenValue(0.1, 'number').msgpack).toEqual(Buffer.from(msgpack('0.1')));
});

test('what does not fit is refused, and the place is named but not what stands there', () => {
  const part = { label: 'secret', size: null, on: null };
  expect(() => read({ named: { 'a b': { ...part, size: true } } })).toThrow(
    'named["a b"].size is a boolean, expected a number',
  );
  expect(() => read({ many: [part, { ...part, more: 'secret' }] })).toThrow(
    'many[1].more is a string, expected no such attribute',
  );
  expect(() => read({ one: { label: 'secret' } })).toThrow('one.size is undefined, expected a value or null');
  expect(() => read({ labels: ['secret'] })).toThrow('labels is a list, expected a map');
  expect(() => writtenValue({ many: [{ label: 1 }] }, thing)).toThrow(
    'many[0].label is a number, expected a string',
  );
  expect(() => writtenValue({ nume: 'secret' }, thing)).toThrow(
    'nume is a string, expected no such attribute',
  );
  expect(() => writtenValue(NaN, 'number')).toThrow('the value is a number, expected a finite number');
});

test('a state in JSON is read by the schema: what it has no attribute for is dropped, what is missing is null', () => {
  const json = Buffer.from(
    JSON.stringify({ name: 'a', gone: 1, one: { label: 'x', gone: 2 }, numbers: [1] }),
  );
  expect(readObject({ json }, thing, { lenient: true })).toEqual(
    read({ name: 'a', one: { label: 'x', size: null, on: null }, numbers: [1] }),
  );
  expect(() => readObject({ json }, thing)).toThrow('gone is a number, expected no such attribute');
});
