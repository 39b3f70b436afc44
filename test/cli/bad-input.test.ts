import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MAX_PLAN_BYTES } from '../../lib/operations/plan-text';
import { recordedText } from '../review/recorded';
import { regraft } from './run';

const folder = mkdtempSync(join(tmpdir(), 'regraft-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const plan = recordedText('0.8-canary');

test.each([
  ['an empty file', '', /empty, expected the output of: terraform show -json PLANFILE/],
  ['blanks', ' \n\t ', /empty/],
  ['a truncated JSON', plan.slice(0, plan.length / 2), /not JSON, it seems to be cut off/],
  ['two plans in one', plan + plan, /not JSON, it seems to be cut off or joined/],
  ["another tool's JSON", '{"name":"regraft"}', /JSON of another tool/],
  ["another tool's list", '[1,2]', /JSON of another tool/],
  [
    'a binary plan file',
    Buffer.from('PK\u0003\u0004\u0014\u0000binary'),
    /Terraform's binary plan file.*terraform show -json PLANFILE/,
  ],
  ['prose', 'Terraform will perform the following actions:', /not JSON/],
  [
    'a plan without regraft',
    '{"format_version":"1.2","planned_values":{},"resource_changes":[]}',
    /a plan of a stack without regraft/,
  ],
  ['a state', '{"format_version":"1.0","values":{}}', /a state or another JSON of Terraform/],
])('%s is told in one clear line, from a file and from standard input', async (name, content, expected) => {
  const path = file(`${name.replace(/\W/g, '-')}.json`, content);
  const stdin = Readable.from([Buffer.from(content)]);
  const said = [await regraft(['check', path], { folder }), await regraft(['check', '-'], { folder, stdin })];
  for (const { exitCode, stdout, stderr } of said) {
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^regraft: (standard input|[\w-]+\.json): /);
  }
});

test('a file that is not there and a folder are told with what was expected', async () => {
  expect(await regraft(['check', 'plna.json'], { folder })).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'regraft: plna.json: there is no such file\n',
  });
  const { exitCode, stderr } = await regraft(['check', '.'], { folder });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('.: a folder, expected the output of: terraform show -json PLANFILE');
});

test('200 MB of nonsense are refused at their first bytes, or by their size', async () => {
  const size = 200 * 2 ** 20;
  const nonsense = file('nonsense.json', 'nonsense');
  const brace = file('brace.json', '{');
  for (const path of [nonsense, brace]) truncateSync(join(folder, path), size);
  const start = performance.now();
  const atOnce = await regraft(['check', nonsense], { folder });
  expect(atOnce).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('nonsense.json: not JSON') as unknown,
  });
  const bySize = await regraft(['check', brace], { folder });
  expect(bySize).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('has 200 MiB or more') as unknown,
  });
  expect(performance.now() - start).toBeLessThan(1000);
});

test('of a stream without end no more is read than a plan can have', async () => {
  const chunk = Buffer.alloc(2 ** 20, ' ');
  chunk[0] = '{'.charCodeAt(0);
  let read = 0;
  const endless = new Readable({
    read() {
      read += chunk.length;
      this.push(chunk);
    },
  });
  const { exitCode, stderr } = await regraft(['check', '-'], { stdin: endless });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('standard input: it has 129 MiB or more');
  expect(read).toBeLessThan(MAX_PLAN_BYTES + 4 * 2 ** 20);
  expect(endless.destroyed).toBe(true);
});

test('one bad plan among good ones does not hide them, and the run is an error', async () => {
  file('good.json', plan);
  const { exitCode, stdout, stderr } = await regraft(['check', 'good.json', 'missing.json'], { folder });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('Safe to apply');
  expect(stderr).toBe('regraft: missing.json: there is no such file\n');
});

test.each([
  [['paln'], /unknown command 'paln'/],
  [['plan', '--fromat', 'json'], /unknown option '--fromat'/],
  [['plan', '--format', 'yaml'], /Allowed choices are terminal, markdown, json, html/],
  [['plan', '--parallelism', '0'], /expected a whole number of at least 1/],
  [['plan', '--refresh=maybe'], /Allowed choices are true, false/],
  [['check'], /no plan is given/],
  [['show'], /missing required argument 'bundles'/],
  [['plan', '--all', '--format', 'html'], /html is a page for one stack/],
  [['show', 'no-such-folder'], /there is no bundle .*no-such-folder/],
])('%j is a mistake that is told without a stack trace', async (args, expected) => {
  const { exitCode, stdout, stderr } = await regraft(args, { folder });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(expected);
  expect(stderr).toMatch(/^regraft: /);
  expect(stderr).not.toMatch(/^\s+at /m);
});
