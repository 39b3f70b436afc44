import type { Command } from 'commander';
import { UserError } from '../../model/user-error';
import { synthesizeProject } from '../../operations/synthesize';
import type { Given } from '../program';
import { hasColor } from '../terminal';
import { refuseUnasked, rollOut } from './rollout';
import type { RolloutFlags } from './rollout-options';
import { rolloutFlags } from './rollout-options';

interface Flags extends RolloutFlags {
  readonly write?: boolean;
}

/** Adds `regraft revert`. */
export function revertCommand(root: Command, given: Given): void {
  addVerb(root, given, 'revert', 'Take a rebase back: print the change of code, or make it and apply it.');
}

/** Adds `regraft promote`. */
export function promoteCommand(root: Command, given: Given): void {
  addVerb(
    root,
    given,
    'promote',
    'Make the new base the base of its pool: print the change of code, or make it and apply it.',
  );
}

function addVerb(root: Command, given: Given, verb: 'revert' | 'promote', description: string): void {
  const command = root
    .command(verb)
    .description(description)
    .argument('[pool]', 'the pool; without it, the only one with a rebase')
    .option('--write', 'make the change where it is unambiguous, then review, ask and apply');
  rolloutFlags(command).action(async (pool: string | undefined, flags: Flags) => {
    const { context, terminal } = given;
    if (flags.write) refuseUnasked(flags, given);
    // A parser of TypeScript takes a moment to load, which no other command should wait for.
    const [{ codeChange, writeCodeChange }, { changeMade }, { describe }] = await Promise.all([
      import('../../operations/code-change.js'),
      import('../../operations/change-made.js'),
      import('../code-change-text.js'),
    ]);
    await synthesizeProject(context, flags.synthesized ?? false);
    const made = flags.write ? await changeMade(verb, pool, context) : [];
    if (made.length > 0) {
      context.notice('the code is changed already: what it says is applied');
      return applyAll(made, flags, given);
    }
    const change = await codeChange(verb, pool, context);
    const color = hasColor(terminal.stdout, terminal.env);
    if (!flags.write) {
      if (!flags.json) terminal.stdout.write(describe(change, { color }));
      return;
    }
    if ('ambiguous' in change.result) {
      terminal.stdout.write(describe(change, { color }));
      throw new UserError(
        `the change is not made, since ${change.result.ambiguous}: make it by hand, then run regraft apply`,
      );
    }
    await writeCodeChange(change);
    if (!flags.json) terminal.stdout.write(describe(change, { color, written: true }));
    await applyAll(change.stacks, flags, given);
  });
}

/** Applies stacks one after the other, as far as each of them ends well. */
async function applyAll(stacks: readonly string[], flags: Flags, given: Given): Promise<void> {
  for (const stack of stacks) {
    const ending = await rollOut({ verb: 'apply', stack }, { ...flags, synthesized: false }, given);
    if (ending !== 'nothing-to-do') return;
  }
}
