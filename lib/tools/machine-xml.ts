import { posix } from 'node:path';
import type { DefinedMachine, Unmodelled } from '../model/defined-machine';
import type { Firmware, Graphics, NetworkAttachment } from '../model/machine';
import type { Element } from './libvirt-xml';
import { at, attribute, root, text } from './libvirt-xml';
import { childrenOf, elementsOf } from './xml-elements';

/** What is found of one part of a definition. */
class Found {
  readonly unmodelled: Unmodelled[] = [];
  readonly notes: string[] = [];

  /** Something that the machine loses when it is defined anew. */
  lost(element: string, said = '', lasting = false): void {
    this.unmodelled.push({ element, text: [element, said].filter((word) => word !== '').join(' '), lasting });
  }

  /** All children of an element but those that are known. */
  others(parent: Element | undefined, known: readonly string[], within?: string): void {
    for (const child of childrenOf(parent)) {
      if (!known.includes(child)) this.lost(within ?? child, within === undefined ? '' : child);
    }
  }
}

/**
 * The shape of a machine out of its definition (`virsh dumpxml --inactive`), and all that regraft would not write.
 *
 * What libvirt fills in by itself (controllers, addresses, video, memory balloon, input devices) is not told.
 */
export function parseMachine(xml: string): DefinedMachine {
  const domain = root(xml, 'domain');
  const devices = at(domain, 'devices');
  const found = new Found();
  const type = attribute(domain, 'type');
  if (type !== 'kvm' && type !== 'qemu') found.lost('domain', `type ${type}`, true);
  found.others(domain, DOMAIN_CHILDREN);
  for (const told of ['title', 'metadata']) {
    if (domain[told] !== undefined) found.notes.push(`it has no ${told} any more`);
  }
  const { machine: machineType, architecture, firmware } = osOf(at(domain, 'os'), found);
  checkFeatures(at(domain, 'features'), found);
  checkClock(domain, found);
  const { networks, macs } = networksOf(elementsOf(devices, 'interface'), found);
  const boot = bootDisk(elementsOf(devices, 'disk'));
  const guestAgent = checkDevices(devices, found);
  const consoleLogs = consoleLogsOf(text(domain, 'name'), elementsOf(devices, 'serial')[0], found);
  return {
    machine: {
      vcpus: vcpusOf(domain, found),
      memory: memoryOf(domain, found),
      architecture,
      machineType,
      firmware,
      accelerator: type === 'kvm' ? 'kvm' : 'qemu',
      cpuMode: cpuModeOf(at(domain, 'cpu'), found),
      networks,
      graphics: graphicsOf(elementsOf(devices, 'graphics'), found),
      guestAgent,
      ...(consoleLogs === undefined ? {} : { consoleLogs }),
    },
    macs,
    ...(boot === undefined ? {} : { boot }),
    unmodelled: found.unmodelled,
    notes: found.notes,
  };
}

const DOMAIN_CHILDREN = [
  ...['name', 'uuid', 'memory', 'currentMemory', 'vcpu', 'os', 'cpu', 'features', 'devices', 'clock'],
  ...['title', 'description', 'metadata', 'resource', 'pm', 'on_poweroff', 'on_reboot', 'on_crash'],
];

const KIBIBYTES: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  KB: 1000 / 1024,
  k: 1,
  KiB: 1,
  '': 1,
  M: 1024,
  MiB: 1024,
  G: 1024 ** 2,
  GiB: 1024 ** 2,
};

/** The memory in bytes. */
function memoryOf(domain: Element, found: Found): number {
  const kibibytes = (name: string): number =>
    Number(text(domain, name)) * (KIBIBYTES[attribute(at(domain, name), 'unit')] ?? Number.NaN);
  const [memory, current] = [kibibytes('memory'), kibibytes('currentMemory')];
  if (!Number.isInteger(memory / 1024))
    found.lost('memory', `of ${memory} KiB, no whole number of MiB`, true);
  if (domain['currentMemory'] !== undefined && current !== memory)
    found.lost('currentMemory', `of ${current} KiB, less than its memory`);
  return memory * 1024;
}

function vcpusOf(domain: Element, found: Found): number {
  const vcpu = at(domain, 'vcpu');
  for (const name of ['current', 'cpuset'])
    if (attribute(vcpu, name) !== '') found.lost('vcpu', `${name}=${attribute(vcpu, name)}`);
  return Number(text(domain, 'vcpu') || '1');
}

