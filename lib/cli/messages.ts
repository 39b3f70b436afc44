import { UserError } from '../model/user-error';
import { maskedText } from '../review/masking';

/** An error as a user reads it: one clear line, a tool's own words under it; a stack trace only for a bug of ours. */
export function errorText(error: unknown, place?: string): string {
  const where = place === undefined ? '' : `${place}: `;
  if (error instanceof UserError) {
    const detail = error.detail === '' ? '' : `\n${indented(error.detail)}`;
    return maskedText(`regraft: ${where}${error.message}${detail}`);
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const trace = process.env['REGRAFT_DEBUG'] && stack ? `\n${indented(stack)}` : '';
  return maskedText(
    `regraft: ${where}unexpected error, which is a bug in regraft: ${message.split('\n')[0]} (set REGRAFT_DEBUG=1 to see where)${trace}`,
  );
}

/** A notice as a user reads it. */
export function noticeText(text: string, place?: string): string {
  return maskedText(`regraft: ${place === undefined ? '' : `${place}: `}note: ${text}`);
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}
