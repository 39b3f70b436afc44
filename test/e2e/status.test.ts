import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Ajv from 'ajv';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import type { CloneStatus, FleetStatus, StackStatus } from '../../lib/status';
import schema from '../../lib/status/reporters/status.schema.json';
import { byProvider } from './dialect';
import { Regraft } from './regraft';

/** `regraft status` on real machines; the tests are the chapters of one story and run in order. */
const ALL = ['student-01', 'student-02', 'student-03', 'student-04'];
const v1: CodeChange = { bases: ['v1'], base: 'v1', clones: ALL };
const canary: CodeChange = { ...v1, bases: ['v1', 'v2'], rebase: { clones: ['student-01'] } };
const validate = new Ajv({ allErrors: true }).compile(schema);

let lab: Lab;
let project: Project;
let machines: Machines;
let regraft: Regraft;

beforeAll(async () => {
  lab = await Lab.start({ name: 'status' });
  project = new Project(lab);
  machines = new Machines(lab);
  regraft = new Regraft(lab, project);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

async function deploy(change: CodeChange): Promise<void> {
  project.write(change);
  const { exitCode, text } = await project.deploy();
  if (exitCode !== 0) throw new Error(`cdktf deploy ended with ${exitCode}:\n${text.slice(-4000)}`);
}

async function statusJson(): Promise<StackStatus> {
  const { exitCode, stdout, stderr } = await regraft.run('status', '--json');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const status = JSON.parse(stdout) as FleetStatus;
  expect(validate(status) ? [] : validate.errors).toEqual([]);
  return status.stacks[0]!;
}

function clone({ pools }: StackStatus, name: string): CloneStatus {
  return pools[0]!.clones.find((one) => one.clone === name)!;
}

function volumesOn({ hosts }: StackStatus, base: string) {
  return hosts[0]!.bases.find((one) => one.base === base)!.volumes[0]!;
}

function image(file: string, backing?: string): string {
  const path = join(machines.storage, file);
  const on = backing === undefined ? ['16M'] : [];
  const below = backing === undefined ? [] : ['-F', 'qcow2', '-b', join(machines.storage, backing)];
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...below, path, ...on]);
  return path;
}

test('before anything was applied it says so', async () => {
  project.write(v1);
  await project.diff();
  expect(await regraft.run('status')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^Nothing was applied yet/),
  });
});

test('in a canary rebase the canary is on the new base with a way back, the others are stale, and nothing is amiss', async () => {
  await deploy(v1);
  await deploy(canary);
  const stack = await statusJson();
  expect(stack.pools[0]!.clones).toMatchObject([
    { clone: 'student-01', base: 'guest-v2', retainedBase: 'guest-v1', stale: false, power: 'shut off' },
    ...ALL.slice(1).map((name) => ({ clone: name, base: 'guest-v1', stale: true, wanted: 'guest-v1' })),
  ]);
  expect([...stack.drift, ...stack.pools[0]!.clones.flatMap(({ drift }) => drift)]).toEqual([]);
  expect(stack.hosts[0]).toMatchObject({ orphans: [], otherFiles: [], otherBackings: [] });
  expect(stack.hosts[0]!.available).toBeGreaterThan(0);
  expect(
    volumesOn(stack, 'guest-v1')
      .overlays.map(({ kind }) => kind)
      .sort(),
  ).toEqual(['current', 'current', 'current', 'retained']);
  expect(volumesOn(stack, 'guest-v1').machines).toEqual(ALL.slice(1));
});

