import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Run, readRuns, unfinishedRun } from '../../../lib/operations/rollout/run';
import { cloneRecords } from '../../../lib/operations/rollout/waves';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'regraft-run-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = 'students/student-01';
const clone = {
  pool: 'students',
  clone: 'student-01',
  key: KEY,
  host: 'lab',
  fate: 'recreated',
  reset: true,
} as const;

function begin(stack = 'lab'): Promise<Run> {
  return Run.begin(folder, {
    stack,
    verb: 'apply',
    planSha256: 'p',
    bundleSha256: 'b',
    proof: 'digest',
    waves: [{ clones: [KEY], state: 'waiting' }],
    clones: cloneRecords([clone]),
    replace: [],
  });
}

async function stored(): Promise<Run> {
  const found = (await readRuns(folder)).at(-1)!;
  if ('error' in found) throw found.error;
  return found.run;
}

test('whatever a run notes is on disk before it goes on, for its owner only, and git leaves it alone', async () => {
  const run = await begin();
  expect((await stored()).record).toEqual(run.record);
  await run.enter(KEY, 'asked', { ran: true });
  expect((await stored()).clone(KEY)).toMatchObject({ phase: 'asked', ran: true });
  await run.note(KEY, { data: { home: { file: 'home.qcow2', before: 'x' } } });
  await run.wave(0, { state: 'running' });
  const { record } = await stored();
  expect(record).toEqual(run.record);
  expect(record.clones[KEY]!.phases.map(({ phase }) => phase)).toEqual(['asked']);
  expect(record.waves).toMatchObject([{ state: 'running' }]);
  expect(statSync(join(run.folder, 'run.json')).mode & 0o777).toBe(0o600);
  expect(statSync(run.folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(folder, '.regraft/.gitignore'), 'utf8')).toBe('*\n');
});

test('notes at the same time do not get lost, and the last one is on disk', async () => {
  const run = await begin();
  await run.add({ other: run.record.clones[KEY]! });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => run.note(index % 2 ? KEY : 'other', { consoleMark: index })),
  );
  expect((await stored()).record).toEqual(run.record);
  expect([KEY, 'other'].map((key) => run.clone(key)!.consoleMark)).toEqual([19, 18]);
});

test('what only going on needs, passwords among it, goes when nothing is left to do', async () => {
  for (const [state, kept] of [
    ['failed', true],
    ['interrupted', true],
    ['paused', true],
    ['done', false],
    ['superseded', false],
  ] as const) {
    const run = await begin();
    mkdirSync(run.bundle);
    await run.keepDefinition(KEY, '<domain/>');
    await run.keepState('{}');
    expect(await run.keptDefinition(KEY)).toBe('<domain/>');
    expect(statSync(run.keptState!).mode & 0o777).toBe(0o600);
    await run.end(state, 'why');
    expect(existsSync(run.bundle)).toBe(kept);
    expect(run.keptState !== undefined).toBe(kept);
    expect(await run.keptDefinition(KEY)).toBe(kept ? '<domain/>' : undefined);
    expect((await stored()).record).toMatchObject({ state, problem: 'why' });
  }
});

test('the newest run of the stack that is not over is gone on with, and says when', async () => {
  await (await begin()).end('done');
  const older = await begin();
  await begin('other');
  await older.end('failed', 'why');
  const found = (await unfinishedRun(folder, 'lab'))!;
  expect(found.record.id).toBe(older.record.id);
  await found.goOn();
  const { record } = (await unfinishedRun(folder, 'lab'))!;
  expect(record).toMatchObject({ state: 'running' });
  expect(record.continuedAt).toHaveLength(1);
  expect(record).not.toHaveProperty('problem');
  expect(record).not.toHaveProperty('endedAt');
  await found.end('superseded');
  expect(await unfinishedRun(folder, 'lab')).toBeUndefined();
});

test('a folder in which no record could be written yet is no run; a damaged one and one of another version are told', async () => {
  expect(await readRuns(folder)).toEqual([]);
  const run = await begin();
  mkdirSync(join(folder, '.regraft/runs/0-killed-early'));
  expect(await readRuns(folder)).toHaveLength(1);
  const file = join(run.folder, 'run.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.slice(0, 100));
  await expect(unfinishedRun(folder, 'lab')).rejects.toThrow(
    /run.json is not the record of a run, or it is damaged: .*regraft status/,
  );
  writeFileSync(file, text.replace('"version": 1', '"version": 2'));
  await expect(unfinishedRun(folder, 'lab')).rejects.toThrow(
    /run.json is of version 2, expected 1: use the regraft that made it/,
  );
});
