import { UserError } from '../../model/user-error';
import type { SynthesizedStack } from '../../tools/cdktf';
import { readProject, readStacks } from '../../tools/cdktf';
import { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
import { unfinishedRun } from '../rollout/run';
import { stackNamed } from '../stacks';
import type { FoundRepair } from './find';
import { findRepair } from './find';
import { readRepairStack } from './stack';

/**
 * What is to be repaired of stacks as they were synthesized last; without names, of all.
 *
 * @throws UserError when a stack is unknown, or when a state or a host cannot be read
 */
export async function findRepairs(
  names: readonly string[],
  context: Context,
): Promise<{ terraform: Terraform; repairs: FoundRepair[] }> {
  const project = await readProject(context.folder, context.env);
  const terraform = await Terraform.find(context);
  const known = await readStacks(project);
  const stacks = names.length === 0 ? known : [...new Set(names)].map((name) => stackNamed(known, name));
  if (stacks.length === 0) throw new UserError('the app has no stacks: add a TerraformStack to it');
  const repairs: FoundRepair[] = [];
  for (const stack of stacks) {
    const found = await readRepairStack(terraform, stack, context);
    if (found.state === undefined) await refuseEmptied(stack, context);
    repairs.push(await findRepair(found, context));
    context.progress('done', stack.name);
  }
  return { terraform, repairs };
}

/** A state that a killed apply has emptied is known in full; a repair would find less of it again. */
async function refuseEmptied({ name }: SynthesizedStack, { folder }: Context): Promise<void> {
  const run = await unfinishedRun(folder, name);
  if (run?.keptState === undefined) return;
  throw new UserError(
    `stack ${name} has no state any more, which run ${run.record.id} has kept: regraft apply puts it back and goes on`,
  );
}

/**
 * Drops a lock that a run has left behind.
 *
 * @throws UserError when there is none of that ID
 */
export async function unlock(terraform: Terraform, { stack }: FoundRepair, id: string): Promise<void> {
  await terraform.forceUnlock(stack.stack.folder, id);
}
