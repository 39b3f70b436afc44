import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/lab';
import { Machines, volumeOf } from '../../lab/machines';
import { Project } from '../../lab/project';
import { insideLab, killQemu, reloadLibvirtd } from './hook/inside';
import { Regraft } from './regraft';

/**
 * The hook on a real libvirt, put there by `regraft hook install`.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const ONE = 'student-01';

let lab: Lab;
let project: Project;
let machines: Machines;
let regraft: Regraft;
let folder: string;

beforeAll(async () => {
  lab = await Lab.start({ name: 'hook' });
  project = new Project(lab, 'test/e2e/hook/main.ts');
  machines = new Machines(lab);
  regraft = new Regraft(lab, project);
  folder = join(lab.hooks, 'qemu.d');
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

/** What a boot found: which volumes were fresh, and how many boots the others have seen. */
async function boot(name = ONE) {
  const { [name]: found } = await machines.boot(name);
  const volume = (which: string) => volumeOf(found, which);
  return {
    scratch: volume('scratch').fresh,
    cache: volume('cache').fresh,
    root: volume('root').boots,
    home: volume('home').boots,
  };
}

/** The file of a temporary volume and what tells it from any other. */
async function scratchOf(name = ONE): Promise<{ path: string; inode: number }> {
  const path = await machines.file(`${name}.scratch.`);
  return { path, inode: statSync(path).ino };
}

async function untilOff(name = ONE): Promise<void> {
  while ((await lab.virsh('domstate', name)).trim() !== 'shut off') await sleep(100);
}

test('regraft hook install puts it there, and says that libvirt has to look for it', async () => {
  const { exitCode, stdout, stderr } = await regraft.run(
    'hook',
    'install',
    '--host',
    lab.uri,
    '--directory',
    folder,
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`installed ${folder}/regraft; libvirt had no hook there before`);
  reloadLibvirtd(lab);
  expect((statSync(join(folder, 'regraft')).mode & 0o777).toString(8)).toBe('755');
  project.write({ clones: ALL });
  const deployed = await project.deploy();
  expect(deployed).toMatchObject({ exitCode: 0 });
  expect(await machines.xml(ONE)).toContain(
    '<regraft:volumes xmlns:regraft="https://regraft.dev/xmlns/volumes/1">',
  );
  const again = await regraft.run('hook', 'install', '--directory', folder);
  expect(again).toEqual({ exitCode: 0, stdout: `lab: ${folder}/regraft is already there\n`, stderr: '' });
});

test('after a shutdown temporary volumes are fresh, at once and at the next boot; system and data keep theirs', async () => {
  expect(await boot()).toEqual({ scratch: true, cache: true, root: 1, home: 1 });
  await machines.note(ONE, 'scratch', 'of yesterday');
  const before = await scratchOf();
  await machines.shutDown(ONE);
  expect((await scratchOf()).inode).not.toBe(before.inode);
  expect(await boot()).toEqual({ scratch: true, cache: true, root: 2, home: 2 });
});

test('after virsh destroy they are fresh', async () => {
  await lab.virsh('destroy', ONE);
  expect(await boot()).toEqual({ scratch: true, cache: true, root: 3, home: 3 });
});

test('after QEMU was killed they are fresh', async () => {
  await killQemu(lab, ONE);
  await untilOff();
  expect(await boot()).toEqual({ scratch: true, cache: true, root: 4, home: 4 });
});

test('after a power cut, when nothing could be reset at the end, they are fresh', async () => {
  const before = await scratchOf();
  await lab.killLibvirtd();
  await killQemu(lab, ONE);
  expect((await scratchOf()).inode).toBe(before.inode);
  await lab.startLibvirtd();
  await untilOff();
  expect(await boot()).toEqual({ scratch: true, cache: true, root: 5, home: 5 });
});

test('a machine that was saved goes on with the same temporary volumes', async () => {
  const before = await scratchOf();
  await lab.virsh('managedsave', ONE);
  await lab.virsh('start', ONE);
  expect(await scratchOf()).toEqual(before);
  await machines.note(ONE, 'scratch', 'after managedsave');
  const image = join(lab.directory, 'saved');
  await lab.virsh('save', ONE, image);
  await lab.virsh('restore', image);
  expect(await scratchOf()).toEqual(before);
  await machines.note(ONE, 'scratch', 'after save');
  await machines.shutDown(ONE);
  expect(await boot()).toEqual({ scratch: true, cache: true, root: 6, home: 6 });
  await machines.shutDown(ONE);
});

test('Terraform sees no change in any of this', async () => {
  const { exitCode, text } = await project.diff();
  expect({ exitCode, text: exitCode === 0 ? '' : text }).toEqual({ exitCode: 0, text: '' });
  expect(await project.plannedActions()).toEqual([]);
});

