import { readFileSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Lab } from '../../../lab/lab';
import { Machines, volumeOf } from '../../../lab/machines';
import type { CodeChange } from '../../../lab/project';
import { Project } from '../../../lab/project';
import { providerInUse } from '../../../lab/provider';
import type { Said } from '../regraft';
import { Regraft } from '../regraft';

/**
 * A fleet that was made with the public provider goes over to regraft's own, with a rebase open, a retired clone and a
 * machine that runs, and goes on from there.
 *
 * The tests are the chapters of one story and run in order.
 */
const before: CodeChange = {
  bases: ['v1', 'v2'],
  base: 'v1',
  clones: ['student-01', 'student-02', 'student-03'],
};
const fleet: CodeChange = {
  ...before,
  clones: ['student-01', 'student-02'],
  retired: ['student-03'],
  rebase: { clones: ['student-01'], retain: true },
};

let lab: Lab;
let project: Project;
let machines: Machines;
let regraft: Regraft;
/** The host before the migration. */
let host: object;

beforeAll(async () => {
  lab = await Lab.start({ name: 'migrate' });
  project = new Project(lab, 'lab/stack/main.ts', providerInUse().version);
  machines = new Machines(lab);
  regraft = new Regraft(lab, project);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

async function run(exitCode: number, ...args: string[]): Promise<Said> {
  const said = await regraft.run(...args);
  if (said.exitCode !== exitCode)
    throw new Error(`regraft ${args.join(' ')} ended with ${said.exitCode}:\n${said.stdout}${said.stderr}`);
  return said;
}

async function applied(change: CodeChange): Promise<void> {
  project.write(change);
  await run(0, 'apply', '--auto-approve');
}

/** The user chooses the provider in cdktf.json. */
function choose(provider: string): void {
  const file = join(project.folder, 'cdktf.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { context: object };
  writeFileSync(file, JSON.stringify({ ...config, context: { 'regraft:provider': provider } }));
}

function state(): string {
  return readFileSync(join(project.folder, 'terraform.lab.tfstate'), 'utf8');
}

/** All that must be the same after a migration: every file, every definition, and which machine runs as which. */
async function picture(): Promise<object> {
  const files = await Promise.all(
    (await machines.files())
      .filter((name) => !name.endsWith('.base.json'))
      .map(async (name): Promise<[string, string]> => {
        const { ino, mtimeMs, ctimeMs, size, mode } = await stat(join(machines.storage, name));
        // What a guest that runs has open is its own.
        const times = name.startsWith('student-02.') ? '' : `${mtimeMs} ${ctimeMs}`;
        return [name, `${ino} ${size} ${mode} ${times}`];
      }),
  );
  const names = ['student-01', 'student-02'];
  const definitions = await Promise.all(names.map((name) => machines.xml(name)));
  return { files: Object.fromEntries(files), definitions, running: await lab.virsh('list') };
}

test('a fleet of the public provider has a clone in a rebase, one retired and one that runs', async () => {
  await applied(before);
  await machines.boot('student-01', 'student-02');
  for (const name of ['student-01', 'student-02']) {
    await machines.note(name, 'root', `system-of-${name}`);
    await machines.note(name, 'home', `data-of-${name}`);
  }
  await machines.shutDown('student-01');
  await applied(fleet);
  expect(await machines.files()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^student-01\.root\.guest-v1\./),
      expect.stringMatching(/^student-01\.root\.guest-v2\./),
      'student-03.home.data.qcow2',
    ]),
  );
  host = await picture();
});

test('a machine that was changed by hand is named, and nothing is written', async () => {
  choose('regraft');
  const was = state();
  await lab.virsh('setvcpus', 'student-01', '2', '--config', '--maximum');
  const { stdout } = await run(3, 'migrate', '--auto-approve');
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /student-01 would not stay as it is.*changed by hand.*vcpu is 2, was 1/,
  );
  await lab.virsh('setvcpus', 'student-01', '1', '--config', '--maximum');
  expect(state()).toBe(was);
});

test('what it comes to is told first, and nothing is written', async () => {
  const was = state();
  const { stdout } = await run(2, 'migrate');
  expect(stdout).toContain('nothing on the host is changed');
  expect(stdout).toMatch(/2 {2}libvirt_domain/);
  expect(stdout).toContain('retired clone student-03  regraft_clone.students__student-03');
  expect(stdout).toContain('2 records of bases');
  expect(state()).toBe(was);
  expect(await picture()).toEqual(host);
});

test('the state goes over, and the host is as it was to the last bit; the plan leaves it so', async () => {
  await run(0, 'migrate', '--auto-approve');
  expect(await picture()).toEqual(host);
  const { stdout } = await run(2, 'plan');
  expect(stdout).toMatch(/2 clones unchanged: student-01, student-02\s+1 clone retired: student-03/);
  expect(stdout).toContain('Safe to apply');
  expect(await picture()).toEqual(host);
});

test('the first apply leaves records of the bases and nothing else', async () => {
  await run(0, 'apply', '--auto-approve');
  expect(await picture()).toEqual(host);
  expect(await machines.files()).toContain('guest-v1.base.json');
  await run(0, 'plan');
  await run(0, 'migrate');
});

test('the fleet goes on: back on the retained system what was written there is found, and data with it', async () => {
  const { rebase: _, ...reverted } = fleet;
  await applied(reverted);
  const { 'student-01': boot } = await machines.bootOnce('student-01');
  expect(boot!.os).toBe('v1');
  expect(volumeOf(boot, 'root').notes).toEqual(['system-of-student-01']);
  expect(volumeOf(boot, 'home').notes).toEqual(['data-of-student-01']);
});

test('a rebase of the machine that runs shuts it down, keeps its data and starts it again', async () => {
  const boots = await machines.booted(['student-02'], () => applied({ ...fleet, rebase: {} }));
  expect(boots['student-02']!.os).toBe('v2');
  expect(volumeOf(boots['student-02'], 'home').notes).toEqual(['data-of-student-02']);
  await run(0, 'plan');
});
