import { maskedText } from '../../review/masking';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

/** What is common to the results of what was done to machines. */
export interface MachineResult {
  readonly stack: string;
  readonly clone: string;
  readonly done: boolean;
}

/** Prints what became of machines, a line each or as a JSON list, and sets the exit code. */
export function reportMachines<Result extends MachineResult>(
  results: readonly Result[],
  json: boolean,
  lineOf: (result: Result) => string,
  { terminal, context, end }: Given,
): void {
  const isInSeveral = new Set(results.map(({ stack }) => stack)).size > 1;
  const nameOf = ({ stack, clone }: Result): string => (isInSeveral ? `${stack}/${clone}` : clone);
  const width = Math.max(0, ...results.map((result) => nameOf(result).length));
  const text = json
    ? JSON.stringify(results, undefined, 2)
    : results.map((result) => `${nameOf(result).padEnd(width)}  ${lineOf(result)}`).join('\n');
  terminal.stdout.write(text === '' ? '' : `${maskedText(text)}\n`);
  const done = results.every((result) => result.done);
  end(done ? 0 : exitCodeOf(context.signal?.aborted ? 'interrupted' : 'error'));
}

/** Seconds as they are printed. */
export function secondsText(seconds: number): string {
  return `${Math.round(seconds)} s`;
}
