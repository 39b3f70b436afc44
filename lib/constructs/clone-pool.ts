import { Construct } from 'constructs';
import type { ArchivedVolume, RetiredClone } from '../dialects/dialect';
import { dataVolumesOf } from '../model/clone';
import type { Machine } from '../model/machine';
import { didYouMean } from '../model/names';
import { compareNames } from '../model/outline';
import type { RebasedPool } from '../model/rebase-plan';
import type { Size } from '../model/size';
import type { ImageFormat } from '../model/volume-type';
import type { AnyRebase } from './any-outline';
import { handedOver, keptDataOf } from './archived-data';
import type { Base } from './base';
import type { OwnOfClone } from './clone-model';
import { cloneModel } from './clone-model';
import { extraVolumesOf } from './extra-volumes';
import type { Health } from './health';
import type { MachineProps } from './machine-props';
import { machineOf } from './machine-props';
import { poolProblems } from './pool-problems';
import { PooledClone } from './pooled-clone';
import type { ArchivedData, OutlineTypes, Volume } from './volume';

/** Data volumes of retired clones by the names that they get; a name of the outline has to be a data volume's. */
export type ArchivedDataOf<Outline extends OutlineTypes> = {
  readonly [Name in keyof Outline]?: 'data' extends Outline[Name] ? ArchivedData : never;
} & Readonly<Record<string, ArchivedData | undefined>>;

/** What one clone has other than its pool. */
export interface CloneOverrides<Outline extends OutlineTypes = OutlineTypes> {
  /**
   * Virtual CPUs.
   * @default - the pool's
   */
  readonly vcpus?: number;
  /**
   * Memory, a whole number of MiB.
   * @default - the pool's
   */
  readonly memory?: Size;
  /**
   * The MAC address of its first network interface.
   * @default - derived from pool and clone name
   */
  readonly mac?: string;
  /**
   * Data volumes of its own, which stay through every rebase; they come after the base's, in the order in which they are written.
   * @default - none
   */
  readonly volumes?: Readonly<Record<string, Volume<'data'>>>;
  /**
   * Data volumes that it takes over from retired clones, with their content: `{ home: Volume.archived('student-07/home') }`. The entry stays for as long as the volume does.
   * @default - all of its data volumes are its own
   */
  readonly data?: ArchivedDataOf<Outline>;
}

/** What a data volume that was there before regraft keeps for life. */
export interface AdoptedVolumeProps {
  /** Its file name in the host's storage. */
  readonly file: string;
  /**
   * Its format as its machine was defined with it; never probed, so that no guest can choose it.
   * @default 'qcow2'
   */
  readonly format?: ImageFormat;
  /**
   * Its virtual size.
   * @default - the outline's
   */
  readonly size?: Size;
}

/** What a machine that was there before regraft keeps; `regraft adopt` writes it. */
export interface AdoptedClone {
  /** Its UUID. */
  readonly uuid: string;
  /**
   * The MAC addresses of its network interfaces, in their order.
   * @default - none, as for machines without a network
   */
  readonly macs?: readonly string[];
  /**
   * Its data volumes by name. Its overlays get regraft's own names when a restore or a rebase makes them anew.
   * @default - none
   */
  readonly data?: Readonly<Record<string, AdoptedVolumeProps>>;
}

/** Properties of a clone pool. */
export interface ClonePoolProps<Outline extends OutlineTypes> {
  /** The base that the clones are made from. */
  readonly base: Base<Outline>;
  /** The clones' names; see {@link ClonePool.numbered}. */
  readonly clones: readonly string[];
  /** The machines' shape. */
  readonly machine: MachineProps;
  /**
   * What single clones have other than the pool, by their names.
   * @default - nothing
   */
  readonly overrides?: Readonly<Record<string, CloneOverrides<Outline>>>;
  /**
   * What clones keep whose machines were there before regraft, by their names.
   * @default - none
   */
  readonly adopted?: Readonly<Record<string, AdoptedClone>>;
  /**
   * How a clone's machine shows that it is well after it was started, checked one after the other.
   * @default - [Health.running()]
   */
  readonly health?: readonly Health[];
  /**
   * Clones that are taken out while their data volumes are kept. Dropping a name from here and from `clones` purges its data volumes; dropping it from here alone brings the clone back with them.
   * @default - none
   */
  readonly retired?: readonly string[];
}

