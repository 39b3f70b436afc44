import type { Clone, DataVolume, Overlay } from '../model/clone';
import { disksOf, overlaysOf } from '../model/clone';
import { baseKey } from '../model/file-names';
import type { Host } from '../model/host';

/**
 * Terraform addresses: readable, without a hash, the same in every dialect.
 *
 * Two underscores separate their parts, since no name of a base, pool, clone or volume has two in a row.
 */

/** The names of a host's blocks. */
export const hostBlocks = {
  storage: (host: string): string => host,
  bases: (host: string): string => `${host}__bases`,
  retiredBases: (host: string): string => `${host}__retired-bases`,
  data: (host: string): string => `${host}__data`,
  archived: (host: string): string => `${host}__archived`,
};

/** The name of a clone's machine and of what belongs to it alone. */
export function cloneBlock(pool: string, clone: string): string {
  return `${pool}__${clone}`;
}

/** The name of an overlay; it contains the base, so that a rebase makes a new resource beside the old one. */
export function overlayBlock(pool: string, clone: string, { volume, base }: Overlay): string {
  return `${pool}__${clone}__${volume}__${base.name}`;
}

/** The address of a volume. */
export function volumeAddress(block: string, key?: string): string {
  return `libvirt_volume.${block}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`;
}

/** The address of a data volume in its host's guarded block. */
export function dataAddress(host: string, { key }: Pick<DataVolume, 'key'>): string {
  return volumeAddress(hostBlocks.data(host), key);
}

/** The address of a base volume. */
export function baseAddress(host: string, base: { name: string; retired: boolean }, volume: string): string {
  const block = base.retired ? hostBlocks.retiredBases(host) : hostBlocks.bases(host);
  return volumeAddress(block, baseKey(base.name, volume));
}

/** The address of an overlay. */
export function overlayAddress(pool: string, clone: string, overlay: Overlay): string {
  return volumeAddress(overlayBlock(pool, clone, overlay));
}

/** The address of a clone's machine. */
export function domainAddress(pool: string, clone: string): string {
  return `libvirt_domain.${cloneBlock(pool, clone)}`;
}

/** A Terraform expression that reads an attribute. */
export function reference(address: string, attribute: string): string {
  return `\${${address}.${attribute}}`;
}

/** The provider configuration of a host; always an alias, so that no other host's provider takes over what a host leaves behind. */
export function providerOf(host: Host): string {
  return `libvirt.${host.name}`;
}

/** The name of a host's storage pool; it is read from the resource that makes it, so that volumes wait for it. */
export function storageName({ name, storage }: Host): string {
  if (storage.existing) return storage.name;
  return reference(`libvirt_pool.${hostBlocks.storage(name)}[${JSON.stringify(storage.name)}]`, 'name');
}

/** The addresses of overlays and data volumes, as diskAddresses needs them. */
export interface DiskAddresses {
  overlay(pool: string, clone: string, overlay: Overlay): string;
  data(host: string, key: string): string;
}

const libvirtDisks: DiskAddresses = {
  overlay: overlayAddress,
  data: (host, key) => dataAddress(host, { key }),
};

/** The address of the volume behind each disk, in the order of the disks. */
export function diskAddresses(host: string, clone: Clone, addresses: DiskAddresses = libvirtDisks): string[] {
  const current = overlaysOf(clone).filter(({ retained }) => !retained);
  const overlays = new Map(current.map((overlay) => [overlay.volume, overlay]));
  const data = new Map(clone.data.map((volume) => [volume.name, volume]));
  return disksOf(clone).map(({ volume, type }) =>
    type === 'data'
      ? addresses.data(host, data.get(volume)!.key)
      : addresses.overlay(clone.pool, clone.name, overlays.get(volume)!),
  );
}
