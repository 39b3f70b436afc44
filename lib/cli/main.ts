import { CommanderError } from 'commander';
import type { Context } from '../operations/context';
import { exitCodeOf } from './exit-codes';
import { errorText, noticeText } from './messages';
import { program } from './program';
import { Progress } from './progress';
import type { Terminal } from './terminal';

/** Runs the command line interface and returns the exit code; never throws. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const progress = new Progress(terminal.stderr);
  const context: Context = {
    folder: terminal.folder,
    env: terminal.env,
    ...(terminal.signal ? { signal: terminal.signal } : {}),
    progress: (step, stack) => progress.step(step, stack),
    notice: (text, stack) => progress.say(noticeText(text, stack)),
  };
  let exitCode = 0;
  let begun = false;
  const commands = program({
    terminal,
    context,
    say: (text) => progress.say(text),
    begun: () => (begun = true),
    end: (code) => (exitCode = code),
  });
  try {
    await commands.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    progress.end();
    if (isInterrupt(error, terminal.signal)) {
      const state = begun ? 'run it again to finish it' : 'nothing was changed';
      terminal.stderr.write(`regraft: interrupted, ${state}\n`);
      return exitCodeOf('interrupted');
    }
    // Commander has said what is wrong already; help and version are its only errors that are none.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodeOf('error');
    terminal.stderr.write(`${errorText(error)}\n`);
    return exitCodeOf('error');
  } finally {
    progress.end();
  }
}

/** Whether an error is the interrupt itself: what went wrong besides must be told, as that data has changed. */
function isInterrupt(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (error === signal.reason || (error as Error).name === 'AbortError');
}
