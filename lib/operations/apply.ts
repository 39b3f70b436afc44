import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../model/run-record';
import { UserError } from '../model/user-error';
import type { Review } from '../review';
import { touchedClones } from '../review';
import type { Context } from './context';
import type { Approval, ApprovalRequest } from './rollout/approval';
import { approvalOf } from './rollout/approval';
import { prepareStack, readApproved } from './rollout/approved';
import { lockProject } from './rollout/lock';
import type { Lock } from './rollout/lock';
import type { Approved, Rollout, RolloutEvent } from './rollout/rollout';
import { rolloutClones, rolloutHosts } from './rollout/rollout';
import { roll } from './rollout/roll';
import type { ServedState } from './rollout/served-state';
import { isServed, serveState } from './rollout/served-state';
import { settle, sweep, takeOver } from './rollout/settle';
import { readStack } from './stacks';

/** What is to be applied, and how. */
export interface ApplyRequest extends ApprovalRequest {
  /** Asks between waves whether to go on; without it a pause ends the command. */
  readonly goOn?: (wave: number, of: number) => Promise<boolean>;
  readonly emit: (event: RolloutEvent) => void;
  /** Lets the wave under way end, and no other begin. */
  readonly stop?: AbortSignal;
  /** Stops everything at once; the same command goes on from there. */
  readonly insist?: AbortSignal;
}

/** What came of it. */
export interface ApplyOutcome {
  /** `incomplete`: what was to be done is done but for the clones that were skipped. */
  readonly ending:
    'nothing-to-do' | 'refused' | 'declined' | 'done' | 'incomplete' | 'paused' | 'failed' | 'interrupted';
  readonly review: Review;
  readonly run?: RunRecord;
}

/**
 * Applies what was reviewed, wave by wave, and goes on with a run that had stopped or was killed.
 *
 * @throws UserError when nothing may be applied, or when a wave is given up
 */
export async function apply(request: ApplyRequest, context: Context): Promise<ApplyOutcome> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  try {
    const approval = await approvalOf(request, context);
    if ('ending' in approval) return approval;
    return await applyApproved(approval, request, lock, context);
  } finally {
    await lock.release();
  }
}

async function applyApproved(
  approval: Approval,
  request: ApplyRequest,
  lock: Lock,
  context: Context,
): Promise<ApplyOutcome> {
  const { run, bundle, superseded } = approval;
  // In the run's own folder: what a kill leaves of plans and variables is as private as the rest, and goes when it is done.
  const work = join(run.folder, 'work');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { mode: 0o700 });
  const { folder, env, progress, notice } = context;
  // From here on the first interrupt lets the wave end, and only the second stops what is under way.
  const own: Context = {
    folder,
    env,
    progress,
    notice,
    ...(request.insist ? { signal: request.insist } : {}),
  };
  let served: ServedState | undefined;
  try {
    const terraform = approval.terraform.with(own);
    await prepareStack(approval.stack, bundle, terraform, own);
    const approved = await readApproved(bundle, work);
    if (isServed(request.options, approved)) served = await serveState(terraform, approval.stack, own);
    const rollout = await rolloutOf(approval, approved, request, lock, {
      context: own,
      work,
      terraform: served?.terraform ?? terraform,
      // The approved plan file names the backend that it was made with.
      untouched: !approval.continued && !served,
    });
    if (superseded) await takeOver(rollout, superseded);
    await superseded?.end('superseded');
    if (approval.continued) await settle(rollout);
    const ending = await roll(rollout, {
      clones: rolloutClones(touchedClones(bundle.review), rollout.approved.manifest),
      ...(request.goOn ? { goOn: request.goOn } : {}),
      project: approval.project,
    });
    // What a killed run has made and could not note was in use until now.
    if ((superseded || approval.continued) && (ending === 'done' || ending === 'incomplete'))
      await sweep(rollout);
    request.emit({
      event: 'end',
      state: run.record.state,
      ...(run.record.problem === undefined ? {} : { problem: run.record.problem }),
    });
    return { ending, review: bundle.review, run: run.record };
  } catch (error) {
    if (request.insist?.aborted) {
      const words = error instanceof UserError ? `: ${error.message}` : '';
      await run.end('interrupted', `stopped at once by a second interrupt${words}`);
      return { ending: 'interrupted', review: bundle.review, run: run.record };
    }
    const problem =
      error instanceof UserError ? error.message : `unexpected error: ${(error as Error).message}`;
    await run.end('failed', problem);
    request.emit({ event: 'end', state: 'failed', problem });
    throw error;
  } finally {
    await served?.close();
    await rm(work, { recursive: true, force: true });
  }
}

async function rolloutOf(
  { stack, run }: Approval,
  approved: Approved,
  { options, emit, stop }: ApplyRequest,
  lock: Lock,
  parts: Pick<Rollout, 'context' | 'work' | 'terraform' | 'untouched'>,
): Promise<Rollout> {
  return {
    ...parts,
    ...(stop ? { stop } : {}),
    stack,
    run,
    lock,
    approved,
    hosts: rolloutHosts(approved, await readStack(stack), parts.context),
    options,
    emit,
    stateAt: await parts.terraform.stateVersion(stack.folder),
  };
}
