import type { DiskFact, DomainFact } from '../review';
import { attachments } from '../review/attachments';
import { textAt } from '../review/values';
import type { VolumeLookup } from '../review/volumes';
import type { CloneKey, Holding, Inventory } from './inventory';

/** A disk by its device name, and the path behind it. */
export interface StatedDisk {
  readonly target: string | undefined;
  readonly path: string;
}

/** A clone's machine: what the state says of it, and what libvirt has. */
export interface MachineView {
  /** Left out when the state has none. */
  readonly holding?: Holding;
  /** The disks by the state. */
  readonly stated: readonly StatedDisk[];
  /** Left out when libvirt has none, or was not asked. */
  readonly domain?: DomainFact;
  /** Another machine of the clone's name. */
  readonly namesake?: DomainFact;
}

/** Looks at a clone's machine from both sides. */
export function machineOf(inventory: Inventory, key: CloneKey): MachineView {
  const holding = inventory
    .of(key)
    .find(({ role, object }) => role.role === 'domain' && object.deposed === undefined);
  const uuid = uuidOf(inventory, key, holding);
  const domains = inventory.host(key.host).facts?.domains ?? [];
  const named = domains.find(({ name }) => name === key.clone);
  const domain = uuid === undefined ? named : domains.find((one) => sameUuid(one.uuid, uuid));
  return {
    ...(holding ? { holding } : {}),
    stated: holding ? statedDisks(inventory, key.host, holding) : [],
    ...(domain ? { domain } : {}),
    ...(named && named !== domain ? { namesake: named } : {}),
  };
}

/** The paths of the volumes that a machine is on: by libvirt, else by the state. */
export function pathsOf({ domain, stated }: MachineView): string[] {
  if (!domain) return stated.map(({ path }) => path);
  return domain.disks.flatMap((disk) => diskPath(disk) ?? []);
}

/** The state says it; where it does not, providers 0.8 and regraft have given the machine the one of the manifest. */
function uuidOf(
  { manifest }: Inventory,
  { host, pool, clone }: CloneKey,
  holding?: Holding,
): string | undefined {
  if (holding) return textAt(holding.object.attributes, 'uuid') ?? textAt(holding.object.attributes, 'id');
  return manifest.hosts[host]?.provider !== '0.9' ? manifest.pools[pool]?.clones[clone]?.uuid : undefined;
}

/** The path that a disk is defined on, whether there is a file or not; `undefined` for a drive without a medium. */
export function diskPath({ path, missing }: DiskFact): string | undefined {
  return path ?? missing;
}

function sameUuid(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What an attribute in a state refers to, as it stands: there is no plan to follow references in. */
const AS_WRITTEN: VolumeLookup = {
  named: (_pool, name) => ({ gone: false, text: name }),
  atPath: (path) => ({ gone: false, text: path }),
  referred: () => ({ gone: false, text: '' }),
  literal: () => ({ gone: false, text: '' }),
};

/** References are paths (0.8), or names in the storage pool (0.9). */
function statedDisks(inventory: Inventory, host: string, { object }: Holding): StatedDisk[] {
  const change = { address: object.address, before: object.attributes, after: null, afterUnknown: null };
  return attachments(change, 'before', AS_WRITTEN).map(({ target, volume: { text } }) => ({
    target,
    path: text.startsWith('/') ? text : inventory.path(host, text),
  }));
}
