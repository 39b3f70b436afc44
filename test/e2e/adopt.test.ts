import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines, volumeOf } from '../../lab/machines';
import { Project } from '../../lab/project';
import type { DiskByHand } from './adopt/made-by-hand';
import { MadeByHand, ravadaMachine, vagrantMachine } from './adopt/made-by-hand';
import { applyHandwritten } from './adopt/handwritten';
import { libvirtOnly } from './dialect';
import { Regraft } from './regraft';

/**
 * Machines that somebody has made without regraft, as Ravada and as Vagrant make them, are adopted, and then rebased.
 *
 * The tests are the chapters of one story and run in order.
 */
const test = libvirtOnly('machines are adopted into the state of provider dmacvicar/libvirt');
const UUIDS = [0, 1, 2].map((index) => `5a1e0000-0000-4000-8000-00000000000${index}`);
const MACS = UUIDS.map((_, index) => `52:54:00:aa:00:0${index}`);
const STUDENTS = ['student-ana', 'student-ben', 'student-eve'];
const WITHOUT = ['--without', 'channel', 'sound', 'redirdev'];

let lab: Lab;
let project: Project;
let regraft: Regraft;
let images: MadeByHand;
let boxes: MadeByHand;
let machines: Machines;

beforeAll(async () => {
  lab = await Lab.start({ name: 'adopt' });
  project = new Project(lab);
  regraft = new Regraft(lab, project);
  const network = join(lab.directory, 'default.xml');
  writeFileSync(network, '<network><name>default</name></network>');
  await lab.virsh('net-define', network);
  await lab.virsh('net-start', 'default');
  images = await MadeByHand.pool(lab, 'images');
  boxes = await MadeByHand.pool(lab, 'default');
  machines = new Machines(lab, images.folder);
  await ravadaHost();
  await vagrantHost();
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

/** A base of Ravada with system, swap and data, two clones of it, one whose data volume is raw, and one where that lies. */
async function ravadaHost(): Promise<void> {
  const bases = {
    vda: images.image('debian-vda.ro.qcow2'),
    vdb: images.blank('debian-vdb.ro.SWAP.qcow2', '16M'),
    vdc: images.blank('debian-vdc.ro.DATA.qcow2', '24M'),
  };
  for (const [index, name] of [...STUDENTS, 'student-liar'].entries()) {
    const isRaw = name === 'student-eve' || name === 'student-liar';
    const data = `${name}-vdc.DATA.${isRaw ? 'img' : 'qcow2'}`;
    const own = { vda: `${name}-vda.qcow2`, vdb: `${name}-vdb.SWAP.qcow2`, vdc: data };
    images.overlay(own.vda, bases.vda);
    images.overlay(own.vdb, bases.vdb);
    if (isRaw) images.blank(own.vdc, '24M', 'raw');
    else images.overlay(own.vdc, bases.vdc);
    if (name === 'student-liar') images.lie(own.vdc, '/etc/shadow');
    const disks = (['vda', 'vdb', 'vdc'] as const).map((target): DiskByHand => {
      const path = images.path(own[target]);
      if (isRaw && target === 'vdc') return { path, target, format: 'raw' };
      return { path, target, backing: images.path(bases[target]) };
    });
    const uuid = UUIDS[index] ?? randomUUID();
    const mac = MACS[index] ?? '52:54:00:bb:00:02';
    const machine = { name, uuid, mac, disks, consoleLogs: lab.consoleLogs };
    await images.define(name, ravadaMachine(machine, name === 'student-liar' ? 'spice' : 'vnc'));
  }
}

/** A box of Vagrant and two machines on it, one with more memory; one that fixes no format, and one that stands alone. */
async function vagrantHost(): Promise<void> {
  const box = boxes.image('tiny-VAGRANTSLASH-guest_vagrant_box_image_1.2.0_box.img');
  const define = async (name: string, mac: string, memory?: number): Promise<void> => {
    const disks = [
      { path: boxes.path(boxes.overlay(`${name}.img`, box)), target: 'vda' },
      { path: boxes.path(boxes.blank(`${name}-vdb.qcow2`, '8M')), target: 'vdb' },
    ];
    const { consoleLogs } = lab;
    const given = { name, uuid: randomUUID(), mac, disks, consoleLogs };
    await boxes.define(name, vagrantMachine({ ...given, ...(memory === undefined ? {} : { memory }) }));
  };
  await define('shop_web', '52:54:00:cc:00:01');
  await define('shop_db', '52:54:00:cc:00:02', 163840);
  const odd = async (name: string, path: string): Promise<void> =>
    boxes.define(
      name,
      vagrantMachine({
        ...{ name, uuid: randomUUID(), mac: '52:54:00:bb:00:01', consoleLogs: lab.consoleLogs },
        disks: [{ path, target: 'vda' }],
      }),
    );
  await odd('guesses', boxes.path(boxes.loose('guesses.img', box)));
  await odd('alone', boxes.path(boxes.blank('alone.qcow2', '8M')));
}

/** All that the host has: every definition, and every byte of every file. */
async function picture(): Promise<object> {
  const names = (await lab.virsh('list', '--all', '--name')).split(/\s+/).filter((name) => name !== '');
  const pools = [machines, new Machines(lab, boxes.folder)];
  return {
    definitions: await Promise.all(names.sort().map((name) => machines.xml(name))),
    files: await Promise.all(
      pools.map(async (pool) =>
        Promise.all((await pool.files()).map(async (file) => [file, await pool.digest(file)])),
      ),
    ),
  };
}

interface Shown {
  readonly proposal: {
    readonly pools: readonly {
      readonly pool: string;
      readonly base: { readonly name: string; readonly volumes: Record<string, { readonly type: string }> };
      readonly clones: readonly { readonly name: string }[];
    }[];
    readonly left: readonly { readonly machine: string; readonly reasons: readonly string[] }[];
  };
  readonly code: string;
}

async function shown(...args: string[]): Promise<Shown> {
  const { exitCode, stdout, stderr } = await regraft.run('adopt', '--connect', lab.uri, '--json', ...args);
  if (exitCode !== 0) throw new Error(`${exitCode}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout) as Shown;
}

async function succeeds(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await regraft.run(...args);
  if (exitCode !== 0) throw new Error(`regraft ${args.join(' ')}: ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}

/** What identifies a machine. */
async function identity(name: string): Promise<object> {
  const xml = await machines.xml(name);
  return { uuid: /<uuid>.*<\/uuid>/.exec(xml)?.[0], macs: xml.match(/<mac .*\/>/g) };
}

test('the proposal groups machines by their images, types volumes by their names and chains, and says why others are left', async () => {
  const before = await picture();
  const { proposal, code } = await shown(...WITHOUT);
  expect(
    proposal.pools.map(({ pool, base, clones }) => [
      pool,
      base.name,
      Object.fromEntries(Object.entries(base.volumes).map(([name, { type }]) => [name, type])),
      clones.map(({ name }) => name),
    ]),
  ).toEqual([
    ['shop', 'tiny-guest-1-2-0', { root: 'system', data: 'data' }, ['shop_db', 'shop_web']],
    ['student', 'debian', { root: 'system', swap: 'temporary', data: 'data' }, STUDENTS],
  ]);
  expect(Object.fromEntries(proposal.left.map(({ machine, reasons }) => [machine, reasons]))).toEqual({
    alone: [expect.stringContaining('is a flat qcow2 file')],
    guesses: [expect.stringContaining('does not fix the format of the file that it stands on')],
    'student-liar': [
      'vdc (student-liar-vdc.DATA.img) is defined as raw, and libvirt finds qcow2 on /etc/shadow in it',
    ],
  });
  expect(code).not.toContain('shadow');
  // Without consent nothing is lost: what Ravada gives its machines, regraft does not define.
  const strict = await shown();
  expect(strict.proposal.pools.map(({ pool }) => pool)).toEqual(['shop']);
  const lost = (machine: string): string[] =>
    strict.proposal.left
      .find((one) => one.machine === machine)!
      .reasons.flatMap((reason) => /^it has (.*), which the next rebase/.exec(reason)?.[1] ?? []);
  expect(lost('student-ana')).toEqual(['sound ich6', 'channel com.example.agent']);
  expect(lost('student-liar')).toEqual(['sound ich6', 'redirdev spicevmc', 'channel com.redhat.spice.0']);
  expect(await picture()).toEqual(before);
});

test('after the import nothing on the host has changed, and the first plan changes nothing', async () => {
  await machines.boot('student-ana');
  await machines.note('student-ana', 'vdc', 'thesis');
  await machines.shutDown('student-ana');
  const before = await picture();
  await succeeds('adopt', '--connect', lab.uri, '--output', 'adopted.ts', ...WITHOUT);
  project.writeCode(readFileSync(join(project.folder, 'adopted.ts'), 'utf8'));
  // What is not in the state yet is never made anew.
  expect(await regraft.run('plan')).toMatchObject({ exitCode: 3 });
  const planned = await regraft.run('adopt', '--import');
  if (project.generation === '0.9') {
    expect(planned).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('adopt them with provider 0.8') as string,
    });
    return;
  }
  expect(planned).toMatchObject({
    exitCode: 2,
    stdout: expect.stringMatching(/import volume +student-ana-vdc\.DATA\.qcow2/) as string,
  });
  await succeeds('adopt', '--import', '--auto-approve');
  expect(await regraft.run('plan')).toMatchObject({
    exitCode: 0,
    stderr: expect.not.stringContaining('RG') as string,
  });
  expect(await picture()).toEqual(before);
  expect(existsSync(join(project.stackFolder, 'regraft-adopt.tf.json'))).toBe(false);
  expect(await succeeds('adopt', '--import')).toContain('all that is adopted is in the state');
  expect(await succeeds('status')).toContain('student-ana');
});

/** The bytes of the data volumes of the adopted pool. */
async function data(): Promise<Record<string, string>> {
  const files = (await machines.files()).filter((file) => /^student-(ana|ben|eve)-vdc/.test(file));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await machines.digest(file)] as const)),
  );
}

