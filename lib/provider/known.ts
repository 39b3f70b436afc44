import type { ObjectValue, Value } from './protocol/values';
import { UNKNOWN } from './protocol/values';

/** A value that is known and not null; `undefined` for any other. */
export function known<Kind extends string | number | boolean>(
  value: Value | undefined,
  kind: Kind extends string ? 'string' : Kind extends number ? 'number' : 'boolean',
): Kind | undefined {
  return typeof value === kind ? (value as Kind) : undefined;
}

/** A text that is known and not null; `undefined` for any other. */
export function text(value: Value | undefined): string | undefined {
  return known<string>(value, 'string');
}

/** A number that is known and not null; `undefined` for any other. */
export function number(value: Value | undefined): number | undefined {
  return known<number>(value, 'number');
}

/** Whether something is only known after apply. */
export function isUnknown(value: Value | undefined): boolean {
  return value === UNKNOWN;
}

/** A known object or map; `undefined` for any other. */
export function object(value: Value | undefined): ObjectValue | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as ObjectValue)
    : undefined;
}

/** The entries of a map of objects whose objects are known. */
export function objectsOf(value: Value | undefined): [string, ObjectValue][] {
  return Object.entries(object(value) ?? {}).flatMap(([key, one]): [string, ObjectValue][] => {
    const found = object(one);
    return found === undefined ? [] : [[key, found]];
  });
}

/** Whether anything in a value is only known after apply. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value as Record<string, Value>).some(hasUnknown);
}
