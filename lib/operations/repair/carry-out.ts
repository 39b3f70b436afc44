import type { DeleteStep, RepairStep } from '../../review/repair';
import { isAction, isDeletion, isSameStep } from '../../review/repair';
import type { Terraform } from '../../tools/terraform';
import { Volumes } from '../../tools/volumes';
import type { Context } from '../context';
import { reachAll } from '../hosts';
import type { FoundRepair } from './find';
import { findRepair } from './find';
import type { RepairStack } from './stack';
import { readRepairStack } from './stack';
import { isEdit, writeIntoState } from './write-state';

/** What came of a repair. */
export interface RepairOutcome {
  readonly done: readonly RepairStep[];
  /** The steps that had nothing left to do, or that were not safe any more when their turn came. */
  readonly skipped: readonly RepairStep[];
}

/**
 * Carries out a repair; every step looks again first, so that it may be killed anywhere and called again.
 *
 * Files are deleted while Terraform's lock is held: what a run that goes on is just making is not in its state yet.
 *
 * @throws UserError when a run holds the lock, or when a step fails; what was done stays done
 */
export async function carryOut(
  terraform: Terraform,
  { stack, steps }: FoundRepair,
  context: Context,
): Promise<RepairOutcome> {
  const { folder } = stack.stack;
  const done: RepairStep[] = [];
  const again = async (): Promise<FoundRepair> =>
    findRepair(await readRepairStack(terraform, stack.stack, context), context);

  const deletions = steps.filter(isDeletion);
  if (deletions.length > 0) {
    await terraform.whileLocked(folder, async () => {
      const fresh = await again();
      const still = fresh.steps.filter(isDeletion).filter((step) => isOneOf(deletions, step));
      for (const step of still) {
        context.progress(`delete ${step.file}`, stack.stack.name);
        await deleteFile(step, fresh.stack, context);
        done.push(step);
      }
    });
  }
  const takenIn = steps.filter((step) => isAction(step) && !isDeletion(step));
  if (takenIn.length > 0) {
    const fresh = await again();
    const still = fresh.steps.filter((step) => isOneOf(takenIn, step));
    const edits = still.filter(isEdit);
    if (edits.length > 0) {
      context.progress('write into the state', stack.stack.name);
      await writeIntoState(terraform, fresh.stack, edits, context);
      done.push(...edits);
    }
    for (const step of still) {
      if (!('id' in step)) continue;
      context.progress(`import ${step.what}`, stack.stack.name);
      await terraform.import(folder, step.address, step.id);
      done.push(step);
    }
  }
  return { done, skipped: steps.filter((step) => isAction(step) && !isOneOf(done, step)) };
}

async function deleteFile(
  { host, file }: DeleteStep,
  { wanted, applied, content }: RepairStack,
  context: Context,
): Promise<void> {
  const hosts = { ...applied?.hosts, ...wanted?.hosts };
  const uri = reachAll({ [host]: hosts[host]! }, content).get(host)!;
  await new Volumes(uri, hosts[host]!.storage, context).delete(file);
}

function isOneOf(steps: readonly RepairStep[], step: RepairStep): boolean {
  return steps.some((one) => isSameStep(one, step));
}
