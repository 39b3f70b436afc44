import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { cloneBlock } from '../dialects/addresses';
import type { CloneResources } from '../dialects/dialect';
import type { BaseImage } from '../model/base';
import type { Clone, DataVolume, KeptData } from '../model/clone';
import { dataVolumesOf } from '../model/clone';
import { cloneMac, cloneUuid } from '../model/identity';
import type { AnyPool, AnyRebase } from './any-outline';
import type { AdoptedClone, CloneOverrides } from './clone-pool';
import { LibvirtDomain, ResourceSet } from './elements';
import { extraVolumesOf } from './extra-volumes';
import type { MachineProps } from './machine-props';
import { cloudInitOf, machineOf } from './machine-props';

/** One clone of a pool. */
export class PooledClone extends Construct {
  /** The clone's name, which is also its machine's name in libvirt. */
  readonly name: string;
  /** The L1 resource of its machine, for what regraft does not say (`addOverride`). */
  readonly domain: TerraformResource;
  /** Its overlays and what else stands around the machine; `addOverride('libvirt_volume.NAME.…')` reaches each. */
  readonly surroundings: ResourceSet;
  /** The data volumes that only this clone has. */
  readonly extraData: readonly Omit<DataVolume, 'key' | 'extra'>[];
  private known?: { readonly rebase: AnyRebase | undefined; readonly model: Clone };

  constructor(
    private readonly pool: AnyPool,
    name: string,
    private readonly own: {
      readonly overrides: Omit<CloneOverrides, 'data'>;
      readonly adopted: AdoptedClone | undefined;
      readonly data: KeptData;
    },
    private readonly machine: MachineProps,
  ) {
    super(pool, name);
    this.name = name;
    this.extraData = extraVolumesOf(this, own.overrides);
    this.domain = new LibvirtDomain(
      this,
      'domain',
      cloneBlock(pool.name, name),
      () => this.resources().domain,
    );
    this.surroundings = new ResourceSet(this, 'surroundings', () => this.resources().others);
  }

  /** The open rebase that moves this clone, if there is one. */
  get rebase(): AnyRebase | undefined {
    return this.pool.openRebases.find((rebase) => rebase.moves(this.name));
  }

  /** The clone as data, with the rebase that is open for it; made once for each, as synthesis asks for it many times. */
  model(): Clone {
    const { rebase } = this;
    if (!this.known || this.known.rebase !== rebase) this.known = { rebase, model: this.modelWith(rebase) };
    return this.known.model;
  }

  private modelWith(rebase: AnyRebase | undefined): Clone {
    const { pool } = this;
    const { overrides, adopted } = this.own;
    const base: BaseImage = (rebase?.to ?? pool.base).image;
    const machine = machineOf({
      ...this.machine,
      ...(overrides.vcpus === undefined ? {} : { vcpus: overrides.vcpus }),
      ...(overrides.memory === undefined ? {} : { memory: overrides.memory }),
    });
    const cloudInit = this.machine.cloudInit?.(this.name);
    return {
      pool: pool.name,
      name: this.name,
      uuid: adopted?.uuid.toLowerCase() ?? cloneUuid(pool.name, this.name),
      macs: machine.networks.map((_, index) => this.mac(index)),
      ...(adopted ? { adopted: true } : {}),
      machine,
      base,
      ...(rebase?.retain ? { retainedBase: pool.base.image } : {}),
      ...(cloudInit ? { cloudInit: cloudInitOf(this.name, cloudInit) } : {}),
      // A rebase says nothing of data volumes: they stay as the pool's own base says, with its sizes and seeds.
      data: dataVolumesOf(pool.name, this.name, pool.base.image, this.extraData, this.own.data),
    };
  }

  private mac(index: number): string {
    const { overrides, adopted } = this.own;
    const said = adopted?.macs?.[index] ?? (index === 0 ? overrides.mac : undefined);
    return said?.toLowerCase() ?? cloneMac(this.pool.name, this.name, index);
  }

  private resources(): CloneResources {
    const { host } = this.pool.base;
    return host.dialect.clone(host.model, this.model(), host.settings);
  }
}
