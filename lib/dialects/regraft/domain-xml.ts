import type { Clone } from '../../model/clone';
import type { Firmware, Graphics } from '../../model/machine';
import { escapedXml } from '../metadata';

/**
 * The definition of a clone's machine in libvirt's XML, without disks and metadata, which the provider adds.
 *
 * It is the machine that the dialects of the public provider define.
 */
export function domainXmlOf(clone: Clone): string {
  const { machine, name, uuid } = clone;
  return element('domain', { type: machine.accelerator }, [
    element('name', {}, [escapedXml(name)]),
    element('uuid', {}, [escapedXml(uuid)]),
    element('memory', { unit: 'MiB' }, [String(machine.memory / 2 ** 20)]),
    element('vcpu', {}, [String(machine.vcpus)]),
    element('os', {}, [
      element('type', { arch: machine.architecture, machine: machine.machineType }, ['hvm']),
      ...firmwareOf(machine.firmware),
    ]),
    element('features', {}, [element('acpi'), element('apic')]),
    ...(machine.cpuMode === '' ? [] : [element('cpu', { mode: machine.cpuMode })]),
    element('devices', {}, devicesOf(clone)),
  ]);
}

function firmwareOf(firmware: Firmware): string[] {
  if (firmware.kind === 'bios') return [];
  return [
    element('loader', { readonly: 'yes', type: 'pflash' }, [escapedXml(firmware.loader)]),
    // Where the machine's own copy lies is libvirt's matter.
    element('nvram', { template: firmware.nvramTemplate }),
  ];
}

function devicesOf({ machine, macs, name }: Clone): string[] {
  const interfaces = machine.networks.map((network, index) => {
    const named = network.kind === 'named';
    return element('interface', { type: named ? 'network' : 'bridge' }, [
      element('mac', { address: macs[index]! }),
      element('source', named ? { network: network.network } : { bridge: network.bridge }),
      element('model', { type: 'virtio' }),
    ]);
  });
  const log = machine.consoleLogs;
  const serial = element('serial', { type: 'pty' }, [
    ...(log === undefined ? [] : [element('log', { file: `${log}/${name}.log`, append: 'on' })]),
    element('target', { port: '0' }),
  ]);
  const console = element('console', { type: 'pty' }, [element('target', { type: 'serial', port: '0' })]);
  const agent = element('channel', { type: 'unix' }, [
    element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' }),
  ]);
  return [
    ...interfaces,
    serial,
    console,
    ...(machine.guestAgent ? [agent] : []),
    ...graphicsOf(machine.graphics),
    element('rng', { model: 'virtio' }, [element('backend', { model: 'random' }, ['/dev/urandom'])]),
  ];
}

function graphicsOf(graphics: Graphics): string[] {
  if (graphics.kind === 'none') return [];
  const { kind, listen } = graphics;
  return [
    element('graphics', { type: kind, autoport: 'yes' }, [
      element('listen', { type: 'address', address: listen }),
    ]),
  ];
}

function element(
  name: string,
  attributes: Record<string, string> = {},
  children: readonly string[] = [],
): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapedXml(value)}"`);
  const start = `<${name}${list.join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`;
}
