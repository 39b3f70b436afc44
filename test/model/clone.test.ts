import type { BaseImage } from '../../lib/model/base';
import type { Clone } from '../../lib/model/clone';
import { dataVolumesOf, disksOf, overlaysOf } from '../../lib/model/clone';
import { base, PLAIN, volume } from './bases';

function clone(
  on: BaseImage,
  extra: Parameters<typeof dataVolumesOf>[3] = [],
  retainedBase?: BaseImage,
): Clone {
  const data = dataVolumesOf('pool', 'one', on, extra);
  return {
    pool: 'pool',
    name: 'one',
    uuid: '',
    macs: [],
    machine: {} as Clone['machine'],
    base: on,
    data,
    ...(retainedBase ? { retainedBase } : {}),
  };
}

const mixed = base('mixed', {
  a: volume('data', '1GiB', 'sata'),
  b: volume('system', '1GiB', 'ide'),
  c: volume('system', '1GiB'),
  d: volume('temporary', '1GiB', 'usb'),
  e: volume('data', '1GiB', 'scsi'),
});

const targets = (of: Clone): string[] => disksOf(of).map((disk) => `${disk.volume} ${disk.target}`);

describe('the disks of a clone', () => {
  it('are named by bus: vd on virtio, hd on ide, one row of sd on scsi, sata and usb', () => {
    expect(targets(clone(mixed))).toEqual(['b hda', 'c vda', 'd sda', 'a sdb', 'e sdc']);
  });

  it('begin with the volume that the base boots from', () => {
    expect(targets(clone({ ...mixed, boot: 'c' }))[0]).toBe('c vda');
  });

  it('keep their devices when a clone gets one more volume of its own', () => {
    const extra = [
      { name: 'z', bus: 'scsi' as const },
      { name: 'b2', bus: 'sata' as const },
    ];
    const before = targets(clone(mixed, extra));
    expect(before).toEqual(expect.arrayContaining(['z sdd', 'b2 sde']));
    const after = targets(clone(mixed, [...extra, { name: 'a1', bus: 'scsi' }]));
    expect(after.filter((disk) => disk !== 'a1 sdf')).toEqual(before);
  });

  it('stand together by bus, as libvirt keeps them, or its answer would differ from what it was told', () => {
    const buses = disksOf(clone(mixed, [{ name: 'last', bus: 'virtio' }])).map(({ bus }) => bus);
    expect(buses).toEqual(['ide', 'virtio', 'virtio', 'usb', 'sata', 'scsi']);
  });

  it('say which one the machine boots from', () => {
    expect(disksOf(clone({ ...mixed, boot: 'c' })).map(({ volume: name, boot }) => boot && name)).toContain(
      'c',
    );
    expect(disksOf(clone({ ...mixed, boot: 'c' })).filter(({ boot }) => boot)).toHaveLength(1);
  });
});

describe('the overlays of a clone', () => {
  it('are its system and temporary volumes', () => {
    expect(
      overlaysOf(clone(base('v1'))).map((overlay) => [overlay.volume, overlay.type, overlay.retained]),
    ).toEqual([
      ['root', 'system', false],
      ['scratch', 'temporary', false],
    ]);
  });

  it('during a rebase are also the system overlays on the retained base', () => {
    const overlays = overlaysOf(clone(base('v2'), [], base('v1')));
    expect(
      overlays.filter(({ retained }) => retained).map((overlay) => `${overlay.volume} ${overlay.base.name}`),
    ).toEqual(['root v1']);
    expect(
      overlays.filter(({ retained }) => !retained).map((overlay) => `${overlay.volume} ${overlay.base.name}`),
    ).toEqual(['root v2', 'scratch v2']);
  });
});

describe('the data volumes of a clone', () => {
  it('are those of the outline and then its own, each with a key that contains pool and clone', () => {
    const seed = { kind: 'image', location: 'seed.qcow2', format: 'raw' } as const;
    const found = dataVolumesOf('pool', 'one', base('v1', PLAIN, { seeds: { home: seed } }), [
      { name: 'db', bus: 'scsi', size: 5 },
    ]);
    expect(found).toEqual([
      { name: 'home', key: 'pool/one/home', bus: 'virtio', size: 2 ** 31, seed, extra: false },
      { name: 'db', key: 'pool/one/db', bus: 'scsi', size: 5, extra: true },
    ]);
  });
});
