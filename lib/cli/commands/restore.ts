import type { Command } from 'commander';
import { restoreOf } from '../../operations/restore';
import type { Given } from '../program';
import { list } from './report';
import { refuseUnasked, rollOut } from './rollout';
import type { RolloutFlags } from './rollout-options';
import { rolloutFlags } from './rollout-options';

interface Flags extends RolloutFlags {
  readonly pool?: string[];
  readonly all?: boolean;
  readonly stack?: string;
}

/** Adds `regraft restore`. */
export function restoreCommand(root: Command, given: Given): void {
  const command = root
    .command('restore')
    .description(
      'Give clones fresh system and temporary volumes from the base that they are on; data is kept.',
    )
    .argument('[clones...]', 'the clones')
    .option('--pool <name>', 'all clones of a pool (repeatable)', list)
    .option('--all', 'all clones of the stack')
    .option('--stack <name>', 'the stack, where the app has several');
  rolloutFlags(command).action(async (clones: string[], flags: Flags) => {
    refuseUnasked(flags, given);
    const { pool: pools = [], all = false, stack: asked, synthesized = false } = flags;
    const choice = { clones, pools, all, synthesized, ...(asked === undefined ? {} : { stack: asked }) };
    const { stack, replace } = await restoreOf(choice, given.context);
    await rollOut({ verb: 'restore', stack, replace }, { ...flags, synthesized: true }, given);
  });
}
