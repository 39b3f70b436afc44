import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConsole } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines as LabMachines, volumeOf } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import type { TemporaryVolume } from '../../lib/operations/power/temporary';
import { resetTemporary, temporaryVolumesOf } from '../../lib/operations/power/temporary';
import type { StopResult } from '../../lib/operations/stop';
import { Machines } from '../../lib/tools/machines';
import { Volumes } from '../../lib/tools/volumes';
import { Regraft } from './regraft';

/**
 * `regraft start`, `stop` and `console` as a user runs them, on real machines.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const v1: CodeChange = { bases: ['v1'], base: 'v1', clones: ALL };

let lab: Lab;
let project: Project;
let guests: LabMachines;
let machines: Machines;
let volumes: Volumes;
let regraft: Regraft;

beforeAll(async () => {
  lab = await Lab.start({ name: 'start-stop' });
  project = new Project(lab);
  guests = new LabMachines(lab);
  machines = new Machines(lab.uri, { env: process.env });
  volumes = new Volumes(lab.uri, 'pool', { env: process.env });
  regraft = new Regraft(lab, project);
  project.write(v1);
  const { exitCode, text } = await project.deploy();
  if (exitCode !== 0) throw new Error(`cdktf deploy ended with ${exitCode}:\n${text.slice(-4000)}`);
  for (const clone of ALL) await nameTemporary(clone);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

/** Names a machine's temporary volume in its metadata, where its definition does not do so already. */
async function nameTemporary(clone: string): Promise<void> {
  const xml = await machines.definition(clone);
  if (temporaryVolumesOf(xml).length > 0) return;
  const path = await guests.file(`${clone}.scratch.`);
  const volume = `<regraft:temporary target="${await targetOf(clone, path)}" path="${path}" size="${2 ** 24}"/>`;
  const element = `<regraft:volumes xmlns:regraft="https://regraft.dev/xmlns/volumes/1">${volume}</regraft:volumes>`;
  await machines.define(xml.replace('</uuid>', `</uuid><metadata>${element}</metadata>`));
}

async function targetOf(clone: string, path: string): Promise<string> {
  const disks = Object.entries(await guests.disks(clone));
  return disks.find(([, source]) => path.endsWith(source))![0];
}

async function stateOf(name: string): Promise<string> {
  return (await lab.virsh('domstate', name)).trim();
}

/** When the files of the machines' temporary volumes were made; an inode is soon taken again by a new file. */
async function scratches(): Promise<number[]> {
  const files = await Promise.all(ALL.map((clone) => guests.file(`${clone}.scratch.`)));
  return files.map((file) => statSync(file).birthtimeMs);
}

test('a pool is stopped gracefully, its temporary volumes are fresh at the next boot, all else is kept, and there is nothing to plan', async () => {
  await guests.boot('student-01', 'student-02');
  for (const volume of ['root', 'scratch', 'home']) await guests.note('student-01', volume, 'mine');
  const files = await guests.files();
  const untouched = await guests.factsOf('student-03');

  const { exitCode, stdout, stderr } = await regraft.run('stop', '--pool', 'students');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout.replace(/\(\d+ s\)/g, '(N s)')).toBe(
    [
      'student-01  off (N s), scratch reset',
      'student-02  off (N s), scratch reset',
      'student-03  off already, scratch reset',
      '',
    ].join('\n'),
  );
  expect(await guests.files()).toEqual(files);
  const now = await guests.factsOf('student-03');
  for (const [file, facts] of Object.entries(untouched)) {
    if (file.includes('.scratch.')) expect(now[file]!.modified).not.toBe(facts.modified);
    else expect(now[file]).toEqual(facts);
  }

  const planned = await regraft.run('plan');
  expect(planned).toMatchObject({ exitCode: 0 });
  expect(planned.stdout).toContain('Nothing to do');

  const { 'student-01': boot } = await guests.bootOnce('student-01');
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: false, notes: ['mine'] });
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['mine'] });
  expect(volumeOf(boot, 'scratch')).toMatchObject({ fresh: true, notes: [], bytes: 2 ** 24 });
});

test('machines are started by name; one that is on already stays on', async () => {
  const { exitCode, stdout } = await regraft.run('start', 'student-01');
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^student-01 {2}on \(\d+ s\)\n$/) as string,
  });
  const again = await regraft.run('start', 'student-01', 'student-02', '--json');
  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject([
    { stack: 'lab', pool: 'students', clone: 'student-01', host: 'lab', done: true, outcome: 'was-on' },
    { clone: 'student-02', done: true, outcome: 'started' },
  ]);
  expect(await stateOf('student-02')).toBe('running');
});

