import type { Readable } from 'node:stream';

/** Where text goes; a terminal has columns. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** All that the command line interface has of the world, so that tests can give it another one. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** Whether colours may be written: NO_COLOR forbids them, FORCE_COLOR asks for them, else a terminal has them. */
export function hasColor({ isTTY }: Sink, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  return isTTY === true && env['TERM'] !== 'dumb';
}
