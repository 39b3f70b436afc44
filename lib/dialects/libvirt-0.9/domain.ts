import type { Clone } from '../../model/clone';
import { dataFormatOf, disksOf, inLibvirtOrder } from '../../model/clone';
import type { Host } from '../../model/host';
import { diskWwn } from '../../model/identity';
import { cloneBlock, diskAddresses, providerOf, reference, volumeAddress } from '../addresses';
import type { DialectSettings } from '../dialect';
import { escapedXml, volumesMetadata } from '../metadata';
import type { DiskAttributes, DomainAttributes } from './schema';

type Devices = DomainAttributes['devices'];

/**
 * The machine of a clone.
 *
 * `running` is left unset: with it, an update of a running machine ends in "Provider produced inconsistent result"
 * up to 0.9.7, although it was done.
 */
export function domainOf(host: Host, clone: Clone, { shutdownTimeout }: DialectSettings): DomainAttributes {
  const { machine } = clone;
  const metadata = volumesMetadata(host, clone, escapedXml);
  return {
    provider: providerOf(host),
    name: clone.name,
    type: machine.accelerator,
    vcpu: machine.vcpus,
    memory: machine.memory / 2 ** 20,
    memory_unit: 'MiB',
    autostart: machine.autostart,
    os: {
      type: 'hvm',
      type_arch: machine.architecture,
      type_machine: machine.machineType,
      ...firmwareOf(clone),
    },
    ...(machine.cpuMode === '' ? {} : { cpu: { mode: machine.cpuMode } }),
    features: { acpi: true, apic: {} },
    devices: devicesOf(host, clone),
    ...(metadata === undefined ? {} : { metadata: { xml: metadata } }),
    // Marked experimental by the provider: a running machine whose disks change is asked to shut down first.
    update: { shutdown: { timeout: shutdownTimeout } },
  };
}

function firmwareOf({ name, machine }: Clone): Partial<DomainAttributes['os']> {
  if (machine.firmware.kind === 'bios') return {};
  return {
    loader: machine.firmware.loader,
    loader_readonly: 'yes',
    loader_type: 'pflash',
    // libvirt's own default place for a machine's UEFI variables.
    nv_ram: {
      nv_ram: `/var/lib/libvirt/qemu/nvram/${name}_VARS.fd`,
      template: machine.firmware.nvramTemplate,
    },
  };
}

function devicesOf(host: Host, clone: Clone): Devices {
  const { machine } = clone;
  const disks = diskAttributes(host, clone);
  return {
    disks,
    ...(machine.networks.length === 0 ? {} : { interfaces: interfacesOf(clone) }),
    serials: [
      {
        source: null,
        target: { port: 0 },
        ...(machine.consoleLogs === undefined
          ? {}
          : { log: { file: `${machine.consoleLogs}/${clone.name}.log`, append: 'on' } }),
      },
    ],
    consoles: [{ target: { type: 'serial', port: 0 } }],
    ...(machine.guestAgent
      ? { channels: [{ source: { unix: {} }, target: { virt_io: { name: 'org.qemu.guest_agent.0' } } }] }
      : {}),
    ...graphicsOf(clone),
    rngs: [{ model: 'virtio', backend: { random: '/dev/urandom' } }],
    ...(disks.some(({ target }) => target.bus === 'scsi')
      ? { controllers: [{ type: 'scsi', index: 0, model: 'virtio-scsi' }] }
      : {}),
  };
}

function diskAttributes(host: Host, clone: Clone): DiskAttributes[] {
  const addresses = diskAddresses(host.name, clone);
  const formats = new Map(clone.data.map((volume) => [volume.name, dataFormatOf(volume)]));
  const disks = disksOf(clone).map(({ volume, type, target, bus, boot }, index): DiskAttributes => ({
    device: 'disk',
    source: sourceOf(addresses[index]!),
    target: { dev: target, bus },
    // Never what the state says: libvirt probes, and a guest could choose the format of its raw volume, and with it a
    // backing file of the host.
    driver: { name: 'qemu', type: type === 'data' ? formats.get(volume)! : 'qcow2' },
    serial: volume,
    ...(boot ? { boot: { order: 1 } } : {}),
    ...(bus === 'scsi' && !clone.adopted ? { wwn: diskWwn(clone.pool, clone.name, volume) } : {}),
  }));
  if (!clone.cloudInit) return disks;
  const used = disks.filter(({ target }) => target.dev.startsWith('sd')).length;
  const cdrom: DiskAttributes = {
    device: 'cdrom',
    source: sourceOf(volumeAddress(`${cloneBlock(clone.pool, clone.name)}__cloud-init`)),
    target: { dev: `sd${String.fromCharCode('a'.charCodeAt(0) + used)}`, bus: 'sata' },
    driver: { name: 'qemu', type: 'raw' },
    read_only: true,
  };
  return inLibvirtOrder([...disks, cdrom], ({ target }) => target.bus);
}

function sourceOf(address: string): DiskAttributes['source'] {
  return { volume: { pool: reference(address, 'pool'), volume: reference(address, 'name') } };
}

function interfacesOf({ machine, macs }: Clone): NonNullable<Devices['interfaces']> {
  return machine.networks.map((network, index) => ({
    mac: { address: macs[index]! },
    model: { type: 'virtio' },
    source:
      network.kind === 'named'
        ? { network: { network: network.network } }
        : { bridge: { bridge: network.bridge } },
  }));
}

function graphicsOf({ machine: { graphics } }: Clone): Pick<Devices, 'graphics'> {
  if (graphics.kind === 'none') return {};
  const attributes = { auto_port: true as const, listen: graphics.listen };
  return { graphics: [graphics.kind === 'vnc' ? { vnc: attributes } : { spice: attributes }] };
}
