import type { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
import { lockProject } from '../rollout/lock';
import type { RepairOutcome } from './carry-out';
import { carryOut } from './carry-out';
import type { FoundRepair } from './find';

/**
 * Carries out repairs while no rollout of the project goes on, which makes what a repair would take for a leftover.
 *
 * @throws UserError when another regraft is at work, when a run holds Terraform's lock, or when a step fails
 */
export async function carryOutAlone(
  terraform: Terraform,
  repairs: readonly FoundRepair[],
  context: Context,
): Promise<Map<FoundRepair, RepairOutcome>> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  const outcomes = new Map<FoundRepair, RepairOutcome>();
  try {
    for (const found of repairs) {
      lock.check();
      outcomes.set(found, await carryOut(terraform, found, context));
      context.progress('done', found.stack.stack.name);
    }
    return outcomes;
  } finally {
    await lock.release();
  }
}
