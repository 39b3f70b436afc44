import type { CodeChange } from '../../lab/project';
import { makeBlankImage } from './rollout/blank-image';
import { byProvider } from './dialect';
import { Classroom, flat } from './rollout/classroom';

/**
 * Machines that do not leave when they are asked: what `--on-busy` and `--shutdown-timeout` do, on real ones.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const v1: CodeChange = { bases: ['v1', 'v2', 'blank'], base: 'v1', clones: ALL };
const rebased: CodeChange = { ...v1, rebase: {} };
const running = Object.fromEntries(ALL.map((name) => [name, 'running']));
const on = (base: string): Record<string, string> => Object.fromEntries(ALL.map((name) => [name, base]));

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('apply-busy');
  makeBlankImage(room.lab);
  await room.applied(v1);
  await room.machines.boot(...ALL);
});

afterAll(() => room?.stop());

function readies(): Record<string, number> {
  return Object.fromEntries(ALL.map((name) => [name, room.count(name, 'ready')]));
}

test('abort gives the wave up and names the machine: the others run again, and nothing was applied', async () => {
  room.project.write(rebased);
  await room.lab.virsh('suspend', 'student-02');
  const { serial, files, disks } = await room.picture();
  const before = readies();
  const said = await room.apply();
  expect(said).toMatchObject({ exitCode: 1 });
  expect(said.stderr).toContain(
    'a machine does not shut down: student-02 (it is paused and hears no power button',
  );
  expect(said.stderr).toContain('virsh resume student-02');
  expect(said.stderr).not.toMatch(/^\s+at /m);
  expect(await room.picture()).toEqual({
    serial,
    files,
    disks,
    states: { ...running, 'student-02': 'paused' },
  });
  await room.ready(['student-01', 'student-03'], before);
});

test('skip leaves the machine as it is on its old base, ends with 2, and the next apply takes it along', async () => {
  const before = readies();
  const said = await room.apply('--on-busy', 'skip');
  expect(said).toMatchObject({ exitCode: 2 });
  expect(flat(said.stdout)).toContain('student-02 was skipped: it is paused');
  expect(await room.bases()).toEqual({ ...on('v2'), 'student-02': 'v1' });
  expect(await room.states()).toEqual({ ...running, 'student-02': 'paused' });
  expect(room.run()).toMatchObject({
    state: 'paused',
    clones: { 'students/student-02': { phase: 'skipped' } },
  });
  await room.ready(['student-01', 'student-03'], before);

  await room.lab.virsh('resume', 'student-02');
  expect(room.count('student-02', 'boot')).toBe(1);
  const facts = await room.machines.factsOf('student-01');
  const again = await room.apply();
  expect(again).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual(on('v2'));
  expect(await room.states()).toEqual(running);
  // Those that were through are left alone.
  expect(Object.keys(await room.machines.factsOf('student-01'))).toEqual(Object.keys(facts));
  expect(room.count('student-01', 'boot')).toBe(3);
  expect(room.runs().map(({ state }) => state)).toEqual(['done', 'done']);
});

test('force cuts the power of the machine that stays, and of no other', async () => {
  const shutdowns = room.count('student-01', 'shutdown');
  await room.ready(['student-02'], { 'student-02': 1 });
  await room.lab.virsh('suspend', 'student-02');
  await room.applied(v1, '--on-busy', 'force');
  expect(await room.bases()).toEqual(on('v1'));
  expect(await room.states()).toEqual(running);
  const { clones } = room.run();
  expect(ALL.map((name) => clones[`students/${name}`]!.cutOff ?? false)).toEqual([false, true, false]);
  expect(room.count('student-01', 'shutdown')).toBe(shutdowns + 1);
});

test('a machine in its firmware hears nothing: it is given up after --shutdown-timeout, under force cut off then', async () => {
  await room.applied({ ...v1, rebase: { to: 'blank', clones: ['student-03'] } });
  expect(await room.bases()).toEqual({ ...on('v1'), 'student-03': 'blank' });
  room.project.write(v1);
  const { serial } = await room.picture();
  const begun = Date.now();
  const said = await room.apply('--shutdown-timeout', '4');
  expect(said).toMatchObject({ exitCode: 1 });
  expect(said.stderr).toContain('student-03 (it is running after 4 s');
  expect(Date.now() - begun).toBeGreaterThan(4000);
  expect(room.serial()).toBe(serial);
  expect(await room.states()).toEqual(running);

  const forced = await room.apply('--shutdown-timeout', '2', '--on-busy', 'force');
  expect(forced).toMatchObject({ exitCode: 0 });
  expect(room.run().clones['students/student-03']).toMatchObject({ cutOff: true, phase: 'done' });
  expect(await room.bases()).toEqual(on('v1'));
});

test('a machine whose memory is saved keeps it under abort and skip', async () => {
  await room.lab.virsh('managedsave', 'student-01');
  const boots = room.count('student-01', 'boot');
  room.project.write({ ...v1, rebase: { clones: ['student-01'] } });
  const before = await room.picture();
  const aborted = await room.apply();
  expect(aborted).toMatchObject({ exitCode: 1 });
  expect(aborted.stderr).toContain('virsh managedsave-remove student-01');
  const skipped = await room.apply('--on-busy', 'skip');
  // Regraft's own provider refuses it at plan.
  expect(skipped).toMatchObject({ exitCode: byProvider({ libvirt: 2, regraft: 1 }) });
  expect(await room.picture()).toEqual(before);
  expect(await room.lab.virsh('list', '--all', '--managed-save')).toMatch(/student-01\s+saved/);
  await room.lab.virsh('start', 'student-01');
  await room.machines.note('student-01', 'home', 'it goes on where it was');
  expect(room.count('student-01', 'boot')).toBe(boots);
});
