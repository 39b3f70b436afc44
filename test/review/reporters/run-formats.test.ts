import Ajv from 'ajv';
import fc from 'fast-check';
import type { RunRecord } from '../../../lib/model/run-record';
import { runSchema } from '../../../lib/operations/rollout/run-format';
import { MARKDOWN_LIMIT } from '../../../lib/review/reporters/markdown-parts';
import { runHtml } from '../../../lib/review/reporters/run-html';
import { runJson, runsJson } from '../../../lib/review/reporters/run-json';
import { runList } from '../../../lib/review/reporters/run-list';
import { runMarkdown } from '../../../lib/review/reporters/run-markdown';
import { runReport, runSummary } from '../../../lib/review/reporters/run-terminal';
import schema from '../../../lib/review/reporters/run.schema.json';
import { HOSTILE } from './reviews';
import { anyRun, DONE, FAILED, SECRET } from './runs';

const FORMATS: Readonly<Record<string, (run: RunRecord) => string>> = {
  terminal: (run) => runReport(run, { color: false }),
  markdown: runMarkdown,
  json: runJson,
  html: runHtml,
};
const formats = Object.entries(FORMATS);

test.each(formats)('%s: every machine and every data volume of a run is in it', (_name, report) => {
  fc.assert(
    fc.property(anyRun, (run) => {
      // A terminal breaks what is longer than a line.
      const text = report(run).replace(/\n\s*/g, '');
      for (const [key, { clone, data }] of Object.entries(run.clones)) {
        expect(text).toContain(report === runHtml ? `data-clone="${key}"` : clone);
        for (const [volume, { file, before = '', after = '' }] of Object.entries(data))
          for (const part of [volume, file, before, after]) expect(text).toContain(part);
      }
    }),
    { numRuns: 50 },
  );
});

test.each(formats)('%s: no password of a URI is in it', (_name, report) => {
  expect(JSON.stringify(FAILED)).toContain(SECRET);
  expect(report(FAILED)).not.toContain(SECRET);
  expect(report(FAILED)).toContain('root:***@host/system');
});

test('neither is one in the list, in its JSON, or in the summary after an apply', () => {
  const leaky = { ...FAILED, by: `qemu://me:${SECRET}@host/` };
  for (const text of [
    runList([leaky], { color: false }),
    runsJson([leaky]),
    runSummary(leaky, { color: false }),
  ])
    expect(text).not.toContain(SECRET);
});

test.each(formats)(
  '%s: what is said of a machine: where it ended, its power, why, its console, its data',
  (name, report) => {
    if (name === 'json') return expect(JSON.parse(report(DONE))).toEqual(DONE);
    const flat = (text: string): string => text.replace(/\s+/g, ' ');
    const [done, failed] = [flat(report(DONE)), flat(report(FAILED))];
    for (const part of ['Done: 2 of 2 machines through (2 min 5 s)', 'ran before, its power was cut', 'same'])
      expect(done).toContain(part);
    for (const part of ['asked to shut down (10 s)', 'off (1 s)', 'Terraform applies (47 s)', 'anna@build'])
      expect(done).toContain(part);
    for (const part of [DONE.planSha256, DONE.bundleSha256, 'SHA-256 of all bytes', 'was off before'])
      expect(done).toContain(part);
    for (const part of ['CHANGED', 'not compared', 'No bootable device.', 'Ben is logged in', 'not reached'])
      expect(failed).toContain(part);
    for (const part of [
      'left while: data is compared',
      '1 time, last 2026-03-02 14:00:00 UTC',
      '1 data volume',
    ])
      expect(failed).toContain(part);
    return expect(failed).toContain('NOT as before');
  },
);

test('a phase within which the run was gone on with says so; the last one ends with the next wave or the run', () => {
  const text = runReport(FAILED, { color: false }).replace(/\s+/g, ' ');
  expect(text).toContain(
    'Terraform applies (4 h 0 min, the run was gone on with meanwhile), starts (5 s), failed.',
  );
  expect(text).toContain('data is compared (20 s).');
  const [first] = Object.entries(DONE.clones);
  const left = { ...first![1], phase: 'off' as const, phases: first![1].phases.slice(0, 2) };
  const waves = DONE.waves.map((wave) => ({ ...wave, state: 'done' as const }));
  const stopped = runReport({ ...DONE, waves, clones: { [first![0]]: left } }, { color: false });
  // From 10:00:12 until the second wave at 10:01:00.
  expect(stopped).toContain('off (48 s).');
});

