import type { Finding } from '../findings';
import type { CloneReview, PoolReview, Review } from '../review';
import { layersOf } from './layers';
import {
  byCode,
  machineText,
  namesText,
  placeText,
  plain,
  poolText,
  quantity,
  summary,
  VERDICT_TEXT,
  volumesText,
} from './phrases';
import type { Section } from './markdown-parts';
import { bytes, code, details, fitted, MARKDOWN_LIMIT } from './markdown-parts';

/**
 * Renders a review as a comment on a pull request: the verdict first, details folded.
 *
 * Every value of the plan stands in a code span, where GitHub and GitLab see neither HTML, links nor mentions. When
 * it grows too long, whole sections are left out, but neither the verdict nor a refusal.
 */
export function markdownReport(review: Review): string {
  const refusals = review.findings.filter(({ severity }) => severity === 'refuse');
  const head = [headSection(review), refusalsSection(refusals)].filter((text) => text !== '');
  const sections: Section[] = [
    {
      name: 'warnings',
      text: findingsSection(
        review.findings.filter(({ severity }) => severity === 'warning'),
        'Warnings',
        true,
      ),
    },
    ...review.pools.map((pool) => ({ name: `pool ${pool.pool}`, text: poolSection(pool) })),
    { name: 'layers', text: layersSection(review) },
    { name: 'bases', text: basesSection(review) },
    { name: 'other resources', text: othersSection(review) },
    {
      name: 'notes',
      text: findingsSection(
        review.findings.filter(({ severity }) => severity === 'info'),
        'Notes',
        false,
      ),
    },
  ].filter(({ text }) => text !== '');
  return fitted(head, sections);
}

function headSection(review: Review): string {
  const icon = { 'nothing-to-do': '⚪', safe: '🟢', refused: '🔴' }[review.verdict];
  const { refuse, warning } = review.totals.findings;
  const counts = [
    refuse > 0 ? quantity(refuse, 'refusal') : '',
    warning > 0 ? quantity(warning, 'warning') : '',
  ].filter(Boolean);
  const title = `## ${icon} ${VERDICT_TEXT[review.verdict]}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`;
  return [title, ...summary(review).map((sentence) => `- ${sentence}`)].join('\n').replace('\n', '\n\n');
}

/** All refusals; where there are too many for a comment, each code with as many places as fit. */
function refusalsSection(refusals: readonly Finding[]): string {
  if (refusals.length === 0) return '';
  const full = findingsSection(refusals, 'Refused', true);
  if (bytes(full) <= MARKDOWN_LIMIT / 2) return full;
  const groups = byCode(refusals);
  const each = Math.max(1, Math.floor(MARKDOWN_LIMIT / 2 / groups.length / 250));
  const lines = groups.map(([first, group]) => {
    const places = group.slice(0, each).map((one) => `  - ${code(placeText(one), 200)}`);
    if (group.length > each) places.push(`  - and ${group.length - each} more`);
    return [`- **${first.code}** ${first.title} (${group.length})`, ...places].join('\n');
  });
  return ['### Refused', lines.join('\n')].join('\n\n');
}

function findingsSection(findings: readonly Finding[], title: string, open: boolean): string {
  if (findings.length === 0) return '';
  const groups = byCode(findings).map(([first, group]) => {
    const rows = group.map(
      (one) => `| ${code(placeText(one), 200)} | ${code(one.expected)} | ${code(one.found)} |`,
    );
    return [
      `**${first.code}** ${first.title}. _Next:_ ${first.next}`,
      ['| Where | Expected | Found |', '| --- | --- | --- |', ...rows].join('\n'),
    ].join('\n\n');
  });
  if (open) return [`### ${title}`, ...groups].join('\n\n');
  return details(`${title} (${findings.length})`, groups.join('\n\n'));
}

function poolSection(pool: PoolReview): string {
  const changed = pool.clones.filter(({ status }) => status !== 'unchanged' && status !== 'retired');
  const title = `### Pool ${code(pool.pool)}\n\n${code(poolText(pool), 300)}`;
  const quiet = (['unchanged', 'retired'] as const).flatMap((status) => {
    const names = pool.clones.filter((clone) => clone.status === status).map(({ clone }) => clone);
    return names.length === 0
      ? []
      : [`${quantity(names.length, 'clone')} ${status}: ${code(namesText(names), 300)}`];
  });
  if (changed.length === 0) return [title, ...quiet].join('\n\n');
  const rows = changed.map(
    (clone) =>
      `| ${[clone.clone, machineText(clone), ...cells(clone)].map((text) => code(text)).join(' | ')} |`,
  );
  const table = [
    '| Clone | Machine | System | Temporary | Data | Way back |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  return [title, details(`${quantity(changed.length, 'clone')} changed`, table), ...quiet].join('\n\n');
}

function cells(clone: CloneReview): string[] {
  return [
    ...(['system', 'temporary', 'data'] as const).map((type) => volumesText(clone, type)),
    clone.wayBack ?? '-',
  ];
}

/** Base to overlays, before and after, as a picture. */
function layersSection({ pools }: Review): string {
  const changed = pools.filter(({ stage }) => stage !== 'unchanged' && stage !== 'changed');
  if (changed.length === 0) return '';
  const lines = changed.flatMap((pool, number) => {
    const part = (when: 'before' | 'after'): string[] => {
      const layers = layersOf(pool, when);
      if (layers.length === 0) return [];
      const edges = layers.map(({ base, clones, retained }, index) => {
        const id = `${when}${number}_${index}`;
        const text = `${quantity(clones.length, retained ? 'retained clone' : 'clone')}: ${namesText(clones)}`;
        return `    ${id}b[("${label(base)}")] ${retained ? '-. way back .->' : '-->'} ${id}c["${label(text)}"]`;
      });
      return [`  subgraph ${when}${number}["${label(`${pool.pool}, ${when}`)}"]`, ...edges, '  end'];
    };
    return [...part('before'), ...part('after')];
  });
  return details(
    'Bases and overlays, before and after',
    ['```mermaid', 'flowchart LR', ...lines, '```'].join('\n'),
  );
}

function basesSection({ bases }: Review): string {
  const changed = bases.filter(({ fate }) => fate !== 'kept');
  return changed
    .map(
      ({ base, volume, host, fate }) =>
        `- Base volume ${code(`${base}/${volume}`)} on ${code(host)}: ${fate}`,
    )
    .join('\n');
}

function othersSection({ others }: Review): string {
  if (others.length === 0) return '';
  return details(
    `${quantity(others.length, 'resource')} of other origin`,
    others.map(({ address, effect }) => `- ${code(address)}: ${code(effect)}`).join('\n'),
  );
}

/** A text for a node of a picture: mermaid has a syntax of its own within quotes. */
function label(text: string): string {
  return plain(text)
    .replace(/[^\w .,:…/-]/g, '_')
    .slice(0, 120);
}
