import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isOver } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import type { Plan, Review } from '../../review';
import { parsePlan, touchedClones } from '../../review';
import { manifestsOf } from '../../review/manifests';
import type { CdktfProject, SynthesizedStack } from '../../tools/cdktf';
import { readProject, readStacks } from '../../tools/cdktf';
import { Terraform } from '../../tools/terraform';
import { parseState } from '../../tools/terraform-state';
import type { Bundle } from '../bundle';
import { readBundle } from '../bundle';
import type { Context } from '../context';
import { initWhenNeeded } from '../init';
import type { PlanRequest, StackReview } from '../plan';
import { plan } from '../plan';
import { show } from '../show';
import { chooseStacks } from '../stacks';
import { synthesizeProject } from '../synthesize';
import type { Approved } from './rollout';
import { rolloutClones } from './rollout';
import { ownFolder, Run, unfinishedRun } from './run';
import { cloneRecords } from './waves';
import type { RolloutOptions } from './options';

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
  if (older?.record.bundleSha256 === bundle.digest) {
    await older.goOn();
    return { project, terraform, stack, run: older, bundle: await readBundle(older.bundle), continued: true };
  }
  if (bundle.review.verdict === 'nothing-to-do') return { ending: 'nothing-to-do', review: bundle.review };
  await prepareStack(stack, bundle, terraform, context);
  await refuseMovedOn(bundle, stack, terraform);
  const run = await begin(request, bundle, context);
  await cp(bundle.folder, run.bundle, { recursive: true });
  return {
    project,
    terraform,
    stack,
    run,
    bundle: await readBundle(run.bundle),
    continued: false,
    ...supersede(older),
  };
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
  if (older && (await isSameCode(older, stack)) && sameReplace(older, request)) {
    await older.goOn();
    return { project, terraform, stack, run: older, bundle: await readBundle(older.bundle), continued: true };
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
    const run = await begin(request, bundle, context);
    await rename(bundle.folder, run.bundle);
    return {
      project,
      terraform,
      stack,
      run,
      bundle: await readBundle(run.bundle),
      continued: false,
      ...supersede(older),
    };
  } finally {
    await rm(pending, { recursive: true, force: true });
  }
}

/** What a run needs of its bundle; the variables that it was planned with, secrets among them, go into a private folder. */
export async function readApproved({ folder, review }: Bundle, work: string): Promise<Approved> {
  const text = await readFile(join(folder, 'plan.json'), 'utf8');
  const planned: Plan = parsePlan(text);
  const { before, after } = manifestsOf(planned);
  const variables = Object.entries(
    (JSON.parse(text) as { variables?: Record<string, { value: unknown }> }).variables ?? {},
  );
  const varFile = join(work, 'variables.tfvars.json');
  if (variables.length > 0) {
    const values = Object.fromEntries(variables.map(([name, { value }]) => [name, value]));
    await writeFile(varFile, JSON.stringify(values), { mode: 0o600 });
  }
  return {
    plan: planned,
    review,
    manifest: after,
    ...(before ? { before } : {}),
    planFile: join(folder, 'plan'),
    ...(variables.length > 0 ? { varFile } : {}),
  };
}

/**
 * Puts the stack as it was approved in its place, and initializes Terraform for it.
 *
 * @throws UserError when Terraform could not
 */
export async function prepareStack(
  stack: SynthesizedStack,
  { folder }: Bundle,
  terraform: Terraform,
  context: Context,
): Promise<void> {
  await mkdir(stack.folder, { recursive: true });
  await cp(join(folder, 'cdk.tf.json'), stack.file);
  await cp(join(folder, '.terraform.lock.hcl'), join(stack.folder, '.terraform.lock.hcl')).catch(
    () => undefined,
  );
  await initWhenNeeded(terraform, stack, (step) => context.progress(step, stack.name));
}

