import { UserError } from '../../model/user-error';
import { diskFiles } from '../host/disk-users';
import type { ListedMachine } from '../host/facts';
import type { CloneState } from './clone-state';
import { parseMark } from './mark';
import type { PlanFacts } from './plan-facts';
import { mayTakeOver } from './plan-takeover';

/**
 * Refuses a machine of a clone's name that is not the clone's.
 *
 * @param prior the clone's state; of one that is to be made, `null`: a run that broke off may have left its machine
 * @throws UserError that says what to do
 */
export function refuseOtherMachine(
  machine: ListedMachine,
  prior: CloneState | null,
  planned: CloneState,
  facts: Pick<PlanFacts, 'power' | 'storage'>,
): void {
  const { name, uuid, state, xml } = machine;
  if (prior !== null) {
    if (uuid === prior.uuid) return;
    throw new UserError(
      `machine ${name} on the host has UUID ${uuid}, expected ${prior.uuid}: somebody has made another one of that name; undefine it (virsh undefine ${name}), or import it anew`,
    );
  }
  if (parseMark(xml)?.name !== name)
    throw new UserError(
      `there is a machine ${name} on the host already, which regraft_clone has not made: import it (an import block), rename it (virsh domrename), or choose another name`,
    );
  if (!mayTakeOver(machine, planned, facts))
    throw new UserError(
      `machine ${name} is ${state} and not in the state: nothing that runs is taken over by a create; import it (an import block)`,
    );
}

/**
 * The paths of what a machine has as disks and of what its mark says of it: that is not made anew.
 *
 * @param folder that of the storage pool
 */
export function usedBy(machine: ListedMachine | undefined, folder: string): Set<string> {
  if (!machine) return new Set();
  const mark = parseMark(machine.xml);
  return new Set([
    ...diskFiles(machine, folder),
    ...Object.values(mark?.volumes ?? {}),
    ...Object.values(mark?.retained ?? {}),
  ]);
}
