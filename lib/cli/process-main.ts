import { main } from './main';

/** Runs the command line interface with the process's own arguments, streams and signals. */
export async function runProcess(): Promise<void> {
  const [interrupt, insist] = [new AbortController(), new AbortController()];
  let held = false;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!interrupt.signal.aborted) interrupt.abort(new Error('interrupted'));
      else if (held && !insist.signal.aborted) insist.abort(new Error('interrupted twice'));
      else process.exit(130);
    });
  }
  // A reader that has seen enough, such as head, is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await main(process.argv.slice(2), {
    stdin,
    stdout,
    stderr,
    env,
    folder: process.cwd(),
    signal: interrupt.signal,
    insist: insist.signal,
    hold: () => (held = true),
  });
}
