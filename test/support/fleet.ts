import type { Bus, ProviderGeneration, VolumeType } from 'regraft';

/** A fleet as data: what a property test generates, changes, and declares with {@link declareFleet}. */
export interface Fleet {
  readonly generation: ProviderGeneration;
  readonly hosts: readonly { readonly name: string; readonly storageExists: boolean }[];
  readonly bases: readonly FleetBase[];
  readonly pools: readonly FleetPool[];
  readonly rebases: readonly FleetRebase[];
}

/** A base; all bases of a line have the same outline, later ones larger system volumes. */
export interface FleetBase {
  readonly name: string;
  readonly host: string;
  readonly line: number;
  readonly existing: boolean;
  readonly retired: boolean;
  readonly volumes: Readonly<Record<string, FleetVolume>>;
}

export interface FleetVolume {
  readonly type: VolumeType;
  readonly bus: Bus;
  /** In MiB; left out where the image says it. */
  readonly size?: number;
  readonly boot?: boolean;
  /** Whether a temporary volume is an overlay on an image. */
  readonly image?: boolean;
  readonly seed?: string;
}

export interface FleetPool {
  readonly name: string;
  readonly base: string;
  readonly clones: readonly string[];
  readonly retired: readonly string[];
  /** Extra data volumes by clone, in their order. */
  readonly extras: Readonly<Record<string, readonly (readonly [string, FleetVolume])[]>>;
  readonly networks: number;
  readonly cloudInit: boolean;
  readonly uefi: boolean;
  readonly graphics: 'none' | 'vnc' | 'spice';
}

export interface FleetRebase {
  readonly name: string;
  readonly pool: string;
  readonly to: string;
  /** Left out: all. */
  readonly clones?: readonly string[];
  readonly retain: boolean;
}

/** The fleet without its rebases: what a revert leaves. */
export function reverted(fleet: Fleet): Fleet {
  return { ...fleet, rebases: [] };
}

/** The fleet whose pools are on the base that their rebase moves them to, without the rebases. */
export function promoted(fleet: Fleet): Fleet {
  const to = new Map(fleet.rebases.map((rebase) => [rebase.pool, rebase.to]));
  const pools = fleet.pools.map((pool) => ({ ...pool, base: to.get(pool.name) ?? pool.base }));
  return { ...fleet, pools, rebases: [] };
}

/** The fleet whose rebases each move all clones of their pool, one rebase a pool. */
export function rebasedWhole(fleet: Fleet): Fleet {
  const first = fleet.rebases.filter(
    ({ pool }, index, all) => all.findIndex((other) => other.pool === pool) === index,
  );
  return { ...fleet, rebases: first.map(({ name, pool, to, retain }) => ({ name, pool, to, retain })) };
}

/** The clones of a pool that are not retired. */
export function activeClones({ clones, retired }: FleetPool): string[] {
  return clones.filter((clone) => !retired.includes(clone));
}

/** The names of the clones that a rebase moves. */
export function movedBy(rebase: FleetRebase, { pools }: Fleet): readonly string[] {
  return rebase.clones ?? activeClones(pools.find(({ name }) => name === rebase.pool)!);
}