test('what people did by hand is told, in 80 columns', async () => {
  await lab.virsh('start', 'student-01');
  await lab.virsh('undefine', 'student-03');
  await lab.virsh('start', 'student-04');
  await lab.virsh('managedsave', 'student-04');
  const orphan = 'student-02.root.guest-v1.20200101000000.qcow2';
  image(orphan, 'guest-v1.root.base.qcow2');
  const mine = image('mine.qcow2', 'guest-v1.root.base.qcow2');
  const stick = image('stick.qcow2');
  await lab.virsh('attach-disk', 'student-02', stick, 'vdz', '--config', '--subdriver', 'qcow2');

  const stack = await statusJson();
  expect(ALL.map((name) => clone(stack, name).power)).toEqual(['running', 'shut off', 'missing', 'saved']);
  expect(clone(stack, 'student-02').drift).toMatchObject([{ kind: 'disk-attached' }]);
  expect(clone(stack, 'student-03')).toMatchObject({
    base: 'guest-v1',
    drift: [{ kind: 'machine-missing' }],
  });
  expect(stack.hosts[0]!.orphans.map(({ file }) => file)).toEqual([orphan]);
  expect(stack.hosts[0]!.otherFiles.map(({ file }) => file).sort()).toEqual(['mine.qcow2', 'stick.qcow2']);
  expect(volumesOn(stack, 'guest-v1').overlays).toContainEqual({ path: mine, kind: 'foreign' });

  const { exitCode, stdout } = await regraft.run('status');
  expect(exitCode).toBe(0);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ {2}student-01 +guest-v2 +guest-v1, \d+ KiB +running +healthy$/m);
  expect(stdout).toContain('students/student-02: vdz is stick.qcow2, the state has no disk vdz');
});

test('a clone that was moved alone, which leaves the manifest in the state behind, is on its new base', async () => {
  await lab.virsh('managedsave-remove', 'student-04');
  project.write({ ...canary, rebase: {} });
  await project.diff();
  const target = `-target=${byProvider({ libvirt: 'libvirt_domain', regraft: 'regraft_clone' })}.students__student-04`;
  expect(await project.terraform('apply', '-auto-approve', '-input=false', target)).toMatchObject({
    exitCode: 0,
  });
  const stack = await statusJson();
  expect(clone(stack, 'student-04')).toMatchObject({
    base: 'guest-v2',
    retainedBase: 'guest-v1',
    stale: false,
    drift: [],
  });
  expect(clone(stack, 'student-02')).toMatchObject({ base: 'guest-v1', wanted: 'guest-v2', stale: true });
});

test('files that are deleted under machines are told, those of data as the gravest', async () => {
  rmSync(join(machines.storage, 'student-02.home.data.qcow2'));
  rmSync(await machines.file('student-01.scratch.'));
  const stack = await statusJson();
  expect(clone(stack, 'student-01').drift.map(({ kind }) => kind)).toEqual([
    'deleted-file',
    'volume-missing',
  ]);
  expect(clone(stack, 'student-02').drift.map(({ kind }) => kind)).toEqual(['data-missing', 'disk-attached']);
});

test('watched in a pipe it is one document a line, only when something has changed, until Ctrl-C', async () => {
  const program = join(__dirname, '../../dist/cli/bin.js');
  const child = spawn('node', [program, 'status', '--watch', '--json'], {
    cwd: project.folder,
    env: regraft.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<StackStatus> =>
    (JSON.parse((await lines.next()).value as string) as FleetStatus).stacks[0]!;
  expect(clone(await next(), 'student-04').power).toBe('shut off');
  await lab.virsh('start', '--paused', 'student-04');
  expect(clone(await next(), 'student-04').power).toBe('paused');
  child.kill('SIGINT');
  expect((await once(child, 'exit')) as [number]).toEqual([0, null]);
});

test('a host that cannot be asked leaves what only libvirt knows unknown, and is an error when it is the only one', async () => {
  await lab.killLibvirtd();
  const { exitCode, stdout, stderr } = await regraft.run('status', '--json');
  await lab.startLibvirtd();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^regraft: no host could be asked: libvirt on host lab is not reachable \(.*\)$/m);
  const [stack] = (JSON.parse(stdout) as FleetStatus).stacks;
  expect(stack!.pools[0]!.clones.map(({ power }) => power)).toEqual(ALL.map(() => 'unknown'));
  expect(stack!.pools[0]!.clones.map(({ base }) => base)).toEqual([
    'guest-v2',
    'guest-v1',
    'guest-v1',
    'guest-v2',
  ]);
});
