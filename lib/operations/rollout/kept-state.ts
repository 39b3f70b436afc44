import { readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { jsonOf } from '../../model/json';
import type { SynthesizedStack } from '../../tools/cdktf';
import type { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
import { initWhenNeeded } from '../init';
import { readStack } from '../stacks';
import type { Rollout } from './rollout';
import type { Run } from './run';

/**
 * Keeps the state as it is before an apply.
 *
 * @throws UserError when it cannot be read
 */
export async function keepState({ run, terraform, stack }: Rollout): Promise<void> {
  const text = await terraform.pullState(stack.folder);
  if (text !== undefined) await run.keepState(text);
}

/**
 * Puts the state back that a killed apply has emptied; what it does not know of that apply is for a repair to find.
 *
 * Terraform and OpenTofu write a state in a local file in its place: they empty the file, and then write it, after
 * every object that they have made (`internal/states/statemgr/filesystem.go`). Killed in between, they leave none.
 *
 * @throws UserError when the state cannot be read or written
 */
export async function putStateBack(
  run: Run,
  terraform: Terraform,
  stack: SynthesizedStack,
  context: Context,
): Promise<void> {
  const { keptState } = run;
  if (keptState === undefined) return;
  await initWhenNeeded(terraform, stack, (step) => context.progress(step, stack.name));
  if ((await terraform.pullState(stack.folder)) !== undefined) return;
  context.progress('put the state back, which a killed apply has emptied', stack.name);
  await terraform.pushState(stack.folder, keptState);
}

const localBackend = z.object({ backend: z.object({ local: z.object({ path: z.string() }) }) });

/**
 * Moves a state in a local file aside that a full disk or a power cut has cut off in the middle: Terraform can neither
 * read it nor write over it. What an unfinished run has kept is put back in its place.
 *
 * @throws UserError when the run's bundle cannot be read
 */
export async function setCutStateAside(run: Run, stack: SynthesizedStack, context: Context): Promise<void> {
  if (run.keptState === undefined) return;
  const { terraform } = await readStack({ ...stack, file: join(run.bundle, 'cdk.tf.json') });
  const backend = localBackend.safeParse(terraform);
  if (!backend.success) return;
  const path = resolve(stack.folder, backend.data.backend.local.path);
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text === '' || jsonOf(text) !== undefined) return;
  const aside = `${path}.cut-off-${Date.now()}`;
  await rename(path, aside);
  context.notice(`the state ${path} is cut off in the middle: it lies in ${aside} now`);
}
