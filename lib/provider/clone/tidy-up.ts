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
  const [host, facts] = await Promise.all([listing.read(), listing.facts()]);
  const used = usersOf(new Set(removed), host, facts, storage.path, name);
  const warnings = [...used].map(
    ([path, users]) => `${path} is not deleted, since ${users.join(', ')} uses it`,
  );
  const left = leftovers(name, states, host, facts, storage.path);
  try {
    // No later plan would see them: the clone is as it is planned.
    await patiently(() => volumes.delete([...removed.filter((path) => !used.has(path)), ...left]));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The next change of the clone sweeps it.
    warnings.push(`what clone ${name} no longer uses is not all deleted: ${error.message}`);
  }
  return warnings;
}
