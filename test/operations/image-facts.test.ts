import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFacts } from '../../lib/operations/image-facts';
import type { Manifest } from '../../lib/model/manifest';
import type { ImageFact, Plan } from '../../lib/review';
import { ImageFolder } from '../support/images';

const images = new ImageFolder();
afterAll(() => images.remove());

const ADDRESS = 'libvirt_volume.lab__bases["v1/root"]';

/** What is found of an image that a plan would upload. */
async function look(
  image: string,
  format: 'qcow2' | 'raw' = 'qcow2',
  env: NodeJS.ProcessEnv = process.env,
): Promise<ImageFact> {
  const entry = { source: image, format, file: 'v1.root.base.qcow2' };
  const role = { role: 'base', host: 'lab', base: 'v1', volume: 'root', type: 'system', retired: false };
  const facts = await imageFacts(
    { changes: [{ address: ADDRESS, actions: ['create'] }] } as unknown as Plan,
    { addresses: { [ADDRESS]: role } } as unknown as Manifest,
    { name: 'lab', folder: images.path, file: '' },
    { resource: { libvirt_volume: { lab__bases: { for_each: { 'v1/root': entry } } } } },
    {
      folder: images.path,
      env: { ...env, XDG_CACHE_HOME: join(images.path, 'cache') },
      progress: () => undefined,
      notice: () => undefined,
    },
  );
  expect(facts).toHaveLength(1);
  return facts[0]!;
}

const make = (name: string, ...args: string[]): string => {
  const path = join(images.path, name);
  execFileSync('qemu-img', ['create', '-q', ...args, path, '1M']);
  return path;
};

/** An image with content, whose second-level table points to where nothing is. */
function corrupt(name: string): string {
  const path = images.qcow2(name, '1M');
  execFileSync('qemu-io', ['-c', 'write -q -P 1 0 1M', path]);
  const bytes = readFileSync(path);
  const l1 = Number(bytes.readBigUInt64BE(40));
  const l2 = Number(bytes.readBigUInt64BE(l1) & 0x00fffffffffffe00n);
  bytes.writeBigUInt64BE(0x8000_7fff_ffff_0000n, l2);
  writeFileSync(path, bytes);
  return path;
}

test('an image that is right has no problem, its size and its digest', async () => {
  const image = images.qcow2('right.qcow2', '3M');
  const sha256 = createHash('sha256').update(readFileSync(image)).digest('hex');
  expect(await look(image)).toEqual({
    addresses: [ADDRESS],
    image: 'right.qcow2',
    virtualSize: 3 * 2 ** 20,
    sha256,
    problems: [],
  });
});

test.each<[string, () => string, RegExp]>([
  ['is corrupt', () => corrupt('corrupt.qcow2'), /^image corrupt\.qcow2 is corrupt: .+; get it again/],
  [
    'is cut off',
    () => {
      const path = images.qcow2('cut.qcow2', '1M');
      execFileSync('qemu-io', ['-c', 'write -q -P 1 0 1M', path]);
      execFileSync('truncate', ['-s', '400K', path]);
      return path;
    },
    /is corrupt: /,
  ],
  [
    'has a backing file',
    () => images.qcow2('overlay.qcow2', '1M', images.qcow2('below.qcow2', '1M')),
    /has a backing file/,
  ],
  [
    'has an external data file',
    () => make('apart.qcow2', '-f', 'qcow2', '-o', `data_file=${images.path}/apart.raw`),
    /external data file/,
  ],
  [
    'is encrypted',
    () =>
      make(
        'locked.qcow2',
        ...['--object', 'secret,id=key,data=hidden', '-f', 'qcow2'],
        ...['-o', 'encrypt.format=aes,encrypt.key-secret=key'],
      ),
    /is encrypted/,
  ],
  [
    'is vmdk',
    () => make('a.vmdk', '-f', 'vmdk'),
    /is vmdk, not qcow2: convert it with "qemu-img convert -f vmdk/,
  ],
  ['is no image', () => images.raw('text.qcow2'), /is not qcow2/],
  [
    'has a header that QEMU does not take',
    () => {
      const path = images.qcow2('strange.qcow2', '1M');
      const bytes = readFileSync(path);
      bytes.writeUInt32BE(31, 20);
      writeFileSync(path, bytes);
      return path;
    },
    /strange\.qcow2 is no qcow2 image: /,
  ],
])('an image that %s is told so', async (_what, image, problem) => {
  expect((await look(image())).problems).toEqual([expect.stringMatching(problem)]);
});

test('a raw image is never opened as what it looks like', async () => {
  const bait = images.qcow2('bait.qcow2', '1M');
  const lies = images.qcow2('lies.qcow2', '64M', bait);
  const { problems, virtualSize } = await look(lies, 'raw');
  // QEMU takes whole sectors.
  const size = Math.ceil(readFileSync(lies).length / 512) * 512;
  expect({ problems, virtualSize }).toEqual({ problems: [], virtualSize: size });
});

test('without qemu-img the header is checked and the rest is said to be unchecked, with what to install', async () => {
  const { problems, unchecked, sha256 } = await look(images.qcow2('right.qcow2', '1M'), 'qcow2', {
    PATH: images.path,
  });
  expect(problems).toEqual([]);
  expect(unchecked).toBe(
    'only its header: there is no program qemu-img: install it (in Debian: apt-get install qemu-utils)',
  );
  expect(sha256).toBeDefined();
});

test('an image behind a URL and one that is not there are said to be unchecked', async () => {
  expect(await look('https://me:hidden@images.test/a.qcow2')).toEqual({
    addresses: [ADDRESS],
    image: 'https://me:***@images.test/a.qcow2',
    problems: [],
    unchecked:
      'nothing of it: it is behind a URL; fetch it first: regraft fetch-image https://me:***@images.test/a.qcow2',
  });
  expect(await look(join(images.path, 'none.qcow2'))).toMatchObject({
    problems: [],
    unchecked: 'nothing of it: it is not there',
  });
});
