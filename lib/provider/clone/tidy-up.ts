import { UserError } from '../../model/user-error';
import { patiently } from '../../operations/power/patience';
import type { Configuration } from '../configuration';
import type { CloneVolumes } from './apply-volumes';
import type { CloneState } from './clone-state';
import { freeFiles } from './free-files';

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
  configuration: Configuration,
): Promise<string[]> {
  const { name } = states[1];
  const warnings: string[] = [];
  try {
    // No later plan would see them: the clone is as it is planned.
    const free = await freeFiles(name, removed, states, configuration);
    warnings.push(...free.warnings);
    await patiently(() => volumes.delete(free.paths));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The next change of the clone sweeps it.
    warnings.push(`what clone ${name} no longer uses is not all deleted: ${error.message}`);
  }
  return warnings;
}
