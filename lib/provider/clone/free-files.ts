import { patiently } from '../../operations/power/patience';
import type { Configuration } from '../configuration';
import { usersOf } from '../host/disk-users';
import type { CloneState } from './clone-state';
import { leftovers } from './leftovers';

/** What of a clone's files may be deleted. */
export interface FreeFiles {
  readonly paths: readonly string[];
  /** What stays since somebody else uses it, one line each. */
  readonly warnings: readonly string[];
}

/**
 * The files that a clone no longer has, and those that runs which broke off have left of it, but for what is in use.
 *
 * @param removed the paths that it has no longer
 * @param states that before and that after the apply
 * @throws UserError when libvirt is not reachable for a while
 */
export async function freeFiles(
  clone: string,
  removed: readonly string[],
  states: readonly (CloneState | null)[],
  { listing, storage }: Pick<Configuration, 'listing' | 'storage'>,
): Promise<FreeFiles> {
  const host = await listing.read();
  const left = leftovers(clone, states, host, storage.path);
  if (removed.length + left.length === 0) return { paths: [], warnings: [] };
  const facts = await patiently(() => listing.facts());
  const used = usersOf(new Set(removed), host, facts, storage.path, clone);
  // What the clone's own machine has is no leftover.
  const taken = usersOf(new Set(left), host, facts, storage.path);
  return {
    paths: [...removed.filter((path) => !used.has(path)), ...left.filter((path) => !taken.has(path))],
    warnings: [...used].map(([path, users]) => `${path} is not deleted, since ${users.join(', ')} uses it`),
  };
}
