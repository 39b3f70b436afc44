import { Command } from 'commander';
import type { Context } from '../operations/context';
import { regraftVersion } from '../version';
import { applyCommand } from './commands/apply';
import { checkCommand } from './commands/check';
import { planCommand } from './commands/plan';
import { runsCommand } from './commands/runs';
import { showCommand } from './commands/show';
import { exitCodeHelp } from './exit-codes';
import type { Terminal } from './terminal';

/** What the commands are given. */
export interface Given {
  readonly terminal: Terminal;
  readonly context: Context;
  /** Writes a line for people, beside the result. */
  readonly say: (text: string) => void;
  /** Sets the exit code. */
  readonly end: (exitCode: number) => void;
}

/** The program with all its commands. */
export function program(given: Given): Command {
  const { stdout, stderr } = given.terminal;
  const root = new Command('regraft')
    .description('Moves libvirt clones onto a new base, as a plan that is reviewed first.')
    .version(regraftVersion())
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'regraft: ')),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(regraft --help tells more)')
    .addHelpText('after', `\n${exitCodeHelp()}`);
  for (const add of [planCommand, applyCommand, checkCommand, showCommand, runsCommand]) add(root, given);
  for (const command of root.commands) command.addHelpText('after', `\n${exitCodeHelp()}`);
  return root;
}