test('a rebase keeps UUIDs, MAC addresses and every byte of data, and what a guest has written on a raw volume is believed by nobody', async () => {
  if (project.generation !== '0.8') return;
  images.lie('student-eve-vdc.DATA.img', '/etc/shadow');
  const [digests, identities] = [await data(), await Promise.all(STUDENTS.map(identity))];
  const base = `const v2 = new Base(stack, 'debian-v2', {
  host: imagesHost,
  volumes: {
    root: Volume.system({ image: '${guestImage('v2')}' }),
    swap: Volume.temporary({ existing: 'debian-vdb.ro.SWAP.qcow2' }),
    data: Volume.data({ size: '24MiB' }),
  },
});
`;
  const rebase = `new Rebase(stack, 'to-v2', { pool: student, to: v2 });\n`;
  const code = project
    .code()
    .replace('Network, Volume }', 'Network, Rebase, Volume }')
    .replace('export const student', `${base}export const student`);
  project.writeCode(code.replace('app.synth', `${rebase}app.synth`));
  await succeeds('apply', '--auto-approve', '--shutdown-timeout', '60');
  expect(await regraft.run('plan')).toMatchObject({ exitCode: 0 });
  expect(await data()).toEqual(digests);
  expect(await Promise.all(STUDENTS.map(identity))).toEqual(identities);
  const xml = await machines.xml('student-eve');
  expect(xml).toMatch(/<driver name='qemu' type='raw'\/>\s*<source [^>]*student-eve-vdc\.DATA\.img/);
  expect(xml).not.toContain('shadow');
  // The way back is the overlay that was adopted; the temporary one is made anew.
  const files = await machines.files();
  expect(files).toContain('student-ana-vda.qcow2');
  expect(files).not.toContain('student-ana-vdb.SWAP.qcow2');
  const { 'student-ana': boot } = await machines.bootOnce('student-ana');
  expect(boot?.os).toBe('v2');
  expect(volumeOf(boot, 'data').notes).toEqual(['thesis']);

  project.writeCode(code.replace("base: debian,\n  clones: ['student", "base: v2,\n  clones: ['student"));
  await succeeds('apply', '--auto-approve');
  expect(await machines.files()).not.toContain('student-ana-vda.qcow2');
  expect(await machines.files()).toContain('debian-vda.ro.qcow2');
  expect(await regraft.run('plan')).toMatchObject({ exitCode: 0 });
  expect(await Promise.all(STUDENTS.map(identity))).toEqual(identities);
});