/** libvirt writes this model into the definition of an x86 machine that says none (libvirt, `qemuDomainDefSetDefaultCPU`). */
const DEFAULT_CPU = 'qemu64';

function cpuModeOf(cpu: Element | undefined, found: Found): string {
  const mode = attribute(cpu, 'mode');
  const model = text(cpu, 'model');
  found.others(cpu, ['model'], 'cpu');
  if (mode === 'host-passthrough' || mode === 'host-model' || mode === 'maximum') return mode;
  if (cpu !== undefined && model !== '' && model !== DEFAULT_CPU) found.lost('cpu', `model ${model}`);
  return '';
}

function osOf(
  os: Element | undefined,
  found: Found,
): { machine: string; architecture: string; firmware: Firmware } {
  const type = at(os, 'type');
  if (text(os, 'type') !== 'hvm') found.lost('os', `type ${text(os, 'type')}`, true);
  for (const child of ['kernel', 'initrd', 'cmdline'])
    if (at(os, child) !== undefined) found.lost('os', child, true);
  found.others(
    os,
    [...['type', 'loader', 'nvram', 'boot', 'bootmenu', 'firmware'], ...['kernel', 'initrd', 'cmdline']],
    'os',
  );
  for (const boot of elementsOf(os, 'boot'))
    if (attribute(boot, 'dev') !== 'hd') found.lost('boot', attribute(boot, 'dev'));
  return {
    machine: attribute(type, 'machine'),
    architecture: attribute(type, 'arch'),
    firmware: firmwareOf(os, found),
  };
}

function firmwareOf(os: Element | undefined, found: Found): Firmware {
  const loader = at(os, 'loader');
  const path = text(os, 'loader');
  if (path === '') {
    if (attribute(os, 'firmware') === 'efi' || loader !== undefined)
      found.lost('os', 'firmware that libvirt chooses at each start', true);
    return { kind: 'bios' };
  }
  if (attribute(loader, 'type') !== 'pflash') found.lost('os', `loader ${path}`, true);
  if (attribute(loader, 'secure') === 'yes') found.lost('os', 'secure boot');
  found.notes.push('its UEFI variables are made anew from their template');
  return { kind: 'uefi', loader: path, nvramTemplate: attribute(at(os, 'nvram'), 'template') };
}

function checkFeatures(features: Element | undefined, found: Found): void {
  for (const name of ['acpi', 'apic'])
    if (features?.[name] === undefined) found.notes.push(`it gets the feature ${name}`);
  for (const child of childrenOf(features)) {
    if (child === 'smm') found.lost('features', child);
    else if (!['acpi', 'apic', 'pae', 'vmport'].includes(child))
      found.notes.push(`it has no feature ${child} any more`);
  }
}

function checkClock(domain: Element, found: Found): void {
  const offset = attribute(at(domain, 'clock'), 'offset');
  if (!['', 'utc'].includes(offset)) found.lost('clock', `offset ${offset}`);
  const usual = { on_poweroff: 'destroy', on_reboot: 'restart', on_crash: 'destroy' };
  for (const [event, action] of Object.entries(usual)) {
    const said = text(domain, event);
    if (said !== '' && said !== action) found.lost(event, said);
  }
}

function networksOf(
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

function graphicsOf(all: readonly Element[], found: Found): Graphics {
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
function bootDisk(disks: readonly Element[]): string | undefined {
  const own = disks.filter((disk) => ['', 'disk'].includes(attribute(disk, 'device')));
  const order = (disk: Element): number => Number(attribute(at(disk, 'boot'), 'order') || '1000');
  const [first] = [...own].sort((a, b) => order(a) - order(b));
  return first === undefined ? undefined : attribute(at(first, 'target'), 'dev');
}

const FILLED_IN = ['emulator', 'controller', 'input', 'video', 'memballoon', 'rng', 'audio', 'hub'];

/** Looks through the devices that are no networks and no screens; returns whether there is the guest agent's channel. */
function checkDevices(devices: Element | undefined, found: Found): boolean {
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
function consoleLogsOf(name: string, serial: Element | undefined, found: Found): string | undefined {
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
