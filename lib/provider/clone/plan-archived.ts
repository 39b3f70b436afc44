import { UNKNOWN } from '../protocol/values';
import type { Maybe } from './clone-state';
import type { Situation } from './situation';

/**
 * The data volumes that the clone had and no longer uses: no path of one is ever lost.
 *
 * @param data the paths of the data volumes that it shall have
 */
export function planArchived(
  { prior, told }: Situation,
  data: Maybe<readonly Maybe<string>[]>,
): Maybe<Readonly<Record<string, string>>> {
  if (data === UNKNOWN || (data as readonly Maybe<string>[]).includes(UNKNOWN)) return UNKNOWN;
  const used = new Set(data as readonly string[]);
  const archived = new Map(Object.entries(prior?.archived ?? {}).filter(([, path]) => !used.has(path)));
  for (const [volume, { type, path }] of Object.entries(prior?.volumes ?? {})) {
    if (type !== 'data' || path === null || used.has(path)) continue;
    archived.set(freeKey(volume, archived), path);
    told.warn(
      ['volumes'],
      `data volume ${volume} leaves the clone: ${path} is kept in the storage pool, and comes back with the volume`,
    );
  }
  return Object.fromEntries([...archived].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A volume may have left before, with another file. */
function freeKey(volume: string, taken: ReadonlyMap<string, string>): string {
  if (!taken.has(volume)) return volume;
  for (let number = 2; ; number += 1) {
    const key = `${volume}.${number}`;
    if (!taken.has(key)) return key;
  }
}
