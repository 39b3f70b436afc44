import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../model/user-error';
import type { Review } from '../review';
import type { SynthesizedStack } from '../tools/cdktf';
import { readStacks } from '../tools/cdktf';
import type { PlanOptions, Refusal, StateVersion } from '../tools/terraform';
import { Terraform } from '../tools/terraform';
import { guardedInstances } from '../tools/terraform-words';
import { regraftVersion } from '../version';
import type { Bundle } from './bundle';
import { writeBundle } from './bundle';
import type { Context } from './context';
import { adviceOn } from './guarded';
import { initWhenNeeded, withInit } from './init';
import { reviewPlan } from './review-plan';
import { limited } from '../model/limited';
import { sideBySide } from '../model/side-by-side';
import type { StackChoice } from './stacks';
import { chooseStacks } from './stacks';
import { synthesizeProject } from './synthesize';

/** What is planned, and how. */
export interface PlanRequest extends StackChoice, Omit<PlanOptions, 'out'> {
  /** Whether the stacks are taken as they were synthesized last. */
  readonly synthesized: boolean;
  /** The folder for bundles, one a stack; without it none is kept. */
  readonly out?: string;
  /** Whether the base volumes on the hosts are read again and compared. @default false */
  readonly verify?: boolean;
  /** Whether Terraform's own words on the plan are wanted too. */
  readonly detailed: boolean;
}

/** The review of a stack's plan. */
export interface StackReview {
  readonly stack: string;
  readonly review: Review;
  /** What Terraform itself shows of the plan. */
  readonly detail?: string;
  readonly bundle?: Bundle;
}

/** What came of a stack: its review, or why there is none. */
export type StackOutcome = StackReview | { readonly stack: string; readonly error: Error };

/** Stacks that are planned at the same time; each has a Terraform with providers of its own. */
const AT_ONCE = 4;

/**
 * Plans and judges stacks: synthesize once, then for each stack init when needed, plan, ask libvirt, judge.
 *
 * One stack that fails does not keep the others from being reviewed.
 *
 * @throws UserError when nothing can be planned at all
 */
export async function plan(request: PlanRequest, context: Context): Promise<StackOutcome[]> {
  const terraform = await Terraform.find(context);
  const project = await synthesizeProject(context, request.synthesized);
  const stacks = chooseStacks(await readStacks(project), request);
  // Terraform's plugin cache bears one init at a time.
  const init = limited(1);
  return sideBySide(AT_ONCE, stacks, async (stack): Promise<StackOutcome> => {
    try {
      return await planStack(stack, terraform, request, context, init);
    } catch (error) {
      context.signal?.throwIfAborted();
      return { stack: stack.name, error: error as Error };
    } finally {
      context.progress('done', stack.name);
    }
  });
}

async function planStack(
  stack: SynthesizedStack,
  terraform: Terraform,
  request: PlanRequest,
  context: Context,
  initInTurn: <Result>(act: () => Promise<Result>) => Promise<Result>,
): Promise<StackReview> {
  const progress = (step: string): void => context.progress(step, stack.name);
  const work = await mkdtemp(join(tmpdir(), 'regraft-plan-'));
  try {
    await initInTurn(() => initWhenNeeded(terraform, stack, progress));
    progress('plan');
    const planFile = join(work, 'plan');
    const options = { ...planOptions(request, context.folder), out: planFile };
    let state: StateVersion | undefined;
    const refusal = await withInit(terraform, stack, progress, async () => {
      // Before the plan: whoever changes the state in between makes the bundle stale, and Terraform the plan.
      if (request.out !== undefined) state = await stateOf(terraform, stack);
      return terraform.plan(stack.folder, options);
    });
    if (refusal) explain(refusal, stack, terraform, planFile, context);
    const planJson = await terraform.showJson(stack.folder, planFile);
    progress('review');
    const review = await reviewPlan(stack, planJson, request, context);
    const detail = request.detailed ? await terraform.showText(stack.folder, planFile) : undefined;
    const bundle =
      request.out === undefined
        ? undefined
        : await writeBundle(resolve(context.folder, request.out, stack.name), {
            stack: stack.name,
            createdAt: new Date().toISOString(),
            regraft: regraftVersion(),
            terraform: { product: terraform.about.product, version: terraform.about.version },
            state: state ?? null,
            planFile,
            planJson,
            review,
            stackFolder: stack.folder,
          });
    return {
      stack: stack.name,
      review,
      ...(detail === undefined ? {} : { detail }),
      ...(bundle === undefined ? {} : { bundle }),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A state that cannot be read before init is asked for again by the plan, whose words are the better ones. */
function stateOf(terraform: Terraform, stack: SynthesizedStack): Promise<StateVersion | undefined> {
  return terraform.stateVersion(stack.folder).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
}

/**
 * A plan that Terraform gave up because of a guard is still reviewed, since it tells best what would be lost.
 *
 * @throws UserError when Terraform failed for another reason, or has left no plan
 */
function explain(
  { error, words }: Refusal,
  stack: SynthesizedStack,
  terraform: Terraform,
  planFile: string,
  context: Context,
): void {
  const guarded = guardedInstances(words);
  const advice = guarded.map(adviceOn);
  if (/Provider configuration not present[\s\S]*\/libvirt/.test(words))
    advice.push(
      "the state was made with the public provider: take it over to regraft's own with regraft migrate, or say the former provider again",
    );
  if (guarded.length === 0 || !existsSync(planFile)) {
    const next = advice.length === 0 ? undefined : advice.join('; ');
    throw terraform.failure(`plan stack ${stack.name}`, { error, words }, next);
  }
  context.notice(`${terraform.about.product} refuses the plan: ${error}`, stack.name);
  for (const text of advice) context.notice(text, stack.name);
}

function planOptions(request: PlanRequest, folder: string): Omit<PlanOptions, 'out'> {
  const { refresh, vars, varFiles, replace, parallelism } = request;
  return {
    ...(refresh === undefined ? {} : { refresh }),
    ...(vars === undefined ? {} : { vars }),
    // Terraform runs in the stack's folder, the user does not.
    ...(varFiles === undefined ? {} : { varFiles: varFiles.map((file) => resolve(folder, file)) }),
    ...(replace === undefined ? {} : { replace }),
    ...(parallelism === undefined ? {} : { parallelism }),
  };
}
