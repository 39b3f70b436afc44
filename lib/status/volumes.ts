import { compareNames } from '../model/outline';
import type { VolumeFact } from '../review';
import type { CloneKey, Holding, Inventory } from './inventory';
import type { MachineView } from './machine';
import { pathsOf } from './machine';
import { VOLUME_USES } from './status';
import type { FileStatus, VolumeStatus, VolumeUse } from './status';

/** The volumes of a clone that the state holds. */
export function volumesOf(inventory: Inventory, key: CloneKey, machine: MachineView): VolumeStatus[] {
  const paths = new Set(pathsOf(machine));
  const devices = inventory.manifest.pools[key.pool]?.clones[key.clone]?.volumes ?? {};
  const order = ({ volume, use }: VolumeStatus): string =>
    `${devices[volume]?.target ?? '~'} ${VOLUME_USES.indexOf(use)} ${volume}`;
  const volumes = inventory.of(key).flatMap((holding): VolumeStatus[] => {
    const { object, role, file } = holding;
    if (file === undefined) return [];
    const at = {
      address: object.address,
      ...fileStatus(file, inventory.volume(key.host, file)),
    };
    const use = useOf(holding, paths.has(inventory.path(key.host, file)));
    switch (role.role) {
      case 'overlay':
      case 'retained':
        return [{ volume: role.volume, use, type: role.type, base: role.base, ...at }];
      case 'data':
        return [{ volume: role.volume, use, type: role.type, ...at }];
      case 'cloud-init':
        return [{ volume: 'cloud-init', use, ...at }];
      default:
        return [];
    }
  });
  return volumes.sort((a, b) => compareNames(order(a), order(b)));
}

/** A file and its size on the host. */
export function fileStatus(file: string, fact: VolumeFact | undefined): FileStatus {
  return { file, ...(fact ? { allocated: fact.allocation, virtual: fact.capacity } : {}) };
}

/** The base that a clone's machine is on. */
export function baseOf(
  inventory: Inventory,
  key: CloneKey,
  machine: MachineView,
  volumes: readonly VolumeStatus[],
): string | undefined {
  const onIt = volumes.find(({ use, type }) => use === 'current' && type === 'system');
  if (onIt) return onIt.base;
  // Its disk is no overlay of the state: what libvirt says stands below it may be a base all the same.
  const below = new Set(machine.domain?.disks.flatMap(({ backingChain }) => backingChain));
  const base = inventory.holdings.find(
    ({ role, file }) =>
      role.role === 'base' && role.host === key.host && below.has(inventory.path(key.host, file ?? '')),
  );
  if (base?.role.role === 'base') return base.role.base;
  if (machine.domain || machine.holding) return undefined;
  // No machine that could say it: the base of the manifest, when it has got as far as an overlay on it.
  const planned = inventory.manifest.pools[key.pool]?.clones[key.clone]?.base;
  return volumes.some((volume) => volume.base === planned) ? planned : undefined;
}

function useOf({ object, role }: Holding, isOn: boolean): VolumeUse {
  if (object.deposed !== undefined) return 'deposed';
  if (role.role === 'cloud-init') return 'cloud-init';
  if (isOn) return 'current';
  return 'type' in role && role.type === 'system' ? 'retained' : 'unused';
}
