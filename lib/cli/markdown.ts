import { UserError } from '../model/user-error';
import type { StackOutcome } from '../operations/plan';
import type { Review } from '../review';
import { maskedText } from '../review/masking';
import { markdownReport } from '../review/reporters/markdown';
import { MARKDOWN_LIMIT } from '../review/reporters/markdown-parts';
import { quantity, VERDICT_TEXT } from '../review/reporters/phrases';
import { endingOf } from './exit-codes';

/** Renders what stacks came to as one comment on a pull request, the gravest first where there are several. */
export function markdownOf(outcomes: readonly StackOutcome[], several: boolean): string {
  const [only] = outcomes;
  if (!several && only) return bodyOf(only);
  const sorted = ['refused', 'error', 'safe', 'nothing-to-do'].flatMap((ending) =>
    outcomes.filter((outcome) => endingOf([outcome]) === ending),
  );
  const table = [
    '| Stack | |',
    '| --- | --- |',
    ...sorted.map((one) => `| \`${one.stack}\` | ${shortOf(one)} |`),
  ];
  const parts = [table.join('\n')];
  let room = MARKDOWN_LIMIT - bytes(parts[0]!);
  for (const outcome of sorted.filter((one) => endingOf([one]) !== 'nothing-to-do')) {
    const title = `# Stack \`${outcome.stack}\`\n\n`;
    const left = sorted.length - parts.length;
    // A stack that has no room of its own is cut to its verdict and its refusals; those after it keep some room.
    const full = title + bodyOf(outcome).trimEnd();
    const text = bytes(full) < room - left * 500 ? full : title + briefOf(outcome);
    if (bytes(text) > room) break;
    parts.push(text);
    room -= bytes(text) + 2;
  }
  return `${parts.join('\n\n')}\n`;
}

function bodyOf(outcome: StackOutcome): string {
  if ('review' in outcome) return markdownReport(outcome.review);
  const { error } = outcome;
  const detail = error instanceof UserError ? error.detail : '';
  return `## 🔴 No review\n\n${fenced(error.message)}${detail === '' ? '' : `\n\n${fenced(detail)}`}\n`;
}

function shortOf(outcome: StackOutcome): string {
  if (!('review' in outcome)) return '🔴 No review';
  const { verdict, totals } = outcome.review;
  const icon = { 'nothing-to-do': '⚪', safe: '🟢', refused: '🔴' }[verdict];
  return `${icon} ${VERDICT_TEXT[verdict]}${totals.findings.refuse > 0 ? `: ${quantity(totals.findings.refuse, 'refusal')}` : ''}`;
}

function briefOf(outcome: StackOutcome): string {
  const codes = 'review' in outcome ? refusalCodes(outcome.review) : [];
  return [
    `## ${shortOf(outcome)}`,
    ...codes,
    '_The whole report has no room here; the other formats have it._',
  ].join('\n\n');
}

function refusalCodes({ findings }: Review): string[] {
  const counts = new Map<string, number>();
  for (const { severity, code, title } of findings) {
    if (severity === 'refuse')
      counts.set(`**${code}** ${title}`, (counts.get(`**${code}** ${title}`) ?? 0) + 1);
  }
  const lines = [...counts].map(([text, count]) => `- ${text} (${count})`);
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** Text that nothing in it can end: the fence is longer than any row of backticks within. */
function fenced(text: string): string {
  const cut = maskedText(text).slice(0, 10_000);
  const rows = [...cut.matchAll(/`+/g)].map(([row]) => row.length);
  const fence = '`'.repeat(Math.max(3, ...rows.map((length) => length + 1)));
  return `${fence}\n${cut}\n${fence}`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
