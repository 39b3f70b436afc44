import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '../../lib/model/run-record';
import { unfinishedRun } from '../../lib/operations/rollout/run';
import { DONE, FAILED, SECRET } from '../review/reporters/runs';
import { regraft } from './run';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A project's folder with records of runs in it; text is written as it is. */
function project(...runs: readonly (RunRecord | { readonly id: string; readonly text: string })[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'regraft-runs-'));
  folders.push(folder);
  for (const run of runs) {
    mkdirSync(join(folder, '.regraft/runs', run.id), { recursive: true });
    const text = 'text' in run ? run.text : JSON.stringify(run);
    writeFileSync(join(folder, '.regraft/runs', run.id, 'run.json'), text);
  }
  return folder;
}

/** More runs, each of a later day than the one before. */
function several(count: number, more: Partial<RunRecord> = {}): RunRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const day = String(index + 1).padStart(2, '0');
    return { ...DONE, ...more, id: `202604${day}100000-abcd`, startedAt: `2026-04-${day}T10:00:00.000Z` };
  });
}

const idsOf = (json: string): string[] => (JSON.parse(json) as RunRecord[]).map(({ id }) => id);

test('the newest run comes first, in the table and in the JSON', async () => {
  const folder = project(DONE, FAILED);
  const table = await regraft(['runs'], { folder });
  expect(table).toMatchObject({ exitCode: 0, stderr: '' });
  expect(table.stdout.indexOf(FAILED.id)).toBeLessThan(table.stdout.indexOf(DONE.id));
  expect(table.stdout).toContain(DONE.id);
  const json = await regraft(['runs', '--json'], { folder });
  expect(idsOf(json.stdout)).toEqual([FAILED.id, DONE.id]);
  expect(json.stdout).not.toContain(SECRET);
});

test('20 runs are listed, or as many as --limit says, and what is left out is said', async () => {
  const folder = project(...several(25));
  const { stdout, stderr } = await regraft(['runs', '--json'], { folder });
  expect(idsOf(stdout)).toEqual(
    several(25)
      .map(({ id }) => id)
      .reverse()
      .slice(0, 20),
  );
  expect(stderr).toBe('regraft: note: 5 older runs are not listed: --limit 25 lists all\n');
  expect(idsOf((await regraft(['runs', '--json', '--limit', '3'], { folder })).stdout)).toHaveLength(3);
  expect((await regraft(['runs', '--limit', '25'], { folder })).stderr).toBe('');
});

test('--stack leaves the runs of one stack, also for latest; one without runs is told from a typo', async () => {
  const folder = project(DONE, { ...FAILED, stack: 'web' });
  expect(idsOf((await regraft(['runs', '--stack', 'lab', '--json'], { folder })).stdout)).toEqual([DONE.id]);
  const latest = await regraft(['runs', 'latest', '--stack', 'lab', '--json'], { folder });
  expect(JSON.parse(latest.stdout)).toEqual(DONE);
  const typo = await regraft(['runs', '--stack', 'wbe', '--json'], { folder });
  expect(typo).toEqual({
    exitCode: 0,
    stdout: '[]\n',
    stderr: 'regraft: note: no run of stack "wbe" is recorded: did you mean "web"?\n',
  });
});

test('a project without runs has an empty list, and says what records one', async () => {
  const folder = project();
  expect(await regraft(['runs', '--json'], { folder })).toEqual({
    exitCode: 0,
    stdout: '[]\n',
    stderr: `regraft: note: no run is recorded in ${folder}: regraft apply records each\n`,
  });
  expect(await regraft(['runs', 'latest'], { folder })).toMatchObject({ exitCode: 1, stdout: '' });
});

test('a run is named by its ID, by a beginning of it that is no other, or by latest', async () => {
  const folder = project(DONE, FAILED);
  for (const name of [DONE.id, '20260301']) {
    expect((await regraft(['runs', name, '--json'], { folder })).stdout).toContain(`"id": "${DONE.id}"`);
  }
  const latest = await regraft(['runs', 'latest'], { folder });
  expect(latest).toMatchObject({ exitCode: 0, stderr: '' });
  expect(latest.stdout).toContain(`Run ${FAILED.id}: apply of stack lab`);
});

