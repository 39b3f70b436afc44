import type { Owner } from '../../../lib/operations/power/own-disks';
import { filesInPool, refuseForeignDisks } from '../../../lib/operations/power/own-disks';
import type { DiskSource, DiskXml, DomainXml } from '../../../lib/tools/libvirt-xml';

const volume = (address: string, name: string, deposed?: string): Owner['state']['objects'][number] => ({
  address,
  type: 'libvirt_volume',
  attributes: { name },
  tainted: false,
  ...(deposed === undefined ? {} : { deposed }),
});

const owner: Owner = {
  pool: 'students',
  clone: 'a',
  storage: 'lab',
  folder: '/lab/',
  state: {
    objects: [
      volume('libvirt_volume.students__a__root__v2', 'a.root.v2.1.qcow2'),
      volume('libvirt_volume.students__a__root__v1', 'a.root.v1.1.qcow2', '0a1b'),
      volume('libvirt_volume.students__a-b__root__v2', 'a-b.root.v2.1.qcow2'),
      volume('libvirt_volume.host__data["students/a/home"]', 'a.home.data.qcow2'),
      volume('libvirt_volume.host__data["teachers/a/home"]', 'other.home.data.qcow2'),
      volume('libvirt_volume.host__bases["v2/root"]', 'v2.root.base.qcow2'),
    ],
  },
};

const disk = (source: DiskSource, device = 'disk'): DiskXml => ({ target: 'vda', device, source });
const domain = (...disks: DiskXml[]): DomainXml => ({ name: 'a', uuid: 'u', disks });

test('a machine may start on its own overlays and data, said by path or by storage pool, and with a medium that is none of them', () => {
  const machine = domain(
    disk({ path: '/lab/a.root.v2.1.qcow2' }),
    disk({ pool: 'lab', volume: 'a.home.data.qcow2' }),
    disk({ path: '/lab/a.cloud-init.iso' }, 'cdrom'),
    disk(undefined, 'cdrom'),
  );
  expect(() => refuseForeignDisks(owner, machine, () => true)).not.toThrow();
  expect(filesInPool(owner, machine)).toEqual(['a.root.v2.1.qcow2', 'a.home.data.qcow2', 'a.cloud-init.iso']);
});

test.each<[string, DiskSource]>([
  ["another clone's overlay", { path: '/lab/a-b.root.v2.1.qcow2' }],
  ["another pool's data", { pool: 'lab', volume: 'other.home.data.qcow2' }],
  ['a base', { path: '/lab/v2.root.base.qcow2' }],
  ['an overlay that waits for its deletion', { path: '/lab/a.root.v1.1.qcow2' }],
  ['its own name in another folder', { path: '/elsewhere/a.root.v2.1.qcow2' }],
  ['its own name in another storage pool', { pool: 'other', volume: 'a.root.v2.1.qcow2' }],
])('%s is refused, with the disk and what to do', (_, source) => {
  expect(() => refuseForeignDisks(owner, domain(disk(source)), () => true)).toThrow(
    /^its disk vda is \S+, which the state does not have as a volume of a: see what regraft plan says/,
  );
});

test.each(['disk', 'cdrom'])('a %s whose file is gone is refused', (device) => {
  const machine = domain(disk({ path: '/lab/a.root.v2.1.qcow2' }, device));
  expect(() => refuseForeignDisks(owner, machine, () => false)).toThrow(/which is not there/);
});
