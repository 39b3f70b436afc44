import type { BaseImage } from '../model/base';
import type { Clone, DataVolume, KeptData } from '../model/clone';
import { dataVolumesOf } from '../model/clone';
import { cloneMac, cloneUuid } from '../model/identity';
import type { AnyPool, AnyRebase } from './any-outline';
import type { AdoptedClone, CloneOverrides } from './clone-pool';
import type { MachineProps } from './machine-props';
import { cloudInitOf, machineOf } from './machine-props';

/** What one clone has of its own. */
export interface OwnOfClone {
  readonly overrides: Omit<CloneOverrides, 'data'>;
  readonly adopted: AdoptedClone | undefined;
  readonly data: KeptData;
}

/** All that a clone is made of. */
export interface CloneParts {
  readonly pool: AnyPool;
  readonly name: string;
  readonly own: OwnOfClone;
  /** The machines' shape that the pool says. */
  readonly machine: MachineProps;
  /** The data volumes that only this clone has. */
  readonly extraData: readonly Omit<DataVolume, 'key' | 'extra'>[];
}

/** A clone as data, with the rebase that is open for it. */
export function cloneModel(
  { pool, name, own, machine: shape, extraData }: CloneParts,
  rebase?: AnyRebase,
): Clone {
  const { overrides, adopted } = own;
  const base: BaseImage = (rebase?.to ?? pool.base).image;
  const machine = machineOf({
    ...shape,
    ...(overrides.vcpus === undefined ? {} : { vcpus: overrides.vcpus }),
    ...(overrides.memory === undefined ? {} : { memory: overrides.memory }),
  });
  const cloudInit = shape.cloudInit?.(name);
  const mac = (index: number): string => {
    const said = adopted?.macs?.[index] ?? (index === 0 ? overrides.mac : undefined);
    return said?.toLowerCase() ?? cloneMac(pool.name, name, index);
  };
  return {
    pool: pool.name,
    name,
    uuid: adopted?.uuid.toLowerCase() ?? cloneUuid(pool.name, name),
    macs: machine.networks.map((_, index) => mac(index)),
    ...(adopted ? { adopted: true } : {}),
    machine,
    base,
    ...(rebase?.retain ? { retainedBase: pool.base.image } : {}),
    ...(cloudInit ? { cloudInit: cloudInitOf(name, cloudInit) } : {}),
    // A rebase says nothing of data volumes: they stay as the pool's own base says, with its sizes and seeds.
    data: dataVolumesOf(pool.name, name, pool.base.image, extraData, own.data),
  };
}
