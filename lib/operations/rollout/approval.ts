import { cp, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cloneKey, isOver } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import type { Review } from '../../review';
import { touchedClones } from '../../review';
import type { CdktfProject, SynthesizedStack } from '../../tools/cdktf';
import { readProject, readStacks } from '../../tools/cdktf';
import { Terraform } from '../../tools/terraform';
import type { Bundle } from '../bundle';
import { readBundle } from '../bundle';
import type { Context } from '../context';
import type { PlanRequest, StackReview } from '../plan';
import { plan } from '../plan';
import { chooseStacks } from '../stacks';
import { synthesizeProject } from '../synthesize';
import { plannedManifest, prepareStack } from './approved';
import { onlyBundle, refuseForeign, refuseMovedOn, stackOf } from './bundle-checks';
import { putStateBack, setCutStateAside } from './kept-state';
import type { RolloutOptions } from './options';
import { taintOutdated } from './outdated-machines';
import { bringBack } from './recovery';
import { rolloutClones } from './rollout';
import { ownFolder, Run, unfinishedRun } from './run';
import { cloneRecords } from './waves';

/** What is to be applied, and who is asked. */
export interface ApprovalRequest {
  /** A bundle of `regraft plan --out`, which is approved already. */
  readonly bundle?: string;
  /** What is planned and shown where there is no bundle. */
  readonly plan: Omit<PlanRequest, 'out' | 'all' | 'detailed'>;
  readonly verb: 'apply' | 'restore';
  readonly options: RolloutOptions;
  /** Shows a review that is safe and asks whether it is to be applied. */
  readonly approve: (outcome: StackReview) => Promise<boolean>;
}

/** A run that is to begin or to go on. */
export interface Approval {
  readonly project: CdktfProject;
  readonly terraform: Terraform;
  readonly stack: SynthesizedStack;
  readonly run: Run;
  readonly bundle: Bundle;
  readonly continued: boolean;
  /** An older run that ends by this one. */
  readonly superseded?: Run;
}

/** Why nothing is to be applied. */
export interface NoApproval {
  readonly ending: 'nothing-to-do' | 'refused' | 'declined';
  readonly review: Review;
}

/**
 * Finds what is approved: an unfinished run of the same, a bundle, or a plan that is made, shown and asked for now.
 *
 * @throws UserError when a bundle is not what was reviewed, when the state has moved on since, or when nothing can be planned
 */
export async function approvalOf(request: ApprovalRequest, context: Context): Promise<Approval | NoApproval> {
  const project = await readProject(context.folder, context.env);
  const terraform = await Terraform.find(context);
  return request.bundle === undefined
    ? approvalByReview(request, project, terraform, context)
    : approvalByBundle(request, request.bundle, project, terraform, context);
}

async function approvalByBundle(
  request: ApprovalRequest,
  path: string,
  project: CdktfProject,
  terraform: Terraform,
  context: Context,
): Promise<Approval | NoApproval> {
  const bundle = await onlyBundle(path, context);
  if (bundle.review.verdict === 'refused') return { ending: 'refused', review: bundle.review };
  const stack = await stackOf(project, bundle);
  await refuseForeign(bundle, project);
  const older = await unfinishedRun(context.folder, stack.name);
  if (older) await setCutStateAside(older, stack, context);
  if (older?.record.bundleSha256 === bundle.digest) {
    return goOn({ project, terraform, stack }, older);
  }
  if (bundle.review.verdict === 'nothing-to-do') return { ending: 'nothing-to-do', review: bundle.review };
  await prepareStack(stack, bundle, terraform, context);
  if (older) {
    await putStateBack(older, terraform, stack, context);
    await taintOutdated(older, terraform, stack, context);
  }
  await refuseMovedOn(bundle, stack, terraform);
  if (older) await bringBack(older, stack, context, createdBy(bundle));
  const run = await begin(request, bundle, (place) => cp(bundle.folder, place, { recursive: true }), context);
  return begun({ project, terraform, stack }, run, older);
}

