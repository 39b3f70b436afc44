import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import type { SystemVolumeProps } from 'regraft';
import { Base, ClonePool, Rebase, Volume } from 'regraft';
import { hostIn, MACHINE } from '../support/declarations';
import { ImageFolder } from '../support/images';
import { block, refusals, synthesize } from '../support/synthesis';

const images = new ImageFolder();
afterAll(() => images.remove());

const root = (props: SystemVolumeProps) =>
  refusals(
    (stack) => void new Base(stack, 'v1', { host: hostIn(stack), volumes: { root: Volume.system(props) } }),
  );

describe('a local image', () => {
  it('that is right is taken, as qcow2 or raw', () => {
    expect(root({ image: images.qcow2('right.qcow2', '1G') })).toEqual([]);
    expect(root({ image: images.qcow2('larger.qcow2', '1G'), size: '2GiB' })).toEqual([]);
    expect(root({ image: images.raw('right.raw'), format: 'raw' })).toEqual([]);
  });

  it('that is not there is taken with a warning, for a base that was uploaded before', () => {
    const app = Testing.app();
    const stack = new TerraformStack(app, 'lab');
    const base = new Base(stack, 'v1', {
      host: hostIn(stack),
      volumes: { root: Volume.system({ image: '/nowhere/a.qcow2' }) },
    });
    expect(base.node.metadata.map(({ data }) => String(data))).toEqual([
      expect.stringContaining('image /nowhere/a.qcow2 is not there'),
    ]);
  });

  it.each<[string, () => SystemVolumeProps, string]>([
    [
      'is not qcow2',
      () => ({ image: images.raw('plain.img') }),
      `is not qcow2: convert it with "qemu-img convert -O qcow2", or say format: 'raw'`,
    ],
    [
      'has a backing file',
      () => ({ image: images.qcow2('overlay.qcow2', '1G', images.qcow2('below.qcow2', '1G')) }),
      'has a backing file, which a base must not have: flatten it with "qemu-img convert -O qcow2"',
    ],
    [
      'is larger than the size that is said',
      () => ({ image: images.qcow2('large.qcow2', '3G'), size: '2GiB' }),
      "size 2GiB is smaller than the image's own 3GiB: say at least that, or leave size out",
    ],
    ['is a folder', () => ({ image: images.path }), 'cannot be read: EISDIR'],
  ])('that %s is refused', (_what, props, problem) => {
    expect(root(props())).toEqual([expect.stringContaining(problem)]);
  });

  it('of a seed must not be larger than the volume, which grows where it is smaller', () => {
    const seed = images.qcow2('seed.qcow2', '2G');
    const found = refusals((stack) => {
      const host = hostIn(stack);
      const volumes = { root: Volume.system({ image: 'https://images.test/a' }) };
      const base = new Base(stack, 'v1', { host, volumes });
      const extra = { a: Volume.data({ size: '1GiB', seed }), b: Volume.data({ size: '3GiB', seed }) };
      new ClonePool(stack, 'students', {
        base,
        clones: ['anna'],
        machine: MACHINE,
        overrides: { anna: { volumes: extra } },
      });
    });
    expect(found).toEqual([
      expect.stringMatching(
        /^clone anna, volume a: size is 1GiB, but its seed .* has 2GiB and is copied as it is/,
      ),
    ]);
  });

  it('of a seed in a base must not be larger, either', () => {
    const seed = images.qcow2('seed.qcow2', '3G');
    const found = refusals((stack) => {
      const volumes = {
        root: Volume.system({ image: 'https://images.test/a' }),
        home: Volume.data({ size: '2GiB', seed }),
      };
      new Base(stack, 'v1', { host: hostIn(stack), volumes });
    });
    expect(found).toEqual([
      expect.stringMatching(/^base v1, volume home: size is 2GiB, but its seed .* has 3GiB/),
    ]);
  });

  it('that is smaller than the one before is refused in a rebase, though no code says a size', () => {
    const found = refusals((stack) => {
      const host = hostIn(stack);
      const base = (name: string, size: string) =>
        new Base(stack, name, {
          host,
          volumes: { root: Volume.system({ image: images.qcow2(`${name}.qcow2`, size) }) },
        });
      const pool = new ClonePool(stack, 'students', {
        base: base('v1', '2G'),
        clones: ['anna'],
        machine: MACHINE,
      });
      new Rebase(stack, 'to-v2', { pool, to: base('v2', '1G') });
    });
    expect(found).toEqual([expect.stringContaining('volume root would shrink from 2GiB to 1GiB')]);
  });
});

describe('where Terraform finds an image', () => {
  const sourceOf = (image: string) => {
    const stack = synthesize(
      (scope) =>
        void new Base(scope, 'v1', { host: hostIn(scope), volumes: { root: Volume.system({ image }) } }),
    );
    return block(stack, 'libvirt_volume', 'lab__bases').for_each!['v1/root']!['source'];
  };

  it('is its URL, or its absolute path outside of the project', () => {
    expect(sourceOf('https://images.test/a.qcow2')).toBe('https://images.test/a.qcow2');
    expect(sourceOf('/elsewhere/a.qcow2')).toBe('/elsewhere/a.qcow2');
  });

  it('is relative to the stack, so that every checkout of the project synthesizes the same bytes', () => {
    const image = images.qcow2('same.qcow2', '1G');
    const home = process.cwd();
    const texts = ['one', 'another-one/deeper'].map((name) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'regraft-checkout-')));
      const checkout = join(folder, name);
      mkdirSync(join(checkout, 'images'), { recursive: true });
      cpSync(image, join(checkout, 'images/a.qcow2'));
      process.chdir(checkout);
      try {
        const app = new App({ outdir: 'cdktf.out', stackTraces: false });
        const stack = new TerraformStack(app, 'lab');
        new Base(stack, 'v1', {
          host: hostIn(stack),
          volumes: { root: Volume.system({ image: 'images/a.qcow2' }) },
        });
        app.synth();
        const folder = join(checkout, 'cdktf.out/stacks/lab');
        const text = readFileSync(join(folder, 'cdk.tf.json'), 'utf8');
        const [, source] = /"source": "(\.\.[^"]+)"/.exec(text)!;
        expect(resolve(folder, source!)).toBe(join(checkout, 'images/a.qcow2'));
        // cdktf itself writes the absolute path of its local state.
        return text.replace(checkout, '');
      } finally {
        process.chdir(home);
        rmSync(folder, { recursive: true, force: true });
      }
    });
    expect(texts[0]).toBe(texts[1]);
  });
});
