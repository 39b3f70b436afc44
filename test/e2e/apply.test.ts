import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestBoot } from '../../lab/guest';
import { volumeOf } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import type { RunRecord } from '../../lib/model/run-record';
import { outputValue } from '../../lib/model/manifest';
import { stackJson } from '../support/synthesis';
import { byProvider } from './dialect';
import { Classroom, eventsOf, flat } from './rollout/classroom';

/**
 * A base update by `regraft apply`, from the first machine to promote, on real machines.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const health = { retries: 120 };
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL, health };
const rebased: CodeChange = { ...v1, rebase: { waves: [1, '100%'] } };

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('apply');
});

afterAll(() => room?.stop());

/** The last boot that a machine has told of. */
function lastBoot(name: string): GuestBoot {
  return room
    .said(name)
    .filter((event): event is GuestBoot => event.event === 'boot')
    .at(-1)!;
}

function dataOf(run: RunRecord): Record<string, { before?: string; after?: string }> {
  const records = Object.values(run.clones).flatMap(({ data }) => Object.values(data));
  return Object.fromEntries(records.map(({ file, ...proofs }) => [file, proofs]));
}

async function expectManifestAsSynthesized(): Promise<void> {
  const { text } = await room.project.terraform('output', '-json', 'regraft');
  const { output } = stackJson(room.project.synthesized());
  expect(outputValue('regraft', JSON.parse(text))).toEqual(output.regraft.value);
}

test('without a terminal and without --auto-approve it is refused before anything is done', async () => {
  room.project.write(v1);
  expect(await room.regraft.run('apply')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'regraft: there is nobody to ask: keep a review with regraft plan --out DIRECTORY and apply that bundle, or use --auto-approve\n',
  });
  for (const name of ['cdktf.out', '.regraft', 'terraform.lab.tfstate'])
    expect(existsSync(join(room.project.folder, name))).toBe(false);
});

test('a new pool is made, started with --power on and healthy; --json tells it, an object a line', async () => {
  const said = await room.apply('--power', 'on', '--json', '--state-server', 'always');
  expect(said).toMatchObject({ exitCode: 0 });
  const events = eventsOf(said);
  expect(events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['run', 'wave', 'phase', 'end']) as string[],
  );
  expect(events.every(({ at }) => !Number.isNaN(Date.parse(at)))).toBe(true);
  for (const clone of ALL) {
    const phases = events.flatMap((event) =>
      event.event === 'phase' && event.clone === clone ? [event.phase] : [],
    );
    expect(phases.slice(-4)).toEqual(['starting', 'started', 'checking', 'done']);
    expect(lastBoot(clone).os).toBe('v1');
  }
  expect(events.at(-1)).toMatchObject({ event: 'end', state: 'done' });
  expect(await room.states()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'running'])));
  await expectManifestAsSynthesized();
});

test('a rebase in waves asks running machines to leave and starts them on the new base, never those of two waves at once; the one that is off stays off', async () => {
  await room.machines.note('student-01', 'home', 'data-of-01');
  await room.machines.note('student-01', 'root', 'system-of-01');
  await room.machines.note('student-02', 'projects', 'more-of-02');
  await room.machines.shutDown('student-03');
  const data = await room.machines.dataDigests();
  const shutdowns = ALL.map((name) => room.count(name, 'shutdown'));

  const { down } = await room.whileDown(() => room.applied(rebased));
  expect(await room.states()).toEqual({
    'student-01': 'running',
    'student-02': 'running',
    'student-03': 'shut off',
  });
  expect(await room.bases()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'v2'])));
  expect(down.some((names) => names.includes('student-01'))).toBe(true);
  expect(down.some((names) => names.includes('student-02'))).toBe(true);
  expect(down.filter((names) => names.includes('student-01') && names.includes('student-02'))).toEqual([]);
  // Graceful: each said that it leaves, once, before it booted again.
  expect(ALL.map((name) => room.count(name, 'shutdown'))).toEqual([
    shutdowns[0]! + 1,
    shutdowns[1]! + 1,
    shutdowns[2],
  ]);
  const { 'student-03.home.data.qcow2': untouched } = await room.machines.dataDigests();
  expect(untouched).toBe(data['student-03.home.data.qcow2']);

  const boot = lastBoot('student-01');
  expect(boot.os).toBe('v2');
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['data-of-01'] });
  expect(volumeOf(boot, 'scratch')).toMatchObject({ fresh: true, history: ['v2'] });
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: true, notes: [] });
  expect(volumeOf(lastBoot('student-02'), 'projects')).toMatchObject({ notes: ['more-of-02'] });
});

