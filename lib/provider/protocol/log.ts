import { maskedText } from '../../review/masking';

/** Writes to standard error, which Terraform puts into its log at the level in brackets (go-plugin, `logStderr`). */
export function log(level: 'INFO' | 'WARN' | 'ERROR', text: string): void {
  const lines = maskedText(text).split('\n');
  process.stderr.write(lines.map((line) => `[${level}] ${line}\n`).join(''));
}

/** Writes an exception with its stack. */
export function logError(error: unknown): void {
  log('ERROR', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
