import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { killTree } from '../../lab/process-tree';
import { byProvider } from './dialect';
import { Classroom, flat } from './rollout/classroom';

/**
 * Data volumes that leave their clones: exported, imported, and given to another clone when their own is retired.
 *
 * The tests are the chapters of one story and run in order. No machine boots: what a guest would write is written here.
 */
const code = readFileSync(join(__dirname, 'data-exports/main.ts'), 'utf8');
const run = promisify(execFile);
const program = join(__dirname, '../../dist/cli/bin.js');

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('exports');
  await run('truncate', ['-s', '8M', join(room.lab.directory, 'notes.raw')]);
});

afterAll(() => room?.stop());

/** The code with parts of it changed. */
function withCode(from: string, ...changes: (readonly [string, string])[]): string {
  return changes.reduce((text, [was, is]) => {
    expect(text).toContain(was);
    return text.replace(was, is);
  }, from);
}

/** A file of the project. */
function own(name: string): string {
  return join(room.project.folder, name);
}

function volume(name: string): string {
  return join(room.machines.storage, name);
}

/** Writes what a guest might, by a byte that tells it from other content. */
async function writeContent(file: string, pattern: string): Promise<void> {
  await run('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} 1M 3M`, volume(file)]);
}

/** The SHA-256 of what a guest sees of a qcow2 file. */
async function seen(file: string): Promise<string> {
  const raw = own('seen.raw');
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', file, raw]);
  return room.machines.digest(raw);
}

async function expectRefused(args: string[], message: string): Promise<void> {
  const before = await room.picture();
  const digests = await room.machines.dataDigests();
  const said = await room.regraft.run(...args);
  expect({ exitCode: said.exitCode, stderr: said.stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining(message) as string,
  });
  expect(await room.picture()).toEqual(before);
  expect(await room.machines.dataDigests()).toEqual(digests);
}

test('an export is a flat qcow2 file with the digest of the volume, which sha256sum checks; it replaces nothing unasked', async () => {
  room.project.writeCode(code);
  const applied = await room.apply();
  expect({ exitCode: applied.exitCode, stderr: applied.exitCode === 0 ? '' : applied.stderr }).toEqual({
    exitCode: 0,
    stderr: '',
  });
  await writeContent('student-01.home.data.qcow2', '0x11');
  await writeContent('student-02.home.data.qcow2', '0x22');
  const digest = await room.machines.digest('student-01.home.data.qcow2');
  const exported = await room.regraft.run('export', 'student-01', 'home', '--to', 'home.qcow2');
  expect(exported).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(digest) as string });
  expect(await room.machines.digest(own('home.qcow2'))).toBe(digest);
  await run('sha256sum', ['--check', '--strict', 'home.qcow2.sha256'], { cwd: room.project.folder });
  const again = ['export', 'student-01', 'home', '--to', 'home.qcow2'];
  await expectRefused(again, 'is there already');
  expect(await room.regraft.run(...again, '--force')).toMatchObject({ exitCode: 0 });
  await expectRefused(['export', 'student-01', '--to', 'any.qcow2'], 'home, notes');
});

test('the volume of a running machine is not exported', async () => {
  await room.lab.virsh('start', 'student-01');
  await expectRefused(['export', 'student-01', 'home', '--to', 'live.qcow2'], 'regraft stop student-01');
  await expectRefused(
    ['import', 'student-01', 'home', '--from', 'home.qcow2', '--auto-approve'],
    'regraft stop student-01',
  );
  await room.lab.virsh('destroy', 'student-01');
  expect(existsSync(own('live.qcow2'))).toBe(false);
});