test('machines that a configuration for the provider has made keep every volume: its state goes on under regraft’s addresses', async () => {
  if (project.generation !== '0.8') return;
  const pool = await MadeByHand.pool(lab, 'nodes');
  const state = applyHandwritten(lab, 'nodes');
  const other = new Project(lab);
  try {
    const own = new Regraft(lab, other);
    const nodes = new Machines(lab, pool.folder);
    const before = [
      await nodes.factsOf('node-0', 'node-0-data', 'node-1', 'node-1-data'),
      await Promise.all([0, 1].map((n) => identity(`node-${n}`))),
    ];
    await own.run(
      'adopt',
      '--connect',
      lab.uri,
      'node-0',
      'node-1',
      '--stack',
      'lab',
      '--output',
      'adopted.ts',
    );
    other.writeCode(readFileSync(join(other.folder, 'adopted.ts'), 'utf8'));
    copyFileSync(state, join(other.folder, 'terraform.lab.tfstate'));
    const { exitCode, stdout, stderr } = await own.run('adopt', '--import', '--auto-approve');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    for (const address of ['libvirt_volume.base', 'libvirt_volume.disk[1]', 'libvirt_domain.node[0]'])
      expect(stdout).toContain(address);
    expect(await own.run('plan')).toMatchObject({ exitCode: 0 });
    expect((await other.terraform('state', 'list')).text).not.toMatch(
      /libvirt_(volume\.(base|disk|data)|domain\.node)\b/,
    );
    expect([
      await nodes.factsOf('node-0', 'node-0-data', 'node-1', 'node-1-data'),
      await Promise.all([0, 1].map((n) => identity(`node-${n}`))),
    ]).toEqual(before);
  } finally {
    other.remove();
  }
});
