import type { Command } from 'commander';
import { UserError } from '../../model/user-error';
import type { FoundRepair } from '../../operations/repair';
import { carryOutAlone, findRepairs, unlock } from '../../operations/repair';
import { maskedText } from '../../review/masking';
import type { RepairStep } from '../../review/repair';
import { isAction } from '../../review/repair';
import { isApproved } from '../ask';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

import { repairText } from '../repair-text';

interface Options {
  readonly autoApprove?: boolean;
  readonly unlock?: string;
  readonly json?: boolean;
}

/** What became of a stack: nothing to repair, the plan only, or carried out. */
interface StackRepair {
  readonly stack: string;
  readonly outcome: 'nothing-to-repair' | 'planned' | 'repaired';
  readonly steps: readonly RepairStep[];
  /** The steps that turned out to be done or unsafe when their turn came. */
  readonly skipped?: readonly RepairStep[];
}

/** Adds `regraft repair`. */
export function repairCommand(root: Command, given: Given): void {
  root
    .command('repair')
    .description('Mend what a killed Terraform or regraft has left: the plan first, then what was approved.')
    .argument('[stacks...]', 'the stacks as they were synthesized last; without any, all')
    .option('--auto-approve', 'carry the plan out without a question')
    .option('--unlock <id>', 'drop the lock of that ID, which a killed Terraform has left on the state')
    .option('--json', 'write the plan, and what became of it, as JSON')
    .action((stacks: string[], options: Options) => repair(stacks, options, given));
}

async function repair(stacks: string[], options: Options, given: Given): Promise<void> {
  const { context, terminal, say, end } = given;
  const { unlock: lock, json = false, autoApprove = false } = options;
  const { terraform, repairs } = await findRepairs(stacks, context);
  const [first] = repairs;
  if (lock !== undefined && (repairs.length > 1 || !first))
    throw new UserError(`--unlock ${lock} is for one stack, and ${repairs.length} are asked for: name it`);
  if (!json) {
    for (const { stack, steps } of repairs)
      terminal.stdout.write(maskedText(repairText(stack.stack.name, steps, lock)));
  }
  const due = repairs.filter(({ steps }) => steps.some(isAction));
  const isDue = due.length > 0 || lock !== undefined;
  const approved = isDue && (await isApproved(QUESTION, { autoApprove, json }, terminal));
  const outcomes = new Map<FoundRepair, readonly RepairStep[]>();
  if (approved) {
    given.begun();
    if (lock !== undefined && first) await unlock(terraform, first, lock);
    for (const [found, { skipped }] of await carryOutAlone(terraform, due, context))
      outcomes.set(found, skipped);
  }
  if (json) {
    const list = repairs.map((found): StackRepair => stackRepair(found, outcomes.get(found)));
    terminal.stdout.write(maskedText(`${JSON.stringify(list, null, 2)}\n`));
  }
  for (const [{ stack }, skipped] of outcomes) {
    for (const { what } of skipped)
      say(`regraft: ${stack.stack.name}: ${what} was left, since it is not as it was planned any more`);
    say(`regraft: ${stack.stack.name}: repaired; regraft plan says what is left to do`);
  }
  if (isDue && !approved) say('regraft: there is something to repair: approve it, or use --auto-approve');
  end(isDue && !approved ? exitCodeOf('safe') : 0);
}

const QUESTION = 'Do you want to carry out these repairs?';

function stackRepair({ stack, steps }: FoundRepair, skipped?: readonly RepairStep[]): StackRepair {
  const outcome = skipped ? 'repaired' : steps.some(isAction) ? 'planned' : 'nothing-to-repair';
  return { stack: stack.stack.name, outcome, steps, ...(skipped ? { skipped } : {}) };
}
