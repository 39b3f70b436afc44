import type { Verdict } from '../review';
import type { StackOutcome } from '../operations/plan';

/** All exit codes: what the verdicts and errors of a run come to, the gravest last. */
export const EXIT_CODES = [
  {
    code: 0,
    name: 'nothing-to-do',
    meaning: 'Done, or nothing to do: the plan changes nothing, or all of it was applied.',
  },
  { code: 2, name: 'safe', meaning: 'Something is left to do: the plan is safe, or clones were skipped.' },
  {
    code: 1,
    name: 'error',
    meaning: 'Error: something or some machine failed; the message says what to do.',
  },
  { code: 3, name: 'refused', meaning: 'Refused: the plan must not be applied; the findings say why.' },
  {
    code: 130,
    name: 'interrupted',
    meaning: 'Interrupted by Ctrl-C or a signal: the same command goes on from there.',
  },
] as const;

/** What a run comes to. */
export type Ending = (typeof EXIT_CODES)[number]['name'];

/** The exit code of an ending. */
export function exitCodeOf(ending: Ending): number {
  return EXIT_CODES.find(({ name }) => name === ending)!.code;
}

/** The gravest of what stacks came to. */
export function endingOf(outcomes: readonly StackOutcome[]): Ending {
  const rank = (ending: Ending): number => EXIT_CODES.findIndex(({ name }) => name === ending);
  const endings = outcomes.map((outcome): Ending | Verdict =>
    'review' in outcome ? outcome.review.verdict : 'error',
  );
  return [...endings].sort((a, b) => rank(b) - rank(a))[0] ?? 'nothing-to-do';
}

/** The table as text, for `--help`. */
export function exitCodeHelp(): string {
  const rows = [...EXIT_CODES].sort((a, b) => a.code - b.code);
  return `Exit codes:\n${rows.map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}`;
}

/** The table in Markdown, for the documentation. */
export function exitCodeTable(): string {
  const rows = [...EXIT_CODES]
    .sort((a, b) => a.code - b.code)
    .map(({ code, meaning }) => [String(code), meaning]);
  const width = Math.max(...rows.map(([, meaning]) => meaning!.length));
  const line = (code: string, meaning: string): string => `| ${code.padEnd(4)} | ${meaning.padEnd(width)} |`;
  return [
    line('code', 'meaning'),
    line('----', '-'.repeat(width)),
    ...rows.map(([code, meaning]) => line(code!, meaning!)),
  ].join('\n');
}
