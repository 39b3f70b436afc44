import type { StackOutcome, StackReview } from '../operations/plan';
import { maskedText } from '../review/masking';
import { htmlReport } from '../review/reporters/html';
import { jsonReport } from '../review/reporters/json';
import { terminalReport } from '../review/reporters/terminal';
import { UserError } from '../model/user-error';
import { markdownOf } from './markdown';

/** The formats of a report. */
export const FORMATS = ['terminal', 'markdown', 'json', 'html'] as const;

/** A format of a report. */
export type Format = (typeof FORMATS)[number];

/** How a report is rendered. */
export interface RenderOptions {
  readonly color: boolean;
  /** Whether more than one stack was asked for; it decides the shape of what a machine reads, not the number of results. */
  readonly several: boolean;
}

/**
 * Renders what stacks came to; errors stand in the formats that a machine or a reviewer far away reads.
 *
 * @throws UserError when the format takes one stack only
 */
export function render(outcomes: readonly StackOutcome[], format: Format, options: RenderOptions): string {
  switch (format) {
    case 'terminal':
      return terminalOf(outcomes, options);
    case 'markdown':
      return markdownOf(outcomes, options.several);
    case 'json':
      return jsonOf(outcomes, options.several);
    case 'html':
      return htmlOf(outcomes, options.several);
  }
}

function terminalOf(outcomes: readonly StackOutcome[], { color, several }: RenderOptions): string {
  return outcomes
    .filter((outcome) => 'review' in outcome)
    .map(({ stack, review, detail }: StackReview) =>
      [
        several ? `${stack}\n${'='.repeat(Math.min(stack.length, 80))}\n\n` : '',
        terminalReport(review, { color }),
        detail === undefined
          ? ''
          : `\nTerraform's own plan of stack ${stack}:\n\n${maskedText(detail).trim()}\n`,
      ].join(''),
    )
    .join('\n');
}

/** One stack: its review. Several: a list of them by name, with the errors of those that have none. */
function jsonOf(outcomes: readonly StackOutcome[], several: boolean): string {
  if (!several)
    return outcomes.map((outcome) => ('review' in outcome ? jsonReport(outcome.review) : '')).join('');
  const list = outcomes.map((outcome) =>
    'review' in outcome
      ? { stack: outcome.stack, review: outcome.review }
      : { stack: outcome.stack, error: maskedText(outcome.error.message) },
  );
  return `${JSON.stringify(list, null, 2)}\n`;
}

function htmlOf(outcomes: readonly StackOutcome[], several: boolean): string {
  if (several) throw new UserError(ONE_PAGE);
  return outcomes.map((outcome) => ('review' in outcome ? htmlReport(outcome.review) : '')).join('');
}

/** What to do when several stacks are asked for as HTML. */
export const ONE_PAGE =
  'html is a page for one stack: name one, or keep bundles (regraft plan --out DIRECTORY) and make a page of each (regraft show DIRECTORY/STACK --format html --output FILE)';
