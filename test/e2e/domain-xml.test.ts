import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import { domainXmlOf } from '../../lib/dialects/regraft/domain-xml';
import type { Clone } from '../../lib/model/clone';
import type { Machine } from '../../lib/model/machine';
import type { CloneState, CloneVolumeState } from '../../lib/provider/clone/clone-state';
import { composeDomain } from '../../lib/provider/clone/domain-xml';
import {
  addedByHand,
  attachedByHand,
  carriedOver,
  deviceWords,
  driftOf,
  isDefinedAs,
} from '../../lib/provider/clone/drift';
import { parseMark } from '../../lib/provider/clone/mark';
import { parseTemporaryVolumes } from '../../lib/tools/libvirt-xml';

const POOL = { name: 'pool', path: '/srv/pool' };
let lab: Lab;
let folder: string;

beforeAll(async () => {
  lab = await Lab.start({ name: 'domain-xml' });
  folder = mkdtempSync(join(tmpdir(), 'regraft-domain-xml-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await lab?.stop();
});

const MACHINE: Machine = {
  vcpus: 2,
  memory: 256 * 2 ** 20,
  architecture: 'x86_64',
  machineType: 'q35',
  firmware: { kind: 'bios' },
  accelerator: 'qemu',
  cpuMode: '',
  networks: [],
  graphics: { kind: 'none' },
  guestAgent: false,
  autostart: false,
};

function volume(
  type: CloneVolumeState['type'],
  path: string,
  more: Partial<CloneVolumeState> = {},
): CloneVolumeState {
  return {
    ...{
      type,
      size: 2 ** 30,
      bus: 'virtio',
      target: 'vda',
      boot: false,
      wwn: null,
      seed: null,
      seed_sha256: null,
    },
    ...{ format: 'qcow2', file: null, path: `${POOL.path}/${path}`, backing: null, backing_format: null },
    ...more,
  };
}

let made = 0;

/** The state of a clone with a machine of this shape, on disks of every type. */
function state(machine: Partial<Machine>, more: Partial<CloneState> = {}): CloneState {
  made += 1;
  const name = `m${made}`;
  const uuid = `00000000-0000-8000-8000-${String(made).padStart(12, '0')}`;
  const macs = (machine.networks ?? []).map(
    (_, index) => `52:54:00:00:0${index}:${String(made).padStart(2, '0')}`,
  );
  const clone = { name, uuid, macs, machine: { ...MACHINE, ...machine } } as unknown as Clone;
  return {
    ...{ name, base: 'v1', retain: null, retired: null, domain_xml: domainXmlOf(clone), cloud_init: null },
    ...{
      autostart: false,
      restore: null,
      data_on_destroy: 'keep',
      uuid,
      macs,
      retained: {},
      archived: {},
      drift: [],
    },
    volumes: {
      root: volume('system', `${name}.root.v1.00000000000000.qcow2`, { boot: true }),
      scratch: volume('temporary', `${name}.scratch.v1.00000000000000.qcow2`, {
        target: 'vdb',
        backing: '/b',
        backing_format: 'raw',
      }),
      home: volume('data', `${name}.home.data.qcow2`, { target: 'vdc', format: 'raw' }),
    },
    ...more,
  };
}

async function define(xml: string): Promise<void> {
  const file = join(folder, 'domain.xml');
  writeFileSync(file, xml);
  await lab.virsh('define', '--validate', file);
}

const present = (name: string): Promise<string> =>
  lab.virsh('dumpxml', '--inactive', '--security-info', name);

const scsi = { bus: 'scsi', wwn: '5000c50015ea71aa' };
const SHAPES: Record<string, () => CloneState> = {
  'a plain machine': () => state({}),
  'an i440fx machine with a model of its CPU, which libvirt fills in': () =>
    state({ machineType: 'pc', cpuMode: 'host-model' }),
  UEFI: () =>
    state({
      firmware: {
        kind: 'uefi',
        loader: '/usr/share/OVMF/OVMF_CODE_4M.fd',
        nvramTemplate: '/usr/share/OVMF/OVMF_VARS_4M.fd',
      },
    }),
  'networks, a screen, an agent and a console log': () =>
    state({
      networks: [
        { kind: 'named', network: 'default' },
        { kind: 'bridge', bridge: 'br0' },
      ],
      graphics: { kind: 'vnc', listen: '127.0.0.1' },
      guestAgent: true,
      consoleLogs: lab.consoleLogs,
      cpuMode: 'maximum',
    }),
  'disks on all buses and cloud-init': () => {
    const one = state({});
    const { root, scratch, home } = one.volumes as Record<string, CloneVolumeState>;
    return {
      ...one,
      cloud_init: { user_data: '', meta_data: '', network_config: null, path: '/srv/pool/it.iso' },
      volumes: {
        root: { ...root!, ...scsi, target: 'sda' },
        scratch: scratch!,
        home: { ...home!, bus: 'sata', target: 'sdb' },
        more: {
          ...home!,
          ...scsi,
          wwn: '5000c50015ea71ab',
          target: 'sdc',
          path: '/srv/pool/it\'s <&> "odd".qcow2',
        },
      },
    };
  },
  'all that a user may write in other words than libvirt': () => ({
    ...state({}),
    domain_xml: `<domain type='qemu'>
      <description>a &lt;b&gt; &amp; "c"</description>
      <metadata><my:thing xmlns:my="urn:my"><my:part at="1&#10;2">text</my:part></my:thing></metadata>
      <memory unit='GB'>1</memory><currentMemory unit='k'>500000</currentMemory>
      <vcpu placement='static'>3</vcpu>
      <os><type machine='q35'>hvm</type><boot dev='hd'/><bootmenu enable='yes'/></os>
      <features><acpi/><hyperv><relaxed state='on'/></hyperv></features>
      <clock offset='localtime'/><on_crash>restart</on_crash>
      <devices>
        <controller type='usb' model='qemu-xhci'/>
        <interface type='network'><source network='default'/><model type='e1000'/><boot order='2'/></interface>
        <interface type='user'/>
        <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='6' slot='2' function='0'/></source></hostdev>
        <filesystem type='mount'><source dir='/srv//share'/><target dir='share'/></filesystem>
        <watchdog model='i6300esb' action='reset'/><memballoon model='none'/>
        <graphics type='vnc' port='5901' passwd='secret'/><input type='tablet' bus='usb'/>
      </devices></domain>`,
    macs: ['52:54:00:aa:bb:01', '52:54:00:aa:bb:02'],
  }),
};

test.each(Object.keys(SHAPES))('%s: right after it was defined there is no drift', async (shape) => {
  const wanted = SHAPES[shape]!();
  await define(composeDomain(wanted));
  const xml = await present(wanted.name);
  expect(driftOf(wanted, xml, POOL)).toEqual([]);
  expect(attachedByHand(wanted, xml, POOL)).toEqual([]);
  expect(isDefinedAs(wanted, wanted, xml, POOL)).toBe(true);
  expect(parseMark(xml)).toMatchObject({
    name: wanted.name,
    base: 'v1',
    volumes: { root: wanted.volumes['root']!.path },
  });
  // What is carried over and defined again is the same definition.
  await define(composeDomain(wanted, carriedOver(wanted, wanted, xml, POOL)));
  expect(await present(wanted.name)).toBe(xml);
});

test('the disks are the volumes, the boot volume first, and the hook finds the temporary ones', async () => {
  const wanted = SHAPES['disks on all buses and cloud-init']!();
  await define(composeDomain(wanted));
  const rows = (await lab.virsh('domblklist', '--details', '--inactive', wanted.name)).trim().split('\n');
  expect(rows.map((row) => row.trim().split(/\s+/).slice(1, 3).join(' '))).toEqual([
    'disk sda',
    'disk sdc',
    'disk vdb',
    'disk sdb',
    'cdrom sdd',
  ]);
  const xml = await present(wanted.name);
  expect(xml).toMatch(/<serial>root<\/serial>\s*<wwn>5000c50015ea71aa<\/wwn>\s*<boot order='1'\/>/);
  expect(parseTemporaryVolumes(xml)).toEqual([
    {
      target: 'vdb',
      path: wanted.volumes['scratch']!.path,
      size: 2 ** 30,
      backing: { path: '/b', format: 'raw' },
    },
  ]);
});

test('what is changed by hand is told in words, and what is attached by hand is kept when the machine is defined again', async () => {
  const wanted = state({ networks: [{ kind: 'bridge', bridge: 'br0' }], guestAgent: true });
  const { name } = wanted;
  await define(composeDomain(wanted));
  const disk = join(folder, 'extra.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1M']);
  await lab.virsh('setmaxmem', name, '512M', '--config');
  await lab.virsh('attach-disk', name, disk, 'vdz', '--config', '--subdriver', 'qcow2');
  await lab.virsh('attach-interface', name, 'network', 'default', '--mac', '52:54:00:ff:00:01', '--config');
  await lab.virsh(
    'metadata',
    name,
    'urn:others',
    '--key',
    'others',
    '--set',
    '<note>mine</note>',
    '--config',
  );
  await lab.virsh('desc', name, 'told by hand', '--config');
  const changed = (await present(name))
    .replace("<source bridge='br0'/>", "<source bridge='br7'/>")
    .replace(/<channel[\s\S]*?<\/channel>/, '')
    .replaceAll(wanted.volumes['home']!.path!, '/srv/other.qcow2')
    .replace(
      "<domain type='qemu'",
      "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' type='qemu'",
    )
    .replace('</domain>', "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline></domain>")
    .replace('<os>', '<cputune><shares>512</shares></cputune><os>');
  await define(changed);
  const xml = await present(name);
  expect(driftOf(wanted, xml, POOL).sort()).toEqual([
    'channel org.qemu.guest_agent.0 is gone',
    'disk vdc source file is /srv/other.qcow2, was ' + wanted.volumes['home']!.path!,
    `interface ${wanted.macs[0]} source bridge is br7, was br0`,
    'memory is 512 MiB, was 256 MiB',
  ]);
  expect(attachedByHand(wanted, xml, POOL).map(deviceWords).sort()).toEqual([
    `disk vdz (${disk})`,
    'interface 52:54:00:ff:00:01 (default)',
  ]);
  expect(addedByHand(wanted, wanted, xml).map(deviceWords).sort()).toEqual([
    'cputune',
    'description',
    'qemu:commandline',
  ]);
  expect(isDefinedAs(wanted, wanted, xml, POOL)).toBe(false);
  await define(composeDomain(wanted, carriedOver(wanted, wanted, xml, POOL)));
  const again = await present(name);
  expect(driftOf(wanted, again, POOL)).toEqual([]);
  expect(attachedByHand(wanted, again, POOL)).toHaveLength(2);
  expect(again).toContain('<others:note xmlns:others="urn:others">mine</others:note>');
  expect(again).toContain('<description>told by hand</description>');
  expect(again).toContain('<shares>512</shares>');
  expect(again).toContain("<qemu:arg value='-S'/>");
  const written = { ...wanted, domain_xml: wanted.domain_xml.replace('<os>', '<cputune/><os>') };
  expect(addedByHand(wanted, written, again).map(deviceWords)).not.toContain('cputune');
});

test('UEFI variables stay where they are when the machine is defined again', async () => {
  const wanted = SHAPES['UEFI']!();
  const template = '<nvram template="/usr/share/OVMF/OVMF_VARS_4M.fd"';
  const elsewhere = {
    ...wanted,
    domain_xml: wanted.domain_xml.replace(`${template}/>`, `${template}>/srv/my_VARS.fd</nvram>`),
  };
  await define(composeDomain(elsewhere));
  const xml = await present(wanted.name);
  expect(xml).toContain('/srv/my_VARS.fd</nvram>');
  await define(composeDomain(wanted, carriedOver(wanted, wanted, xml, POOL)));
  expect(await present(wanted.name)).toContain('/srv/my_VARS.fd</nvram>');
});

test('a machine of provider 0.9, whose disks are volumes of the pool, has no drift', async () => {
  const wanted = state({});
  const xml = composeDomain(wanted)
    .replace(/type="file"/g, 'type="volume"')
    .replace(/<source file="\/srv\/pool\/([^"]*)"\/>/g, '<source pool="pool" volume="$1"/>')
    .replace(/<regraft:clone.*<\/regraft:clone>/, '');
  await define(xml);
  const found = await present(wanted.name);
  expect(found).toContain("volume='");
  expect(driftOf(wanted, found, POOL)).toEqual([]);
  expect(isDefinedAs(null, wanted, found, POOL)).toBe(true);
});
