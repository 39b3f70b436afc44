import { XMLParser } from 'fast-xml-parser';
import { VOLUMES_NAMESPACE } from '../model/temporary-volumes';

/** Where a disk's content is: in a file or device, in a volume of a storage pool, or nowhere (a drive without a medium). */
export type DiskSource =
  { readonly path: string } | { readonly pool: string; readonly volume: string } | undefined;

/** A disk of a machine as libvirt defines it. */
export interface DiskXml {
  readonly target: string;
  readonly device: string;
  readonly source: DiskSource;
  /** The files below it, the nearest first; only libvirt's live definition of a machine has them. */
  readonly backingChain?: readonly string[];
}

/** A machine as libvirt defines it. */
export interface DomainXml {
  readonly name: string;
  readonly uuid: string;
  readonly disks: readonly DiskXml[];
}

/** A temporary volume that a machine's metadata names, and what it is reset to. */
export interface TemporaryVolume {
  /** The device name in libvirt, such as `vdb`. */
  readonly target: string;
  readonly path: string;
  /** The virtual size in bytes; left out when it is the backing volume's. */
  readonly size?: number;
  /** What it stands on; left out when it is blank. */
  readonly backing?: { readonly path: string; readonly format: string };
}

/** A volume as libvirt sees it. */
export interface VolumeXml {
  readonly name: string;
  readonly path: string;
  readonly allocation: number;
  readonly capacity: number;
  /** The format that libvirt found or was told, such as `qcow2`. */
  readonly format: string;
  /** When its bytes were last changed, in seconds since 1970, as libvirt writes it; empty where it does not know. */
  readonly modified: string;
  readonly backing?: string;
}

/** A storage pool as libvirt sees it. */
export interface StoragePoolXml {
  readonly name: string;
  readonly uuid: string;
  readonly path: string;
  readonly available: number;
  readonly active: boolean;
}

/** An element of parsed XML: its children by name, its attributes by `@name`, its text by `#text`. */
export type Element = { readonly [name: string]: Element | readonly Element[] | string | undefined };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  alwaysCreateTextNode: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  isArray: (name) => name === 'disk' || /(?:^|:)temporary$/.test(name),
});

/** Reads `virsh dumpxml`. */
export function parseDomain(xml: string): DomainXml {
  const domain = root(xml, 'domain');
  const disks = at(domain, 'devices')?.['disk'] as readonly Element[] | undefined;
  return { name: text(domain, 'name'), uuid: text(domain, 'uuid'), disks: (disks ?? []).map(diskOf) };
}

/** The temporary volumes that the metadata of a machine names (`virsh dumpxml`). */
export function parseTemporaryVolumes(xml: string): TemporaryVolume[] {
  const metadata = at(root(xml, 'domain'), 'metadata') ?? {};
  return Object.keys(metadata).flatMap((name) => {
    const [, prefix = ''] = /^(.+:)?volumes$/.exec(name) ?? [];
    const volumes = at(metadata, `${prefix}volumes`);
    const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix.slice(0, -1)}`;
    if (attribute(volumes, declaration) !== VOLUMES_NAMESPACE) return [];
    const found = (volumes![`${prefix}temporary`] ?? []) as readonly Element[];
    return found.map(temporaryVolumeOf);
  });
}

/** Reads `virsh vol-dumpxml`. */
export function parseVolume(xml: string): VolumeXml {
  return volumeOf(root(xml, 'volume'));
}

/** Reads the element `volume`. */
export function volumeOf(volume: Element): VolumeXml {
  const backing = text(at(volume, 'backingStore'), 'path');
  const target = at(volume, 'target');
  return {
    name: text(volume, 'name'),
    path: text(target, 'path'),
    allocation: Number(text(volume, 'allocation')),
    capacity: Number(text(volume, 'capacity')),
    format: attribute(at(target, 'format'), 'type'),
    modified: text(at(target, 'timestamps'), 'mtime'),
    ...(backing === '' ? {} : { backing }),
  };
}

/** Reads `virsh pool-dumpxml`; whether the pool is active stands elsewhere. */
export function parseStoragePool(xml: string): Omit<StoragePoolXml, 'active'> {
  const pool = root(xml, 'pool');
  return {
    name: text(pool, 'name'),
    uuid: text(pool, 'uuid'),
    path: text(at(pool, 'target'), 'path'),
    available: Number(text(pool, 'available')),
  };
}

function temporaryVolumeOf(element: Element): TemporaryVolume {
  const [size, backing] = [attribute(element, 'size'), attribute(element, 'backing')];
  return {
    target: attribute(element, 'target'),
    path: attribute(element, 'path'),
    ...(size === '' ? {} : { size: Number(size) }),
    ...(backing === '' ? {} : { backing: { path: backing, format: attribute(element, 'backing-format') } }),
  };
}

function diskOf(disk: Element): DiskXml {
  const store = at(disk, 'backingStore');
  return {
    target: attribute(at(disk, 'target'), 'dev'),
    device: attribute(disk, 'device') || 'disk',
    source: sourceOf(at(disk, 'source')),
    ...(store === undefined ? {} : { backingChain: chainOf(store) }),
  };
}

function chainOf(store: Element | undefined): string[] {
  const source = sourceOf(at(store, 'source'));
  if (source === undefined || !('path' in source)) return [];
  return [source.path, ...chainOf(at(store, 'backingStore'))];
}

function sourceOf(source: Element | undefined): DiskSource {
  const path = attribute(source, 'file') || attribute(source, 'dev');
  if (path !== '') return { path };
  const [pool, volume] = [attribute(source, 'pool'), attribute(source, 'volume')];
  return pool !== '' && volume !== '' ? { pool, volume } : undefined;
}

/** The root element of a document; empty when it has another name. */
export function root(xml: string, name: string): Element {
  return at(parser.parse(xml) as Element, name) ?? {};
}

/** A child element. */
export function at(element: Element | undefined, name: string): Element | undefined {
  const found = element?.[name];
  return typeof found === 'object' && !Array.isArray(found) ? (found as Element) : undefined;
}

/** The text of a child element; empty when there is none. */
export function text(element: Element | undefined, name: string): string {
  const found = at(element, name)?.['#text'];
  return typeof found === 'string' ? found : '';
}

/** An attribute; empty when there is none. */
export function attribute(element: Element | undefined, name: string): string {
  const found = element?.[`@${name}`];
  return typeof found === 'string' ? found : '';
}
