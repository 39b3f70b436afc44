import type { Proof } from '../../model/run-record';
import { cloneKey } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import type { Volumes } from '../../tools/volumes';
import { sideBySide } from '../side-by-side';
import { DIGESTS_AT_ONCE } from './options';
import type { Rollout, RolloutClone } from './rollout';
import { enter, hostOf } from './rollout';

/**
 * Takes the proof of every data volume of clones whose machines are off, before anything is changed.
 *
 * @throws UserError when one cannot be read
 */
export async function proveBefore(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const { run } = rollout;
  const { proof } = rollout.options;
  if (proof === 'none') return;
  for (const clone of clones)
    if (dataOf(rollout, clone, files).length > 0) await enter(rollout, clone, 'proving');
  await each(rollout, clones, files, async (clone, volume, file) => {
    const before = await evidence(hostOf(rollout, clone).volumes, file, proof);
    const { data } = run.clone(clone.key)!;
    // A run that broke off before it had compared: nothing but that run could have changed the volume since.
    if (data[volume]?.before !== undefined && data[volume].after === undefined) {
      await compare(rollout, clone, volume, file, before);
    } else await run.note(clone.key, { data: { ...data, [volume]: { file, before } } });
  });
}

/**
 * Takes the proof again and compares.
 *
 * @throws UserError when a data volume is not what it was; nothing was started on it
 */
export async function proveAfter(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const { proof } = rollout.options;
  if (proof === 'none') return;
  await each(rollout, clones, files, async (clone, volume, file) => {
    if (rollout.run.clone(clone.key)!.data[volume] === undefined) return;
    await compare(rollout, clone, volume, file, await evidence(hostOf(rollout, clone).volumes, file, proof));
  });
}

async function compare(
  rollout: Rollout,
  { key, pool, clone }: RolloutClone,
  volume: string,
  file: string,
  after: string,
): Promise<void> {
  const { data } = rollout.run.clone(key)!;
  const { before } = data[volume]!;
  await rollout.run.note(key, { data: { ...data, [volume]: { ...data[volume]!, after } } });
  if (after === before) return;
  throw new UserError(
    `DATA HAS CHANGED: volume ${volume} of clone ${clone} in pool ${pool} (${file}) is not what it was before this run (${rollout.options.proof} ${before}, now ${after}): the machine was not started; compare it with a backup before anything else`,
  );
}

async function each(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  files: ReadonlyMap<string, string>,
  act: (clone: RolloutClone, volume: string, file: string) => Promise<void>,
): Promise<void> {
  // One clone's volumes one after the other: each notes what it has found in the same record.
  await sideBySide(DIGESTS_AT_ONCE, clones, async (clone) => {
    for (const [volume, file] of dataOf(rollout, clone, files)) await act(clone, volume, file);
  });
}

/** The data volumes of a clone that are there, by name; of one that leaves its pool, those that it had. */
function dataOf(
  { approved }: Rollout,
  { key }: RolloutClone,
  files: ReadonlyMap<string, string>,
): [string, string][] {
  const found = new Map<string, string>();
  for (const manifest of [approved.before, approved.manifest]) {
    for (const [address, role] of Object.entries(manifest?.addresses ?? {})) {
      const file = files.get(address);
      if (role.role !== 'data' && role.role !== 'archived') continue;
      if (file !== undefined && cloneKey(role.pool, role.clone) === key) found.set(role.volume, file);
    }
  }
  return [...found];
}

/** What is compared: all bytes, or what tells that the file was written to. */
async function evidence(volumes: Volumes, file: string, proof: Exclude<Proof, 'none'>): Promise<string> {
  if (proof === 'digest') return volumes.digest(file);
  const [facts] = await volumes.facts([file]);
  if (!facts)
    throw new UserError(
      `data volume ${file} is not in storage pool ${volumes.pool}: bring it back before anything else`,
    );
  const { allocation, capacity, format, modified } = facts;
  return `${format}, ${capacity} bytes, ${allocation} allocated, changed at ${modified}`;
}
