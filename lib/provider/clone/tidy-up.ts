import { UserError } from '../../model/user-error';
import { patiently } from '../../operations/power/patience';
import type { Configuration } from '../configuration';
import { usersOf } from '../host/disk-users';
import type { CloneVolumes } from './apply-volumes';
import type { CloneState } from './clone-state';
import { leftovers } from './leftovers';

/**
 * Deletes what a clone has no longer, and what runs that broke off have left of it; what somebody else uses stays.
 *
 * @param removed the paths that it has no longer
 * @param states that before and that after the apply
 * @returns what the user should know
 */
export async function tidyUp(
  removed: readonly string[],
  states: readonly [before: CloneState | null, after: CloneState],
  volumes: CloneVolumes,
  { listing, storage }: Configuration,
): Promise<string[]> {
  const { name } = states[1];
  const warnings: string[] = [];
  try {
    const host = await listing.read();
    const left = leftovers(name, states, host, storage.path);
    if (removed.length + left.length === 0) return [];
    // No later plan would see them: the clone is as it is planned.
    const facts = await patiently(() => listing.facts());
    const used = usersOf(new Set(removed), host, facts, storage.path, name);
    for (const [path, users] of used)
      warnings.push(`${path} is not deleted, since ${users.join(', ')} uses it`);
    const taken = usersOf(new Set(left), host, facts, storage.path);
    const free = [...removed.filter((path) => !used.has(path)), ...left.filter((path) => !taken.has(path))];
    await patiently(() => volumes.delete(free));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The next change of the clone sweeps it.
    warnings.push(`what clone ${name} no longer uses is not all deleted: ${error.message}`);
  }
  return warnings;
}
