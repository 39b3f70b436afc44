import { ExtData } from '@msgpack/msgpack';
import type { Path } from './value-error';
import { ValueError } from './value-error';
import type { ValueType } from './value-type';
import type { Value } from './values';
import { UNKNOWN } from './values';

/** An unknown value as cty writes it: extension 0 with one zero byte (cty, `msgpack/unknown.go`). */
const UNKNOWN_EXTENSION = new ExtData(0, new Uint8Array(1));

/**
 * What MessagePack is written from, of a value of the type; an attribute that is left out of an object is null.
 *
 * @throws ValueError when it is not of the type
 */
export function encodableValue(value: Value | undefined, type: ValueType, path: Path = []): unknown {
  if (value === null || value === undefined) return null;
  if (value === UNKNOWN) return UNKNOWN_EXTENSION;
  if (type === 'string' || type === 'bool') {
    if (typeof value === (type === 'bool' ? 'boolean' : 'string')) return value;
    throw new ValueError(path, value, `a ${type}`);
  }
  if (type === 'number') {
    if (typeof value === 'number' && Number.isFinite(value)) return encodableNumber(value);
    throw new ValueError(path, value, 'a finite number');
  }
  if ('object' in type) {
    const given = objectOf(value, 'an object', path);
    for (const [name, one] of Object.entries(given)) {
      if (!Object.hasOwn(type.object, name)) throw new ValueError([...path, name], one, 'no such attribute');
    }
    return mapped(type.object, (name, of) => encodableValue(given[name], of, [...path, name]));
  }
  if (type.collection === 'list') {
    if (!Array.isArray(value)) throw new ValueError(path, value, 'a list');
    return value.map((one: Value, key) => encodableValue(one, type.of, [...path, { key }]));
  }
  return mapped(objectOf(value, 'a map', path), (key, one) =>
    encodableValue(one, type.of, [...path, { key }]),
  );
}

/** As decimal text where a float would be another number than the one that was written in decimals: 0.1 is none of the floats. */
function encodableNumber(number: number): number | string {
  if (Number.isSafeInteger(number)) return number;
  return Number.isInteger(number) ? BigInt(number).toString() : String(number);
}

function objectOf(value: Value, expected: string, path: Path): Readonly<Record<string, Value>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, Value>>;
  }
  throw new ValueError(path, value, expected);
}

function mapped<From>(
  record: Readonly<Record<string, From>>,
  to: (name: string, from: From) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, one]) => [name, to(name, one)]));
}
