import { decode, encode, ExtensionCodec } from '@msgpack/msgpack';
import type { DecodeOptions } from './decode';
import { decodeValue } from './decode';
import { encodableValue } from './encode';
import type { ValueType } from './value-type';
import { ValueError } from './value-error';
import type { ObjectValue, Value } from './values';
import { UNKNOWN } from './values';

/** A value on the wire, in one of two notations (`DynamicValue` of the protocol). */
export interface DynamicValue {
  readonly msgpack?: Buffer;
  readonly json?: Buffer;
}

/** An unknown value that says what it will be like (cty, `msgpack/unknown.go`). */
const REFINED_UNKNOWN = 12;

const extensionCodec = new ExtensionCodec();
for (const type of [0, REFINED_UNKNOWN]) {
  extensionCodec.register({ type, encode: () => null, decode: () => UNKNOWN });
}

/**
 * The value of a type that was sent; null when nothing was.
 *
 * @throws ValueError when it is not of the type
 */
export function readValue(
  sent: DynamicValue | null | undefined,
  type: ValueType,
  options: DecodeOptions = {},
): Value {
  if (sent?.msgpack?.length) {
    // Whole numbers of 64 bits come as bigint: the codec says which of them fit.
    return decodeValue(decode(sent.msgpack, { extensionCodec, useBigInt64: true }), type, options);
  }
  if (sent?.json?.length) return decodeValue(JSON.parse(sent.json.toString('utf8')), type, options);
  return null;
}

/**
 * The object that was sent, or null.
 *
 * @throws ValueError when it is not of the type, or wholly unknown
 */
export function readObject(
  sent: DynamicValue | null | undefined,
  type: ValueType,
  options: DecodeOptions = {},
): ObjectValue | null {
  const value = readValue(sent, type, options);
  if (value === UNKNOWN) throw new ValueError([], value, 'an object or null');
  return value as ObjectValue | null;
}

/**
 * The value as it is sent.
 *
 * @throws ValueError when it is not of the type
 */
export function writtenValue(value: Value, type: ValueType): DynamicValue {
  return { msgpack: Buffer.from(encode(encodableValue(value, type))) };
}
