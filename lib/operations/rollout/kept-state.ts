import type { SynthesizedStack } from '../../tools/cdktf';
import type { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
import { initWhenNeeded } from '../init';
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
