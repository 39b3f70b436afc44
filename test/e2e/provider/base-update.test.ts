import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { GuestBoot } from '../../../lab/guest';
import { guestImage } from '../../../lab/guest';
import { Lab } from '../../../lab/lab';
import { Machines, volumeOf } from '../../../lab/machines';
import type { CodeChange, Output } from '../../../lab/project';
import { Project } from '../../../lab/project';
import { ALL, STAGES } from '../base-update-stages';

/**
 * The life of a base update under running machines, by `cdktf synth` and plain `terraform plan` and `apply`: the provider
 * shuts machines down, proves their data and starts them again by itself.
 *
 * The tests are the chapters of one story and run in order.
 */
const { v1, proposed, canary, rebased, promoted } = STAGES;

let lab: Lab;
let project: Project;
let machines: Machines;
const firstBoots: Record<string, GuestBoot> = {};
let baseDigest = '';

beforeAll(async () => {
  lab = await Lab.start({ name: 'story' });
  project = new Project(lab, 'lab/stack/main.ts', 'regraft');
  machines = new Machines(lab);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

async function terraform(...args: string[]): Promise<Output> {
  const output = await project.terraform(...args);
  if (output.exitCode !== 0)
    throw new Error(`terraform ${args[0]} ended with ${output.exitCode}:\n${output.text.slice(-6000)}`);
  return output;
}

async function synth(change: CodeChange): Promise<void> {
  project.write(change);
  await project.synth();
}

async function apply(change: CodeChange): Promise<string> {
  await synth(change);
  return (await terraform('apply', '-input=false', '-auto-approve', '-no-color')).text;
}

async function plan(change: CodeChange): Promise<{ actions: Record<string, string>; text: string }> {
  await synth(change);
  const { text } = await terraform('plan', '-input=false', '-out=plan', '-no-color');
  const actions = (await project.plannedActions()).map(({ address, actions: found }) => [address, found]);
  return { actions: Object.fromEntries(actions) as Record<string, string>, text };
}

function clone(name: string): string {
  return `regraft_clone.students__${name}`;
}

test('a new pool boots, and each machine finds and marks a system, a temporary and a data volume', async () => {
  await apply(v1);
  expect((await plan(v1)).actions).toEqual({});
  Object.assign(firstBoots, await machines.boot(...ALL));
  for (const name of ALL) {
    const boot = firstBoots[name];
    expect(boot?.os).toBe('v1');
    expect(['root', 'scratch', 'home'].map((volume) => volumeOf(boot, volume).fresh)).toEqual([
      true,
      true,
      true,
    ]);
    await machines.note(name, 'root', `system-of-${name}`);
    await machines.note(name, 'home', `data-of-${name}`);
  }
  // A machine that runs is no change.
  expect((await plan(v1)).actions).toEqual({});
});

test('a base volume is read-only on the host, and guests that write leave its bytes as they were', async () => {
  const file = await machines.file('guest-v1.root.base');
  expect((await stat(file)).mode & 0o777).toBe(0o444);
  baseDigest = await machines.digest(file);
  expect(baseDigest).toBe(await machines.digest(guestImage('v1')));
});

test('the plan of a canary rebase says of one clone that its base changes and which volumes, and of the running machine that it is asked to shut down; the others are not in it', async () => {
  await apply(proposed);
  const { actions, text } = await plan(canary);
  expect(actions).toEqual({ [clone('student-01')]: 'update' });
  expect(text).toMatch(/~ base\s+= "guest-v1" -> "guest-v2"/);
  expect(text).toMatch(
    /"student-01\.root\.guest-v1\.|student-01\.root\.guest-v1\.\d{14}\.qcow2" -> ".*student-01\.root\.guest-v2\.\d{14}\.qcow2"/,
  );
  expect(text).toMatch(/student-01.*shut down/);
});

test('applied, the machine is shut down and started again by itself: its system is new, its temporary volume fresh, its data untouched, and the others are not touched at all', async () => {
  const oldOverlay = await machines.file('student-01.root.guest-v1.');
  const definitions = await Promise.all(['student-02', 'student-03'].map((name) => machines.xml(name)));
  const identity = await lab.virsh('domuuid', 'student-01');
  const ids = await Promise.all(['student-02', 'student-03'].map((name) => lab.virsh('domid', name)));

  const { 'student-01': boot } = await machines.booted(
    ['student-01'],
    async () => void (await apply(canary)),
  );

  expect(boot?.os).toBe('v2');
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: true, notes: [] });
  expect(volumeOf(boot, 'scratch').fresh).toBe(true);
  expect(volumeOf(boot, 'home')).toMatchObject({
    fresh: false,
    marker: volumeOf(firstBoots['student-01'], 'home').marker,
    notes: ['data-of-student-01'],
  });
  expect(existsSync(oldOverlay)).toBe(true);
  expect(await lab.virsh('domuuid', 'student-01')).toBe(identity);
  expect(await Promise.all(['student-02', 'student-03'].map((name) => machines.xml(name)))).toEqual(
    definitions,
  );
  expect(await Promise.all(['student-02', 'student-03'].map((name) => lab.virsh('domid', name)))).toEqual(
    ids,
  );
  expect((await plan(canary)).actions).toEqual({});
});