test('machines that failed come first, those that are through last', () => {
  const clones = { ...DONE.clones, ...FAILED.clones };
  const run = {
    ...FAILED,
    clones: { ...clones, 'students/student-09': DONE.clones['students/student-01']! },
  };
  const text = runReport(run, { color: false });
  const order = ['student-01 on lab: failed', 'student-02 on lab: skipped', 'student-01 on lab: done'];
  expect(order.map((part) => text.indexOf(part))).toEqual(
    order.map((part) => text.indexOf(part)).sort((a, b) => a - b),
  );
  for (const part of order) expect(text).toContain(part);
});

test('terminal: 80 columns, no control character, and the outcome last', () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      const texts = [runReport(run, { color: false }), runList([run], { color: false })];
      for (const line of texts.join('\n').split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
      // eslint-disable-next-line no-control-regex
      expect(texts.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
      expect(texts[0]!.trimEnd().split('\n').slice(-2).join(' ')).toContain(`run ${run.id}`);
    }),
    { numRuns: 50 },
  );
});

test('colours are a help only: without them the words are the same', () => {
  for (const report of [runReport, (run: RunRecord, o: { color: boolean }) => runList([run], o)]) {
    const colored = report(FAILED, { color: true });
    // eslint-disable-next-line no-control-regex
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(report(FAILED, { color: false }));
    // eslint-disable-next-line no-control-regex
    expect(colored).toMatch(/\u001b\[31m/);
  }
});

test('what a console says cannot steer the terminal of the summary either', () => {
  const [key, clone] = Object.entries(FAILED.clones)[0]!;
  const run = { ...FAILED, clones: { [key]: { ...clone, console: [HOSTILE] } } };
  // eslint-disable-next-line no-control-regex
  expect(runSummary(run, { color: false })).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test('markdown and html never read a value as more than text', () => {
  const [key, clone] = Object.entries(FAILED.clones)[0]!;
  const hostile = { ...clone, clone: HOSTILE, host: HOSTILE, why: HOSTILE, console: [HOSTILE] };
  const data = { [HOSTILE]: { file: HOSTILE, before: HOSTILE, after: 'x' } };
  const run = { ...FAILED, by: HOSTILE, problem: HOSTILE, clones: { [key]: { ...hostile, data } } };
  const bare = runMarkdown(run).replace(/`[^`\n]*`/g, '');
  for (const harm of ['@everyone', '<script', '](http', '#1', 'evil.example', '```'])
    expect(bare).not.toContain(harm);
  const page = runHtml(run);
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/\b(src|href)=|url\(|@import/);
});

test('a run of 500 machines is a comment that fits, with the outcome and what failed', () => {
  const [, broken] = Object.entries(FAILED.clones)[0]!;
  const whole = DONE.clones['students/student-01']!;
  const clones = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => {
      const clone = `student-${1000 + index}`;
      return [`students/${clone}`, { ...(index === 499 ? broken : whole), clone }];
    }),
  );
  const text = runMarkdown({ ...FAILED, clones });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MARKDOWN_LIMIT);
  expect(text).toMatch(/^## 🔴 Failed: 499 of 500 machines through/);
  expect(text).toContain('### `students/student-1499` failed');
  expect(text).toContain('_Left out');
});

test('the list says of each run how it stands, how far it came, and who and when', () => {
  const killed: RunRecord = { ...DONE, id: '20260303100000-cccc', state: 'running' };
  const text = runList([killed, FAILED, DONE], { color: false });
  expect(text).toMatch(/^ {2}20260303100000-cccc +lab +anna@build +Under way, or killed +2 of 2$/m);
  expect(text).toMatch(/^ {2}20260302100000-bbbb +lab +anna@build +Failed +0 of 4$/m);
  expect(text).toMatch(/^ {2}2026-03-01 10:00:00 UTC +apply +2 min 5 s$/m);
});

test('the schema in the package is what regraft reads, and every record fits it', () => {
  expect(schema).toEqual(JSON.parse(JSON.stringify(runSchema())));
  const validate = new Ajv({ allErrors: true }).compile(schema);
  for (const run of [DONE, FAILED])
    expect([validate(JSON.parse(runJson(run))), validate.errors]).toEqual([true, null]);
  fc.assert(fc.property(anyRun, (run) => validate(JSON.parse(runJson(run)))));
  expect(validate({ ...DONE, state: 'fine' })).toBe(false);
  expect(validate({ ...DONE, version: 2 })).toBe(false);
});
