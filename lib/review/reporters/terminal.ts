import { createColors } from 'picocolors';
import type { Finding, Severity } from '../findings';
import type { CloneReview, PoolReview, Review } from '../review';
import {
  byCode,
  machineText,
  namesText,
  placeText,
  poolText,
  quantity,
  summary,
  VERDICT_TEXT,
  volumesText,
} from './phrases';
import { textTable, wrap } from './text-table';

/** How a review is printed on a terminal. */
export interface TerminalOptions {
  /**
   * Whether to use colours; they never say anything that the words do not.
   * @default false
   */
  readonly color?: boolean;
}

/** The places that are named of one warning or one piece of information; refusals are all named. */
const PLACES = 3;

type Colors = ReturnType<typeof createColors>;

/** Renders a review for a terminal of 80 columns: a table for each pool, the findings, the verdict last. */
export function terminalReport(review: Review, { color = false }: TerminalOptions = {}): string {
  const colors = createColors(color);
  const parts = [
    ...review.pools.map((pool) => poolPart(pool, colors)),
    basesPart(review),
    othersPart(review),
    ...byCode(review.findings).map(([first, group]) => findingPart(first, group, colors)),
    verdictPart(review, colors),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function poolPart(pool: PoolReview, colors: Colors): string {
  const isQuiet = ({ status }: CloneReview): boolean => status === 'unchanged' || status === 'retired';
  const changed = pool.clones.filter((clone) => !isQuiet(clone));
  const lines = [colors.bold(wrap(`Pool ${pool.pool} on ${pool.host}: ${poolText(pool)}`))];
  if (changed.length > 0) lines.push(cloneTable(changed, colors));
  for (const status of ['unchanged', 'retired'] as const) {
    const names = pool.clones.filter((clone) => clone.status === status).map(({ clone }) => clone);
    if (names.length > 0)
      lines.push(colors.dim(wrap(`${quantity(names.length, 'clone')} ${status}: ${namesText(names)}`, '  ')));
  }
  return lines.join('\n');
}

function cloneTable(clones: readonly CloneReview[], colors: Colors): string {
  const head = ['Clone', 'Machine', 'System', 'Temporary', 'Data'];
  const rows = clones.map((clone) => {
    const kinds = (['system', 'temporary', 'data'] as const).map((kind) => volumesText(clone, kind));
    return [clone.clone, machineText(clone), ...kinds];
  });
  return textTable(head, rows)
    .map((line) => line.replace(/endangered|unknown/g, (word) => colors.red(word)))
    .join('\n');
}

function basesPart({ bases }: Review): string {
  return bases
    .filter(({ fate }) => fate !== 'kept')
    .map(({ base, volume, host, fate }) => wrap(`Base ${base}/${volume} on ${host}: ${fate}`))
    .join('\n');
}

function othersPart({ others }: Review): string {
  const changed = others.filter(({ effect }) => effect !== 'no-op');
  if (changed.length === 0) return '';
  const lines = changed.slice(0, 10).map(({ address, effect }) => wrap(`${address}: ${effect}`, '  '));
  if (changed.length > 10) lines.push(`  and ${changed.length - 10} more`);
  return ['Of other origin in this stack:', ...lines].join('\n');
}

function findingPart(first: Finding, group: readonly Finding[], colors: Colors): string {
  const shown = first.severity === 'refuse' ? group : group.slice(0, PLACES);
  const label = { refuse: 'REFUSED', warning: 'Warning', info: 'Note' }[first.severity];
  const lines = [paint(first.severity, colors)(wrap(`${label} ${first.code}: ${first.title}`))];
  for (const one of shown) {
    lines.push(wrap(placeText(one), '  '), wrap(`expected ${one.expected}; found ${one.found}`, '    '));
  }
  if (group.length > shown.length) lines.push(`  and ${group.length - shown.length} more`);
  lines.push(wrap(`Next: ${first.next}`, '  '));
  return lines.join('\n');
}

function verdictPart(review: Review, colors: Colors): string {
  const { findings } = review.totals;
  const counts = [
    findings.refuse > 0 ? quantity(findings.refuse, 'refusal') : '',
    findings.warning > 0 ? quantity(findings.warning, 'warning') : '',
  ].filter((text) => text !== '');
  const verdict = `${VERDICT_TEXT[review.verdict]}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`;
  const paintVerdict = review.verdict === 'refused' ? colors.red : colors.green;
  return [...summary(review).map((sentence) => wrap(sentence)), colors.bold(paintVerdict(verdict))].join(
    '\n',
  );
}

function paint(severity: Severity, colors: Colors): (text: string) => string {
  if (severity === 'refuse') return (text) => colors.red(colors.bold(text));
  return severity === 'warning' ? colors.yellow : (text) => text;
}
