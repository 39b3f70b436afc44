import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, chown, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { guestImage } from '../../../lab/guest';
import { Lab } from '../../../lab/lab';
import { SmallDisk } from '../crash/small-disk';
import { baseBlock, cloneBlock, domainXml, Hcl, providerBlock } from './hcl';

/**
 * What users get wrong, by Terraform itself: each is told in words, at the line that is wrong, before anything changes.
 */
let lab: Lab;
let disk: SmallDisk;

beforeAll(async () => {
  disk = new SmallDisk(64 * 2 ** 20);
  lab = await Lab.start({ name: 'mistakes' });
});

afterAll(async () => {
  await lab?.stop();
  disk?.remove();
});

/** What is on the host: machines, storage pools and files. */
async function onHost(): Promise<unknown> {
  const files = await readdir(lab.pools, { recursive: true }).catch(() => []);
  const [machines, pools] = [
    await lab.virsh('list', '--all', '--name'),
    await lab.virsh('pool-list', '--all', '--name'),
  ];
  return { files: files.sort(), machines, pools };
}

/** A mistake: what is written, the line that is pointed to, and words of what is told. */
type Mistake = readonly [what: string, blocks: readonly string[], code: string | RegExp, words: RegExp];

/** The errors of a plan, as `LINE: SUMMARY`. */
async function refused(name: string, ...blocks: readonly string[]): Promise<string[]> {
  const hcl = new Hcl(lab, name);
  hcl.write(...blocks);
  await hcl.init();
  const { exitCode, told } = await hcl.plan();
  expect(exitCode).toBe(1);
  return told.flatMap(({ severity, code, summary }) => (severity === 'error' ? [`${code}: ${summary}`] : []));
}

describe('of the provider block', () => {
  const one = baseBlock('v1');
  const uri = (value: string): string => providerBlock(lab, 'pool', { uri: JSON.stringify(value) });
  const mistakes: readonly (readonly [string, () => string, RegExp])[] = [
    [
      'a URI of no driver',
      () => uri('qemu:///nonsense'),
      /^uri = .*: libvirt at uri "qemu:/, //nonsense" .*/,
    ],
    ['no URI', () => uri('/var/run/libvirt'), /^uri = .*expected a libvirt URI/],
    [
      'a URI that nobody answers',
      () => uri('qemu:///system?socket=/nowhere/sock'),
      /^uri = .*cannot be reached/,
    ],
    [
      'a pool that is elsewhere',
      () => providerBlock(lab, 'known', { path: '"/elsewhere"' }),
      /^path = .*storage pool known is at .*\/known on the host, not at \/elsewhere/,
    ],
    [
      'a pool that is not mounted',
      () => providerBlock(lab, 'unmounted'),
      /^path = .*storage pool unmounted is not active and does not start.*mounted/,
    ],
  ];

  beforeAll(async () => {
    mkdirSync(join(lab.pools, 'known'), { recursive: true });
    for (const name of ['known', 'unmounted'])
      await lab.virsh('pool-define-as', name, 'dir', '--target', join(lab.pools, name));
  });

  test.each(mistakes)('%s', async (what, block, told) => {
    const before = await onHost();
    expect(await refused(what.replaceAll(' ', '-'), block(), one)).toEqual([expect.stringMatching(told)]);
    expect(await onHost()).toEqual(before);
  });

  test('a socket that only another user may use', async () => {
    const path = join(lab.directory, 'run/not-ours');
    const server = createServer();
    await new Promise<void>((listening) => server.listen(path, listening));
    await chmod(path, 0o600);
    await chown(path, 65534, 65534);
    // The tests run as root, who may use everything unless this is taken from him.
    const hcl = new Hcl(lab, 'not-ours', ['setpriv', '--bounding-set', '-dac_override']);
    hcl.write(uri(`qemu:///system?socket=${path}`), one);
    await hcl.init();
    const { exitCode, told } = await hcl.plan();
    server.close();
    expect(exitCode).toBe(1);
    expect(told.map(({ code, summary }) => `${code}: ${summary}`)).toEqual([
      expect.stringMatching(/^uri = .*Permission denied/),
    ]);
  });

  test('a storage pool that is full: nothing is left behind', async () => {
    disk.fill(2 ** 20);
    const hcl = new Hcl(lab, 'full');
    hcl.write(providerBlock(lab, 'full', { path: JSON.stringify(join(disk.path, 'pool')) }), one);
    await hcl.init();
    const { exitCode, told } = await hcl.apply();
    expect(exitCode).toBe(1);
    expect(told.map(({ summary }) => summary).join('\n')).toMatch(/space|full/i);
    disk.empty();
    await hcl.applied();
  });
});