/** A named set of clones that share a base and a machine shape. */
export class ClonePool<Outline extends OutlineTypes = OutlineTypes> extends Construct {
  /** Names with numbers: `numbered('student', 3)` is `student-01`, `student-02`, `student-03`; a larger count renames none. */
  static numbered(prefix: string, count: number, from = 1): string[] {
    return Array.from(
      { length: Math.max(0, count) },
      (_, index) => `${prefix}-${String(from + index).padStart(2, '0')}`,
    );
  }

  /** The pool's name. */
  readonly name: string;
  /** The base that the code says, from which a rebase moves away. */
  readonly base: Base<Outline>;
  /** How the machines' health is checked; `undefined` when the code says nothing of it. */
  readonly health: readonly Health[] | undefined;
  /** The names of retired clones. */
  readonly retired: readonly string[];
  /** Makes the outline part of the type, see {@link Base}. */
  declare protected readonly outlineType: (outline: Outline) => Outline;
  private readonly clones = new Map<string, PooledClone>();
  private readonly rebases: AnyRebase[] = [];
  private readonly props: ClonePoolProps<Outline>;

  constructor(scope: Construct, id: string, props: ClonePoolProps<Outline>) {
    super(scope, id);
    this.name = id;
    this.base = props.base;
    this.health = props.health;
    this.props = props;
    this.retired = [...new Set(props.retired ?? [])].sort(compareNames);
    this.node.addValidation({ validate: () => poolProblems(this, props) });
    const names = [...new Set(props.clones)].filter((name) => name !== '' && !this.retired.includes(name));
    for (const name of names.sort(compareNames)) {
      this.clones.set(name, new PooledClone(this, name, this.ownOf(name), props.machine));
    }
    props.base.addUser(`pool ${id}`);
    props.base.host.addPool(this);
  }

  /** All clones of the pool, by name. */
  get members(): readonly PooledClone[] {
    return [...this.clones.values()];
  }

  /** The rebases of the pool that can be carried out: those that the validation refuses change nothing. */
  get openRebases(): readonly AnyRebase[] {
    return this.rebases.filter((rebase) => rebase.problems().length === 0);
  }

  /** The machines' shape, without what single clones have of their own. */
  get machine(): Machine {
    return machineOf(this.props.machine);
  }

  /**
   * One clone.
   *
   * @throws Error when the pool has no clone of that name
   */
  clone(name: string): PooledClone {
    const clone = this.clones.get(name);
    if (clone) return clone;
    throw new Error(
      `clone ${JSON.stringify(name)} is not in pool ${this.name}: ${didYouMean(name, [...this.clones.keys()])}`,
    );
  }

  /** The pool as {@link planRebase} reads it. */
  planned(): RebasedPool {
    return {
      name: this.name,
      clones: this.members.map(({ name, extraData }) => ({
        name,
        extraData: extraData.map((volume) => volume.name),
      })),
    };
  }

  /** Registers a rebase; its constructor does so. */
  addRebase(rebase: AnyRebase): void {
    this.rebases.push(rebase);
  }

  /** The retired clones, as they would be if they were brought back. */
  retiredClones(): RetiredClone[] {
    const given = handedOver(this.props);
    return this.retired.map((name) => ({
      ...cloneModel({
        pool: this,
        name,
        own: this.ownOf(name),
        machine: this.props.machine,
        extraData: extraVolumesOf(this, this.props.overrides?.[name]),
      }),
      handedOver: [...given].flatMap((of) => (of.startsWith(`${name}/`) ? [of.slice(name.length + 1)] : [])),
    }));
  }

  private ownOf(name: string): OwnOfClone {
    const { overrides, adopted } = this.props;
    return {
      overrides: overrides?.[name] ?? {},
      adopted: adopted?.[name],
      data: keptDataOf(this.name, name, this.props),
    };
  }

  /** The data volumes of retired clones: those in the archive, and those that other clones have taken over. */
  archived(): { readonly archived: ArchivedVolume[]; readonly handedOver: ArchivedVolume[] } {
    const given = handedOver(this.props);
    const all = this.retired.flatMap((clone) =>
      dataVolumesOf(
        this.name,
        clone,
        this.base.image,
        extraVolumesOf(this, this.props.overrides?.[clone]),
        keptDataOf(this.name, clone, this.props),
      ).map((volume) => ({ ...volume, pool: this.name, clone })),
    );
    const isGiven = ({ clone, name }: ArchivedVolume): boolean => given.has(`${clone}/${name}`);
    return {
      archived: all.filter((volume) => !isGiven(volume)),
      handedOver: all.filter(isGiven),
    };
  }
}
