import { posix } from 'node:path';
import type { HostDisk, HostLink } from '../model/host-contents';
import { backingPath } from '../model/backing-file';
import type { Element } from './libvirt-xml';
import { at, attribute, root, text, volumeOf } from './libvirt-xml';

/** A volume with all that tells whether two names are those of one file. */
export interface HostVolumeXml {
  readonly path: string;
  readonly format: string;
  readonly capacity: number;
  readonly allocation: number;
  readonly mode?: number;
  readonly modified?: number;
  /** The times of the file, to the nanosecond; empty where libvirt knows none. */
  readonly times: string;
  readonly backing?: {
    /** As it is written in the file, or made absolute by libvirt. */
    readonly written: string;
    readonly format: string;
    /** As for the volume itself; libvirt looks at the file that the path leads to. */
    readonly times: string;
  };
}

/** Reads `virsh vol-dumpxml`, times and modes included. */
export function parseHostVolume(xml: string): HostVolumeXml {
  const volume = root(xml, 'volume');
  const { path, format, capacity, allocation, modified, backing } = volumeOf(volume);
  const mode = text(at(at(volume, 'target'), 'permissions'), 'mode');
  const store = at(volume, 'backingStore');
  return {
    path,
    format,
    capacity,
    allocation,
    ...(mode === '' ? {} : { mode: Number.parseInt(mode, 8) }),
    ...(modified === '' ? {} : { modified: Number(modified) }),
    times: timesOf(at(volume, 'target')),
    ...(backing === undefined
      ? {}
      : {
          backing: {
            written: backing,
            format: attribute(at(store, 'format'), 'type'),
            times: timesOf(store),
          },
        }),
  };
}

/** A storage pool's type, name and folder (`virsh pool-dumpxml`). */
export function parseHostPool(xml: string): {
  readonly name: string;
  readonly type: string;
  readonly path: string;
} {
  const pool = root(xml, 'pool');
  return { name: text(pool, 'name'), type: attribute(pool, 'type'), path: text(at(pool, 'target'), 'path') };
}

/** The name, UUID, metadata and disks of a machine's definition (`virsh dumpxml`). */
export function parseHostDomain(xml: string): {
  readonly name: string;
  readonly uuid: string;
  readonly metadata?: string;
  readonly disks: readonly HostDisk[];
} {
  const domain = root(xml, 'domain');
  const [metadata] = /<metadata>.*<\/metadata>/s.exec(xml) ?? [];
  return {
    name: text(domain, 'name'),
    uuid: text(domain, 'uuid'),
    ...(metadata === undefined ? {} : { metadata }),
    disks: disksOf(domain),
  };
}

/** The disks that a snapshot brings back, and the files that it keeps (`virsh snapshot-dumpxml`). */
export function parseSnapshot(xml: string): HostDisk[] {
  const snapshot = root(xml, 'domainsnapshot');
  const kept = elements(at(snapshot, 'disks'), 'disk').filter((disk) => at(disk, 'source') !== undefined);
  return [
    ...disksOf(at(snapshot, 'domain')),
    ...disksOf(at(snapshot, 'inactiveDomain')),
    ...kept.map((disk) => ({ ...diskOf(disk), target: attribute(disk, 'name') })),
  ];
}

function disksOf(domain: Element | undefined): HostDisk[] {
  const disks = elements(at(domain, 'devices'), 'disk');
  // A copy that is under way will be the machine's disk when it is done.
  const mirrors = disks.flatMap((disk) => {
    const mirror = at(disk, 'mirror');
    if (mirror === undefined) return [];
    return [{ ...diskOf(mirror), target: attribute(at(disk, 'target'), 'dev') }];
  });
  return [...disks.map(diskOf), ...mirrors];
}

function diskOf(disk: Element): HostDisk {
  const source = at(disk, 'source');
  const store = at(disk, 'backingStore');
  const target = at(disk, 'target');
  return {
    target: attribute(target, 'dev'),
    device: attribute(disk, 'device') || 'disk',
    bus: attribute(target, 'bus'),
    format: attribute(at(disk, 'driver'), 'type') || attribute(at(disk, 'format'), 'type') || 'raw',
    ...placeOf(source),
    ...(store === undefined ? {} : { backingChain: chainOf(store) }),
  };
}

function placeOf(source: Element | undefined): Pick<HostDisk, 'path' | 'volume' | 'network'> {
  const path = attribute(source, 'file') || attribute(source, 'dev') || attribute(source, 'dir');
  if (path !== '') return { path: posix.normalize(path) };
  const [pool, name] = [attribute(source, 'pool'), attribute(source, 'volume')];
  if (pool !== '' && name !== '') return { volume: { pool, name } };
  const protocol = attribute(source, 'protocol');
  return protocol === '' ? {} : { network: `${protocol}:${attribute(source, 'name')}` };
}

function chainOf(store: Element | undefined): HostLink[] {
  const { path, network } = placeOf(at(store, 'source'));
  const found = path === undefined ? network : backingPath(path);
  if (found === undefined) return [];
  const format = attribute(at(store, 'format'), 'type');
  return [{ path: found, ...(format === '' ? {} : { format }) }, ...chainOf(at(store, 'backingStore'))];
}

/** Access changes a time, too: it says nothing of which file it is. */
function timesOf(target: Element | undefined): string {
  const times = at(target, 'timestamps');
  return ['mtime', 'ctime', 'btime']
    .map((name) => text(times, name))
    .join(' ')
    .trim();
}

function elements(parent: Element | undefined, name: string): readonly Element[] {
  const found = parent?.[name];
  return Array.isArray(found) ? (found as readonly Element[]) : [];
}
