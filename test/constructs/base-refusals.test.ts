import { Base, ClonePool, Rebase, Volume, type VolumeSpec } from 'regraft';
import { MACHINE, hostIn } from '../support/declarations';
import { refusals } from '../support/synthesis';
import { NAME } from './messages';

const IMAGE = 'https://images.test/a.qcow2';

/** What is said of a base with these volumes besides a right system volume. */
function ofVolumes(volumes: Record<string, Volume>): string[] {
  return refusals((stack) => {
    new Base(stack, 'v1', {
      host: hostIn(stack),
      volumes: { root: Volume.system({ image: IMAGE }), ...volumes },
    });
  });
}

describe('a base is refused', () => {
  it('without a system volume, or with two to boot from', () => {
    const none = refusals(
      (stack) =>
        void new Base(stack, 'v1', { host: hostIn(stack), volumes: { home: Volume.data({ size: 1 }) } }),
    );
    expect(none).toEqual([
      'base v1 has no system volume: machines boot from one, declare it with Volume.system',
    ]);
    const bootable = { image: IMAGE, boot: true };
    expect(ofVolumes({ a: Volume.system(bootable), b: Volume.system(bootable) })).toEqual([
      'base v1 boots from a and b: set boot on one volume only',
    ]);
  });

  it.each([0, -1, '0GiB', '-4GiB', '12GB'])('for a size of %p, of any type of volume', (size) => {
    const bad = { size: size as '1GiB' };
    const found = ofVolumes({
      a: Volume.system({ image: IMAGE, ...bad }),
      b: Volume.temporary(bad),
      c: Volume.data(bad),
    });
    expect(found).toEqual(
      ['a', 'b', 'c'].map((name) =>
        expect.stringContaining(`base v1, volume ${name}: size ${JSON.stringify(size)} is not a positive`),
      ),
    );
  });

  it.each<[string, Partial<VolumeSpec>, string]>([
    [
      'an image and an existing volume',
      { existing: true },
      'has both an image and an existing volume: say one',
    ],
    ['an empty image', { image: '' }, 'has an empty image: name a local path or an http(s) URL'],
    [
      'a digest that is none',
      { sha256: 'abc' },
      ': sha256 is "abc", expected 64 hexadecimal digits as "sha256sum IMAGE" prints them',
    ],
  ])('for a volume with %s', (_what, spec, problem) => {
    expect(ofVolumes({ a: Volume.system({ image: IMAGE, ...spec }) })).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it('for the names of its volumes', () => {
    expect(ofVolumes({ 'my home': Volume.data({ size: 1 }) })).toEqual([`volume "my home" ${NAME}`]);
  });

  it('when it is retired while a pool or a rebase uses it', () => {
    const found = refusals((stack) => {
      const host = hostIn(stack);
      const volumes = { root: Volume.system({ image: IMAGE, size: '1GiB' }) };
      const [v1, v2] = ['v1', 'v2'].map((name) => new Base(stack, name, { host, retired: true, volumes }));
      const pool = new ClonePool(stack, 'students', { base: v1!, clones: ['a'], machine: MACHINE });
      new Rebase(stack, 'to-v2', { pool, to: v2! });
      new Base(stack, 'v0', { host, retired: true, volumes });
    });
    expect(found).toEqual([
      'base v1 is retired, but used by pool students: move them to another base first, or drop retired',
      'base v2 is retired, but used by rebase to-v2: move them to another base first, or drop retired',
      'base v2 is retired: drop retired from it, or rebase onto another base',
    ]);
  });

  it('that exists already for an image, and on provider 0.9 without a size', () => {
    const found = refusals((stack) => {
      const volumes = {
        root: Volume.system({ existing: true }),
        more: Volume.system({ image: IMAGE, size: 1 }),
      };
      const base = Base.existing(stack, 'v1', { host: hostIn(stack), volumes });
      new ClonePool(stack, 'students', { base, clones: ['a', 'b'], machine: MACHINE });
    });
    expect(found).toEqual([
      'base v1: volume root is on the host already and has no size: say its size, provider 0.9 needs it',
      'base v1: volume more has an image, but Base.existing uploads nothing: say existing, or use new Base',
    ]);
  });
});
