import { createInterface } from 'node:readline';
import type { Terminal } from './terminal';

/** Whether there is somebody to ask: a terminal on both sides, and no CI that only looks like one. */
export function canAsk({ stdin, stderr, env }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && !env['CI'];
}

/** Asks on standard error; as with Terraform, only `yes` is taken for a yes, and an end of file for none. */
export async function ask(question: string, { stdin, stderr, signal }: Terminal): Promise<boolean> {
  stderr.write(`\n${question}\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: `);
  const lines = createInterface({ input: stdin });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return answer.trim() === 'yes';
  } finally {
    lines.close();
    stderr.write('\n');
  }
}

/** How a command was told to ask. */
export interface Asking {
  readonly autoApprove?: boolean | undefined;
  /** Whether standard output is for a machine, so that nobody is asked. */
  readonly json?: boolean | undefined;
}

/** Whether something that was shown is to be done: by a flag, or by somebody who says yes. */
export async function isApproved(
  question: string,
  { autoApprove = false, json = false }: Asking,
  terminal: Terminal,
): Promise<boolean> {
  return autoApprove || (!json && canAsk(terminal) && (await ask(question, terminal)));
}
