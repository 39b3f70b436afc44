import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { cloneBlock } from '../dialects/addresses';
import type { CloneResources } from '../dialects/dialect';
import type { Clone, DataVolume } from '../model/clone';
import { RESTORE_CONTEXT } from '../model/restore-context';
import type { AnyPool, AnyRebase } from './any-outline';
import type { OwnOfClone } from './clone-model';
import { cloneModel } from './clone-model';
import { MachineResource, ResourceSet } from './elements';
import { extraVolumesOf } from './extra-volumes';
import type { MachineProps } from './machine-props';

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
    private readonly own: OwnOfClone,
    private readonly machine: MachineProps,
  ) {
    super(pool, name);
    this.name = name;
    this.extraData = extraVolumesOf(this, own.overrides);
    this.domain = new MachineResource(
      this,
      'domain',
      { type: pool.base.host.dialect.machineType, name: cloneBlock(pool.name, name) },
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
    const { pool, name, own, machine, extraData } = this;
    const restores = (this.node.tryGetContext(RESTORE_CONTEXT) ?? {}) as Readonly<Record<string, string>>;
    const restore = restores[`${pool.name}/${name}`];
    return {
      ...cloneModel({ pool, name, own, machine, extraData }, rebase),
      ...(restore === undefined ? {} : { restore }),
    };
  }

  private resources(): CloneResources {
    const { host } = this.pool.base;
    return host.dialect.clone(host.model, this.model(), host.settings);
  }
}
