import { posix } from 'node:path';
import type { Graphics, NetworkAttachment } from '../model/machine';
import type { Element } from './libvirt-xml';
import { at, attribute } from './libvirt-xml';
import type { Found } from './machine-parts';
import { childrenOf, elementsOf } from './xml-elements';

/** The networks that a machine is attached to, and its MAC addresses in small letters. */
export function networksOf(
  interfaces: readonly Element[],
  found: Found,
): { networks: NetworkAttachment[]; macs: string[] } {
  const networks = interfaces.map((one): NetworkAttachment => {
    const [type, source] = [attribute(one, 'type'), at(one, 'source')];
    const [network, bridge] = [attribute(source, 'network'), attribute(source, 'bridge')];
    found.others(
      one,
      ['mac', 'source', 'model', 'address', 'alias', 'target', 'boot', 'driver', 'acpi'],
      'interface',
    );
    if (attribute(source, 'portgroup') !== '') found.lost('interface', 'portgroup', true);
    if (at(one, 'driver') !== undefined)
      found.notes.push('its network interfaces have libvirt’s own driver options');
    const model = attribute(at(one, 'model'), 'type');
    if (model !== 'virtio') found.lost('interface', `model ${model || 'of libvirt’s choice'}`);
    if (type === 'network') return { kind: 'named', network };
    if (type !== 'bridge') found.lost('interface', `type ${type}`, true);
    return { kind: 'bridge', bridge };
  });
  return { networks, macs: interfaces.map((one) => attribute(at(one, 'mac'), 'address').toLowerCase()) };
}

/** The machine's screen; what regraft has no word for is told. */
export function graphicsOf(all: readonly Element[], found: Found): Graphics {
  const [graphics, ...more] = all;
  for (const one of more) found.lost('graphics', attribute(one, 'type'), true);
  if (!graphics) return { kind: 'none' };
  const kind = attribute(graphics, 'type');
  if (kind !== 'vnc' && kind !== 'spice') {
    found.lost('graphics', kind);
    return { kind: 'none' };
  }
  if (attribute(graphics, 'autoport') !== 'yes')
    found.lost('graphics', `port ${attribute(graphics, 'port')}`);
  const listens = elementsOf(graphics, 'listen');
  const [listen] = listens;
  if (listens.length > 1 || (listen && attribute(listen, 'type') !== 'address'))
    found.lost('graphics', `listening on a ${attribute(listens.at(-1)!, 'type')}`);
  if (childrenOf(graphics).some((child) => child !== 'listen'))
    found.notes.push(`its ${kind} has libvirt’s own options`);
  found.notes.push(`its ${kind} has no password, and no keymap of its own`);
  return { kind, listen: attribute(listen, 'address') || attribute(graphics, 'listen') || '127.0.0.1' };
}

/** The disk that the machine boots from: the first in its boot order, else the first one. */
export function bootDisk(disks: readonly Element[]): string | undefined {
  const own = disks.filter((disk) => ['', 'disk'].includes(attribute(disk, 'device')));
  const order = (disk: Element): number => Number(attribute(at(disk, 'boot'), 'order') || '1000');
  const [first] = [...own].sort((a, b) => order(a) - order(b));
  return first === undefined ? undefined : attribute(at(first, 'target'), 'dev');
}

const FILLED_IN = ['emulator', 'controller', 'input', 'video', 'memballoon', 'rng', 'audio', 'hub'];

/** Looks through the devices that are no networks and no screens; returns whether there is the guest agent's channel. */
export function checkDevices(devices: Element | undefined, found: Found): boolean {
  const read = ['disk', 'interface', 'graphics', 'serial', 'console', 'channel', 'watchdog'];
  for (const name of childrenOf(devices)) {
    if ([...FILLED_IN, ...read].includes(name)) continue;
    for (const one of elementsOf(devices, name))
      found.lost(
        name,
        attribute(one, 'type') || attribute(one, 'model') || attribute(one, 'mode'),
        name === 'filesystem',
      );
  }
  for (const disk of elementsOf(devices, 'disk')) checkDisk(disk, found);
  checkScsi(devices, found);
  const [serial, ...more] = elementsOf(devices, 'serial');
  for (const one of [...more, ...(serial && attribute(serial, 'type') !== 'pty' ? [serial] : [])])
    found.lost('serial', attribute(one, 'type'));
  for (const console of elementsOf(devices, 'console')) {
    const kind = attribute(at(console, 'target'), 'type');
    if (!['', 'serial'].includes(kind)) found.lost('console', kind);
  }
  for (const watchdog of elementsOf(devices, 'watchdog')) {
    // libvirt gives this one to every q35 machine.
    const [model, action] = [attribute(watchdog, 'model'), attribute(watchdog, 'action')];
    if (model !== 'itco' || action !== 'reset') found.lost('watchdog', `${model} ${action}`);
  }
  const names = elementsOf(devices, 'channel').map((channel) => attribute(at(channel, 'target'), 'name'));
  for (const name of names) if (name !== GUEST_AGENT) found.lost('channel', name);
  return names.includes(GUEST_AGENT);
}

/** The folder in which the console's log is, where it is the one that regraft would write. */
export function consoleLogsOf(name: string, serial: Element | undefined, found: Found): string | undefined {
  const log = at(serial, 'log');
  if (log === undefined) return undefined;
  const file = attribute(log, 'file');
  if (file.endsWith(`/${name}.log`) && attribute(log, 'append') === 'on') return posix.dirname(file);
  found.lost('serial', `log ${file}`);
  return undefined;
}

const GUEST_AGENT = 'org.qemu.guest_agent.0';

function checkDisk(disk: Element, found: Found): void {
  const device = attribute(disk, 'device') || 'disk';
  const target = attribute(at(disk, 'target'), 'dev');
  if (device !== 'disk') return found.lost(device, target, true);
  if (!['file', 'volume'].includes(attribute(disk, 'type')))
    found.lost('disk', `${target} of type ${attribute(disk, 'type')}`, true);
  if (!['', 'no'].includes(attribute(disk, 'snapshot')))
    found.notes.push(`${target}: snapshots are as libvirt takes them`);
  for (const child of childrenOf(disk)) {
    const known = ['driver', 'source', 'target', 'backingStore', 'alias', 'address', 'serial', 'boot'];
    if (!known.includes(child))
      found.lost(
        'disk',
        `${target} ${child}`,
        ['transient', 'shareable', 'readonly', 'encryption'].includes(child),
      );
  }
  for (const child of childrenOf(at(disk, 'source')))
    found.lost('disk', `${target} ${child}`, child === 'encryption' || child === 'slices');
  const options = Object.keys(at(disk, 'driver') ?? {}).filter(
    (key) => key.startsWith('@') && !['@name', '@type'].includes(key),
  );
  for (const key of options) found.notes.push(`${target} has ${key.slice(1)} as libvirt has it by default`);
}

/** A guest that has a driver for one SCSI controller may have none for another. */
function checkScsi(devices: Element | undefined, found: Found): void {
  const isUsed = elementsOf(devices, 'disk').some((disk) => attribute(at(disk, 'target'), 'bus') === 'scsi');
  for (const controller of isUsed ? elementsOf(devices, 'controller') : []) {
    const model = attribute(controller, 'model');
    if (attribute(controller, 'type') === 'scsi' && model !== 'virtio-scsi')
      found.lost('controller', `scsi ${model}`);
  }
}