async function begin(
  { verb, options, plan: { replace = [] } }: ApprovalRequest,
  bundle: Bundle,
  context: Context,
): Promise<Run> {
  const planned = parsePlan(await readFile(join(bundle.folder, 'plan.json'), 'utf8'));
  const { after: manifest } = manifestsOf(planned);
  return Run.begin(context.folder, {
    stack: bundle.content.stack,
    verb,
    planSha256: bundle.content.files['plan']!.sha256,
    bundleSha256: bundle.digest,
    proof: options.proof,
    waves: [],
    clones: cloneRecords(rolloutClones(touchedClones(bundle.review), manifest)),
    replace,
  });
}

async function onlyBundle(path: string, context: Context): Promise<Bundle> {
  const bundles = await show([path], context);
  if (bundles.length === 1) return bundles[0]!;
  const names = bundles.map(({ content }) => content.stack).join(', ');
  throw new UserError(
    `${path} holds ${bundles.length} bundles (${names}): apply one after the other, such as ${join(path, bundles[0]!.content.stack)}`,
  );
}

/**
 * The stack's place; on a machine that has not synthesized, such as a runner, it is where cdktf would put it.
 *
 * @throws UserError when the project was synthesized since, without that stack
 */
async function stackOf(project: CdktfProject, { content, folder }: Bundle): Promise<SynthesizedStack> {
  const { stack: name } = content;
  const known = await readStacks(project).catch(() => undefined);
  const found = known?.find((stack) => stack.name === name);
  if (found) return found;
  if (known) {
    const names = known.map((stack) => stack.name).join(', ') || 'none';
    throw new UserError(
      `the bundle ${folder} is of stack ${JSON.stringify(name)}, which the code does not have any more (it has ${names}): plan again`,
    );
  }
  const place = join(project.output, 'stacks', name);
  return { name, folder: place, file: join(place, 'cdk.tf.json') };
}

/** With a state in a local file, only the checkout that the file belongs to can apply a plan of it. */
async function refuseForeign({ folder, content }: Bundle, project: CdktfProject): Promise<void> {
  const stack = JSON.parse(await readFile(join(folder, 'cdk.tf.json'), 'utf8')) as {
    terraform?: { backend?: { local?: { path?: unknown } } };
  };
  const path = stack.terraform?.backend?.local?.path;
  if (typeof path !== 'string') return;
  const file = resolve(project.output, 'stacks', content.stack, path);
  if (!relative(project.folder, file).startsWith('..')) return;
  throw new UserError(
    `the bundle ${folder} was made in another checkout: its state is ${file}, this is ${project.folder}; apply it there, or plan here`,
  );
}

/** Refuses a bundle when the state is not where it was when the plan was made. */
async function refuseMovedOn(
  { content, folder }: Bundle,
  stack: SynthesizedStack,
  terraform: Terraform,
): Promise<void> {
  const text = await terraform.pullState(stack.folder);
  const now = text === undefined ? undefined : parseState(text);
  const then = content.state;
  if (now?.serial === then?.serial && now?.lineage === then?.lineage) return;
  const { prior } = parsePlan(await readFile(join(folder, 'plan.json'), 'utf8'));
  const there = new Set(
    now?.objects.filter(({ deposed }) => deposed === undefined).map(({ address }) => address),
  );
  const added = [...there].filter((address) => !prior.has(address));
  const gone = [...prior.keys()].filter((address) => !there.has(address));
  const list = (sign: string, addresses: string[]): string[] =>
    addresses
      .sort()
      .slice(0, 10)
      .map((address) => `${sign} ${address}`);
  const what =
    now && then && now.lineage !== then.lineage
      ? 'it is the state of another stack or checkout'
      : `serial ${then?.serial ?? 'none'} when it was planned, ${now?.serial ?? 'none'} now`;
  throw new UserError(
    `the state of stack ${stack.name} has moved on since this bundle was made (${what}; ${added.length} objects more, ${gone.length} fewer): plan again`,
    [...list('+', added), ...list('-', gone)].join('\n'),
  );
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

/** Whether a run has stopped machines that it has not started again: even a plan of nothing takes these over. */
function hasStopped({ record }: Run): boolean {
  return Object.values(record.clones).some(({ ran, phase }) => ran && !isOver(phase));
}

function supersede(older: Run | undefined): { superseded?: Run } {
  return older ? { superseded: older } : {};
}
