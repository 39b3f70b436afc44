import { UserError } from '../../model/user-error';
import { readProject, readStacks } from '../../tools/cdktf';
import { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
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
    repairs.push(await findRepair(await readRepairStack(terraform, stack, context), context));
    context.progress('done', stack.name);
  }
  return { terraform, repairs };
}

/**
 * Drops a lock that a run has left behind.
 *
 * @throws UserError when there is none of that ID
 */
export async function unlock(terraform: Terraform, { stack }: FoundRepair, id: string): Promise<void> {
  await terraform.forceUnlock(stack.stack.folder, id);
}
