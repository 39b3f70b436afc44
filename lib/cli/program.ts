import { Command } from 'commander';
import type { Context } from '../operations/context';
import { regraftVersion } from '../version';
import { adoptCommand } from './commands/adopt';
import { applyCommand } from './commands/apply';
import { basesCommand, gcCommand } from './commands/bases';
import { checkCommand } from './commands/check';
import { promoteCommand, revertCommand } from './commands/code-change';
import { consoleCommand } from './commands/console';
import { deleteCommand } from './commands/delete';
import { exportCommand } from './commands/export';
import { fetchImageCommand } from './commands/fetch-image';
import { graphCommand } from './commands/graph';
import { hookCommand } from './commands/hook';
import { importCommand } from './commands/import';
import { migrateCommand } from './commands/migrate';
import { planCommand } from './commands/plan';
import { prepareCommand } from './commands/prepare';
import { providerCommand } from './commands/provider';
import { restoreCommand } from './commands/restore';
import { repairCommand } from './commands/repair';
import { runsCommand } from './commands/runs';
import { showCommand } from './commands/show';
import { statusCommand } from './commands/status';
import { startCommand } from './commands/start';
import { stopCommand } from './commands/stop';
import { verifyCommand } from './commands/verify';
import { exitCodeHelp } from './exit-codes';
import type { Terminal } from './terminal';

/** What the commands are given. */
export interface Given {
  readonly terminal: Terminal;
  readonly context: Context;
  /** Writes a line for people, beside the result. */
  readonly say: (text: string) => void;
  /** Says that from now on something is changed. */
  readonly begun: () => void;
  /** Sets the exit code. */
  readonly end: (exitCode: number) => void;
}

/** The commands, in the order of their use. */
const COMMANDS = [
  planCommand,
  checkCommand,
  showCommand,
  applyCommand,
  revertCommand,
  promoteCommand,
  restoreCommand,
  prepareCommand,
  fetchImageCommand,
  verifyCommand,
  statusCommand,
  basesCommand,
  graphCommand,
  gcCommand,
  deleteCommand,
  startCommand,
  stopCommand,
  consoleCommand,
  exportCommand,
  importCommand,
  adoptCommand,
  migrateCommand,
  runsCommand,
  repairCommand,
  hookCommand,
  providerCommand,
];

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
  for (const add of COMMANDS) add(root, given);
  for (const command of root.commands) command.addHelpText('after', `\n${exitCodeHelp()}`);
  return root;
}