test.each([
  [
    '202603',
    /^regraft: "202603" is the beginning of 2 runs \(20260302.*, 20260301.*\): give more of the ID\n$/,
  ],
  [
    '20260301100000-aaab',
    /^regraft: there is no run "20260301100000-aaab": did you mean "20260301100000-aaaa"\?\n$/,
  ],
  ['', /^regraft: there is no run "": known are .*\n$/],
])('run %j is one line on what to do', async (name, expected) => {
  const { exitCode, stdout, stderr } = await regraft(['runs', name], { folder: project(DONE, FAILED) });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(expected);
});

test.each([
  [['--format', 'html'], 'html is a report of one run'],
  [['--format', 'markdown'], 'markdown is a report of one run'],
  [['latest', '--limit', '2'], 'run latest and --limit 2 are given'],
  [['--limit', '0'], 'expected a whole number of at least 1'],
])('%j is refused', async (args, expected) => {
  const { exitCode, stdout, stderr } = await regraft(['runs', ...args], { folder: project(DONE) });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain(expected);
});

test.each([
  ['terminal', /^Run 20260302/],
  ['markdown', /^## 🔴 Failed/],
  ['json', /^\{\n {2}"version": 1/],
  ['html', /^<!doctype html>/],
])('--output takes the report as %s, and nothing else is printed', async (format, expected) => {
  const folder = project(FAILED);
  const args = ['runs', 'latest', '--format', format, '--output', 'report'];
  expect(await regraft(args, { folder })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(readFileSync(join(folder, 'report'), 'utf8')).toMatch(expected);
});

test('a terminal has colours, unless NO_COLOR is set', async () => {
  const folder = project(FAILED);
  const world = { folder, terminal: true };
  for (const args of [['runs'], ['runs', 'latest']]) {
    expect((await regraft(args, world)).stdout).toContain('\u001b[');
    expect((await regraft(args, { ...world, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b[');
  }
});

const DAMAGED = { id: '20260305100000-dddd', text: '{"version": 1, "id": "2026' };
const NEWER = { id: '20260306100000-eeee', text: '{"version": 2}' };

test('a damaged record is named, and the others are listed all the same', async () => {
  const { exitCode, stdout, stderr } = await regraft(['runs', '--json'], {
    folder: project(DONE, DAMAGED, NEWER),
  });
  expect({ exitCode, ids: idsOf(stdout) }).toEqual({ exitCode: 0, ids: [DONE.id] });
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^regraft: note: run 20260305100000-dddd is left out: .*run\.json .*damaged/);
  expect(lines[1]).toMatch(/run 20260306100000-eeee is left out: .* is of version 2, expected 1/);
});

test('a damaged record that is asked for is an error, whatever else there is', async () => {
  const { exitCode, stderr } = await regraft(['runs', DAMAGED.id], { folder: project(DONE, DAMAGED) });
  expect(exitCode).toBe(1);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^regraft: .*run\.json .*damaged/);
});

test('what is no run in the folder of the runs is passed over', async () => {
  const folder = project(DONE);
  writeFileSync(join(folder, '.regraft/runs/.DS_Store'), '');
  mkdirSync(join(folder, '.regraft/runs/20260309100000-ffff'));
  expect(await regraft(['runs', '--json'], { folder })).toMatchObject({ exitCode: 0, stderr: '' });
});

test('an apply does not go past a damaged record, unless a newer run of the stack can be gone on with', async () => {
  await expect(unfinishedRun(project(DONE, DAMAGED), 'lab')).rejects.toThrow('damaged');
  await expect(unfinishedRun(project(FAILED, DAMAGED), 'lab')).rejects.toThrow('damaged');
  await expect(unfinishedRun(project(DAMAGED, ...several(1)), 'lab')).rejects.toThrow('damaged');
  const open = several(1, { state: 'paused' });
  expect((await unfinishedRun(project(DAMAGED, ...open), 'lab'))?.record.id).toBe(open[0]!.id);
  expect(await unfinishedRun(project(FAILED, ...several(1)), 'web')).toBeUndefined();
});
