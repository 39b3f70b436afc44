import type { LeftMachine, Proposal, ProposedPool } from '../adopt/proposal';
import type { TakeInStep } from '../adopt/take-in';
import { roundedSize } from '../model/size';
import { quantity } from '../review/reporters/phrases';
import { wrapped } from './wrapped';

/** A proposal as people read it: what becomes of which machine, and what is left and why. */
export function proposalText({ pools, left }: Proposal): string {
  const lines = [
    ...pools.flatMap(poolLines),
    ...(left.length === 0
      ? []
      : [`Not adopted: ${quantity(left.length, 'machine')}`, ...left.flatMap(leftLines)]),
    ...(pools.length + left.length === 0 ? ['The host has no machines.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function poolLines({ pool, base, storage, clones, notes }: ProposedPool): string[] {
  const rows = Object.entries(base.volumes).map(([name, { type, bus, existing, size }]) => [
    name,
    type,
    bus,
    existing === undefined ? (type === 'data' ? 'kept as it is' : 'blank') : `on ${existing}`,
    size === undefined ? '' : roundedSize(size),
  ]);
  const machines = clones.flatMap(({ name, volumes }) =>
    volumes.map(({ volume, target, file }, index) => [index === 0 ? name : '', target, volume, file]),
  );
  return [
    `Pool ${pool} of ${quantity(clones.length, 'machine')} on base ${base.name}, in storage pool ${storage.name}`,
    ...table(rows, 2),
    ...table(machines, 4),
    ...notes.flatMap((note) => wrapped(`Note: ${note}`, 2, 100)),
    ...changeLines(clones),
    '',
  ];
}

/** What the next rebase changes on the machines, those with the same changes together. */
function changeLines(clones: ProposedPool['clones']): string[] {
  const changes = new Map<string, string[]>();
  for (const { name, notes } of clones)
    for (const note of new Set(notes)) changes.set(note, [...(changes.get(note) ?? []), name]);
  if (changes.size === 0) return [];
  return [
    '  From the next rebase or restore on:',
    ...[...changes].flatMap(([note, names]) =>
      wrapped(`${names.length === clones.length ? 'each' : names.join(', ')}: ${note}`, 4, 100),
    ),
  ];
}

function leftLines({ machine, reasons }: LeftMachine): string[] {
  return [`  ${machine}`, ...reasons.flatMap((reason) => wrapped(reason, 4, 100))];
}

const WHAT: Readonly<Record<TakeInStep['kind'], string>> = {
  'import-volume': 'import volume',
  'write-volume': 'write volume into the state',
  'write-machine': 'write machine into the state',
  forget: 'forget in the state, under its old address',
};

/** What is to be taken into a state, as people read it. */
export function takeInText(stack: string, steps: readonly TakeInStep[]): string {
  if (steps.length === 0) return `Stack ${stack}: all that is adopted is in the state\n`;
  return [
    `Stack ${stack}: ${quantity(steps.length, 'step')}; nothing on the host is changed`,
    ...table(
      steps.map(({ kind, what, address }) => [WHAT[kind], what, address]),
      2,
    ),
    '',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[], indent: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    (' '.repeat(indent) + row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).trimEnd(),
  );
}
