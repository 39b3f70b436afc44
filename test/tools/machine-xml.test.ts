import { parseMachine } from '../../lib/tools/machine-xml';

/** A machine as libvirt writes one that regraft could have defined, with parts of it changed or added. */
function machine(
  own: {
    domain?: string;
    os?: string;
    features?: string;
    cpu?: string;
    devices?: string;
    disk?: string;
  } = {},
): ReturnType<typeof parseMachine> {
  return parseMachine(`<domain type='kvm'><name>one</name><uuid>5a1e0000-0000-4000-8000-000000000000</uuid>
    <memory unit='KiB'>2097152</memory><currentMemory unit='KiB'>2097152</currentMemory><vcpu placement='static'>2</vcpu>
    ${own.domain ?? ''}<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>${own.os ?? "<boot dev='hd'/>"}</os>
    <features><acpi/><apic/>${own.features ?? ''}</features>${own.cpu ?? "<cpu mode='host-model' check='partial'/>"}
    <clock offset='utc'><timer name='hpet' present='no'/></clock><on_crash>destroy</on_crash>
    <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/pool/one.qcow2'/><target dev='vda' bus='virtio'/>${own.disk ?? ''}</disk>
    <controller type='usb' index='0'/><input type='tablet' bus='usb'/><video><model type='qxl'/></video>
    <memballoon model='virtio'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default'/><model type='virtio'/></interface>
    <serial type='pty'><target port='0'/></serial><console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <watchdog model='itco' action='reset'/>${own.devices ?? ''}</devices></domain>`);
}

test('what regraft could have defined loses nothing, and what libvirt fills in is not told', () => {
  expect(machine()).toEqual({
    machine: {
      ...{ vcpus: 2, memory: 2 ** 31, architecture: 'x86_64', machineType: 'pc-q35-7.2', accelerator: 'kvm' },
      ...{ cpuMode: 'host-model', firmware: { kind: 'bios' }, graphics: { kind: 'none' }, guestAgent: true },
      networks: [{ kind: 'named', network: 'default' }],
    },
    ...{ macs: ['52:54:00:aa:00:01'], boot: 'vda', unmodelled: [], notes: [] },
  });
});

test.each<[string, Parameters<typeof machine>[0], boolean]>([
  ['hostdev pci', { devices: "<hostdev mode='subsystem' type='pci'/>" }, false],
  ['redirdev spicevmc', { devices: "<redirdev bus='usb' type='spicevmc'/>" }, false],
  ['sound ich9', { devices: "<sound model='ich9'/>" }, false],
  ['tpm tpm-crb', { devices: "<tpm model='tpm-crb'><backend type='emulator'/></tpm>" }, false],
  ['filesystem mount', { devices: "<filesystem type='mount'/>" }, true],
  [
    'channel com.redhat.spice.0',
    { devices: "<channel type='spicevmc'><target name='com.redhat.spice.0'/></channel>" },
    false,
  ],
  ['cdrom sda', { devices: "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>" }, true],
  [
    'disk sdb of type block',
    {
      devices:
        "<disk type='block' device='disk'><source dev='/dev/sdb'/><target dev='sdb' bus='sata'/></disk>",
    },
    true,
  ],
  ['disk vda shareable', { disk: '<shareable/>' }, true],
  ['disk vda iotune', { disk: '<iotune/>' }, false],
  [
    'graphics port 5901',
    { devices: "<graphics type='vnc' port='5901' autoport='no' listen='0.0.0.0'/>" },
    false,
  ],
  [
    'interface model e1000',
    { devices: "<interface type='bridge'><source bridge='br0'/><model type='e1000'/></interface>" },
    false,
  ],
  [
    'interface filterref',
    {
      devices:
        "<interface type='bridge'><source bridge='br0'/><model type='virtio'/><filterref filter='clean-traffic'/></interface>",
    },
    false,
  ],
  ['serial tcp', { devices: "<serial type='tcp'/>" }, false],
  ['watchdog i6300esb reset', { devices: "<watchdog model='i6300esb' action='reset'/>" }, false],
  ['cpu topology', { cpu: "<cpu mode='host-model'><topology sockets='1'/></cpu>" }, false],
  ['cpu model Haswell', { cpu: "<cpu mode='custom'><model>Haswell</model></cpu>" }, false],
  ['os kernel', { os: '<kernel>/boot/vmlinuz</kernel>' }, true],
  [
    'os secure boot',
    { os: "<loader type='pflash' secure='yes'>/usr/share/OVMF/OVMF_CODE.fd</loader>" },
    false,
  ],
  ['boot network', { os: "<boot dev='network'/>" }, false],
  ['features smm', { features: '<smm/>' }, false],
  ['memoryBacking', { domain: '<memoryBacking><hugepages/></memoryBacking>' }, false],
  ['qemu:commandline', { domain: '<qemu:commandline/>' }, false],
  ['something that libvirt gets next year', { domain: '<something/>' }, false],
])('%s is told as what the machine would lose', (told, own, lasting) => {
  expect(machine(own).unmodelled).toEqual([
    expect.objectContaining({ text: told.startsWith('something') ? 'something' : told, lasting }),
  ]);
});

test('a model of the CPU that libvirt gives by itself is none of its own', () => {
  const found = machine({
    cpu: "<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>",
  });
  expect(found).toMatchObject({ machine: { cpuMode: '' }, unmodelled: [] });
});

test('a machine boots from the first disk of its boot order', () => {
  const disk = (target: string, order: number): string =>
    `<disk type='file' device='disk'><target dev='${target}' bus='virtio'/><boot order='${order}'/></disk>`;
  expect(machine({ devices: disk('vdb', 2) + disk('vdc', 1) }).boot).toBe('vdc');
});
