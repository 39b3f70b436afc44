import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, TerraformStack, Testing } from 'cdktf';
import type { SystemVolumeProps } from 'regraft';
import { Base, ClonePool, Rebase, Volume } from 'regraft';
import { hostIn, MACHINE } from '../support/declarations';
import { ImageFolder } from '../support/images';
import { block, refusals, synthesize } from '../support/synthesis';

const images = new ImageFolder();
// Digests are cached in the user's cache folder.
const cacheHome = process.env['XDG_CACHE_HOME'];
beforeAll(() => void (process.env['XDG_CACHE_HOME'] = join(images.path, 'cache')));
afterAll(() => {
  if (cacheHome === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cacheHome;
  images.remove();
});
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const make = (name: string, ...args: string[]): string => {
  const path = join(images.path, name);
  execFileSync('qemu-img', ['create', '-q', ...args, path, '1M']);
  return path;
};

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
      `is not qcow2: convert it with "qemu-img convert -O qcow2", or say format: 'raw' if it is a plain disk`,
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
    [
      'has its clusters in another file',
      () => ({ image: make('apart.qcow2', '-f', 'qcow2', '-o', `data_file=${images.path}/apart.raw`) }),
      'has its clusters in an external data file, which would not be uploaded',
    ],
    [
      'is encrypted',
      () => ({
        image: make(
          'locked.qcow2',
          ...['--object', 'secret,id=key,data=hidden', '-f', 'qcow2'],
          ...['-o', 'encrypt.format=aes,encrypt.key-secret=key'],
        ),
      }),
      'is encrypted, and no machine would have its key',
    ],
    [
      'QEMU has marked as corrupt',
      () => ({ image: markedCorrupt(images.qcow2('corrupt.qcow2', '1G')) }),
      'is marked as corrupt: get it again, or mend a copy',
    ],
    ...(['vmdk', 'vdi', 'vhdx', 'vpc', 'qcow'] as const).map(
      (format): [string, () => SystemVolumeProps, string] => [
        `is ${format}`,
        () => ({ image: make(`of-another.${format}`, '-f', format) }),
        `of-another.${format} is ${format}, not qcow2: convert it with "qemu-img convert -f ${format} -O qcow2 `,
      ],
    ),
    ['is a folder', () => ({ image: images.path }), 'cannot be read: EISDIR'],
  ])('that %s is refused', (_what, props, problem) => {
    expect(root(props())).toEqual([expect.stringContaining(problem)]);
  });

  it('that is raw is taken for what it is, whatever its first bytes look like', () => {
    const lies = images.qcow2('lies.qcow2', '3G', images.qcow2('bait.qcow2', '3G'));
    expect(root({ image: lies, format: 'raw', size: '2GiB' })).toEqual([]);
    expect(root({ image: lies, format: 'raw', size: 4096 })).toEqual([
      expect.stringMatching(/size 4KiB is smaller than the image's own \d+/),
    ]);
    const stack = synthesize((scope) => {
      const volumes = { root: Volume.system({ image: lies, format: 'raw' as const }) };
      const base = new Base(scope, 'v1', { host: hostIn(scope), volumes });
      expect(base.image.imageSizes).toEqual({ root: statSync(lies).size });
    });
    expect(stack.text).not.toContain('bait');
  });

  it('is checked against the SHA-256 that the code says, and read again only when the file is another', () => {
    const image = images.raw('checked.raw');
    const props = { image, format: 'raw' as const, sha256: sha256(image).toUpperCase() };
    expect(root(props)).toEqual([]);
    expect(root({ ...props, sha256: 'ab'.repeat(32) })).toEqual([
      `base v1, volume root: image ${image} has SHA-256 ${sha256(image)}, the code says ${'ab'.repeat(32)}: get the right image, or declare a new base for this one`,
    ]);
    const { atime, mtime } = statSync(image);
    writeFileSync(image, Buffer.alloc(4096, 'changed'));
    utimesSync(image, atime, mtime);
    // Same path, size, inode and time of change as its owner may set it.
    expect(root(props)).toEqual([expect.stringContaining(`has SHA-256 ${sha256(image)}, the code says`)]);
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

/** Sets the bit of the qcow2 header by which QEMU marks an image that it found corrupt. */
function markedCorrupt(path: string): string {
  const bytes = readFileSync(path);
  bytes.writeBigUInt64BE(bytes.readBigUInt64BE(72) | 2n, 72);
  writeFileSync(path, bytes);
  return path;
}

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
