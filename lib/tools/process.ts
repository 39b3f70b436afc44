import { constants } from 'node:os';
import { execa } from 'execa';
import { UserError } from '../model/user-error';

/** Where and how a program is run. */
export interface Surroundings {
  /** The whole environment of the program; nothing is added to it. */
  readonly env: NodeJS.ProcessEnv;
  /** Asks the program to stop, as Ctrl-C does, and waits until it has. */
  readonly signal?: AbortSignal;
  /** File descriptors of this process that the program has open as well until it ends. @default none */
  readonly keepOpen?: readonly number[];
}

/** A call of a program. */
export interface Call extends Surroundings {
  readonly folder?: string;
  /** What the program reads from its standard input. @default nothing */
  readonly input?: string;
  /** Milliseconds after which the program is ended. @default never */
  readonly timeout?: number;
  /** What to do when there is no such program, for the error message. */
  readonly missing: string;
}

/** How a program ended and what it said. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** More than the JSON of a plan of 100 clones ten times over; a program that says more is ended. */
const MAX_OUTPUT = 512 * 1024 * 1024 - 1024;

/**
 * Runs a program with an argument array, never through a shell, and waits until it ends.
 *
 * The program has a process group of its own, so that a Ctrl-C on the terminal reaches it once and from here only:
 * Terraform takes a second one as the order to drop everything, its state lock included.
 *
 * @throws UserError when there is no such program, when it takes longer than its timeout or when it was interrupted
 */
export async function run(program: string, args: readonly string[], call: Call): Promise<Ended> {
  call.signal?.throwIfAborted();
  const child = execa(program, args, {
    env: call.env,
    extendEnv: false,
    reject: false,
    ...(call.input === undefined ? {} : { input: call.input }),
    // The types know descriptors up to 9 only.
    stdio: [
      call.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...((call.keepOpen ?? []) as readonly 3[]),
    ],
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
    detached: true,
    ...(call.folder === undefined ? {} : { cwd: call.folder }),
  });
  const end = (signal: NodeJS.Signals): void => kill(child.pid, signal);
  const interrupt = (): void => end('SIGINT');
  call.signal?.addEventListener('abort', interrupt, { once: true });
  let late = false;
  const timer =
    call.timeout === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          end('SIGKILL');
        }, call.timeout);
  try {
    const { exitCode, stdout, stderr, code, signal, isMaxBuffer } = await child;
    call.signal?.throwIfAborted();
    if (late) throw new UserError(`${program} did not end within ${call.timeout! / 1000} s`);
    if (isMaxBuffer) throw new UserError(`${program} printed more than ${MAX_OUTPUT} characters`);
    if (exitCode === undefined && signal === undefined) throw notStarted(program, code, call.missing);
    return { exitCode: exitCode ?? 128 + constants.signals[signal!], stdout, stderr };
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', interrupt);
  }
}

/**
 * Runs a program that talks to the user itself, on this process's own terminal, and returns its exit code.
 *
 * It stays in the process group of the terminal, which gives its keys to nobody else.
 *
 * @throws UserError when there is no such program or when it was interrupted
 */
export async function runInteractive(
  program: string,
  args: readonly string[],
  { env, signal, missing }: Omit<Call, 'input' | 'timeout' | 'folder'>,
): Promise<number> {
  signal?.throwIfAborted();
  const ended = await execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    stdio: 'inherit',
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (ended.exitCode === undefined && ended.signal === undefined) {
    throw notStarted(program, ended.code, missing);
  }
  return ended.exitCode ?? 128 + constants.signals[ended.signal!];
}

/** Why a program could not be started. */
export function notStarted(program: string, code: string | undefined, missing: string): UserError {
  if (code === 'ENOENT') return new UserError(`there is no program ${program}: ${missing}`);
  if (code === 'EACCES') return new UserError(`the program ${program} may not be run (EACCES): ${missing}`);
  return new UserError(
    `the program ${program} did not start (${code ?? 'for an unknown reason'}): ${missing}`,
  );
}

/** Signals the program and all that it has started. */
export function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
