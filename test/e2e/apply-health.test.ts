import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestBoot } from '../../lab/guest';
import { volumeOf } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { stackJson } from '../support/synthesis';
import { makeBlankImage } from './rollout/blank-image';
import { Classroom, flat } from './rollout/classroom';

/**
 * A base that does not boot stops after its canary, and one that does goes on as slowly as asked; on real machines.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03', 'student-04'];
const on = (base: string): Record<string, string> => Object.fromEntries(ALL.map((name) => [name, base]));
// A guest is ready in seconds on an idle machine; the blank base uses up all of its tries each time.
const v1: CodeChange = {
  bases: ['v1', 'v2', 'blank'],
  base: 'v1',
  clones: ALL,
  health: { retries: 30 },
};
const broken: CodeChange = { ...v1, rebase: { to: 'blank', waves: [1, 2, '100%'] } };

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('apply-health');
  makeBlankImage(room.lab);
  await room.applied(v1, '--power', 'on');
  await room.machines.note('student-01', 'root', 'written-on-v1');
});

afterAll(() => room?.stop());

function boots(...names: string[]): number[] {
  return names.map((name) => room.count(name, 'boot'));
}

test('with --on-failure revert the wave that fails goes back to its retained overlays, while the code asks for the new base as before', async () => {
  room.project.write(broken);
  // It hears no power button, and is cut off then.
  const said = await room.apply('--on-failure', 'revert', '--shutdown-timeout', '3');
  expect(said).toMatchObject({ exitCode: 1 });
  expect(flat(said.stdout)).toContain('wave 1 of 3 failed (student-01: ');
  expect(flat(said.stdout)).toContain('student-01 is back on its retained overlays');
  expect(await room.bases()).toEqual(on('v1'));
  const boot = room
    .said('student-01')
    .filter((event): event is GuestBoot => event.event === 'boot')
    .at(-1)!;
  expect(boot.os).toBe('v1');
  expect(volumeOf(boot, 'root').notes).toEqual(['written-on-v1']);
  expect(room.run()).toMatchObject({
    state: 'failed',
    clones: { 'students/student-01': { phase: 'reverted' } },
  });
  const { pools } = stackJson(room.project.synthesized()).output.regraft.value;
  expect(pools).toMatchObject({ students: { clones: { 'student-01': { base: 'guest-blank' } } } });
  expect(JSON.parse(readFileSync(join(room.project.folder, 'change.json'), 'utf8'))).toEqual(broken);
});

test('the next apply tries it again and stops after the first wave; the message names machine, check and console, and the others run on untouched', async () => {
  const [others, facts] = [ALL.slice(1), await room.machines.factsOf(...ALL.slice(1))];
  const { result: said, down } = await room.whileDown(() => room.apply());
  expect(said).toMatchObject({ exitCode: 1 });
  expect(said.stderr).toMatch(/regraft: run \S+ goes on/);
  expect(flat(said.stdout)).toContain(
    'student-01 failed: expected /"event":"ready"/ on the console since the start, found',
  );
  expect(flat(said.stdout)).toContain('the clones of later waves are as they were');
  expect(down.flat().filter((name) => name !== 'student-01')).toEqual([]);
  expect(await room.bases()).toEqual({ ...on('v1'), 'student-01': 'blank' });
  expect(boots(...others)).toEqual([1, 1, 1]);
  expect(Object.keys(await room.machines.factsOf(...others))).toEqual(Object.keys(facts));
  const run = room.run();
  expect(run).toMatchObject({
    state: 'failed',
    waves: [{ state: 'failed' }, { state: 'waiting' }, { state: 'waiting' }],
  });
  // What its old system has said before is not what it says now.
  expect((run.clones['students/student-01']!.console ?? []).join('\n')).not.toContain('regraft-guest');
  expect(said.stdout).not.toContain('regraft-guest: {');
});

test('--max-failures lets so many machines fail, and stops at the next; a run of older code is superseded', async () => {
  room.project.write({ ...broken, health: { retries: 3 } });
  const said = await room.apply('--max-failures', '1');
  expect(said).toMatchObject({ exitCode: 1 });
  expect(flat(said.stdout)).toContain('wave 2 of 3 failed (student-03: ');
  expect(await room.bases()).toEqual({ ...on('blank'), 'student-04': 'v1' });
  expect(boots('student-04')).toEqual([1]);
  const { clones } = room.run();
  expect(Object.entries(clones).map(([key, { phase }]) => [key, phase])).toEqual([
    ['students/student-02', 'failed'],
    ['students/student-03', 'failed'],
    ['students/student-04', 'waiting'],
  ]);
  expect(room.runs().map(({ state }) => state)).toEqual(['done', 'superseded', 'failed']);
});

test('a base that boots: a canary bakes, a pause ends the command well and says how to go on, and no more machines are down at once than allowed', async () => {
  await room.applied(v1, '--on-busy', 'force', '--shutdown-timeout', '3');
  expect(await room.bases()).toEqual(on('v1'));
  room.project.write({ ...v1, rebase: {} });
  const begun = Date.now();
  const paused = await room.apply('--canary', '1', '--pause', '--bake', '0.05');
  expect(paused).toMatchObject({ exitCode: 0 });
  expect(Date.now() - begun).toBeGreaterThan(3000);
  expect(paused.stderr).toContain('bakes for 0.05 min');
  expect(flat(paused.stdout)).toContain('paused after wave 1 of 2');
  expect(paused.stdout).toContain('Continue with: regraft apply');
  expect(await room.bases()).toEqual({ ...on('v1'), 'student-01': 'v2' });

  const before = boots(...ALL);
  const { result, down } = await room.whileDown(() => room.apply('--max-unavailable', '34%'));
  expect(result).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual(on('v2'));
  expect(Math.max(...down.map((names) => names.length))).toBe(1);
  expect(boots(...ALL)).toEqual(before.map((count, index) => count + (index === 0 ? 0 : 1)));
  expect(room.run()).toMatchObject({ state: 'done' });
  expect(room.run().waves).toHaveLength(4);
});