test('the record says who moved what, and proves each data volume by its digest', async () => {
  const run = room.run();
  expect(run).toMatchObject({ state: 'done', proof: 'digest', verb: 'apply', stack: 'lab' });
  expect(run.waves.map(({ clones, state }) => [clones.length, state])).toEqual([
    [1, 'done'],
    [2, 'done'],
  ]);
  const proofs = dataOf(run);
  expect(Object.keys(proofs).sort()).toEqual([
    'student-01.home.data.qcow2',
    'student-02.home.data.qcow2',
    'student-02.projects.data.qcow2',
    'student-03.home.data.qcow2',
  ]);
  for (const { before, after } of Object.values(proofs)) {
    expect(after).toMatch(/^[0-9a-f]{64}$/);
    expect(after).toBe(before);
  }
  // Nobody has used it since.
  const { 'student-03.home.data.qcow2': onDisk } = await room.machines.dataDigests();
  expect(proofs['student-03.home.data.qcow2']!.after).toBe(onDisk);
  await expectManifestAsSynthesized();
});

test('then there is nothing to do', async () => {
  const before = await room.picture();
  const said = await room.apply();
  expect(said.exitCode).toBe(0);
  expect(said.stdout).toContain('Nothing to do');
  expect(await room.picture()).toEqual(before);
});

test('a revert by code brings back the old system with what was written on it, and the data goes on', async () => {
  await room.machines.note('student-01', 'home', 'on-v2');
  await room.applied(v1, '--proof', 'metadata');
  const boot = lastBoot('student-01');
  expect(boot.os).toBe('v1');
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: false, notes: ['system-of-01'] });
  expect(volumeOf(boot, 'home')).toMatchObject({ notes: ['data-of-01', 'on-v2'] });
  expect(volumeOf(boot, 'scratch').fresh).toBe(true);
  expect((await room.states())['student-03']).toBe('shut off');
  expect((await room.machines.files()).filter((name) => name.includes('.guest-v2.'))).toEqual([]);
  const proofs = Object.values(dataOf(room.run()));
  expect(proofs).toHaveLength(4);
  for (const { before, after } of proofs) {
    expect(after).toMatch(/allocated, changed at/);
    expect(after).toBe(before);
  }
  await expectManifestAsSynthesized();
});

test('with --power off nothing runs afterwards, and the files on disk are what the record has proven', async () => {
  await room.applied(rebased, '--power', 'off');
  expect(await room.states()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'shut off'])));
  const proofs = dataOf(room.run());
  const onDisk = await room.machines.dataDigests();
  expect(Object.keys(proofs).sort()).toEqual(Object.keys(onDisk).sort());
  for (const [file, digest] of Object.entries(onDisk))
    expect(proofs[file]).toEqual({ before: digest, after: digest });
});

test('a promotion by code takes the retained overlays and touches nothing else', async () => {
  const data = await room.machines.dataDigests();
  const disks = await room.picture();
  await room.applied({ ...v1, base: 'v2' });
  expect((await room.picture()).disks).toEqual(disks.disks);
  expect(await room.machines.dataDigests()).toEqual(data);
  expect((await room.machines.files()).filter((name) => name.includes('.root.guest-v1.'))).toEqual([]);
  await expectManifestAsSynthesized();
});

test('a refused plan is shown, ends with 3, and changes nothing', async () => {
  const before = await room.picture();
  const runs = room.runs().length;
  room.project.write({ ...v1, base: 'v2', clones: ['student-01', 'student-02'] });
  const said = await room.apply();
  expect(said.exitCode).toBe(3);
  // Regraft's own provider would leave its file on the host.
  expect(flat(said.stdout)).toContain(
    byProvider({
      libvirt: 'RG201: A data volume would be deleted',
      regraft: 'RG204: A data volume would be forgotten',
    }),
  );
  const json = await room.apply('--json');
  expect(json.exitCode).toBe(3);
  expect(eventsOf(json).at(-1)).toMatchObject({ event: 'end', state: 'refused' });
  expect(await room.picture()).toEqual(before);
  expect(room.runs()).toHaveLength(runs);
});
