import { posix } from 'node:path';
import { parseOverlayFileName } from '../../model/file-names';
import type { Listing, VolumeFacts } from '../host/facts';
import { usersOf } from '../host/disk-users';
import type { CloneState } from './clone-state';
import { openPaths } from './paths';

/**
 * What runs that broke off have left of a clone: overlays and media by name that no state knows, that no machine has and
 * that nothing stands on.
 *
 * @param states that before and that after the apply
 * @param volumes all of the storage pool
 * @param folder that of the storage pool
 */
export function leftovers(
  clone: string,
  states: readonly (CloneState | null)[],
  listing: Listing,
  volumes: ReadonlyMap<string, VolumeFacts>,
  folder: string,
): string[] {
  const known = new Set(states.flatMap((state) => (state === null ? [] : pathsIn(state))));
  // Of thousands of files few begin so.
  const beginning = posix.join(folder, `${clone}.`);
  const candidates = [...listing.volumes]
    .filter((path) => path.startsWith(beginning))
    .filter(
      (path) => posix.dirname(path) === folder && isOf(clone, posix.basename(path)) && !known.has(path),
    );
  if (candidates.length === 0) return [];
  const used = usersOf(new Set(candidates), listing, volumes, folder);
  return candidates.filter((path) => !used.has(path));
}

function isOf(clone: string, file: string): boolean {
  return (
    parseOverlayFileName(file)?.clone === clone ||
    /^\.cloud-init\.\d{14}\.iso$/.test(file.slice(clone.length))
  );
}

function pathsIn(state: CloneState): string[] {
  return [...openPaths(state), ...Object.values(state.retained), ...Object.values(state.archived)];
}
