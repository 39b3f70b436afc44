import type { Path } from '../model/plan-values';
import { at, listAt, textAt, unknownAfter } from '../model/plan-values';
import type { ResourceChange } from './plan-json';
import { isSensitive, shownValue } from './masking';

export { at, listAt, textAt, unknownAfter };
export type { Path };

/** The value at a path before or after, as it may be shown. */
export function shownAt(change: ResourceChange, when: 'before' | 'after', ...path: Path): string {
  const marks = when === 'before' ? change.beforeSensitive : change.afterSensitive;
  return shownValue(at(change[when], ...path), isSensitive(marks, path));
}

/** A volume's size in bytes, by whichever name the provider has for it. */
export function sizeOf(values: unknown): number | undefined {
  const size = at(values, 'capacity') ?? at(values, 'size');
  return typeof size === 'number' ? size : undefined;
}
