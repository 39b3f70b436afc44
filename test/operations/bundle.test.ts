import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleParts } from '../../lib/operations/bundle';
import { readBundle, writeBundle } from '../../lib/operations/bundle';
import { show } from '../../lib/operations/show';
import { judge, parsePlan } from '../../lib/review';
import { recordedText } from '../review/recorded';

let folder: string;
let parts: BundleParts;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regraft-bundle-'));
  mkdirSync(join(folder, 'stack'));
  writeFileSync(join(folder, 'stack/cdk.tf.json'), '{}');
  writeFileSync(join(folder, 'stack/.terraform.lock.hcl'), '#');
  writeFileSync(join(folder, 'planfile'), 'PK');
  const planJson = recordedText('0.8-canary');
  parts = {
    stack: 'lab',
    createdAt: '2026-11-22T00:00:00Z',
    regraft: '0.1.0',
    terraform: { product: 'Terraform', version: '1.11.4' },
    state: { lineage: 'l', serial: 7 },
    planFile: join(folder, 'planfile'),
    planJson,
    review: judge(parsePlan(planJson)),
    stackFolder: join(folder, 'stack'),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is written is read again, and nothing is left beside it', async () => {
  const made = await writeBundle(join(folder, 'out/lab'), parts);
  const read = await readBundle(join(folder, 'out/lab'));
  expect(read).toEqual(made);
  expect(read.review).toEqual(parts.review);
  expect(read.content).toMatchObject({ version: 1, stack: 'lab', verdict: 'safe', state: { serial: 7 } });
  expect(readdirSync(join(folder, 'out'))).toEqual(['lab']);
  expect(statSync(join(folder, 'out/lab')).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(join(folder, 'out/lab')))
    expect(statSync(join(folder, 'out/lab', file)).mode & 0o777).toBe(0o600);
});

test('a bundle replaces an older one of its stack, and nothing else', async () => {
  await writeBundle(join(folder, 'lab'), parts);
  const { content } = await writeBundle(join(folder, 'lab'), { ...parts, createdAt: 'later' });
  expect(content.createdAt).toBe('later');
  await expect(writeBundle(join(folder, 'stack'), parts)).rejects.toThrow(
    'is there already and is no bundle: choose another --out',
  );
  expect(existsSync(join(folder, 'stack/cdk.tf.json'))).toBe(true);
});

test('half a bundle is found by nobody', async () => {
  await expect(writeBundle(join(folder, 'lab'), { ...parts, planFile: '/no/such/file' })).rejects.toThrow();
  expect(readdirSync(folder).sort()).toEqual(['planfile', 'stack']);
  await expect(writeBundle(join(folder, 'planfile/lab'), parts)).rejects.toThrow(
    /cannot be written \(\w+\): choose another --out/,
  );
});

test.each(['plan', 'plan.json', 'review.json', 'cdk.tf.json', '.terraform.lock.hcl'])(
  'a change of %s by one byte is noticed',
  async (file) => {
    await writeBundle(join(folder, 'lab'), parts);
    const text = readFileSync(join(folder, 'lab', file));
    text[text.length - 1] = text[text.length - 1]! ^ 1;
    writeFileSync(join(folder, 'lab', file), text);
    await expect(readBundle(join(folder, 'lab'))).rejects.toThrow(
      `is not what was reviewed: ${file} was changed`,
    );
    rmSync(join(folder, 'lab', file));
    await expect(readBundle(join(folder, 'lab'))).rejects.toThrow(`is not complete: ${file} is missing`);
  },
);

test('a damaged, a foreign and a newer bundle.json are told apart', async () => {
  const file = join(folder, 'lab/bundle.json');
  await writeBundle(join(folder, 'lab'), parts);
  const content = JSON.parse(readFileSync(file, 'utf8')) as { files: object };
  const rewrite = (text: string): Promise<unknown> => {
    writeFileSync(file, text);
    return readBundle(join(folder, 'lab'));
  };
  await expect(rewrite('{"version": 1')).rejects.toThrow(
    "is not one of regraft's, or it is damaged: plan again",
  );
  await expect(rewrite('{"name":"x"}')).rejects.toThrow("is not one of regraft's");
  await expect(rewrite(JSON.stringify({ ...content, version: 2 }))).rejects.toThrow(
    'is of version 2, expected 1',
  );
  await expect(rewrite(JSON.stringify({ ...content, files: {} }))).rejects.toThrow(
    'does not name plan, plan.json',
  );
  const outside = { ...content.files, '../stack/cdk.tf.json': { sha256: 'x', bytes: 1 } };
  await expect(rewrite(JSON.stringify({ ...content, files: outside }))).rejects.toThrow(
    '../stack/cdk.tf.json is missing',
  );
});

test('a folder of bundles stands for all of them', async () => {
  for (const stack of ['b', 'a']) await writeBundle(join(folder, 'all', stack), { ...parts, stack });
  const bundles = await show(['all'], { folder });
  expect(bundles.map(({ content }) => content.stack)).toEqual(['a', 'b']);
  await expect(show(['stack'], { folder })).rejects.toThrow('is no bundle (it has no bundle.json)');
});
