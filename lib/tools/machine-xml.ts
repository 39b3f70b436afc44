import type { DefinedMachine } from '../model/defined-machine';
import type { Firmware } from '../model/machine';
import type { Element } from './libvirt-xml';
import { at, attribute, root, text } from './libvirt-xml';
import { bootDisk, checkDevices, consoleLogsOf, graphicsOf, networksOf } from './machine-devices';
import { Found } from './machine-parts';
import { childrenOf, elementsOf } from './xml-elements';

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
