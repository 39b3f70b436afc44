import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError } from '../model/user-error';
import { judge, parsePlan, ReviewError } from '../review';
import { readProject, readStacks } from '../tools/cdktf';
import { Terraform } from '../tools/terraform';
import type { Context } from './context';
import type { StackOutcome } from './plan';
import { readPlanFile, readPlanStream } from './plan-text';
import { reviewPlan } from './review-plan';
import { sideBySide } from '../model/side-by-side';
import { stackNamed } from './stacks';

/** The name for standard input among files. */
export const STDIN = '-';

/** Judges plan JSONs made elsewhere, with nothing but what is in them; `-` is standard input. */
export async function checkFiles(
  files: readonly string[],
  stdin: Readable,
  context: Pick<Context, 'folder'>,
): Promise<StackOutcome[]> {
  // One at a time: each may take some hundred megabytes of memory.
  return sideBySide(1, files, async (file): Promise<StackOutcome> => {
    const stack = file === STDIN ? 'standard input' : file;
    try {
      const text = file === STDIN ? await readPlanStream(stdin) : await readPlanFile(file, context.folder);
      return { stack, review: judge(parsePlan(text)) };
    } catch (error) {
      if (error instanceof ReviewError) return { stack, error: new UserError(error.message) };
      return { stack, error: error as Error };
    }
  });
}

/**
 * Judges the plan file that `cdktf diff` has left behind in a stack's folder.
 *
 * @throws UserError when the stack is unknown, or when there is no plan
 */
export async function checkStack(name: string, context: Context): Promise<StackOutcome> {
  const project = await readProject(context.folder, context.env);
  const terraform = await Terraform.find(context);
  const stack = stackNamed(await readStacks(project), name);
  const planFile = join(stack.folder, 'plan');
  if (!existsSync(planFile)) {
    throw new UserError(`stack ${name} has no plan file ${planFile}: run cdktf diff ${name} first`);
  }
  const [planned, synthesized] = await Promise.all([stat(planFile), stat(stack.file)]);
  if (synthesized.mtimeMs > planned.mtimeMs) {
    context.notice(
      'the stack was synthesized again after this plan was made: run cdktf diff again if the code has changed',
      name,
    );
  }
  context.progress('read the plan', name);
  const json = await terraform.showJson(stack.folder, planFile);
  context.progress('review', name);
  const review = await reviewPlan(stack, json, {}, context);
  context.progress('done', name);
  return { stack: name, review };
}
