import { VOLUMES_NAMESPACE } from '../../model/temporary-volumes';
import type { CloneState } from './clone-state';
import { diskElements, temporaryVolumesElement } from './domain-disks';
import { MARK_NAMESPACE, markElement, markOf, namespaceOf } from './mark';
import type { XmlElement } from './xml-tree';
import { childOf, element, elementsIn, parseXml, textOf, writeXml } from './xml-tree';

/** What a new definition takes over from the present one. */
export interface Carried {
  /** The file of the machine's UEFI variables. */
  readonly nvram?: string;
  /** What somebody has added beside the devices, such as a title or `cputune`. */
  readonly elements?: readonly XmlElement[];
  /** Metadata that others have left. */
  readonly metadata: readonly XmlElement[];
  /** Disks and other devices that were attached by hand. */
  readonly devices: readonly XmlElement[];
}

const NOTHING: Carried = { metadata: [], devices: [] };

/**
 * The definition of a clone's machine, for `virsh define`.
 *
 * @param state wholly known, with a `domain_xml` in which `domainXmlProblems` finds nothing
 * @throws UserError when it is no well-formed XML all the same
 */
export function composeDomain(state: CloneState, carried: Carried = NOTHING): string {
  return writeXml(composedDomain(state, carried));
}

/** {@link composeDomain} as a tree. */
export function composedDomain(state: CloneState, carried: Carried = NOTHING): XmlElement {
  const written = parseXml(state.domain_xml);
  const others = elementsIn(written).filter(
    ({ name }) => !['name', 'uuid', 'metadata', 'devices'].includes(name),
  );
  return {
    ...written,
    children: [
      element('name', {}, [state.name]),
      element('uuid', {}, [state.uuid]),
      element('metadata', {}, metadataOf(state, written, carried)),
      ...(carried.elements ?? []),
      ...others.map((one) => (one.name === 'os' ? osOf(one, carried) : one)),
      element('devices', {}, devicesOf(state, childOf(written, 'devices'), carried)),
    ],
  };
}

function metadataOf(state: CloneState, written: XmlElement, carried: Carried): XmlElement[] {
  const temporary = temporaryVolumesElement(state);
  const own = [...(temporary ? [temporary] : []), markElement(markOf(state))];
  return [...own, ...foreignMetadata(childOf(written, 'metadata')), ...carried.metadata];
}

/** Metadata that is not the provider's. */
export function foreignMetadata(metadata: XmlElement | undefined): XmlElement[] {
  return elementsIn(metadata).filter(
    (one) => ![VOLUMES_NAMESPACE, MARK_NAMESPACE].includes(namespaceOf(one) ?? ''),
  );
}

/** Which disk the machine boots from stands on the disk; libvirt takes not both. */
function osOf(os: XmlElement, { nvram }: Carried): XmlElement {
  const children = elementsIn(os).filter(
    ({ name, attributes }) => !(name === 'boot' && attributes['dev'] === 'hd'),
  );
  const uefi = childOf(os, 'loader') !== undefined || os.attributes['firmware'] === 'efi';
  if (nvram === undefined || !uefi || textOf(childOf(os, 'nvram')) !== '') return { ...os, children };
  const written = childOf(os, 'nvram') ?? element('nvram');
  return {
    ...os,
    children: [...children.filter(({ name }) => name !== 'nvram'), { ...written, children: [nvram] }],
  };
}

function devicesOf(state: CloneState, written: XmlElement | undefined, carried: Carried): XmlElement[] {
  const own = withMacs(elementsIn(written), state.macs);
  const taken = carried.devices.map((device) => childOf(device, 'target')?.attributes['dev'] ?? '');
  const disks = diskElements(state, taken);
  const onScsi = disks.some((disk) => childOf(disk, 'target')!.attributes['bus'] === 'scsi');
  const controlled = own.some(
    ({ name, attributes }) => name === 'controller' && attributes['type'] === 'scsi',
  );
  const controllers =
    onScsi && !controlled ? [element('controller', { type: 'scsi', index: '0', model: 'virtio-scsi' })] : [];
  return [...own, ...controllers, ...disks, ...carried.devices];
}

function withMacs(devices: readonly XmlElement[], macs: readonly string[]): XmlElement[] {
  let index = -1;
  return devices.map((device) => {
    if (device.name !== 'interface') return device;
    index += 1;
    const mac = element('mac', { address: macs[index] });
    const children = device.children.filter((child) => typeof child === 'string' || child.name !== 'mac');
    return childOf(device, 'mac') === undefined ? { ...device, children: [mac, ...children] } : device;
  });
}
