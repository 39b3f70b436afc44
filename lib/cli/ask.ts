import { createInterface } from 'node:readline/promises';
import type { Terminal } from './terminal';

/** Whether there is somebody to ask: a terminal on both sides, and no CI that only looks like one. */
export function canAsk({ stdin, stderr, env }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && !env['CI'];
}

/** Asks on standard error; as with Terraform, only `yes` is taken for a yes. */
export async function ask(question: string, { stdin, stderr, signal }: Terminal): Promise<boolean> {
  stderr.write(`\n${question}\n  Only 'yes' will be accepted to approve.\n\n`);
  const lines = createInterface({
    input: stdin,
    output: stderr as NodeJS.WritableStream & typeof stderr,
    terminal: false,
  });
  try {
    stderr.write('  Enter a value: ');
    const answer = await Promise.race([
      lines.question('', signal ? { signal } : {}),
      // An end of file is no answer.
      new Promise<string>((resolve) => lines.once('close', () => resolve(''))),
    ]);
    return answer.trim() === 'yes';
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