test('a revert brings the old system back with all that was written on it before the rebase', async () => {
  const { 'student-01': boot } = await machines.booted(
    ['student-01'],
    async () => void (await apply(proposed)),
  );
  expect(boot?.os).toBe('v1');
  expect(volumeOf(boot, 'root')).toMatchObject({
    marker: volumeOf(firstBoots['student-01'], 'root').marker,
    notes: ['system-of-student-01'],
  });
  expect(volumeOf(boot, 'scratch').fresh).toBe(true);
  expect(volumeOf(boot, 'home').notes).toEqual(['data-of-student-01']);
  expect((await machines.files()).filter((name) => /^student-.*\.guest-v2\./.test(name))).toEqual([]);
  expect(await machines.digest('guest-v1.root.base.qcow2')).toBe(baseDigest);
});

test('after a rebase of all, promoting deletes the old overlays and touches neither machine nor data', async () => {
  const boots = await machines.booted(ALL, async () => void (await apply(rebased)));
  expect(ALL.map((name) => boots[name]?.os)).toEqual(['v2', 'v2', 'v2']);
  expect(volumeOf(boots['student-02'], 'projects').fresh).toBe(false);
  await machines.shutDown('student-01');
  const data = await machines.digest('student-01.home.data.qcow2');
  const ids = await Promise.all(['student-02', 'student-03'].map((name) => lab.virsh('domid', name)));

  expect((await plan(promoted)).actions).toEqual(
    Object.fromEntries(ALL.map((name) => [clone(name), 'update'])),
  );
  await apply(promoted);
  expect((await machines.files()).filter((name) => /^student-.*guest-v1/.test(name))).toEqual([]);
  expect(await machines.digest('student-01.home.data.qcow2')).toBe(data);
  // One that was off stays off, those that run go on.
  expect((await lab.virsh('domstate', 'student-01')).trim()).toBe('shut off');
  expect(await Promise.all(['student-02', 'student-03'].map((name) => lab.virsh('domid', name)))).toEqual(
    ids,
  );
  expect((await plan(promoted)).actions).toEqual({});
});

test('a restore gives a fresh system and the same data', async () => {
  const { 'student-03': boot } = await machines.booted(
    ['student-03'],
    async () => void (await apply({ ...promoted, restore: { 'student-03': 'since it was broken' } })),
  );
  expect(volumeOf(boot, 'root').fresh).toBe(true);
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['data-of-student-03'] });
  // Taking the text out of the code restores nothing.
  expect((await plan(promoted)).actions).toEqual({});
});

test('taking a clone out of the code keeps its data on the host, and a clone of its name finds it again, which its plan says', async () => {
  await machines.shutDown('student-03');
  const file = 'student-03.home.data.qcow2';
  const digest = await machines.digest(file);
  await apply({ ...promoted, clones: ['student-01', 'student-02'] });
  expect(await lab.virsh('list', '--all', '--name')).not.toContain('student-03');
  expect((await machines.files()).filter((name) => name.startsWith('student-03'))).toEqual([file]);
  expect(await machines.digest(file)).toBe(digest);

  expect((await plan(promoted)).text).toMatch(/student-03\.home\.data\.qcow2/);
  await apply(promoted);
  expect(await machines.digest(file)).toBe(digest);
});

test('retiring a clone keeps the bytes of its data, bringing it back too, and a purge deletes them', async () => {
  const gone: CodeChange = { ...promoted, clones: ['student-01', 'student-02'] };
  const retired: CodeChange = { ...gone, retired: ['student-03'] };
  const file = 'student-03.home.data.qcow2';
  const digest = await machines.digest(file);
  await apply(retired);
  expect(await machines.digest(file)).toBe(digest);
  expect(await lab.virsh('list', '--all', '--name')).not.toContain('student-03');
  await apply(promoted);
  expect(await machines.digest(file)).toBe(digest);
  const { 'student-03': boot } = await machines.bootOnce('student-03');
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['data-of-student-03'] });
  await apply(retired);
  await apply(gone);
  expect((await machines.files()).filter((name) => name.startsWith('student-03'))).toEqual([]);
});

test('a base is not deleted while it is protected, and a retired one is when nothing stands on it', async () => {
  const kept: CodeChange = { ...promoted, clones: ['student-01', 'student-02'] };
  await synth({ ...kept, bases: ['v2'] });
  const refused = await project.terraform('plan', '-input=false', '-no-color');
  expect(refused.exitCode).toBe(1);
  expect(refused.text).toMatch(/guest-v1.*protect/s);
  await apply({ ...kept, retiredBases: ['v1'] });
  expect(await machines.files()).toContain('guest-v1.root.base.qcow2');
  await apply({ ...kept, bases: ['v2'] });
  expect(await machines.files()).not.toContain('guest-v1.root.base.qcow2');
});
