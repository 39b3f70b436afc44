import type { Migration } from '../operations/migrate/find';
import { quantity } from '../review/reporters/phrases';
import { wrapped } from './wrapped';

/** What a migration does to a stack's state, as people read it. */
export function migrationText(stack: string, { hosts, leaving, coming, left, problems }: Migration): string {
  if (hosts.length === 0) return `Stack ${stack}: nothing to migrate\n`;
  if (problems.length > 0)
    return `${[`Stack ${stack}: it must not be migrated as it is`, ...problems.flatMap((one) => wrapped(one, 2, 100))].join('\n')}\n`;
  const types = [...new Set(leaving.map(({ type }) => type))].sort();
  const records = left.filter(({ isRecord }) => isRecord).length;
  const others = left.filter(({ isRecord }) => !isRecord);
  return [
    `Stack ${stack}, ${hosts.length === 1 ? 'host' : 'hosts'} ${hosts.join(', ')}: to regraft's own provider; nothing on the host is changed`,
    `  out of the state, without being destroyed: ${quantity(leaving.length, 'object')}`,
    ...types.map(
      (type) => `    ${String(leaving.filter((one) => one.type === type).length).padStart(4)}  ${type}`,
    ),
    `  into the state: ${quantity(coming.length, 'object')}`,
    ...coming.map(({ address, what }) => `    ${what}  ${address}`),
    `  the first plan: ${records === 0 && others.length === 0 ? 'no changes' : `no machine and no volume changes${records === 0 ? '' : `, ${quantity(records, 'record')} of bases to leave on the host`}`}`,
    ...others.map(({ address, actions }) => `    ${actions.join(' and ')}  ${address}`),
    '',
  ].join('\n');
}
