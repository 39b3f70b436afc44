import { isActive } from '../../tools/machines';
import { basename } from 'node:path';
import type { ListedMachine } from '../host/facts';
import type { CloneState } from './clone-state';
import { isDefinedAs } from './drift';
import type { CloneMark } from './mark';
import type { PlanFacts } from './plan-facts';
import type { Situation } from './situation';

/**
 * What a create means for a machine that has the mark of a clone of its name: one that a run has left which broke off, or
 * that of another configuration, which nothing tells apart.
 *
 * @param planned the clone as it is planned; `undefined` where that is not known yet
 */
export function tellOfTakeover(situation: Situation, planned: CloneState | undefined): void {
  const { prior, machine, mark, name, told, facts } = situation;
  if (prior !== null || machine === undefined || mark === undefined) return;
  const about = `machine ${name} is on the host, and the state does not know it: regraft made it ${madeWords(mark)}on base ${mark.base}`;
  if (!mayTakeOver(machine, planned, facts)) {
    told.error(
      ['name'],
      `${about}, and it is ${machine.state}: nothing that runs is taken over by a create; if it is this clone, import it (import { to = ADDRESS, id = ${JSON.stringify(name)} }), if another configuration has it, choose another name`,
    );
    return;
  }
  const kept = Object.entries(planned?.volumes ?? {}).every(
    ([volume, { type, path }]) => type !== 'system' || path === mark.volumes[volume],
  );
  const system = kept ? 'its system and its data stay' : 'its system is made anew, its data stays';
  told.warn(
    ['name'],
    `${about}, in a run that broke off or for another configuration: it becomes this clone, ${system}, and whoever else manages it loses it; if that is not meant, choose another name`,
  );
}

/**
 * Whether a create may take over a machine: one that runs only where the create would have started it, and has nothing
 * left to do on it.
 */
export function mayTakeOver(
  { state, xml }: ListedMachine,
  planned: CloneState | undefined,
  { power, storage }: Pick<PlanFacts, 'power' | 'storage'>,
): boolean {
  if (!isActive(state)) return true;
  return power === 'on' && planned !== undefined && isDefinedAs(null, planned, xml, storage);
}

/** When its overlays were made, as their names say: that they are counted says nothing. */
function madeWords({ volumes }: CloneMark): string {
  const [last] = Object.values(volumes)
    .flatMap((path) => /\.(\d{14})\.qcow2$/.exec(basename(path))?.[1] ?? [])
    .sort()
    .reverse();
  const [, year, month, day, hour, minute, second] =
    /^([1-9]\d{3})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(last ?? '') ?? [];
  return year === undefined ? '' : `(${year}-${month}-${day} ${hour}:${minute}:${second} UTC) `;
}
