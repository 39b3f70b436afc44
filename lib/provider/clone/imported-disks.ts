import { posix } from 'node:path';
import type { Configuration } from '../configuration';
import type { XmlElement } from './xml-tree';
import { childOf, elementsIn, parseXml, textOf, writeXml } from './xml-tree';

/** A disk of a machine that is imported. */
export interface ImportedDisk {
  readonly target: string;
  readonly bus: string;
  readonly format: string;
  /** `undefined` when it is no file of this host's storage pool. */
  readonly path: string | undefined;
  readonly serial: string;
  readonly wwn: string | null;
  readonly boot: boolean;
}

/** The disks of a machine's definition; drives are none. */
export function importedDisks(xml: string, storage: Configuration['storage']): ImportedDisk[] {
  const disks = elementsIn(childOf(parseXml(xml), 'devices'), 'disk').filter(
    ({ attributes }) => (attributes['device'] ?? 'disk') === 'disk',
  );
  const ordered = disks.some((disk) => childOf(disk, 'boot') !== undefined);
  return disks.map((disk, index) => ({
    target: attributeOf(disk, 'target', 'dev') ?? '',
    bus: attributeOf(disk, 'target', 'bus') ?? 'virtio',
    // libvirt takes what has none as raw.
    format: attributeOf(disk, 'driver', 'type') ?? 'raw',
    path: pathOf(childOf(disk, 'source'), storage),
    serial: textOf(childOf(disk, 'serial')),
    wwn: textOf(childOf(disk, 'wwn')) || null,
    boot: ordered ? attributeOf(disk, 'boot', 'order') === '1' : index === 0,
  }));
}

/** A definition without what the provider writes itself: disks of its storage pool, and regraft's metadata. */
export function withoutOwnParts(xml: string): string {
  const domain = parseXml(xml);
  const kept = domain.children.filter(
    (child) => typeof child !== 'string' && !['uuid', 'metadata'].includes(child.name),
  );
  return writeXml({
    ...domain,
    attributes: domain.attributes['type'] === undefined ? {} : { type: domain.attributes['type'] },
    children: kept.map((child) =>
      typeof child === 'string' || child.name !== 'devices'
        ? child
        : { ...child, children: elementsIn(child).filter(({ name }) => name !== 'disk') },
    ),
  });
}

function pathOf(source: XmlElement | undefined, storage: Configuration['storage']): string | undefined {
  const { file, pool, volume } = source?.attributes ?? {};
  if (pool !== undefined && volume !== undefined)
    return pool === storage.name ? posix.join(storage.path, volume) : undefined;
  return file !== undefined && posix.dirname(file) === storage.path ? file : undefined;
}

function attributeOf(parent: XmlElement, child: string, name: string): string | undefined {
  return childOf(parent, child)?.attributes[name];
}
