import type { Command } from 'commander';
import { UserError } from '../../model/user-error';
import { openConsole } from '../../operations/console';
import type { Given } from '../program';
import { list } from './report';

/** Adds `regraft console`. */
export function consoleCommand(root: Command, given: Given): void {
  root
    .command('console')
    .description("Open a running machine's serial console (virsh console).")
    .argument('<clone>', 'the clone by name')
    .option('--stack <name>', 'only of this stack (repeatable)', list)
    .action(async (clone: string, { stack = [] }: { stack?: string[] }) => {
      const { stdin, stdout } = given.terminal;
      if (!stdin.isTTY || !stdout.isTTY) {
        throw new UserError('a console needs a terminal on standard input and output: run it in one');
      }
      await openConsole(clone, stack, given.context);
    });
}
