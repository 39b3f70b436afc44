import { posix } from 'node:path';
import { UserError } from '../../model/user-error';
import { evidence } from '../../operations/proof/evidence';
import type { Configuration } from '../configuration';
import type { CloneState } from './clone-state';
import { dataPaths } from './paths';

/** Data is not what it was: whoever sees this must not start anything. */
export class DataChanged extends UserError {}

/** The evidence of data volumes, by path. */
export type DataProof = ReadonlyMap<string, string>;

/** The evidence of the data volumes of a clone that are on the host; none where no proof is asked for. */
export async function proveData(state: CloneState, configuration: Configuration): Promise<DataProof> {
  const { proof, volumes, digests, listing } = configuration;
  if (proof === 'none') return new Map();
  const known = (await listing.read()).volumes;
  const found = dataPaths(state)
    .filter((path) => known.has(path))
    .map(async (path): Promise<[string, string]> => [
      path,
      await digests(() => evidence(volumes, posix.basename(path), proof)),
    ]);
  return new Map(await Promise.all(found));
}

/**
 * Looks at the same data volumes again.
 *
 * @throws DataChanged when one is not what it was
 */
export async function refuseChangedData(
  state: CloneState,
  before: DataProof,
  configuration: Configuration,
): Promise<void> {
  if (before.size === 0) return;
  const after = await proveData(state, configuration);
  for (const [path, was] of before)
    if (after.get(path) !== was)
      throw new DataChanged(
        `DATA HAS CHANGED: ${path} of clone ${state.name} is not what it was before its machine was defined anew (${was}, now ${after.get(path) ?? 'gone'}): the machine was not started; compare it with a backup before anything else`,
      );
}
