import { createInterface } from 'node:readline/promises';
import type { Terminal } from './terminal';

/** Whether somebody sits at a terminal who can be asked. */
export function canAsk({ stdin, stdout, env }: Terminal): boolean {
  return stdout.isTTY === true && (stdin as { isTTY?: boolean }).isTTY === true && !env['CI'];
}

/** Asks for approval; only `yes` is one, as with Terraform. */
export async function isApproved(question: string, { stdin, stderr, signal }: Terminal): Promise<boolean> {
  stderr.write(`\n${question}\n  Only 'yes' is accepted.\n\n  Enter a value: `);
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
  }
}