test('a busy machine: abort resets nothing, skip finishes the others, force cuts its power', async () => {
  await lab.virsh('suspend', 'student-02');
  const before = await scratches();
  const aborted = await regraft.run('stop', '--all', '--on-busy', 'abort', '--json');
  expect(aborted.exitCode).toBe(1);
  expect(JSON.parse(aborted.stdout)).toMatchObject([
    { clone: 'student-01', done: false, outcome: 'shut-down', reset: [] },
    { clone: 'student-02', done: false, outcome: 'busy', reset: [] },
    { clone: 'student-03', done: false, outcome: 'was-off', reset: [] },
  ]);
  expect(await scratches()).toEqual(before);

  const skipped = await regraft.run('stop', '--all');
  expect(skipped.exitCode).toBe(1);
  expect(skipped.stdout).toContain('student-01  off already, scratch reset\n');
  expect(skipped.stdout).toContain('student-02  busy: it is paused and hears no power button');
  const after = await scratches();
  expect(after.map((time, index) => time === before[index])).toEqual([false, true, false]);

  const forced = await regraft.run('stop', 'student-02', '--on-busy', 'force', '--json');
  expect(forced.exitCode).toBe(0);
  const [cut] = JSON.parse(forced.stdout) as StopResult[];
  expect(cut).toMatchObject({ clone: 'student-02', done: true, outcome: 'cut-off', reset: ['scratch'] });
});

test('a machine whose overlay is gone, or that is defined on the overlay of another, is not started; the others are', async () => {
  const root = await guests.file('student-01.root.');
  renameSync(root, `${root}.away`);
  const own = await machines.definition('student-02');
  const [mine, others] = [await guests.file('student-02.root.'), await guests.file('student-03.root.')];
  const name = (path: string): string => path.split('/').at(-1)!;
  await machines.define(own.replaceAll(name(mine), name(others)));

  const { exitCode, stdout } = await regraft.run('start', '--all');
  expect(exitCode).toBe(1);
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toContain(`student-01  refused: its disk vda is ${root}, which is not there: see what`);
  expect(lines[1]).toMatch(
    /^student-02 {2}refused: its disk vda is \S+student-03\.root\.\S+, which the state/,
  );
  expect(lines[2]).toMatch(/^student-03 {2}on/);
  expect(await Promise.all(ALL.map(stateOf))).toEqual(['shut off', 'shut off', 'running']);

  renameSync(`${root}.away`, root);
  await machines.define(own);
  expect(await regraft.run('stop', '--all')).toMatchObject({ exitCode: 0 });
});

