import type { Path } from './value-error';
import { ValueError } from './value-error';
import type { ValueType } from './value-type';
import type { Value } from './values';
import { UNKNOWN } from './values';

/** How an object that is not quite of its type is read. */
export interface DecodeOptions {
  /** Attributes that the type does not have are left out, and those that are missing are null. @default false */
  readonly lenient?: boolean;
}

/**
 * A value of the type, from what MessagePack or JSON was parsed to.
 *
 * @throws ValueError when it is not of the type
 */
export function decodeValue(
  raw: unknown,
  type: ValueType,
  options: DecodeOptions = {},
  path: Path = [],
): Value {
  if (raw === null || raw === UNKNOWN) return raw as Value;
  if (type === 'string' || type === 'bool') {
    if (typeof raw === (type === 'bool' ? 'boolean' : 'string')) return raw as Value;
    throw new ValueError(path, raw, `a ${type}`);
  }
  if (type === 'number') return decodeNumber(raw, path);
  if ('object' in type) return decodeObject(raw, type.object, options, path);
  if (type.collection === 'list') {
    if (!Array.isArray(raw)) throw new ValueError(path, raw, 'a list');
    return raw.map((one, key) => decodeValue(one, type.of, options, [...path, { key }]));
  }
  return Object.fromEntries(
    entries(raw, 'a map', path).map(([key, one]) => [
      key,
      decodeValue(one, type.of, options, [...path, { key }]),
    ]),
  );
}

/** Terraform sends a number that is neither a 64-bit integer nor exactly a float as decimal text (cty, `msgpack/marshal.go`). */
function decodeNumber(raw: unknown, path: Path): number {
  const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  const exact =
    typeof raw === 'bigint' ? raw : typeof raw === 'string' && /^-?\d+$/.test(raw) ? BigInt(raw) : undefined;
  if (exact !== undefined) {
    if (BigInt(Number(exact)) === exact) return Number(exact);
    throw new ValueError(path, raw, 'a number of at most 15 digits');
  }
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ValueError(path, raw, 'a number');
}

function decodeObject(
  raw: unknown,
  types: Readonly<Record<string, ValueType>>,
  options: DecodeOptions,
  path: Path,
): Value {
  const given = new Map(entries(raw, 'an object', path));
  if (!options.lenient) {
    for (const [name, value] of given) {
      if (!Object.hasOwn(types, name)) throw new ValueError([...path, name], value, 'no such attribute');
    }
    for (const name of Object.keys(types)) {
      if (!given.has(name)) throw new ValueError([...path, name], undefined, 'a value or null');
    }
  }
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [
      name,
      decodeValue(given.get(name) ?? null, type, options, [...path, name]),
    ]),
  );
}

function entries(raw: unknown, expected: string, path: Path): [string, unknown][] {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !ArrayBuffer.isView(raw)) {
    return Object.entries(raw);
  }
  throw new ValueError(path, raw, expected);
}
