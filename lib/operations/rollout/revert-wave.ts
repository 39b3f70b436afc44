import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import { judge, parsePlan, touchedClones } from '../../review';
import { manifestsOf } from '../../review/manifests';
import { HOLD_CONTEXT } from '../../model/hold';
import type { CdktfProject } from '../../tools/cdktf';
import { synthesize } from '../../tools/cdktf';
import { readBundle } from '../bundle';
import { prepareStack } from './approved';
import { course } from './course';
import type { Rollout, RolloutClone } from './rollout';
import { enter, rolloutClones } from './rollout';

/** Seconds that a machine which has failed may take to shut down; many do not hear at all. */
const PATIENCE = 60;

/**
 * Takes the clones of a wave back to their retained overlays, while the code goes on to ask for the new base; says what
 * came of it.
 *
 * The stack is synthesized once more with these clones held back from their rebase; its plan for them is judged like
 * any other, and goes the same course as a wave.
 */
export async function revertWave(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  project: CdktfProject,
): Promise<string> {
  if (rollout.run.record.verb === 'restore')
    return 'what a restored clone was on before is gone, so there is nothing to go back to: mend it, and go on';
  const retained = clones.filter(({ after }) => after?.retainedBase !== undefined);
  if (retained.length === 0)
    return 'it has no retained overlays to go back to: mend it, or take the change back in the code';
  try {
    const left = await revertHeld(rollout, retained, project);
    if (left.length > 0)
      return `these went back but do not run: ${left.map(({ clone }) => clone).join(', ')}`;
    return 'its clones went back to their retained overlays; later waves are as they were';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `its clones could not go back (${error.message}): take the Rebase back in the code, and apply that`;
  } finally {
    await prepareStack(
      rollout.stack,
      await readBundle(rollout.run.bundle),
      rollout.terraform,
      rollout.context,
    );
  }
}

async function revertHeld(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  project: CdktfProject,
): Promise<readonly RolloutClone[]> {
  const { terraform, stack, options, approved, work, context } = rollout;
  rollout.emit({ event: 'step', step: 'revert' });
  await synthesize(project, context, { [HOLD_CONTEXT]: clones.map(({ key }) => key) });
  const planFile = join(work, 'held');
  const refusal = await terraform.plan(stack.folder, {
    out: planFile,
    parallelism: options.parallelism,
    ...(approved.varFile === undefined ? {} : { varFiles: [approved.varFile] }),
  });
  if (refusal) throw terraform.failure('plan it', refusal);
  const plan = parsePlan(await terraform.showJson(stack.folder, planFile));
  const review = judge(plan);
  if (review.verdict === 'refused') {
    const { code, title } = review.findings.find(({ severity }) => severity === 'refuse')!;
    throw new UserError(`the plan for it is refused (${code}: ${title})`);
  }
  const { before, after: manifest } = manifestsOf(plan);
  const wanted = new Set(clones.map(({ key }) => key));
  const held = rolloutClones(touchedClones(review), manifest).filter(({ key }) => wanted.has(key));
  // A machine that has failed may not hear its power button; its system volume is given up anyway.
  const back: Rollout = {
    ...rollout,
    approved: { ...approved, plan, review, manifest, ...(before ? { before } : {}), planFile },
    options: {
      ...options,
      onBusy: 'force',
      shutdownTimeout: Math.min(options.shutdownTimeout, PATIENCE),
    },
    untouched: false,
  };
  const { failed } = await course(back, { clones: held, whole: false });
  rollout.stateAt = back.stateAt;
  for (const clone of held) if (!failed.includes(clone)) await enter(rollout, clone, 'reverted');
  return failed;
}
