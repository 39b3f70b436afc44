import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { CodeChange } from '../../lab/project';
import { Classroom, flat } from './rollout/classroom';
import { onTerminal, watched } from './rollout/session';

/**
 * Ctrl-C and the terminal: what a person sees of `regraft apply` and does to it, on real machines.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02'];
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL, health: { retries: 120 } };
const rebased: CodeChange = { ...v1, rebase: { waves: [1, '100%'] } };
const running = { 'student-01': 'running', 'student-02': 'running' };
const END_OF_FILE = '\u0004';

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('interrupt');
});

afterAll(() => room?.stop());

test.each([
  ['no', 'no\r'],
  ['y, which is not yes', 'y\r'],
  ['the end of the file', END_OF_FILE],
])('a question that is answered by %s changes nothing', async (_, answer) => {
  room.project.write(v1);
  const { exitCode, screen } = await onTerminal(room.regraft, ['apply'], answer);
  expect({ exitCode, screen }).toMatchObject({ exitCode: 1 });
  const said = flat(stripVTControlCharacters(screen));
  expect(said).toContain('4 data volumes created'.replace('4', '3'));
  expect(said).toContain("Do you want to apply this to stack lab? Only 'yes' will be accepted to approve.");
  expect(said).toContain('not approved, nothing was changed');
  expect(room.serial()).toBeUndefined();
  expect(room.runs()).toEqual([]);
});

test('a question that is answered by Ctrl-C changes nothing', async () => {
  const { exitCode, screen } = await onTerminal(room.regraft, ['apply'], '\u0003');
  expect({ exitCode, screen }).toMatchObject({ exitCode: 130 });
  expect(room.serial()).toBeUndefined();
  expect(room.runs()).toEqual([]);
});

test('a question that is answered by yes is followed by a line a machine, in colours, with its phases', async () => {
  const { exitCode, screen } = await onTerminal(room.regraft, ['apply', '--power', 'on'], 'yes\r');
  expect({ exitCode, screen }).toMatchObject({ exitCode: 0 });
  const lines = stripVTControlCharacters(screen)
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd());
  expect(lines).toContain('wave 1 of 1: 2 machines');
  for (const clone of ALL) {
    expect(lines.some((line) => line.startsWith(`  ${clone}  health is checked (`))).toBe(true);
    expect(lines).toContain(`  ${clone}  done`);
  }
  expect(screen).toContain('\u001b[32m');
  expect(lines.at(-2)).toMatch(/^Done: 2 of 2 machines through/);
  expect(await room.states()).toEqual(running);
});

test('one interrupt lets the wave end and no other begin; the same command goes on', async () => {
  room.project.write(rebased);
  const boots = room.count('student-02', 'boot');
  let interrupted = false;
  const said = await watched(room.regraft, ['apply', '--auto-approve'], (event, interrupt) => {
    if (interrupted || event.event !== 'phase' || event.phase !== 'asked') return;
    interrupted = true;
    interrupt();
  });
  expect(said).toMatchObject({ exitCode: 130 });
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v1' });
  expect(await room.states()).toEqual(running);
  expect(room.count('student-02', 'boot')).toBe(boots);
  expect(room.run()).toMatchObject({
    state: 'interrupted',
    waves: [{ state: 'done' }, { state: 'waiting' }],
    clones: { 'students/student-01': { phase: 'done' }, 'students/student-02': { phase: 'waiting' } },
  });

  const again = await room.apply();
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stderr).toContain('goes on: 1 machine in 2 waves');
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v2' });
  expect(room.runs().map(({ state }) => state)).toEqual(['done', 'done']);
});

test('two interrupts in the midst of Terraform end it soon; the same command finishes, and no data has changed', async () => {
  await room.machines.note('student-01', 'home', 'before-the-interrupt');
  room.project.write(v1);
  let at: number | undefined;
  // It goes on with another proof than it began with.
  const args = ['apply', '--auto-approve', '--proof', 'metadata'];
  const said = await watched(room.regraft, args, (event, interrupt) => {
    if (at !== undefined || event.event !== 'phase' || event.phase !== 'applying') return;
    at = Date.now();
    setTimeout(interrupt, 500);
    setTimeout(interrupt, 700);
  });
  expect(said).toMatchObject({ exitCode: 130 });
  expect(Date.now() - at!).toBeLessThan(60_000);
  expect(said.stderr).not.toContain('nothing was changed');
  expect(room.run().state).toBe('interrupted');

  const again = await room.apply();
  expect(again).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual({ 'student-01': 'v1', 'student-02': 'v1' });
  expect(await room.states()).toEqual(running);
  expect((await room.machines.files()).filter((name) => name.includes('.guest-v2.'))).toEqual([]);
  for (const { data } of Object.values(room.run().clones))
    for (const { before, after } of Object.values(data)) expect(after).toBe(before);
});

test('a data volume that somebody changes while Terraform works stops everything, again and again, until it is what it was', async () => {
  room.project.write(rebased);
  const file = join(room.machines.storage, 'student-01.home.data.qcow2');
  const { size } = statSync(file);
  const said = await watched(room.regraft, ['apply', '--auto-approve'], (event) => {
    if (event.event === 'phase' && event.phase === 'applying') appendFileSync(file, 'x');
  });
  expect(said).toMatchObject({ exitCode: 1 });
  expect(said.stderr).toContain('DATA HAS CHANGED: volume home of clone student-01 in pool students');
  expect(await room.states()).toEqual({ ...running, 'student-01': 'shut off' });
  expect(await room.bases()).toMatchObject({ 'student-02': 'v1' });
  const again = await room.apply();
  expect(again).toMatchObject({ exitCode: 1 });
  expect(again.stderr).toContain('DATA HAS CHANGED');
  expect(await room.states()).toEqual({ ...running, 'student-01': 'shut off' });

  truncateSync(file, size);
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v2' });
  expect(await room.states()).toEqual(running);
});
