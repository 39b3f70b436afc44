import { posix } from 'node:path';
import { parseOverlayFileName } from '../../model/file-names';
import type { Listing } from '../host/facts';
import type { CloneState } from './clone-state';
import { openPaths } from './paths';

/**
 * What runs that broke off may have left of a clone: overlays and media by name that no state knows. Whether somebody
 * uses one of them is another question.
 *
 * @param states that before and that after the apply
 * @param folder that of the storage pool
 */
export function leftovers(
  clone: string,
  states: readonly (CloneState | null)[],
  { volumes }: Pick<Listing, 'volumes'>,
  folder: string,
): string[] {
  const known = new Set(states.flatMap((state) => (state === null ? [] : pathsIn(state))));
  // Of thousands of files few begin so.
  const beginning = posix.join(folder, `${clone}.`);
  return [...volumes]
    .filter((path) => path.startsWith(beginning))
    .filter(
      (path) => posix.dirname(path) === folder && isOf(clone, posix.basename(path)) && !known.has(path),
    );
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
