import { Readable } from 'node:stream';
import { main } from '../../lib/cli/main';

/** How the command line interface ended and what it said. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The world around a run. */
export interface World {
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: Readable | string;
  /** Whether standard output and standard error are a terminal. */
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs the command line interface within this process. */
export async function regraft(args: readonly string[], world: World = {}): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const { stdin = '', terminal = false } = world;
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => (said[name] += text),
    ...(terminal ? { isTTY: true, columns: 80 } : {}),
  });
  const exitCode = await main(args, {
    stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: world.env ?? {},
    folder: world.folder ?? '/',
    ...(world.signal ? { signal: world.signal } : {}),
  });
  return { exitCode, ...said };
}