test('a guest that makes its raw volume look like a qcow2 file on /etc/shadow gains nothing: its own bytes are exported', async () => {
  const lie = own('lie.qcow2');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/shadow', lie, '8M']);
  const header = (await readFile(lie)).subarray(0, 65536);
  const handle = await open(volume('student-01.notes.data.qcow2'), 'r+');
  await handle.write(header, 0, header.length, 0);
  await handle.close();
  const bytes = await room.machines.digest('student-01.notes.data.qcow2');
  expect(await room.regraft.run('export', 'student-01', 'notes', '--to', 'notes.qcow2')).toMatchObject({
    exitCode: 0,
  });
  expect(await seen(own('notes.qcow2'))).toBe(bytes);
  const { stdout } = await run('qemu-img', ['info', '-f', 'qcow2', '--output=json', own('notes.qcow2')]);
  expect(stdout).not.toContain('backing');
  const planned = await room.regraft.run('plan');
  expect(planned.exitCode).toBe(0);
  // Regraft's own provider takes the format from the code alone; what libvirt believes to be below it is told.
  expect(flat(planned.stdout)).toContain(byProvider({ libvirt: 'RG241', regraft: 'RG703' }));
  // Nor when its machine is defined anew, by a provider that has read of libvirt what the volume looks like.
  expect(await room.regraft.run('restore', 'student-01', '--auto-approve')).toMatchObject({ exitCode: 0 });
  const [, type] = /type='(\w+)'\/>\s*<source[^>]*notes/.exec(await room.machines.xml('student-01')) ?? [];
  expect(type).toBe('raw');
});

test('an import of what is no flat qcow2 file, of another digest, too large, or over content is refused', async () => {
  const from = (file: string, ...flags: string[]): string[] => [
    'import',
    'student-02',
    'home',
    '--from',
    file,
    '--auto-approve',
    ...flags,
  ];
  await expectRefused(from('home.qcow2'), '--replace');
  await expectRefused(from('lie.qcow2', '--replace'), 'has the backing file /etc/shadow');
  await expectRefused(from('home.qcow2', '--replace', '--sha256', '0'.repeat(64)), 'expected 0000');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', own('large.qcow2'), '48M']);
  await expectRefused(from('large.qcow2', '--replace'), 'never shrunk');
  await run('qemu-img', [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-o',
    `data_file=${own('outside.raw')}`,
    own('outside.qcow2'),
    '24M',
  ]);
  await expectRefused(from('outside.qcow2', '--replace'), 'has its data in another file');
  await writeFile(own('text.qcow2'), 'no image');
  await expectRefused(from('text.qcow2', '--replace'), 'cannot be read as qcow2');
  await copyFile(own('home.qcow2'), own('damaged.qcow2'));
  const damaged = await open(own('damaged.qcow2'), 'r+');
  await damaged.write(Buffer.alloc(65536, 0xff), 0, 65536, 131072);
  await damaged.close();
  await expectRefused(from('damaged.qcow2', '--replace'), 'damaged');
});

