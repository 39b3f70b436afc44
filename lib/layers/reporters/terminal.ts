import { roundedSize } from '../../model/size';
import { namesText, quantity } from '../../review/reporters/phrases';
import { hanging, textTable, wrap } from '../../review/reporters/text-table';
import type { BaseLayer, DependentKind, HostBases, LayerDependent } from '../report';
import type { SupersededBase } from '../superseded';

/** The bases of hosts as text for a terminal of 80 columns; ages are told from `now`. */
export function terminalBases(hosts: readonly HostBases[], now: Date): string {
  if (hosts.length === 0) return 'No stack of this project has a host.\n';
  return `${hosts.map((host) => hostText(host, now)).join('\n\n')}\n`;
}

function hostText({ host, uri, bases, unknown }: HostBases, now: Date): string {
  const head = ['Base', 'Size', 'Digest', 'Age', 'Clones', 'Retained', 'Frees'];
  const rows = bases.map((base) => [
    nameOf(base),
    sizeText(base),
    base.digest === undefined ? '-' : base.digest.sha256.slice(0, 12),
    ageText(base, now),
    count(base, 'clone'),
    count(base, 'retained'),
    base.missing ? '-' : base.dependents.length > 0 ? '-' : roundedSize(base.frees),
  ]);
  return [
    wrap(`Host ${host}: ${uri}`),
    ...(bases.length === 0 ? ['  no base volume'] : textTable(head, rows)),
    ...bases.flatMap(detailLines),
    ...unknown.map((line) => hanging(`Not known: ${line}`, '  ')),
  ].join('\n');
}

function nameOf({ base, volume, path, origin, declared, missing }: BaseLayer): string {
  const name = base === undefined ? path : `${base}/${volume}`;
  const words = [
    ...(missing ? ['missing'] : []),
    ...(origin === 'other' ? ['of other origin'] : origin === 'undeclared' ? ['not declared'] : []),
    ...(declared.length > 0 && declared.every(({ retired }) => retired) ? ['retired'] : []),
  ];
  return words.length === 0 ? name : `${name}, ${words.join(', ')}`;
}

function sizeText({ virtual, allocated }: BaseLayer): string {
  return virtual === undefined || allocated === undefined
    ? '-'
    : `${roundedSize(allocated)} / ${roundedSize(virtual)}`;
}

function ageText({ modified }: BaseLayer, now: Date): string {
  if (modified === undefined) return '-';
  const minutes = Math.max(0, (now.getTime() - new Date(modified).getTime()) / 60_000);
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 60 / 24)} d`;
}

function count({ dependents }: BaseLayer, kind: DependentKind): string {
  const found = dependents.filter((one) => one.kind === kind);
  if (kind !== 'clone') return found.length === 0 ? '-' : String(found.length);
  const machines = new Set(found.flatMap((one) => one.machines.map(({ name }) => name)));
  return machines.size === 0 ? '-' : String(machines.size);
}

/** What the table has no room for: who stands on a base, by name. */
function detailLines(base: BaseLayer): string[] {
  const { dependents, otherNames } = base;
  const machines = [...new Set(dependents.flatMap((one) => one.machines.map(({ name }) => name)))];
  const lines = [
    ...(machines.length === 0 ? [] : [`${quantity(machines.length, 'machine')}: ${namesText(machines)}`]),
    ...dependents.filter((one) => one.owner === undefined && one.path !== base.path).map(strangerText),
    ...dependents.filter((one) => one.path === base.path).map((one) => `right on it: ${machineNames(one)}`),
    ...otherNames.map((name) => `the same file: ${name}`),
  ];
  if (lines.length === 0) return [];
  const name = base.base === undefined ? base.path : `${base.base}/${base.volume}`;
  return [hanging(name, '  '), ...lines.map((line) => hanging(line, '    '))];
}

const STRANGER: Readonly<Record<DependentKind, string>> = {
  clone: 'of other origin',
  retained: 'retained',
  unused: 'unused',
  orphan: 'orphan',
  unmanaged: 'of other origin, no machine is on it',
};

function strangerText(dependent: LayerDependent): string {
  const on = dependent.machines.length === 0 ? '' : `, of ${machineNames(dependent)}`;
  return `${STRANGER[dependent.kind]}: ${dependent.path}${on}`;
}

/** The machines of a dependent, each with how it has it where that is neither now nor at its next start. */
export function machineNames({ machines }: LayerDependent): string {
  return machines
    .map(({ name, of }) => {
      const isNow = of.includes('running') || of.includes('next start');
      return `machine ${name}${isNow ? '' : ` (${of.join(', ')})`}`;
    })
    .join(', ');
}

/** Superseded bases as text for a terminal of 80 columns. */
export function terminalSuperseded(found: readonly SupersededBase[]): string {
  if (found.length === 0) return 'No base is superseded.\n';
  const rows = found.map(({ host, base, why, frees }) => [base, host, why, roundedSize(frees)]);
  return `${[
    ...textTable(['Base', 'Host', 'Why', 'Frees'], rows, { breakable: [0, 1, 2] }),
    '',
    ...found.map(({ base, next }) => hanging(`${base}: ${next}`, '  ')),
  ].join('\n')}\n`;
}
