import { AbortError } from 'p-retry';
import { lastLines } from '../../tools/console-log';
import type { CheckOf, Probe } from './target';
import { Unhealthy } from './target';

/** The machine has said something on its console since it was started. */
export const consoleSaid: Probe<CheckOf<'console'>> = async (target, { pattern, flags }) => {
  const expected = `expected /${pattern}/${flags} on the console since the start`;
  if (target.console === undefined) {
    throw new AbortError(new Unhealthy(`${expected}, found no console log that is read from here`));
  }
  const text = await target.console.since(target.consoleMark ?? 0);
  if (new RegExp(pattern, flags).test(text)) return;
  const [last] = lastLines(text, 1);
  throw new Unhealthy(
    `${expected}, found ${last === undefined ? 'that it said nothing' : `as its last line: ${last}`}`,
  );
};
