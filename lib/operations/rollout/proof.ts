import { cloneKey } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import { isActive } from '../../tools/machines';
import { sideBySide } from '../../model/side-by-side';
import { evidence, kindOf } from '../proof/evidence';
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
    const { volumes } = hostOf(rollout, clone);
    const now = await evidence(volumes, file, proof);
    const { before, after } = run.clone(clone.key)!.data[volume] ?? {};
    // A run that broke off before it had compared, or that has found another: nobody has used the volume since.
    if (before !== undefined && before !== after) {
      const kind = kindOf(before);
      await compare(rollout, clone, volume, file, kind === proof ? now : await evidence(volumes, file, kind));
    }
    const { data } = run.clone(clone.key)!;
    await run.note(clone.key, { data: { ...data, [volume]: { file, before: now } } });
  });
}

/**
 * The clones whose machines are off and whose data is not compared yet, because a run broke off after its apply, or
 * found another; what a machine that runs by now has written is its user's.
 */
export async function unproven(rollout: Rollout, clones: readonly RolloutClone[]): Promise<RolloutClone[]> {
  const found: RolloutClone[] = [];
  for (const clone of clones) {
    const data = Object.values(rollout.run.clone(clone.key)?.data ?? {});
    if (!data.some(({ before, after }) => before !== undefined && before !== after)) continue;
    const states = await hostOf(rollout, clone).machines.states([clone.clone]);
    if (isActive(states.get(clone.clone))) await rollout.run.note(clone.key, { data: {} });
    else found.push(clone);
  }
  return found;
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
  if (rollout.options.proof === 'none') return;
  await each(rollout, clones, files, async (clone, volume, file) => {
    const { before } = rollout.run.clone(clone.key)!.data[volume] ?? {};
    if (before === undefined) return;
    const now = await evidence(hostOf(rollout, clone).volumes, file, kindOf(before));
    await compare(rollout, clone, volume, file, now);
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
    `DATA HAS CHANGED: volume ${volume} of clone ${clone} in pool ${pool} (${file}) is not what it was before this run (${before}, now ${after}): the machine was not started; compare it with a backup before anything else, then go on with regraft apply, or with --proof none if it is as it should be`,
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
