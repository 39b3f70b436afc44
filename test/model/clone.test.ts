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

  it('end with the clone’s own volumes as they are written, so that one more moves no other', () => {
    const extra = [
      { name: 'z', bus: 'scsi' as const },
      { name: 'b2', bus: 'sata' as const },
    ];
    const before = targets(clone(mixed, extra));
    expect(before.slice(-2)).toEqual(['z sdd', 'b2 sde']);
    expect(targets(clone(mixed, [...extra, { name: 'a1', bus: 'scsi' }])).slice(0, -1)).toEqual(before);
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
