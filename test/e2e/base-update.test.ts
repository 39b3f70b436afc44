import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestBoot } from '../../lab/guest';
import { guestImage } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines, volumeOf } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import { libvirtOnly } from './dialect';
import { ALL, STAGES } from './base-update-stages';

/**
 * The life of a base update on real machines, as a user lives it: edit the code, `cdktf diff`, `cdktf deploy`.
 *
 * The tests are the chapters of one story and run in order.
 */
const test = libvirtOnly('its own story is provider/base-update.test.ts');
const { v1, proposed, canary, rebased, promoted } = STAGES;

let lab: Lab;
let project: Project;
let machines: Machines;
const firstBoots: Record<string, GuestBoot> = {};
let baseDigest = '';

beforeAll(async () => {
  lab = await Lab.start({ name: 'e2e' });
  project = new Project(lab);
  machines = new Machines(lab);
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

async function plan(change: CodeChange): Promise<Record<string, string>> {
  project.write(change);
  const { exitCode, text } = await project.diff();
  if (exitCode !== 0) throw new Error(`cdktf diff ended with ${exitCode}:\n${text.slice(-4000)}`);
  return Object.fromEntries(
    (await project.plannedActions()).map(({ address, actions }) => [address, actions]),
  );
}

/** What a change of its disks does to a machine: provider 0.8 replaces it through a trigger, 0.9 updates it. */
function machineChange(clone: string): Record<string, string> {
  const domain = `libvirt_domain.students__${clone}`;
  if (project.generation !== '0.8') return { [domain]: 'update' };
  return { [domain]: 'delete+create', [`terraform_data.students__${clone}`]: 'delete+create' };
}

function overlay(clone: string, volume: string, base: string): string {
  return `libvirt_volume.students__${clone}__${volume}__guest-${base}`;
}

test('a new pool boots, and each machine finds and marks a system, a temporary and a data volume', async () => {
  await deploy(v1);
  Object.assign(firstBoots, await machines.boot(...ALL));
  for (const clone of ALL) {
    const boot = firstBoots[clone];
    expect(boot?.os).toBe('v1');
    expect(['root', 'scratch', 'home'].map((name) => volumeOf(boot, name).fresh)).toEqual([true, true, true]);
    await machines.note(clone, 'root', `system-of-${clone}`);
    await machines.note(clone, 'home', `data-of-${clone}`);
  }
  expect(volumeOf(firstBoots['student-02'], 'projects').fresh).toBe(true);
  await machines.shutDown(...ALL);
  const again = await machines.bootOnce('student-01');
  expect(volumeOf(again['student-01'], 'home')).toMatchObject({
    fresh: false,
    boots: 2,
    notes: ['data-of-student-01'],
  });
});

test('a base volume is read-only on the host, and guests that write leave its bytes as they were', async () => {
  const file = await machines.file('guest-v1.root.base');
  expect((await stat(file)).mode & 0o777).toBe(0o444);
  baseDigest = await machines.digest(file);
  expect(baseDigest).toBe(await machines.digest(guestImage('v1')));
});

test('a canary rebase changes one clone: its system is new, its temporary volume fresh, its data untouched, and the others are not touched at all', async () => {
  await deploy(proposed);
  const data = await machines.dataDigests();
  const others = await machines.factsOf('student-02', 'student-03');
  const definitions = await Promise.all(['student-02', 'student-03'].map((name) => machines.xml(name)));
  const identity = await lab.virsh('domuuid', 'student-01');
  const oldOverlay = await machines.file('student-01.root.guest-v1.');

  expect(await plan(canary)).toEqual({
    [overlay('student-01', 'root', 'v2')]: 'create',
    [overlay('student-01', 'scratch', 'v2')]: 'create',
    [overlay('student-01', 'scratch', 'v1')]: 'delete',
    ...machineChange('student-01'),
  });
  await deploy(canary);

  expect(await machines.dataDigests()).toEqual(data);
  expect(await machines.factsOf('student-02', 'student-03')).toEqual(others);
  expect(await Promise.all(['student-02', 'student-03'].map((name) => machines.xml(name)))).toEqual(
    definitions,
  );
  expect(existsSync(oldOverlay)).toBe(true);
  expect(await lab.virsh('domuuid', 'student-01')).toBe(identity);

  const { 'student-01': boot } = await machines.bootOnce('student-01');
  expect(boot?.os).toBe('v2');
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: true, notes: [] });
  expect(volumeOf(boot, 'scratch').fresh).toBe(true);
  expect(volumeOf(boot, 'home')).toMatchObject({
    fresh: false,
    marker: volumeOf(firstBoots['student-01'], 'home').marker,
    notes: ['data-of-student-01'],
  });
});

test('a revert brings the old system back with all that was written on it before the rebase', async () => {
  const data = await machines.dataDigests();
  await deploy(proposed);
  expect(await machines.dataDigests()).toEqual(data);
  expect(
    (await machines.files()).filter((name) => name.includes('.guest-v2.') && !name.startsWith('guest-v2')),
  ).toEqual([]);
  const { 'student-01': boot } = await machines.bootOnce('student-01');
  expect(boot?.os).toBe('v1');
  expect(volumeOf(boot, 'root')).toMatchObject({
    marker: volumeOf(firstBoots['student-01'], 'root').marker,
    notes: ['system-of-student-01'],
  });
  expect(volumeOf(boot, 'scratch').fresh).toBe(true);
  expect(await machines.digest('guest-v1.root.base.qcow2')).toBe(baseDigest);
});