test('many machines that start at once all have fresh temporary volumes', async () => {
  await machines.bootOnce(...ALL.slice(1));
  await Promise.all(ALL.map((name) => machines.boot(name))).then((boots) => {
    for (const found of boots) {
      const [volumes] = Object.values(found);
      expect([volumeOf(volumes, 'scratch').fresh, volumeOf(volumes, 'cache').fresh]).toEqual([true, true]);
    }
  });
  await machines.shutDown(...ALL);
});

test('a temporary volume that was deleted is made at the next start', async () => {
  const { path } = await scratchOf();
  await insideLab(lab, 'rm -- "$1"', path);
  expect(await boot()).toMatchObject({ scratch: true, cache: true, root: 8, home: 8 });
  await machines.shutDown(ONE);
});

test('what is not an overlay of the machine is not touched, whatever its metadata names, and it starts', async () => {
  const whole = await machines.xml(ONE);
  const { path } = await scratchOf();
  const home = await machines.file(`${ONE}.home.`);
  const other = (await scratchOf('student-02')).path;
  const foreign = { inode: statSync(other).ino, digest: await machines.digest(other) };
  for (const [named, target] of [
    [home, 'vdd'],
    [other, 'vdc'],
  ] as const) {
    const changed = whole.replace(
      new RegExp(`target="vdc" path="${path}"`),
      `target="${target}" path="${named}"`,
    );
    expect(changed).not.toBe(whole);
    await define(changed);
    const found = await boot();
    expect(found).toMatchObject({ cache: true });
    expect(found.home).toBeGreaterThan(8);
    await machines.shutDown(ONE);
  }
  expect({ inode: statSync(other).ino, digest: await machines.digest(other) }).toEqual(foreign);
  await define(whole.replace(/<regraft:temporary[^>]*>/g, '<regraft:temporary path="&#10;"/>text'));
  await machines.bootOnce(ONE);
  expect(await boot()).toMatchObject({ scratch: false, cache: false });
  await machines.shutDown(ONE);
  await define(whole);
  expect(await boot()).toMatchObject({ scratch: true, cache: true });
  await machines.shutDown(ONE);
});

test('on a full disk a machine starts with the volumes that it has, and nothing is left lying about', async () => {
  await lab.virsh('start', ONE);
  await lab.virsh('destroy', ONE);
  const files = await machines.files();
  // No file more fits onto it, while those that are there can grow.
  await insideLab(
    lab,
    'mkdir "$1" && mount -t tmpfs -o "nr_inodes=$3" none "$1" && cp -a "$2/." "$1" && mount --move "$1" "$2" && ! touch "$2/one-more"',
    join(lab.directory, 'full'),
    machines.storage,
    String(files.length + 1),
  );
  await boot('student-02');
  await lab.virsh('destroy', 'student-02');
  expect(await boot('student-02')).toMatchObject({ scratch: false, cache: false });
  await machines.shutDown('student-02');
  const inside = await insideLab(lab, 'ls -A "$1"', machines.storage);
  expect(inside.trim().split('\n').sort()).toEqual(files);
  await insideLab(lab, 'umount "$1"', machines.storage);
});

test('regraft hook check finds another version and a foreign file; remove takes away nothing but its own', async () => {
  const hook = (verb: string) => regraft.run('hook', verb, '--directory', folder);
  const path = join(folder, 'regraft');
  expect(await hook('check')).toEqual({ exitCode: 0, stderr: '', stdout: `lab: ${path} is installed\n` });
  appendFileSync(path, '\n');
  const outdated = await hook('check');
  expect(outdated).toMatchObject({ exitCode: 1, stderr: '' });
  expect(outdated.stdout).toContain(
    `outdated (of another version, or not executable): run regraft hook install --directory ${folder}`,
  );
  expect(await hook('install')).toMatchObject({ exitCode: 0, stdout: `lab: updated ${path}\n` });
  expect(await hook('remove')).toMatchObject({ exitCode: 0, stdout: `lab: removed ${path}\n` });
  expect(await hook('remove')).toMatchObject({ exitCode: 0, stdout: `lab: ${path} is not there\n` });
  expect((await hook('check')).stdout).toContain('is missing: run regraft hook install');
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  for (const verb of ['install', 'check', 'remove']) {
    const { exitCode, stdout, stderr } = await hook(verb);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`${path} is there and is not regraft's`);
  }
});

test('without the hook a temporary volume keeps what was written on it', async () => {
  await boot();
  await machines.shutDown(ONE);
  expect(await boot()).toMatchObject({ scratch: false, cache: false });
  await machines.shutDown(ONE);
});

async function define(xml: string): Promise<void> {
  const file = join(lab.directory, 'definition.xml');
  writeFileSync(file, xml);
  await lab.virsh('define', file);
}
