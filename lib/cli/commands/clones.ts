import type { Command } from 'commander';
import type { MachineChoice } from '../../operations/power/chosen';
import { list } from './report';

/** The options of every command that acts on clones. */
export interface CloneOptions {
  readonly pool?: string[];
  readonly all?: boolean;
  readonly stack?: string[];
}

/** Adds the argument and the options of {@link CloneOptions} to a command. */
export function cloneOptions(command: Command): Command {
  return command
    .argument('[clones...]', 'the clones by name')
    .option('--pool <pool>', 'all clones of a pool (repeatable)', list)
    .option('--all', 'all clones')
    .option('--stack <name>', 'only those of this stack (repeatable)', list);
}

/** Which clones the arguments and options mean. */
export function choiceOf(
  clones: readonly string[],
  { pool = [], all = false, stack = [] }: CloneOptions,
): MachineChoice {
  return { clones, pools: pool, all, stacks: stack };
}
