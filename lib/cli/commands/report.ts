import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { UserError } from '../../model/user-error';
import type { StackOutcome } from '../../operations/plan';
import { VERDICT_TEXT } from '../../review/reporters/phrases';
import { endingOf, exitCodeOf } from '../exit-codes';
import type { Format } from '../formats';
import { FORMATS, ONE_PAGE, render } from '../formats';
import { errorText } from '../messages';
import type { Given } from '../program';
import { hasColor } from '../terminal';

/** The options of every command that reports. */
export interface ReportOptions {
  readonly format: Format;
  readonly json?: boolean;
  readonly output?: string;
}

/** Adds the options of {@link ReportOptions} to a command. */
export function formatOptions(command: Command, what = 'review'): Command {
  return command
    .addOption(
      new Option('--format <format>', `how the ${what} is written`).choices(FORMATS).default('terminal'),
    )
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write the report to a file');
}

/**
 * Refuses, before any work is done, what no format can show.
 *
 * @throws UserError when the format takes one stack only
 */
export function refuseFormat({ format, json }: ReportOptions, several: boolean): void {
  if (format === 'html' && !json && several) throw new UserError(ONE_PAGE);
}

/**
 * Writes the report of what stacks came to, the errors and bundles beside it, and sets the exit code.
 *
 * @throws UserError when the report cannot be written
 */
export async function report(
  outcomes: readonly StackOutcome[],
  { output, several, ...options }: ReportOptions & { readonly several: boolean },
  { terminal, say, end }: Given,
): Promise<void> {
  const format = options.json ? 'json' : options.format;
  const color = format === 'terminal' && output === undefined && hasColor(terminal.stdout, terminal.env);
  const text = render(outcomes, format, { color, several });
  // A stack without a review has no page and no JSON of its own.
  if (output !== undefined && text !== '') await writeReport(resolve(terminal.folder, output), text);
  for (const outcome of outcomes) {
    if ('error' in outcome) say(errorText(outcome.error, outcome.stack));
    else if (outcome.bundle) {
      say(`regraft: ${outcome.stack}: bundle ${outcome.bundle.folder} (SHA-256 ${outcome.bundle.digest})`);
    }
    if (output !== undefined && 'review' in outcome) {
      say(`regraft: ${outcome.stack}: ${VERDICT_TEXT[outcome.review.verdict]}`);
    }
  }
  if (output === undefined) terminal.stdout.write(text);
  end(exitCodeOf(endingOf(outcomes)));
}

/**
 * Writes a report to the file of `--output`.
 *
 * @throws UserError when it cannot be written
 */
export async function writeReport(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`the report cannot be written to ${file} (${error.code}): choose another --output`);
  });
}

/** Collects a repeatable option. */
export function list(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/**
 * Reads a whole number of at least 1.
 *
 * @throws InvalidArgumentError when it is none
 */
export function wholeNumber(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a whole number of at least 1.');
}
