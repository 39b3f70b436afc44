import type { AddressRole } from '../model/manifest';
import { hostBlocks } from './addresses';

/** Which names there are: an address alone does not say where the name of a host or pool ends. */
export interface KnownNames {
  readonly hosts: readonly string[];
  /** The host of a pool; `undefined` when there is no such pool. */
  readonly hostOf: (pool: string) => string | undefined;
}

/** What volume stands at an address, by its name alone: for what a run has left that no manifest knows. */
export function roleByName(address: string, { hosts, hostOf }: KnownNames): AddressRole | undefined {
  if (address.startsWith('regraft_')) return innerRole(address, { hosts, hostOf });
  const [, block, key] = /^libvirt_volume\.([\w-]+)(?:\[(".*")\])?$/.exec(address) ?? [];
  if (block === undefined) return undefined;
  if (key !== undefined) return guardedRole(block, keyParts(key), hosts);
  const [pool, clone, volume, base, ...rest] = block.split('__');
  if (base === undefined || rest.length > 0) return undefined;
  const host = hostOf(pool!);
  return host === undefined
    ? undefined
    : { role: 'overlay', host, pool: pool!, clone: clone!, volume: volume!, type: 'system', base };
}

/** What belongs to a clone alone and is no volume of the outline: its machine, its trigger, its cloud-init disk. */
export function machineRoleByName(address: string, { hostOf }: KnownNames): AddressRole | undefined {
  const [, own, of] = /^regraft_clone\.([\w-]+?)__([\w-]+)\.machine$/.exec(address) ?? [];
  if (own !== undefined) {
    const host = hostOf(own);
    return host === undefined ? undefined : { role: 'domain', host, pool: own, clone: of! };
  }
  const [, type, block] = /^(libvirt_\w+|terraform_data)\.([\w-]+)$/.exec(address) ?? [];
  const [pool, clone, last, ...rest] = block?.split('__') ?? [];
  if (pool === undefined || clone === undefined || rest.length > 0) return undefined;
  const host = hostOf(pool);
  if (host === undefined) return undefined;
  if (last !== undefined) {
    return type === 'libvirt_volume' && last === 'cloud-init'
      ? { role: 'cloud-init', host, pool, clone }
      : undefined;
  }
  const role = MACHINE_ROLES.get(type!);
  return role && { role, host, pool, clone };
}

const MACHINE_ROLES = new Map([
  ['libvirt_domain', 'domain'],
  ['terraform_data', 'trigger'],
  ['libvirt_cloudinit_disk', 'cloud-init'],
] as const) as ReadonlyMap<string, 'domain' | 'trigger' | 'cloud-init'>;

function guardedRole(
  block: string,
  parts: readonly string[],
  hosts: readonly string[],
): AddressRole | undefined {
  for (const host of hosts) {
    if (parts.length === 3 && (block === hostBlocks.data(host) || block === hostBlocks.archived(host))) {
      const [pool, clone, volume] = parts as [string, string, string];
      const role = block === hostBlocks.data(host) ? 'data' : 'archived';
      return { role, host, pool, clone, volume, type: 'data' };
    }
    if (parts.length === 2 && (block === hostBlocks.bases(host) || block === hostBlocks.retiredBases(host))) {
      const [base, volume] = parts as [string, string];
      const retired = block === hostBlocks.retiredBases(host);
      return { role: 'base', host, base, volume, type: 'system', retired };
    }
  }
  return undefined;
}

/** What volume stands inside a resource of regraft's own provider. */
function innerRole(address: string, { hosts, hostOf }: KnownNames): AddressRole | undefined {
  const found = /^regraft_(base|clone)\.([\w-]+?)__([\w-]+)\.(volumes|archived)\[(".*")\]$/.exec(address);
  if (!found) return undefined;
  const [, kind, owner, name, map, key] = found as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [volume = '', base] = keyParts(key);
  if (kind === 'base') {
    const about = { role: 'base', base: name, volume, type: 'system', retired: false } as const;
    return hosts.includes(owner) ? { ...about, host: owner } : undefined;
  }
  const host = hostOf(owner);
  if (host === undefined) return undefined;
  const about = { host, pool: owner, clone: name, volume };
  if (base !== undefined) return { role: 'overlay', ...about, type: 'system', base };
  return { role: map === 'archived' ? 'archived' : 'data', ...about, type: 'data' };
}

function keyParts(key: string): string[] {
  try {
    return String(JSON.parse(key)).split('/');
  } catch {
    return [];
  }
}
