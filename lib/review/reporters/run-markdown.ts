import type { RunRecord } from '../../model/run-record';
import { maskedTexts } from '../masking';
import { code, details, fitted } from './markdown-parts';
import { runFacts } from './run-facts';
import type { MachineFacts } from './run-machines';
import { machineFacts, runHead, waveLines } from './run-machines';

/** What a report keeps of a text that is not a name; a command may say much when it fails. */
const PROSE = 2000;

/**
 * Renders one run as a comment: what came of it first, what went wrong next, details folded.
 *
 * Every value stands in a code span, and whole sections are left out where a comment has no room, as in a review.
 */
export function runMarkdown(record: RunRecord): string {
  const run = maskedTexts(record);
  const machines = machineFacts(run);
  const troubled = machines.filter(({ record: { why, phase } }) => why !== undefined || phase === 'failed');
  return fitted(
    [headSection(run)],
    [
      ...troubled.map((machine) => ({ name: machine.key, text: troubleSection(machine) })),
      { name: 'machines', text: machinesSection(machines) },
      { name: 'data volumes', text: volumesSection(machines) },
      { name: 'phases', text: stepsSection(machines) },
      { name: 'waves', text: wavesSection(run) },
    ].filter(({ text }) => text !== ''),
  );
}

function headSection(run: RunRecord): string {
  const { outcome, proven, grown, next, good } = runFacts(run);
  const icon = good ? '🟢' : ({ failed: '🔴', superseded: '⚪' }[run.state as string] ?? '🟡');
  const facts = [['Run', `${run.id}: ${run.verb} of stack ${run.stack}`], ...runHead(run)];
  return [
    `## ${icon} ${outcome}`,
    [
      ...(run.problem === undefined ? [] : [`- ${code(run.problem, PROSE)}`]),
      ...(proven === undefined ? [] : [`- ${proven}`]),
      ...(grown === undefined ? [] : [`- ${grown}`]),
      ...(next === undefined ? [] : [`- ${next}`]),
      ...facts.map(([name, value]) => `- ${name}: ${code(value!)}`),
    ].join('\n'),
  ].join('\n\n');
}

function troubleSection({ key, record, end }: MachineFacts): string {
  const said = (record.console ?? []).map((line) => `- ${code(line)}`);
  return [
    `### ${code(key)} ${end}`,
    ...(record.why === undefined ? [] : [code(record.why, PROSE)]),
    ...(said.length === 0 ? [] : [details('The last lines of its console', said.join('\n'))]),
  ].join('\n\n');
}

function machinesSection(machines: readonly MachineFacts[]): string {
  return table(
    'Machines',
    ['Machine', 'Host', 'End', 'Power', 'Duration'],
    machines.map(({ key, record, end, power, took }) => [key, record.host, end, power, took ?? '-']),
  );
}

function volumesSection(machines: readonly MachineFacts[]): string {
  return table(
    'Data volumes',
    ['Volume', 'Verdict', 'File', 'Before', 'After'],
    machines.flatMap(({ key, volumes }) =>
      volumes.map(({ volume, verdict, file, before = '-', after = '-' }) => [
        `${key}/${volume}`,
        verdict,
        file,
        before,
        after,
      ]),
    ),
  );
}

function stepsSection(machines: readonly MachineFacts[]): string {
  const rows = machines
    .filter(({ steps }) => steps.length > 0)
    .map(({ key, steps }) => [key, steps.join(', ')]);
  return table('Phases', ['Machine', 'Phases'], rows);
}

function wavesSection(run: RunRecord): string {
  const lines = waveLines(run).map((line) => `- ${code(line, PROSE)}`);
  return lines.length === 0 ? '' : details(`Waves (${lines.length})`, lines.join('\n'));
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.map((cell) => code(cell, PROSE)).join(' | ')} |`),
  ];
  return details(`${title} (${rows.length})`, lines.join('\n'));
}