test('Ctrl-C ends the waiting, says what became of each machine, and the next stop finishes', async () => {
  // A guest that is still booting hears the button late.
  await lab.virsh('start', 'student-02');
  const program = join(__dirname, '../../dist/cli/bin.js');
  const child = spawn('node', [program, 'stop', 'student-02', '--shutdown-timeout', '200'], {
    cwd: project.folder,
    env: regraft.env,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  while (!stderr.includes('shut down 1 machine')) await sleep(50);
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect({ code, stdout }).toEqual({ code: 130, stdout: 'student-02  busy: interrupted\n' });
  expect(await regraft.run('stop', '--all')).toMatchObject({ exitCode: 0 });
});

describe('the temporary volumes of a machine', () => {
  let scratch: TemporaryVolume;

  beforeAll(async () => {
    [scratch] = temporaryVolumesOf(await machines.definition('student-01')) as [TemporaryVolume];
  });

  const reset = (change: Partial<TemporaryVolume> = {}, clone = 'student-01'): Promise<string[]> =>
    resetTemporary(volumes, clone, [{ ...scratch, ...change }]);

  test('that a killed reset has left missing are made by the next', async () => {
    unlinkSync(scratch.path);
    expect(await reset()).toEqual([scratch.path.split('/').at(-1)]);
    const [made] = await volumes.facts([scratch.path.split('/').at(-1)!]);
    expect(made).toMatchObject({ capacity: 2 ** 24, format: 'qcow2' });
    expect(made).not.toHaveProperty('backing');
  });

  test('stand on their base volume, and are of its size where none is said', async () => {
    const backing = { path: await guests.file('guest-v1.root.base'), format: 'qcow2' };
    const file = scratch.path.split('/').at(-1)!;
    unlinkSync(scratch.path);
    await resetTemporary(volumes, 'student-01', [{ target: scratch.target, path: scratch.path, backing }]);
    const [made, base] = await volumes.facts([file, 'guest-v1.root.base.qcow2']);
    expect(made).toMatchObject({ capacity: base!.capacity, backing: backing.path });
    await reset();
  });

  test.each<[string, () => Promise<string[]>, RegExp]>([
    [
      'a data volume',
      async () => reset({ path: await guests.file('student-01.home.'), target: 'vdc' }),
      /its name is not that of an overlay of this machine/,
    ],
    [
      "another machine's overlay",
      async () => reset({ path: await guests.file('student-02.scratch.') }),
      /its name is not that of an overlay of this machine/,
    ],
    [
      'a file in another folder',
      () => reset({ path: scratch.path.replace('/pools/', '/') }),
      /it is not in storage pool pool/,
    ],
    [
      'an overlay that is no disk of the machine',
      () => reset({ path: scratch.path.replace(/\d{14}/, '20200101000000') }),
      /it is not disk vd[a-z] of student-01/,
    ],
    ['another disk', async () => reset({ path: await guests.file('student-01.root.') }), /it is not disk/],
    [
      'an overlay whose base is gone',
      () => reset({ backing: { path: '/nowhere/base.qcow2', format: 'qcow2' } }),
      /no storage pool has \/nowhere\/base.qcow2/,
    ],
  ])('are refused, before anything is deleted, for %s', async (_, act, message) => {
    const before = await guests.factsOf(...ALL);
    await expect(act()).rejects.toThrow(message);
    expect(await guests.factsOf(...ALL)).toEqual(before);
  });

  test('are left alone while it is on, and while it has a saved memory', async () => {
    const before = statSync(scratch.path).birthtimeMs;
    await lab.virsh('start', 'student-01');
    await expect(reset()).rejects.toThrow(
      /student-01 is running: its temporary volumes are reset only while/,
    );
    await lab.virsh('managedsave', 'student-01');
    await expect(reset()).rejects.toThrow(/student-01 has a saved memory image/);
    expect(statSync(scratch.path).birthtimeMs).toBe(before);
    await machines.dropSaved('student-01');
  });
});

test('a console is opened on a terminal, typed in, and left', async () => {
  expect(await regraft.run('console', 'student-01')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'regraft: a console needs a terminal on standard input and output: run it in one\n',
  });
  const off = await onTerminal('student-01', () => Promise.resolve());
  expect(off.text).toContain('regraft: student-01 is shut off: start it (regraft start student-01)');
  expect(off.exitCode).toBe(1);

  await guests.boot('student-01');
  const { exitCode, text } = await onTerminal('student-01', async (typed, shown) => {
    while (!shown().includes('Escape character')) await sleep(100);
    typed('write home from-the-console\r');
    while (!shown().includes('"note":"from-the-console"')) await sleep(100);
    typed('\u001d');
  });
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  const log = join(lab.consoleLogs, 'student-01.log');
  expect(
    readConsole(log)
      .filter(({ event }) => event === 'written')
      .at(-1),
  ).toMatchObject({
    volume: 'home',
    note: 'from-the-console',
  });
  await guests.shutDown('student-01');
});

test('what is not there is refused in one line, and nothing is done', async () => {
  for (const [args, message] of [
    [['stop'], 'no clone is given: name clones, or use --pool POOL or --all'],
    [['stop', 'student-1'], 'there is no clone "student-1": did you mean "student-01"?'],
    [['start', '--pool', 'student'], 'there is no pool "student": did you mean "students"?'],
    [['start', '--all', '--stack', 'lb'], 'there is no stack "lb": did you mean "lab"?'],
  ] as const) {
    expect(await regraft.run(...args)).toEqual({ exitCode: 1, stdout: '', stderr: `regraft: ${message}\n` });
  }
});

/** Runs `regraft console` on a terminal of its own (`script` of util-linux). */
async function onTerminal(
  clone: string,
  act: (typed: (text: string) => void, shown: () => string) => Promise<void>,
): Promise<{ exitCode: number | null; text: string }> {
  const program = join(__dirname, '../../dist/cli/bin.js');
  const command = `node ${program} console ${clone}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: project.folder, env: regraft.env });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await act(
    (typed) => child.stdin.write(typed),
    () => text,
  );
  const [exitCode] = await ended;
  return { exitCode, text };
}
