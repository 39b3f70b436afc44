import { execa } from 'execa';
import type { Call, Ended } from './process';

/** A lock that is held until it is released. */
export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Holds the lock of a state: `terraform console` takes it and keeps it until its standard input ends.
 *
 * It ends with this process too, whose end closes that input. Returns how Terraform ended when it did not get the lock.
 */
export async function holdLock(program: string, { env, folder, signal }: Call): Promise<HeldLock | Ended> {
  signal?.throwIfAborted();
  const child = execa(program, ['console'], {
    env: { ...env, TF_CLI_ARGS: '', TF_CLI_ARGS_console: '' },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    detached: true,
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  const ended = child.then(({ exitCode, stdout, stderr, message }) => ({
    exitCode: exitCode ?? 1,
    stdout,
    stderr: stderr || (message ?? ''),
  }));
  // A program that is not there, or that ends at once, reads no question; its end tells.
  child.stdin.on('error', () => undefined);
  child.stdin.write('"held"\n');
  const answered = new Promise<'held'>((resolve) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('held')) resolve('held');
    });
  });
  const first = await Promise.race([answered, ended]);
  if (first !== 'held') return { ...first, exitCode: first.exitCode || 1 };
  return {
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