describe('of bases and clones', () => {
  const noImage = (): string => join(lab.directory, 'no-image.qcow2');
  let hcl: Hcl;
  const said = (): string[] => [providerBlock(lab, 'pool'), baseBlock('v1'), cloneBlock('a', 'v1')];

  beforeAll(async () => {
    writeFileSync(noImage(), 'not an image');
    hcl = new Hcl(lab, 'pool');
    hcl.write(...said());
    await hcl.init();
    await hcl.applied();
    await lab.virsh(
      'define',
      await written('foreign', domainXml().replace('<memory', '<name>foreign</name><memory')),
    );
  });

  async function written(name: string, xml: string): Promise<string> {
    const file = join(lab.directory, `${name}.xml`);
    writeFileSync(file, xml);
    await chmod(file, 0o644);
    return file;
  }

  /** Each mistake is told in one plan with the others of its kind. */
  async function told(mistakes: readonly Mistake[]): Promise<void> {
    const before = await onHost();
    for (const blocks of mistakes) {
      hcl.write(...blocks[1]);
      const { exitCode, told: found } = await hcl.plan();
      const [, , code, words] = blocks;
      expect([blocks[0], exitCode]).toEqual([blocks[0], 1]);
      expect(found.filter(({ severity }) => severity === 'error')).toContainEqual(
        expect.objectContaining({
          code: expect.stringMatching(code) as string,
          summary: expect.stringMatching(words) as string,
        }),
      );
    }
    expect(await onHost()).toEqual(before);
  }

  test('a base image that is none, a wrong digest, a base that has changed', async () => {
    const image = (path: string, more = ''): string =>
      `{\n    root = { type = "system", image = ${JSON.stringify(path)}${more} }\n    home = { type = "data", size = 4194304 }\n  }`;
    const [provider, v1, a] = said() as [string, string, string];
    await told([
      [
        'no image',
        [provider, v1, a, baseBlock('v2', { volumes: image(noImage()) })],
        /image =/,
        /no-image\.qcow2/,
      ],
      [
        'no file',
        [provider, v1, a, baseBlock('v2', { volumes: image('/nowhere.qcow2') })],
        /image =/,
        /there is no image/,
      ],
      [
        'a digest',
        [provider, v1, a, baseBlock('v2').replace('image =', `sha256 = "${'0'.repeat(64)}", image =`)],
        /sha256 =/,
        /the SHA-256 of .* is [0-9a-f]{64}, expected 0{64}/,
      ],
      [
        'a change',
        [provider, baseBlock('v1', { volumes: image(guestImage('v2')) }), a],
        /image =/,
        /a base is immutable/,
      ],
    ]);
  });

  test('names, bases, outlines, sizes and definitions of clones', async () => {
    const [provider, v1, a] = said() as [string, string, string];
    const xml = (text: string): string[] => [
      provider,
      v1,
      a,
      cloneBlock('n', 'v1', { domain_xml: JSON.stringify(text) }),
    ];
    const volumes = (text: string): string[] => [provider, v1, cloneBlock('a', 'v1', { volumes: text })];
    await told([
      [
        'two new ones',
        [provider, v1, a, cloneBlock('n', 'v1'), cloneBlock('n', 'v1', {}, 'other')],
        /name = "n"/,
        /two clones are called "n"/,
      ],
      [
        'beside one',
        [provider, v1, a, cloneBlock('a', 'v1', {}, 'other')],
        /name = "a"/,
        /two clones are called "a"/,
      ],
      [
        'a machine of others',
        [provider, v1, a, cloneBlock('foreign', 'v1')],
        /name = "foreign"/,
        /machine foreign .* import it/,
      ],
      [
        'an unknown base',
        [provider, v1, a, cloneBlock('n', 'v1', { base: '"v11"' })],
        /base = "v11"/,
        /did you mean "v1"/,
      ],
      [
        'an outline',
        volumes('{ root = { type = "system" }, house = { type = "temporary" }, home = { type = "data" } }'),
        /volumes =/,
        /house/,
      ],
      [
        'a smaller volume',
        volumes('{ root = { type = "system" }, home = { type = "data", size = 1048576 } }'),
        /size = 1048576/,
        /shrink/,
      ],
      ['no XML', xml('<domain><memory></domain>'), /domain_xml =/, /no well-formed XML/],
      [
        'a disk',
        xml(domainXml("<disk type='file'><target dev='vda'/></disk>")),
        /domain_xml =/,
        /disks \(vda\)/,
      ],
    ]);
  });

  test('a data volume that is gone stops the plan, and is never made anew', async () => {
    const file = 'a.home.data.qcow2';
    await lab.virsh('vol-clone', '--pool', 'pool', file, 'kept');
    await lab.virsh('vol-delete', '--pool', 'pool', file);
    await told([['gone', said(), /volumes =/, /a\.home\.data\.qcow2 is not on the host any more/]]);
    await lab.virsh('vol-clone', '--pool', 'pool', 'kept', file);
    await lab.virsh('vol-delete', '--pool', 'pool', 'kept');
  });

  test('what libvirt refuses is told in its words, and nothing is left of it', async () => {
    const before = await onHost();
    const network = "<interface type='network'><source network='nowhere'/></interface>";
    hcl.write(
      ...said(),
      cloneBlock('m', 'v1', { domain_xml: JSON.stringify(domainXml('', 'nonsense')) }),
      cloneBlock('n', 'v1', { domain_xml: JSON.stringify(domainXml(network)), autostart: 'true' }),
    );
    const { exitCode, told: found } = await hcl.apply();
    const words = found.map(({ severity, address, summary }) => `${severity} ${address}: ${summary}`);
    expect({ exitCode, words }).toEqual({
      exitCode: 1,
      words: [expect.stringMatching(/regraft_clone\.m: Failed to define domain.*XML error/)],
    });
    hcl.write(...said());
    await hcl.applied();
    const data = /^n\.home\.data\.qcow2$/;
    const after = (await onHost()) as { files: string[] };
    expect({
      ...after,
      files: after.files.filter((name) => !data.test(name.split('/').at(-1)!)),
    }).toEqual(before);
  });
});