test('an import that is killed anywhere leaves the old or the new content in full; run again, it finishes, and the old content is kept', async () => {
  const file = volume('student-02.home.data.qcow2');
  const [before, wanted] = [await seen(file), await seen(own('home.qcow2'))];
  expect(before).not.toBe(wanted);
  const args = ['import', 'student-02', 'home', '--from', 'home.qcow2', '--replace', '--auto-approve'];
  const stage = volume('student-02.home.data.import.qcow2');
  for (const wait of [0, 150, 300]) {
    const child = spawn('node', [program, ...args], {
      cwd: room.project.folder,
      env: room.regraft.env,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    while (!existsSync(stage) && child.exitCode === null) await sleep(2);
    await sleep(wait);
    killTree(child.pid!);
    await ended;
    expect([before, wanted]).toContain(await seen(file));
  }
  const finished = await room.regraft.run(...args);
  expect({ exitCode: finished.exitCode, stderr: finished.stderr }).toEqual({
    exitCode: 0,
    stderr: finished.stderr,
  });
  expect(await seen(file)).toBe(wanted);
  expect(existsSync(stage)).toBe(false);
  const kept = (await room.machines.files()).filter((name) => name.endsWith('.bak.qcow2'));
  expect(await Promise.all(kept.map((name) => seen(volume(name))))).toContain(before);
  expect(await room.regraft.run(...args)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('already') as string,
  });
  expect((await room.regraft.run('plan')).exitCode).toBe(0);
});

test('an import of a smaller file is grown to the size of the volume', async () => {
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', own('small.qcow2'), '16M']);
  await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x33 0 64k', own('small.qcow2')]);
  expect(
    await room.regraft.run(
      'import',
      'student-02',
      'home',
      '--from',
      'small.qcow2',
      '--replace',
      '--auto-approve',
    ),
  ).toMatchObject({ exitCode: 0 });
  const { stdout } = await run('qemu-img', [
    'info',
    '-f',
    'qcow2',
    '--output=json',
    volume('student-02.home.data.qcow2'),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': 24 * 2 ** 20 });
  await run('qemu-io', ['-f', 'qcow2', '-c', 'read -P 0x33 0 64k', volume('student-02.home.data.qcow2')]);
  expect((await room.regraft.run('plan')).exitCode).toBe(0);
});

test('the volume of a retired clone is given to a new clone: moved, the same file, byte for byte; without its entry in the code nothing is applied', async () => {
  const digest = await room.machines.digest('student-01.home.data.qcow2');
  const retired = withCode(
    code,
    [
      "clones: ['student-01', 'student-02'],",
      "clones: ['student-02', 'student-03'],\n  retired: ['student-01'],",
    ],
    ['student-03', 'student-04'],
  );
  room.project.writeCode(
    withCode(
      retired,
      ["'student-04'", "'student-04'"],
      ["clones: ['student-02', 'student-04']", "clones: ['student-02']"],
    ),
  );
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(await room.regraft.run('export', 'student-01', 'home', '--to', 'archived.qcow2')).toMatchObject({
    exitCode: 0,
  });
  expect(await room.machines.digest(own('archived.qcow2'))).toBe(digest);

  const entry =
    "overrides: { 'student-04': { data: { home: Volume.archived('student-01/home') } } },\n  base: v1,";
  const given = withCode(retired, ['base: v1,', entry]);
  room.project.writeCode(given);
  const planned = await room.regraft.run('plan');
  expect(planned.exitCode).toBe(2);
  expect(flat(planned.stdout)).toContain('given from student-01');
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(Object.values(await room.machines.disks('student-04')).join()).toContain(
    'student-01.home.data.qcow2',
  );
  expect(await room.machines.digest('student-01.home.data.qcow2')).toBe(digest);
  expect(await room.machines.files()).not.toContain('student-04.home.data.qcow2');
  expect((await room.regraft.run('plan')).exitCode).toBe(0);

  room.project.writeCode(retired);
  // Regraft's own provider refuses it at plan.
  expect((await room.apply()).exitCode).toBe(byProvider({ libvirt: 3, regraft: 1 }));
  expect((await room.project.deploy()).exitCode).not.toBe(0);
  expect(await room.machines.digest('student-01.home.data.qcow2')).toBe(digest);
  await rm(own('archived.qcow2'));
});

test('a clone is retired with the volume that it was given; without its entry even plain Terraform leaves it alone', async () => {
  const digest = await room.machines.digest('student-01.home.data.qcow2');
  const entry =
    "overrides: { 'student-04': { data: { home: Volume.archived('student-01/home') } } },\n  base: v1,";
  const retired = withCode(code, [
    "clones: ['student-01', 'student-02'],",
    "clones: ['student-02'],\n  retired: ['student-01', 'student-04'],",
  ]);
  room.project.writeCode(withCode(retired, ['base: v1,', entry]));
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  room.project.writeCode(retired);
  expect((await room.apply()).exitCode).toBe(3);
  await room.project.deploy();
  expect(await room.machines.digest('student-01.home.data.qcow2')).toBe(digest);
});
