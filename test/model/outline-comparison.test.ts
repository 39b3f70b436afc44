import fc from 'fast-check';
import type { StorageOutline } from 'regraft';
import { BUSES, compareOutlines, VOLUME_TYPES } from 'regraft';
import { volumeOrder } from '../../lib/model/outline';
import { PLAIN, volume } from './bases';

const without = (name: string): StorageOutline =>
  Object.fromEntries(Object.entries(PLAIN).filter(([one]) => one !== name));

describe('comparing outlines', () => {
  it.each<[string, StorageOutline]>([
    ['the same volumes', PLAIN],
    ['the same volumes in another order', Object.fromEntries(Object.entries(PLAIN).reverse())],
    ['a larger system volume', { ...PLAIN, root: volume('system', '5GiB') }],
    ['another size of a temporary volume', { ...PLAIN, scratch: volume('temporary', '1MiB') }],
    ['another size of a data volume', { ...PLAIN, home: volume('data', '1GiB') }],
  ])('takes %s', (_what, next) => {
    expect(compareOutlines(PLAIN, next)).toEqual({ same: true, differences: [], diff: '' });
  });

  it('takes a system volume of any size where the old one is not known', () => {
    const unknown = { ...PLAIN, root: volume('system') };
    expect(compareOutlines(unknown, PLAIN).same).toBe(true);
    expect(compareOutlines(unknown, unknown).same).toBe(true);
  });

  it.each<[string, StorageOutline, string]>([
    ['a missing volume', without('scratch'), 'volume scratch is missing'],
    ['a new volume', { ...PLAIN, cache: volume('temporary', '1GiB') }, 'volume cache is new'],
    ['another type', { ...PLAIN, home: volume('temporary', '2GiB') }, 'volume home is temporary, not data'],
    [
      'another bus',
      { ...PLAIN, home: volume('data', '2GiB', 'scsi') },
      'volume home is on bus scsi, not virtio',
    ],
    [
      'a smaller system volume',
      { ...PLAIN, root: volume('system', '3GiB') },
      'volume root would shrink from 4GiB to 3GiB',
    ],
    [
      'a system volume of unknown size',
      { ...PLAIN, root: volume('system') },
      'volume root has no known size, and must not be smaller than 4GiB: say its size',
    ],
  ])('refuses %s and says so in one sentence', (_what, next, sentence) => {
    const { same, differences } = compareOutlines(PLAIN, next);
    expect(same).toBe(false);
    expect(differences).toEqual([sentence]);
  });

  it('shows all differences at once as a diff of the two outlines, under their names', () => {
    const next = {
      root: volume('system', '3GiB'),
      home: volume('data', '9GiB'),
      cache: volume('temporary', '1GiB', 'scsi'),
    };
    const { differences, diff } = compareOutlines(PLAIN, next, { current: 'debian-12', next: 'debian-13' });
    expect(differences).toHaveLength(3);
    expect(diff.split('\n')).toEqual([
      '--- debian-12',
      '+++ debian-13',
      '-root: system, virtio, 4GiB',
      '-scratch: temporary, virtio, 1GiB',
      '+root: system, virtio, 3GiB',
      '+cache: temporary, scsi, 1GiB',
      ' home: data, virtio',
    ]);
  });
});

describe('the order of the disks', () => {
  it('is the boot volume, then system, temporary and data volumes by name', () => {
    const outline = {
      z: volume('data'),
      b: volume('system'),
      t: volume('temporary'),
      a: volume('system'),
      B: volume('data'),
    };
    expect(volumeOrder(outline)).toEqual(['a', 'b', 't', 'B', 'z']);
    expect(volumeOrder(outline, 'b')).toEqual(['b', 'a', 't', 'B', 'z']);
  });

  it('does not depend on the order in which the volumes are written', () => {
    const entry = fc.tuple(
      fc.string({ minLength: 1 }),
      fc.constantFrom(...VOLUME_TYPES),
      fc.constantFrom(...BUSES),
    );
    const entries = fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 8 });
    fc.assert(
      fc.property(entries, (list) => {
        const outline = (of: typeof list) =>
          Object.fromEntries(of.map(([name, type, bus]) => [name, volume(type, undefined, bus)]));
        expect(volumeOrder(outline([...list].reverse()))).toEqual(volumeOrder(outline(list)));
      }),
    );
  });
});
