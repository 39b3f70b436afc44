import type { ResourceChange } from './resource-change';

/** A step or index into a value of a plan. */
export type Path = readonly (string | number)[];

/** The value at a path, `undefined` where there is none. */
export function at(value: unknown, ...path: Path): unknown {
  let found = value;
  for (const step of path) found = (found as Record<string | number, unknown> | null | undefined)?.[step];
  return found === null ? undefined : found;
}

/** The text at a path, `undefined` where there is none. */
export function textAt(value: unknown, ...path: Path): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The list at a path, empty where there is none. */
export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

/** Whether the value at a path is only known after apply. */
export function unknownAfter(change: Pick<ResourceChange, 'afterUnknown'>, ...path: Path): boolean {
  let mark: unknown = change.afterUnknown;
  for (const step of path) {
    if (mark === true) return true;
    mark = (mark as Record<string | number, unknown> | null | undefined)?.[step];
  }
  return mark === true;
}
