import { UserError } from '../../model/user-error';
import { movedMachines } from '../../review';
import { cloneKey } from '../../model/run-record';
import { refuseWrongDisks } from './attachments';
import { refuseDependents } from './base-dependents';
import { recordBases, refuseOtherImages } from './base-proof';
import { growthsOf, growVolumes } from './grow';
import { keepState } from './kept-state';
import { proveAfter, proveBefore, unproven } from './proof';
import { recover } from './recovery';
import type { Rollout, RolloutClone } from './rollout';
import { enter } from './rollout';
import { resetClones, startClones } from './starting';
import { startAgain, stopClones } from './stopping';
import type { PlannedWave } from './wave-plan';
import { noteState, planWave, volumeFiles } from './wave-plan';

/** Some clones that go together; the last wave is the whole plan, with all that touches no machine. */
export interface Wave {
  readonly clones: readonly RolloutClone[];
  readonly whole: boolean;
}

/** What came of a wave. */
export interface WaveEnd {
  readonly failed: readonly RolloutClone[];
  readonly skipped: readonly RolloutClone[];
}

/**
 * The course of one wave: plan, ask the machines to leave, prove the data, apply, prove again, start, check.
 *
 * Each step can be done again: a wave that broke off goes through the same course once more.
 *
 * @throws UserError when the wave is given up; what ran before runs again as far as its volumes are whole
 */
export async function course(rollout: Rollout, wave: Wave): Promise<WaveEnd> {
  let { clones, whole } = wave;
  let planned = await planWave(rollout, clones, whole);
  await refuseOtherImages(rollout, planned.plan);
  await refuseDependents(rollout, planned.plan);
  const skipped = await stopOrSkip(rollout, movedBy(planned, clones));
  if (skipped.length > 0) {
    clones = clones.filter((clone) => !skipped.includes(clone));
    whole = false;
    if (clones.length === 0) return { failed: [], skipped };
    planned = await planWave(rollout, clones, whole);
  }
  const moved = movedBy(planned, clones);
  const files = await volumeFiles(rollout);
  await proveBefore(rollout, moved, files);
  await apply(rollout, planned, moved, files);
  const now = await volumeFiles(rollout);
  await recordBases(rollout, now);
  // A run that broke off after its apply moves nothing any more, and has still to compare.
  const others = clones.filter((clone) => !moved.includes(clone));
  const compared = [...moved, ...(await unproven(rollout, others))];
  for (const clone of compared) await enter(rollout, clone, 'comparing');
  await proveAfter(rollout, compared, now);
  const wrong = await refuseWrongDisks(rollout, clones, now);
  const right = clones.filter((clone) => !wrong.includes(clone));
  // While they are off anyway; what fails is tried again at the end, so that no machine stays off for it.
  const keys = new Set(right.map(({ key }) => key));
  await growVolumes(
    rollout,
    growthsOf(rollout.approved).filter(({ pool, clone }) => keys.has(cloneKey(pool, clone))),
  );
  await resetClones(rollout, right);
  const failed = [...wrong, ...(await startClones(rollout, right))];
  for (const clone of clones) if (!failed.includes(clone)) await enter(rollout, clone, 'done');
  return { failed, skipped };
}

/** Stops machines; those that stay are skipped, or the wave is given up. */
async function stopOrSkip(rollout: Rollout, clones: readonly RolloutClone[]): Promise<RolloutClone[]> {
  if (clones.length === 0) return [];
  const busy = await stopClones(rollout, clones);
  const staying = clones.filter(({ key }) => busy.has(key));
  if (staying.length === 0) return [];
  const { onBusy } = rollout.options;
  if (onBusy === 'skip' && !rollout.context.signal?.aborted) {
    for (const clone of staying) await enter(rollout, clone, 'skipped', { why: busy.get(clone.key)! });
    return staying;
  }
  await startAgain(rollout, clones);
  for (const clone of staying) await enter(rollout, clone, 'waiting');
  rollout.context.signal?.throwIfAborted();
  const list = staying.map(({ clone, key }) => `${clone} (${busy.get(key)})`).join(', ');
  throw new UserError(
    `${staying.length === 1 ? 'a machine does' : `${staying.length} machines do`} not shut down: ${list}; the others of this wave were started again and nothing was applied: go on with regraft apply when they are free, or with --on-busy skip or force`,
  );
}

async function apply(
  rollout: Rollout,
  planned: PlannedWave,
  moved: readonly RolloutClone[],
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const { terraform, stack, options, lock, context } = rollout;
  lock.check();
  context.signal?.throwIfAborted();
  await keepState(rollout);
  await refuseDependents(rollout, planned.plan).catch(async (error: unknown) => {
    await recover(rollout, moved, files);
    throw error;
  });
  for (const clone of moved) await enter(rollout, clone, 'applying');
  rollout.untouched = false;
  const refusal = await terraform.apply(stack.folder, planned.file, { parallelism: options.parallelism });
  await noteState(rollout);
  if (!refusal) {
    for (const clone of moved) await enter(rollout, clone, 'applied');
    return;
  }
  await recover(rollout, moved, files);
  throw terraform.failure(
    'apply the plan of this wave',
    refusal,
    'machines that ran before were started again where their volumes are whole: mend it, then go on with regraft apply',
  );
}

function movedBy({ plan }: PlannedWave, clones: readonly RolloutClone[]): RolloutClone[] {
  const moved = movedMachines(plan);
  return clones.filter(({ key }) => moved.has(key));
}
