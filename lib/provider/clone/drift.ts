import { posix } from 'node:path';
import type { CloneState } from './clone-state';
import { covers, identityOf, labelOf, missingParts } from './definition-comparison';
import type { Carried } from './domain-xml';
import { composedDomain, foreignMetadata } from './domain-xml';
import { declarationOf, MARK_NAMESPACE, namespaceOf } from './mark';
import type { XmlElement } from './xml-tree';
import { childOf, elementsIn, parseXml, textOf } from './xml-tree';

/** The storage pool by which disks are found whose source is a volume of it. */
export interface PoolPlace {
  readonly name: string;
  readonly path: string;
}

/** Devices that libvirt adds to no machine by itself. */
const BY_HAND = [
  'disk',
  'interface',
  'hostdev',
  'filesystem',
  'redirdev',
  'tpm',
  'shmem',
  'vsock',
  'memory',
  'smartcard',
  'sound',
];

/** Elements beside the devices that libvirt adds to no machine that is off by itself. */
const ELEMENTS_BY_HAND = [
  ...['title', 'description', 'iothreads', 'iothreadids', 'cputune', 'numatune', 'memtune', 'blkiotune'],
  ...['memoryBacking', 'sysinfo', 'perf', 'launchSecurity', 'keywrap', 'idmap', 'throttlegroups'],
  ...['qemu:commandline', 'qemu:capabilities', 'qemu:override', 'qemu:deprecation'],
];

/**
 * What was changed by hand in a machine since it was defined for this state, one line each, such as
 * `memory is 4 GiB, was 2 GiB`; what was attached by hand is not among it.
 *
 * @param present its definition (`virsh dumpxml --inactive --security-info`)
 */
export function driftOf(state: CloneState, present: string, storage: PoolPlace): string[] {
  return missingParts(withoutMark(composedDomain(state)), readDefinition(present, storage));
}

/**
 * The disks, interfaces and other devices of a machine that were attached by hand.
 *
 * @param state what it was last defined for; of a machine that the provider has not defined, `null`: then none is
 */
export function attachedByHand(state: CloneState | null, present: string, storage: PoolPlace): XmlElement[] {
  if (state === null) return [];
  const written = elementsIn(childOf(composedDomain(state), 'devices'));
  const devices = elementsIn(childOf(readDefinition(present, storage), 'devices'));
  return devices.filter(
    (device) => BY_HAND.includes(device.name) && !written.some((one) => isSame(one, device)),
  );
}

/**
 * What somebody has added to a machine beside its devices, and no definition of the clone's says.
 *
 * @param prior what it was last defined for, `null` where the provider has not defined it
 */
export function addedByHand(prior: CloneState | null, planned: CloneState, present: string): XmlElement[] {
  const root = parseXml(present);
  return elementsIn(root)
    .filter(
      ({ name }) => ELEMENTS_BY_HAND.includes(name) && !isWritten(name, prior) && !isWritten(name, planned),
    )
    .map((one) => withNamespace(one, root));
}

/** An element that declares the namespace of its name, which stands at the root in libvirt's words. */
function withNamespace(one: XmlElement, root: XmlElement): XmlElement {
  const declaration = declarationOf(one.name);
  const uri = root.attributes[declaration];
  if (uri === undefined) return one;
  return { ...one, attributes: { [declaration]: uri, ...one.attributes } };
}

/** A device in words, such as `disk vdz (/srv/extra.qcow2)`. */
export function deviceWords(device: XmlElement): string {
  const source = Object.values(childOf(device, 'source')?.attributes ?? {})[0];
  return source === undefined ? labelOf(device) : `${labelOf(device)} (${source})`;
}

/**
 * What a new definition takes over from the present one: UEFI variables, metadata of others, devices attached by hand.
 *
 * @param prior what the machine was last defined for, `null` where the provider has not defined it
 */
export function carriedOver(
  prior: CloneState | null,
  planned: CloneState,
  present: string,
  storage: PoolPlace,
): Carried {
  const root = parseXml(present);
  const nvram = textOf(childOf(childOf(root, 'os'), 'nvram'));
  const written = [prior, planned].flatMap((state) =>
    state === null ? [] : foreignMetadata(childOf(parseXml(state.domain_xml), 'metadata')).map(namespaceOf),
  );
  const metadata = foreignMetadata(childOf(root, 'metadata')).filter(
    (one) => !written.includes(namespaceOf(one)),
  );
  const elements = addedByHand(prior, planned, present);
  const own = elementsIn(childOf(composedDomain(planned), 'devices'));
  const devices = attachedByHand(prior, present, storage).filter(
    (device) => !own.some((one) => isSame(one, device)),
  );
  return { ...(nvram === '' ? {} : { nvram }), elements, metadata, devices };
}

/**
 * Whether a machine has all that a new state wants of it already, and nothing that only the former one wanted.
 *
 * @param prior what the provider has last defined the machine for, `null` where it has not
 */
export function isDefinedAs(
  prior: CloneState | null,
  planned: CloneState,
  present: string,
  storage: PoolPlace,
): boolean {
  if (driftOf(planned, present, storage).length > 0) return false;
  if (prior === null) return true;
  const [before, after] = [prior, planned].map((state) => withoutMark(composedDomain(state)));
  return missingParts(before!, after!).length === 0;
}

function isWritten(name: string, state: CloneState | null): boolean {
  return state !== null && childOf(parseXml(state.domain_xml), name) !== undefined;
}

function isSame(written: XmlElement, present: XmlElement): boolean {
  if (written.name !== present.name) return false;
  const identity = identityOf(written);
  return identity === undefined ? covers(written, present) : identity === identityOf(present);
}

/** A definition in which disks in volumes of the storage pool are those at their paths. */
function readDefinition(text: string, storage: PoolPlace): XmlElement {
  const root = parseXml(text);
  const children = root.children.map((child) =>
    typeof child !== 'string' && child.name === 'devices'
      ? { ...child, children: elementsIn(child).map((device) => withPath(device, storage)) }
      : child,
  );
  return { ...root, children };
}

function withPath(device: XmlElement, { name, path }: PoolPlace): XmlElement {
  const source = device.name === 'disk' ? childOf(device, 'source') : undefined;
  const { pool, volume, ...others } = source?.attributes ?? {};
  if (source === undefined || volume === undefined || pool !== name) return device;
  const file = { ...source, attributes: { ...others, file: posix.join(path, volume) } };
  return {
    ...device,
    attributes: { ...device.attributes, type: 'file' },
    children: device.children.map((child) => (child === source ? file : child)),
  };
}

/** The mark says what the definition was made for, not how the machine is. */
function withoutMark(root: XmlElement): XmlElement {
  const children = root.children.map((child) =>
    typeof child !== 'string' && child.name === 'metadata'
      ? { ...child, children: elementsIn(child).filter((one) => namespaceOf(one) !== MARK_NAMESPACE) }
      : child,
  );
  return { ...root, children };
}
