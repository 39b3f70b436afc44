import { UserError } from '../../model/user-error';
import type { XmlElement } from './xml-tree';
import { childOf, elementsIn, parseXml, textOf } from './xml-tree';

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/**
 * What is wrong with the definition that a user has written, in words that begin with what it is.
 *
 * @param clone the name of the clone; left out when it is not known yet
 */
export function domainXmlProblems(text: string, clone?: string): string[] {
  let root: XmlElement;
  try {
    root = parseXml(text);
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
  if (root.name !== 'domain') return [`its root element is <${root.name}>, expected <domain>`];
  return [
    ...repeated(root),
    ...identityProblems(root, clone),
    ...diskProblems(root),
    ...interfaceProblems(elementsIn(childOf(root, 'devices'), 'interface')),
    ...bootProblems(root),
  ];
}

/** The UUID and the MAC addresses that a definition says, as libvirt writes them; `undefined` where it says none. */
export function writtenIdentity(text: string): { uuid: string | undefined; macs: (string | undefined)[] } {
  const root = parseXml(text);
  const digits = textOf(childOf(root, 'uuid')).toLowerCase().replaceAll('-', '');
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const interfaces = elementsIn(childOf(root, 'devices'), 'interface');
  return {
    uuid: uuid === '' ? undefined : uuid,
    macs: interfaces.map((one) => childOf(one, 'mac')?.attributes['address']?.toLowerCase()),
  };
}

function repeated(root: XmlElement): string[] {
  return ['name', 'uuid', 'os', 'devices', 'metadata']
    .filter((name) => elementsIn(root, name).length > 1)
    .map((name) => `it has ${elementsIn(root, name).length} elements <${name}>, expected one`);
}

function identityProblems(root: XmlElement, clone: string | undefined): string[] {
  const [name, uuid] = [textOf(childOf(root, 'name')), textOf(childOf(root, 'uuid'))];
  const named = name !== '' && clone !== undefined && name !== clone;
  return [
    ...(named
      ? [`it names the machine ${JSON.stringify(name)}, expected ${JSON.stringify(clone)}: leave <name> out`]
      : []),
    ...(uuid !== '' && !UUID.test(uuid)
      ? [`its <uuid> ${JSON.stringify(uuid)} is no UUID: leave it out, or write 36 characters`]
      : []),
  ];
}

/** A drive without a medium is none of ours, and carries nothing. */
function diskProblems(root: XmlElement): string[] {
  const disks = elementsIn(childOf(root, 'devices'), 'disk');
  if (disks.length === 0) return [];
  const targets = disks.map((disk) => childOf(disk, 'target')?.attributes['dev'] ?? 'no target').join(', ');
  return [`it has disks (${targets}): disks are made from \`volumes\` and \`cloud_init\`, leave <disk> out`];
}

function interfaceProblems(interfaces: readonly XmlElement[]): string[] {
  const macs = interfaces.flatMap((one) => childOf(one, 'mac')?.attributes['address']?.toLowerCase() ?? []);
  const wrong = macs.filter((mac) => !MAC.test(mac));
  const twice = [...new Set(macs.filter((mac, index) => macs.indexOf(mac) !== index))];
  return [
    ...wrong.map(
      (mac) =>
        `MAC address ${JSON.stringify(mac)} is none: write it as 52:54:00:12:34:56, or leave <mac> out`,
    ),
    ...twice.map(
      (mac) => `MAC address ${mac} stands at two interfaces: each needs its own, or leave <mac> out`,
    ),
  ];
}

function bootProblems(root: XmlElement): string[] {
  const devices = elementsIn(childOf(root, 'os'), 'boot').map(({ attributes }) => attributes['dev'] ?? '');
  const first = elementsIn(childOf(root, 'devices')).filter(
    (device) => childOf(device, 'boot')?.attributes['order'] === '1',
  );
  return [
    ...devices
      .filter((dev) => dev !== 'hd')
      .map(
        (dev) =>
          `it boots from ${JSON.stringify(dev)} (<os><boot>): write <boot order='2'/> into the device instead, the boot volume is the first`,
      ),
    ...first.map(
      ({ name }) => `<boot order='1'/> stands at <${name}>: the boot volume is the first, use 2 or more`,
    ),
  ];
}
