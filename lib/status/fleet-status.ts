import type { RebasePlan } from '../model/rebase-plan';
import { Backings } from './backings';
import { broken, cloneDrift } from './clone-drift';
import type { Drift } from './drifts';
import { byGravity } from './drifts';
import { otherFiles } from './files';
import type { StackInput } from './input';
import type { CloneKey } from './inventory';
import { cloneKey, Inventory } from './inventory';
import type { MachineView } from './machine';
import { machineOf } from './machine';
import type {
  CloneStatus,
  FleetStatus,
  HostStatus,
  PoolStatus,
  Power,
  RetiredClone,
  StackStatus,
} from './status';
import { baseOf, fileStatus, volumesOf } from './volumes';

/** Makes the status of a fleet out of what states, manifests and libvirt say. */
export function fleetStatus(inputs: readonly StackInput[]): FleetStatus {
  return { version: 1, stacks: inputs.map(stackStatus) };
}

function stackStatus(input: StackInput): StackStatus {
  const inventory = new Inventory(input);
  const pools = poolStatuses(inventory);
  const hosts = Object.keys(input.manifest.hosts).map((host) => hostStatus(inventory, host, pools));
  return {
    stack: input.stack,
    ...(input.rollout ? { rollout: input.rollout } : {}),
    hosts,
    pools,
    drift: byGravity(stackDrift(inventory, hosts)),
  };
}

function poolStatuses(inventory: Inventory): PoolStatus[] {
  const { manifest } = inventory;
  const clones = inventory.clones();
  const names = [...new Set([...Object.keys(manifest.pools), ...clones.map(({ pool }) => pool)])];
  return names.map((pool) => {
    const own = clones.filter((key) => key.pool === pool);
    // What no manifest has a pool for has no role either.
    const { host, base } = (manifest.pools[pool] ?? inventory.input.wanted?.pools[pool])!;
    const rebases = openRebases(inventory, pool);
    return {
      pool,
      host,
      base,
      rebasesTo: [...new Set(rebases.map(({ to }) => to))],
      clones: own.map((key) => cloneStatus(inventory, key, rebases)),
      retired: retiredClones(inventory, pool),
    };
  });
}

/** Those of the code; where the code is not there, those of the last run. */
function openRebases({ input }: Inventory, pool: string): RebasePlan[] {
  return (input.wanted ?? input.manifest).rebases.filter((rebase) => rebase.pool === pool);
}

function cloneStatus(inventory: Inventory, key: CloneKey, rebases: readonly RebasePlan[]): CloneStatus {
  const { input } = inventory;
  const machine = machineOf(inventory, key);
  const volumes = volumesOf(inventory, key, machine);
  const base = baseOf(inventory, key, machine, volumes);
  const retained = volumes.find((volume) => volume.use === 'retained' && volume.base !== base)?.base;
  const wanted = (input.wanted ?? input.manifest).pools[key.pool]?.clones[key.clone]?.base;
  const health = input.health.get(cloneKey(key));
  return {
    clone: key.clone,
    ...(base === undefined ? {} : { base }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(retained === undefined ? {} : { retainedBase: retained }),
    stale: base !== undefined && isStale(inventory, key, base, rebases),
    power: powerOf(inventory, key, machine),
    ...(health ? { health } : {}),
    volumes,
    drift: cloneDrift(inventory, key, machine),
  };
}

/** A pool that is being rebased is on its way: who stays behind is stale, whether its turn has come or not. */
function isStale(
  { input }: Inventory,
  { pool, clone }: CloneKey,
  base: string,
  rebases: readonly RebasePlan[],
): boolean {
  const own = rebases.find(({ clones }) => clones.some((one) => one.clone === clone && one.rebased));
  if (own) return base !== own.to;
  if (rebases.length > 0) return rebases.every(({ to }) => to !== base);
  const wanted = (input.wanted ?? input.manifest).pools[pool]?.base;
  return wanted !== undefined && base !== wanted;
}

function powerOf(inventory: Inventory, { host }: CloneKey, { domain }: MachineView): Power {
  const { facts, power } = inventory.host(host);
  if (!facts) return 'unknown';
  return domain ? (power.get(domain.name) ?? 'unknown') : 'missing';
}

function retiredClones(inventory: Inventory, pool: string): RetiredClone[] {
  const clones = new Map<string, RetiredClone['volumes']>();
  for (const clone of inventory.manifest.pools[pool]?.retired ?? []) clones.set(clone, []);
  for (const { object, role, file } of inventory.holdings) {
    if (role.role !== 'archived' || role.pool !== pool || file === undefined) continue;
    const { volume, host } = role;
    const status = { volume, address: object.address, ...fileStatus(file, inventory.volume(host, file)) };
    clones.set(role.clone, [...(clones.get(role.clone) ?? []), status]);
  }
  return [...clones].map(([clone, volumes]) => ({ clone, volumes }));
}

function hostStatus(inventory: Inventory, host: string, pools: readonly PoolStatus[]): HostStatus {
  const { uri, storage } = inventory.manifest.hosts[host]!;
  const { facts, obstacle, hook } = inventory.host(host);
  const { orphans, others } = otherFiles(inventory, host);
  const backings = new Backings(
    inventory,
    host,
    pools.filter((pool) => pool.host === host),
    new Set(orphans.map(({ file }) => file)),
  );
  const bases = backings.bases();
  return {
    host,
    ...(uri === undefined ? {} : { uri }),
    storage,
    ...(facts ? {} : { obstacle: obstacle ?? 'it was not asked' }),
    ...(facts && Number.isFinite(facts.available) ? { available: facts.available } : {}),
    ...(hook === undefined ? {} : { hook }),
    bases,
    otherBackings: backings.others(bases),
    orphans,
    otherFiles: others,
  };
}

/** What is amiss and is not of one clone. */
function stackDrift(inventory: Inventory, hosts: readonly HostStatus[]): Drift[] {
  const storages = hosts
    .filter(({ host, obstacle }) => obstacle === undefined && !inventory.knowsFiles(host))
    .map(({ host, storage }): Drift => {
      return {
        kind: 'storage-inactive',
        text: `storage pool ${storage} on host ${host} is off or not there`,
      };
    });
  const shared = inventory.holdings.filter(({ role }) => !('clone' in role) || role.role === 'archived');
  const missing = shared.flatMap(({ role, object, file }): Drift[] => {
    if (role.role !== 'base' && role.role !== 'archived') return [];
    if (file === undefined || object.deposed !== undefined) return [];
    if (!inventory.knowsFiles(role.host) || inventory.volume(role.host, file)) return [];
    const kind = role.role === 'base' ? 'base-missing' : 'data-missing';
    const text = inventory.absence(role.host, file);
    return [{ kind, address: object.address, text }];
  });
  const marked = [...shared.map(({ object }) => object), ...inventory.strangers].flatMap(broken);
  return [...storages, ...missing, ...marked];
}