test('after a rebase of all, promoting deletes the old overlays and nothing else, and the stack equals one written for the new base', async () => {
  const data = await machines.dataDigests();
  await deploy(rebased);
  const boots = await machines.bootOnce(...ALL);
  expect(ALL.map((clone) => boots[clone]?.os)).toEqual(['v2', 'v2', 'v2']);
  expect(volumeOf(boots['student-02'], 'projects').fresh).toBe(false);
  const written = await machines.dataDigests();
  expect(Object.keys(written)).toEqual(Object.keys(data));

  expect(await plan(promoted)).toEqual(
    Object.fromEntries(ALL.map((clone) => [overlay(clone, 'root', 'v1'), 'delete'])),
  );
  const fromTheStart = project.synthesized();
  await deploy(promoted);
  expect(await machines.dataDigests()).toEqual(written);
  expect((await machines.files()).filter((name) => /^student-.*guest-v1/.test(name))).toEqual([]);
  expect(project.synthesized()).toBe(fromTheStart);
  expect(fromTheStart).not.toMatch(/__root__guest-v1/);
  expect(await plan(promoted)).toEqual({});
});

test('a restore by "terraform plan -replace" gives a fresh system and the same data, and no machine is ever defined on a file that is gone', async () => {
  const data = await machines.dataDigests();
  const before = await machines.file('student-03.root.');
  const replaced = ['root', 'scratch'].map((volume) => `-replace=${overlay('student-03', volume, 'v2')}`);
  const planned = await project.terraform('plan', '-input=false', '-out=restore', ...replaced);
  expect(planned).toMatchObject({ exitCode: 0 });

  const watch = watchDefinition('student-03');
  const applied = await project.terraform('apply', '-input=false', 'restore');
  expect(await watch.stop()).toEqual([]);
  expect(applied).toMatchObject({ exitCode: 0 });

  expect(existsSync(before)).toBe(false);
  expect(await machines.dataDigests()).toEqual(data);
  const { 'student-03': boot } = await machines.bootOnce('student-03');
  expect(volumeOf(boot, 'root').fresh).toBe(true);
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['data-of-student-03'] });
});

test('taking a clone out of the code is refused by plain Terraform; retiring it keeps the bytes of its data, bringing it back too, and a purge deletes them', async () => {
  const gone: CodeChange = { ...promoted, clones: ['student-01', 'student-02'] };
  project.write(gone);
  const refused = await project.diff();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.text).toContain('Instance cannot be destroyed');

  const file = 'student-03.home.data.qcow2';
  const digest = await machines.digest(file);
  const retired: CodeChange = { ...gone, retired: ['student-03'] };
  await deploy(retired);
  expect(await machines.digest(file)).toBe(digest);
  expect(await lab.virsh('list', '--all', '--name')).not.toContain('student-03');

  await deploy(promoted);
  expect(await machines.digest(file)).toBe(digest);
  const { 'student-03': boot } = await machines.bootOnce('student-03');
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['data-of-student-03'] });

  await deploy(retired);
  await deploy(gone);
  expect((await machines.files()).filter((name) => name.startsWith('student-03'))).toEqual([]);
});

test('taking a base out of the code is refused by plain Terraform until it was marked retired, and marking it is refused while it is used', async () => {
  const kept: CodeChange = { ...promoted, clones: ['student-01', 'student-02'] };
  project.write({ ...kept, bases: ['v2'] });
  const dropped = await project.diff();
  expect(dropped.exitCode).not.toBe(0);
  expect(dropped.text).toContain('Instance cannot be destroyed');

  project.write({ ...kept, retiredBases: ['v2'] });
  const used = await project.diff();
  expect(used.exitCode).not.toBe(0);
  expect(used.text).toContain('base guest-v2 is retired, but used by pool students');

  await deploy({ ...kept, retiredBases: ['v1'] });
  expect(await machines.files()).toContain('guest-v1.root.base.qcow2');
  await deploy({ ...kept, bases: ['v2'] });
  expect(await machines.files()).not.toContain('guest-v1.root.base.qcow2');
});

/** Looks again and again whether a machine is defined on a file that is gone, until it is told to stop. */
function watchDefinition(clone: string): { stop(): Promise<string[]> } {
  let watching = true;
  const found: string[] = [];
  const missing = async (): Promise<string[]> =>
    Object.values(await machines.disks(clone)).filter((file) => !existsSync(join(machines.storage, file)));
  const watched = (async () => {
    while (watching) {
      // While provider 0.8 replaces it, the machine is not defined at all.
      const gone = await missing().catch(() => []);
      // The machine may have moved on between the two looks: only what it is still defined on counts.
      const still = gone.length === 0 ? [] : await missing().catch(() => []);
      found.push(...gone.filter((file) => still.includes(file)));
    }
  })();
  return {
    stop: async () => {
      watching = false;
      await watched;
      return found;
    },
  };
}
