import { basename } from 'node:path';
import type { CloneState } from './clone-state';
import type { CloneMark } from './mark';
import { openPaths } from './paths';

/**
 * The 14 digits that the names of new overlays end in: the time of the plan where it is later than all that is there,
 * else the number after the last one.
 *
 * Of nothing but its arguments, as Terraform plans twice and wants the same answer.
 */
export function nextStamp(
  planTime: string | undefined,
  prior: CloneState | null,
  mark: CloneMark | undefined,
): string {
  const stamps = [
    ...(prior === null ? [] : [...openPaths(prior), ...Object.values(prior.retained)]),
    ...Object.values(mark?.volumes ?? {}),
    ...Object.values(mark?.retained ?? {}),
  ]
    .map((path) => /\.(\d{14})\.(?:qcow2|iso)$/.exec(basename(path))?.[1])
    .filter((stamp) => stamp !== undefined)
    .sort();
  const last = stamps.at(-1);
  if (planTime !== undefined && (last === undefined || planTime > last)) return planTime;
  return String(last === undefined ? 0 : Number(last) + 1).padStart(14, '0');
}
