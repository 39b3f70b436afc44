import { posix } from 'node:path';
import { UserError } from '../../model/user-error';
import type { Configuration } from '../configuration';
import { problemAt, warningAt } from '../diagnostics';
import type { ApplyResponse, Diagnostic } from '../protocol/provider';
import type { ObjectValue } from '../protocol/values';
import { CloneVolumes } from './apply-volumes';
import { changesOf } from './changes';
import type { CloneState } from './clone-state';
import { freeFiles } from './free-files';
import { dataPaths } from './paths';
import { stopClone } from './power';

const NONE = Buffer.alloc(0);

/**
 * Takes a clone from its host: the machine shuts down and is undefined, its overlays go, and its data volumes stay unless
 * a purge was asked for.
 */
export async function destroyClone(
  prior: CloneState,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<ApplyResponse> {
  try {
    const diagnostics = await destroy(prior, configuration, signal);
    return { state: null, private: NONE, diagnostics };
  } catch (error) {
    return { state: prior as unknown as ObjectValue, private: NONE, diagnostics: [problemAt(error)] };
  }
}

async function destroy(
  prior: CloneState,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<Diagnostic[]> {
  const { name } = prior;
  if (signal.aborted) throw new UserError(`clone ${name} is left as it is: Terraform was interrupted`);
  const { removed, purged } = changesOf(prior, null);
  await removeMachine(prior, configuration, signal);
  const free = await freeFiles(name, [...removed, ...purged], [prior], configuration);
  await new CloneVolumes(configuration, new Set()).delete(free.paths);
  return [...free.warnings.map((text) => warningAt(text)), ...keptData(prior, purged)];
}

async function removeMachine(
  { name, uuid, retired }: CloneState,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<void> {
  const { listing, machines } = configuration;
  const present = await listing.machine(name);
  // A retired clone has none: one of that name is somebody else's.
  if (!present || retired === true) return;
  if (present.uuid !== uuid)
    throw new UserError(
      `machine ${name} on the host has UUID ${present.uuid}, expected ${uuid}: it is another one and is not touched; take the clone out of the state (terraform state rm)`,
    );
  await stopClone(present, configuration, signal);
  await machines.undefine(name);
  listing.forgetMachine(name);
}

function keptData(state: CloneState, purged: readonly string[]): Diagnostic[] {
  const kept = dataPaths(state)
    .filter((path) => !purged.includes(path))
    .map((path) => posix.basename(path));
  if (kept.length === 0) return [];
  return [
    warningAt(
      `the data volumes of clone ${state.name} stay in the storage pool (${kept.join(', ')}): a clone of that name finds them again`,
    ),
  ];
}
