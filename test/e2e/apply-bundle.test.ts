import { spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import { parsePlan } from '../../lib/review';
import type { BundleContent } from '../../lib/operations/bundle';
import { byProvider } from './dialect';
import type { Said } from './regraft';
import { Regraft } from './regraft';
import type { Picture } from './rollout/classroom';
import { Classroom } from './rollout/classroom';
import { holdStateLock } from './rollout/held-lock';

/**
 * What was reviewed is what is applied: bundles, and all that stands in the way of one, on a real libvirt.
 *
 * The tests are the chapters of one story and run in order; test/cli/apply.test.ts has what needs no libvirt.
 */
const ALL = ['student-01', 'student-02'];
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL };
const rebased: CodeChange = { ...v1, rebase: {} };

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('apply-bundle');
  await room.applied(v1);
});

afterAll(() => room?.stop());

async function planned(change: CodeChange): Promise<string> {
  room.project.write(change);
  const said = await room.regraft.run('plan', '--out', 'review');
  expect(said).toMatchObject({ exitCode: 2 });
  return join(room.project.folder, 'review/lab');
}

function json<Content>(...path: string[]): Content {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as Content;
}

/** One clear line, exit code 1, and nothing on the host or in the state is another than before. */
async function expectRefused(said: Said, why: RegExp, before: Picture): Promise<void> {
  expect(said).toMatchObject({ exitCode: 1 });
  const errors = said.stderr.split('\n').filter((line) => line.startsWith('regraft: ') && why.test(line));
  expect({ errors: errors.length, said }).toMatchObject({ errors: 1 });
  expect(said.stderr).not.toMatch(/^\s+at |a bug in regraft/m);
  expect(await room.picture()).toEqual(before);
}

test('a bundle is applied exactly, without a question: its plan file, and overlays of the very names that were reviewed', async () => {
  const bundle = await planned(rebased);
  const names = parsePlan(readFileSync(join(bundle, 'plan.json'), 'utf8'))
    .changes.filter(({ type, actions }) => type === 'libvirt_volume' && actions.includes('create'))
    .map(({ after }) => (after as { name: string }).name);
  expect(names).toHaveLength(4);
  // What the code says meanwhile is no matter.
  room.project.write({ ...v1, bases: ['v1'] });
  const said = await room.regraft.run('apply', 'review');
  expect(said).toMatchObject({ exitCode: 0 });
  expect(said.stderr).not.toContain('Do you want');
  expect(await room.machines.files()).toEqual(expect.arrayContaining(names) as string[]);
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v2' });
  const { files } = json<BundleContent>(bundle, 'bundle.json');
  expect(room.run()).toMatchObject({ state: 'done', planSha256: files['plan']!.sha256 });
});

test('the same bundle again is refused: the state has moved on, with what is there now', async () => {
  const said = await room.regraft.run('apply', 'review');
  await expectRefused(
    said,
    /the state of stack lab has moved on since this bundle was made/,
    await room.picture(),
  );
  const [made, gone] = byProvider({
    libvirt: [
      'libvirt_volume.students__student-01__root__guest-v2',
      'libvirt_volume.students__student-01__scratch__guest-v1',
    ],
    regraft: [
      'regraft_clone.students__student-01.volumes["root/guest-v2"]',
      'regraft_clone.students__student-01.volumes["scratch/guest-v1"]',
    ],
  });
  expect(said.stderr).toContain(`  + ${made}`);
  expect(said.stderr).toContain(`  - ${gone}`);
});

test('a bundle of another checkout is refused', async () => {
  const other = new Project(room.lab);
  try {
    other.write(v1);
    const before = await room.picture();
    const said = await new Regraft(room.lab, other).run('apply', join(room.project.folder, 'review'));
    await expectRefused(
      said,
      /was made in another checkout: its state is .*; apply it there, or plan here$/,
      before,
    );
  } finally {
    other.remove();
  }
});

test('a bundle is refused after Terraform has applied something in between', async () => {
  const bundle = await planned(v1);
  const { exitCode, text } = await room.project.terraform('apply', '-input=false', join(bundle, 'plan'));
  expect({ exitCode, text }).toMatchObject({ exitCode: 0 });
  const before = await room.picture();
  await expectRefused(
    await room.regraft.run('apply', 'review'),
    /has moved on since this bundle was made/,
    before,
  );
});

test('a host that does not answer: nothing is touched, neither by a bundle nor by a wrong URI in the code', async () => {
  await planned(rebased);
  const before = await room.picture();
  await room.lab.killLibvirtd();
  const said = await room.regraft.run('apply', 'review');
  await room.lab.startLibvirtd();
  await expectRefused(said, /libvirt-sock/, before);

  const wrong = new Regraft(room.lab, room.project, room.lab.uri.replace('libvirt-sock', 'nobody-listens'));
  await expectRefused(await wrong.run('apply', '--auto-approve'), /could not plan stack lab/, before);
});

test('a socket that may not be used is told as such, and nothing is touched', async () => {
  await planned(rebased);
  const before = await room.picture();
  const socket = join(room.lab.directory, 'run/libvirt/libvirt-sock');
  chmodSync(socket, 0);
  // Root without the privilege to pass by permissions: its own files are all that it may use.
  const said = await withoutPrivilege('apply', 'review');
  chmodSync(socket, 0o700);
  await expectRefused(said, /Permission denied/i, before);
});

test('a state that another holds locked: machines that were asked to leave run again, and later the same command finishes', async () => {
  await planned(rebased);
  await room.machines.boot('student-01');
  const before = await room.picture();
  const readies = { 'student-01': room.count('student-01', 'ready') };
  const release = await holdStateLock(room.project);
  try {
    await expectRefused(
      await room.regraft.run('apply', 'review'),
      /its lock \S+ is held|acquiring the state lock/,
      before,
    );
    expect(room.run()).toMatchObject({ state: 'failed', clones: { 'students/student-01': { ran: true } } });
  } finally {
    await release();
  }
  await room.ready(['student-01'], readies);
  expect(await room.regraft.run('apply', 'review')).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v2' });
  expect(await room.states()).toEqual({ 'student-01': 'running', 'student-02': 'shut off' });
});

function withoutPrivilege(...args: string[]): Promise<Said> {
  const program = join(__dirname, '../../dist/cli/bin.js');
  const drop = ['--bounding-set=-dac_override,-dac_read_search', 'node', program];
  const child = spawn('setpriv', [...drop, ...args], { cwd: room.project.folder, env: room.regraft.env });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => (said[name] += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ exitCode: code ?? 1, ...said })));
}