async function approvalByReview(
  request: ApprovalRequest,
  project: CdktfProject,
  terraform: Terraform,
  context: Context,
): Promise<Approval | NoApproval> {
  await synthesizeProject(context, request.plan.synthesized);
  const chosen = chooseStacks(await readStacks(project), { stacks: request.plan.stacks, all: false });
  if (chosen.length > 1)
    throw new UserError(
      `stacks ${chosen.map(({ name }) => name).join(' and ')} are given: apply one after the other`,
    );
  const stack = chosen[0]!;
  const older = await unfinishedRun(context.folder, stack.name);
  if (older) await setCutStateAside(older, stack, context);
  if (older && (await isSameCode(older, stack)) && sameReplace(older, request)) {
    return goOn({ project, terraform, stack }, older);
  }
  if (older) {
    await putStateBack(older, terraform, stack, context);
    await taintOutdated(older, terraform, stack, context);
    await bringBack(older, stack, context);
  }
  const pending = join(await ownFolder(context.folder), 'pending');
  await rm(pending, { recursive: true, force: true });
  try {
    const planned = { ...request.plan, stacks: [stack.name], all: false, synthesized: true, detailed: false };
    const [outcome] = await plan({ ...planned, out: relative(context.folder, pending) }, context);
    if ('error' in outcome!) throw outcome.error;
    const { review } = outcome!;
    if (review.verdict === 'refused') return { ending: 'refused', review };
    const nothing = review.verdict === 'nothing-to-do';
    if (nothing && !(older && hasStopped(older))) {
      await older?.end('superseded');
      return { ending: 'nothing-to-do', review };
    }
    if (!nothing && !(await request.approve(outcome!))) return { ending: 'declined', review };
    const bundle = await readBundle(join(pending, stack.name));
    const run = await begin(request, bundle, (place) => rename(bundle.folder, place), context);
    return begun({ project, terraform, stack }, run, older);
  } finally {
    await rm(pending, { recursive: true, force: true });
  }
}

type Place = Pick<Approval, 'project' | 'terraform' | 'stack'>;

async function goOn(place: Place, run: Run): Promise<Approval> {
  await run.goOn();
  return { ...place, run, bundle: await readBundle(run.bundle), continued: true };
}

async function begun(place: Place, run: Run, superseded: Run | undefined): Promise<Approval> {
  const bundle = await readBundle(run.bundle);
  return { ...place, run, bundle, continued: false, ...(superseded ? { superseded } : {}) };
}

async function begin(
  { verb, options, plan: { replace = [] } }: ApprovalRequest,
  bundle: Bundle,
  keep: (place: string) => Promise<void>,
  context: Context,
): Promise<Run> {
  const manifest = await plannedManifest(bundle.folder);
  const start = {
    stack: bundle.content.stack,
    verb,
    planSha256: bundle.content.files['plan']!.sha256,
    bundleSha256: bundle.digest,
    proof: options.proof,
    waves: [],
    clones: cloneRecords(rolloutClones(touchedClones(bundle.review), manifest)),
    replace,
  };
  return Run.begin(context.folder, start, keep);
}

async function isSameCode(run: Run, { file }: SynthesizedStack): Promise<boolean> {
  const [approved, now] = await Promise.all(
    [join(run.bundle, 'cdk.tf.json'), file].map((path) => readFile(path, 'utf8').catch(() => undefined)),
  );
  return approved !== undefined && approved === now;
}

function sameReplace({ record }: Run, { plan: { replace = [] } }: ApprovalRequest): boolean {
  return [...record.replace].sort().join() === [...replace].sort().join();
}

/** The clones whose machines a bundle's plan makes, as `POOL/CLONE`. */
function createdBy({ review }: Bundle): Set<string> {
  const created = touchedClones(review).filter(({ fate }) => fate === 'created');
  return new Set(created.map(({ pool, clone }) => cloneKey(pool, clone)));
}

/** Whether a run has stopped machines that it has not started again: even a plan of nothing takes these over. */
function hasStopped({ record }: Run): boolean {
  return Object.values(record.clones).some(({ ran, phase }) => ran && !isOver(phase));
}
