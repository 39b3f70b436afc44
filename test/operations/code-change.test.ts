import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe as describeChange } from '../../lib/cli/code-change-text';
import { codeChange, writeCodeChange } from '../../lib/operations/code-change';
import type { Context } from '../../lib/operations/context';
import { MAX_BYTES, sourceFiles } from '../../lib/operations/source-files';
import { readProject, synthesize } from '../../lib/tools/cdktf';
import { stackJson } from '../support/synthesis';

const root = resolve(__dirname, '../..');
let folder: string;
let notices: string[];
let context: Context;

/** The example stacks as a project of its own, synthesized once. */
let example: string;
beforeAll(async () => {
  example = mkdtempSync(join(tmpdir(), 'regraft-code-'));
  cpSync(join(root, 'stacks'), join(example, 'stacks'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(example, 'node_modules'));
  const paths = { regraft: [join(root, 'lib/index.ts')] };
  writeFileSync(join(example, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths } }));
  const app = `${process.execPath} ${require.resolve('tsx/cli')} stacks/main.ts`;
  writeFileSync(join(example, 'cdktf.json'), JSON.stringify({ app }));
  await synthesize(await readProject(example, process.env), { env: process.env });
}, 120_000);
afterAll(() => rmSync(example, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regraft-code-'));
  cpSync(example, folder, { recursive: true });
  notices = [];
  context = { folder, env: process.env, progress: () => undefined, notice: (text) => notices.push(text) };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const canary = (): string => join(folder, 'stacks/canary.ts');
const synth = async (): Promise<void> => synthesize(await readProject(folder, process.env), context);
const stackText = (): string => readFileSync(join(folder, 'cdktf.out/stacks/canary/cdk.tf.json'), 'utf8');
const change = (from: string, to: string): void => {
  const text = readFileSync(canary(), 'utf8');
  expect(text).toContain(from);
  writeFileSync(canary(), text.replace(from, to));
};
const withoutRebase = (): void =>
  change(
    "new Rebase(this, 'to-debian-13', { pool: desks, to: debian13, clones: ['desk-01', 'desk-02'] });",
    '',
  );

it('revert and promote are found, written and synthesized in a project of its own', async () => {
  await expect(codeChange('promote', undefined, context)).resolves.toMatchObject({
    pool: 'desks',
    stacks: ['canary'],
    from: 'debian-12',
    to: 'debian-13',
    result: { ambiguous: expect.stringContaining('moves 2 of 12 clones') as string },
  });
  change(", clones: ['desk-01', 'desk-02']", '');
  await synth();
  const code = readFileSync(canary(), 'utf8');
  chmodSync(canary(), 0o640);
  const written: Record<string, string> = {};
  for (const verb of ['promote', 'revert'] as const) {
    writeFileSync(canary(), code);
    const path = await writeCodeChange(await codeChange(verb, 'desks', context));
    expect(path).toBe(canary());
    expect(statSync(canary()).mode & 0o777).toBe(0o640);
    await synthesize(await readProject(folder, process.env), context);
    written[verb] = stackText();
    writeFileSync(canary(), code);
    await synth();
  }
  change(', to: debian13 });', ", to: debian13, clones: ['desk-01', 'desk-02'] });");
  withoutRebase();
  await synth();
  expect(written['revert']).toBe(stackText());
  change('base: debian12', 'base: debian13');
  await synth();
  expect(written['promote']).toBe(stackText());
  expect(notices).toEqual([]);
}, 120_000);

it('the edit is printed as a diff that patch and git take, with the lines that it changes', async () => {
  const found = await codeChange('revert', undefined, context);
  const text = describeChange(found);
  expect(text).toMatch(/^Revert pool desks: the Rebase goes, its clones are on debian-12 again\n/);
  expect(text).toContain('To change: stacks/canary.ts:3, stacks/canary.ts:27, stacks/canary.ts:29');
  expect(text).toContain("-    new Rebase(this, 'to-debian-13',");
  expect(text).toMatch(/stacks\/canary\.ts:\d+: nothing uses debian13 any more/);
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/\u001b/);
  expect(describeChange(found, { color: true })).toContain('\u001b[31m-    new Rebase');
  expect(describeChange(found, { written: true })).toContain('Changed: stacks/canary.ts:3');
  const applied = spawnSync('git', ['apply', '-p0', '-'], { cwd: folder, input: text, encoding: 'utf8' });
  expect(applied.stderr).toBe('');
  expect('newText' in found.result && found.result.newText).toBe(readFileSync(canary(), 'utf8'));
});

it('what a person has to do is told with file and line', async () => {
  change('new Rebase(', 'if (id) new Rebase(');
  await synth();
  const found = await codeChange('revert', 'desks', context);
  const text = describeChange(found);
  expect(text).toContain('This change is yours to make: the Rebase is in a condition (stacks/canary.ts:35).');
  expect(text).toContain('stacks/canary.ts:35: delete this statement\n    if (id) new Rebase(this');
  await expect(writeCodeChange(found)).rejects.toThrow(
    'the code is not changed: the Rebase is in a condition (stacks/canary.ts:35); make the change by hand to revert pool desks',
  );
});

it('a pool that is unknown or has no rebase, and no rebase at all, are told with the next step', async () => {
  await expect(codeChange('revert', 'dessk', context)).rejects.toThrow(
    'there is no pool "dessk": did you mean "desks"?',
  );
  await expect(codeChange('promote', 'terminals', context)).rejects.toThrow(
    'there is nothing to promote in pool terminals: it has no Rebase in the stacks that were synthesized last; pools with one are desks',
  );
  withoutRebase();
  await synth();
  await expect(codeChange('revert', undefined, context)).rejects.toThrow(
    'there is nothing to revert: no pool',
  );
  rmSync(join(folder, 'cdktf.out'), { recursive: true });
  await expect(codeChange('revert', undefined, context)).rejects.toThrow('synthesize first');
});

it('a manifest of another version is refused', async () => {
  const file = join(folder, 'cdktf.out/stacks/canary/cdk.tf.json');
  const { output, ...stack } = stackJson(stackText());
  const newer = { regraft: { value: { ...output.regraft.value, version: 2 } } };
  writeFileSync(file, JSON.stringify({ ...stack, output: newer }));
  await expect(codeChange('revert', undefined, context)).rejects.toThrow(
    /stack canary: the manifest in the synthesized stack has version 2, expected 1/,
  );
});

it('several pools with a rebase: one has to be named', async () => {
  change(
    "new Rebase(this, 'to-debian-13'",
    "const more = new ClonePool(this, 'more', { base: debian12, clones: ['one'], machine: { vcpus: 1, memory: '1GiB' } });\n    new Rebase(this, 'more-to', { pool: more, to: debian13 });\n    new Rebase(this, 'to-debian-13'",
  );
  await synth();
  await expect(codeChange('revert', undefined, context)).rejects.toThrow(
    '2 pools have a Rebase (desks, more): name the one to revert',
  );
  const { result } = await codeChange('promote', 'more', context);
  expect(result).toHaveProperty('newText', expect.stringContaining("'more', { base: debian13"));
});

describe('writing', () => {
  it('leaves a file alone that was changed since it was read', async () => {
    const found = await codeChange('revert', undefined, context);
    change('Rebase(this', 'Rebase( this');
    const now = readFileSync(canary(), 'utf8');
    await expect(writeCodeChange(found)).rejects.toThrow(
      'was changed since it was read, and is left as it is',
    );
    expect(readFileSync(canary(), 'utf8')).toBe(now);
    rmSync(canary());
    await expect(writeCodeChange(found)).rejects.toThrow('is not there any more');
  });

  it('leaves a file alone that a link leads out of the project to', async () => {
    const found = await codeChange('revert', undefined, context);
    const outside = mkdtempSync(join(tmpdir(), 'regraft-outside-'));
    try {
      cpSync(join(folder, 'stacks'), outside, { recursive: true });
      rmSync(join(folder, 'stacks'), { recursive: true });
      symlinkSync(outside, join(folder, 'stacks'));
      await expect(writeCodeChange(found)).rejects.toThrow(/leads to .*, out of the project in/);
      expect(readFileSync(canary(), 'utf8')).toContain('new Rebase(');
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

it("the project's own code is read, and nothing that is made, installed, hidden, linked, large or no text", async () => {
  const write = (path: string, text: string | Buffer): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  rmSync(join(folder, 'stacks'), { recursive: true });
  for (const path of ['a.ts', 'b/c.tsx', 'b/d.mts', 'b/e/f.js', 'g.mjs']) write(path, `// ${path}`);
  for (const path of ['h.d.ts', 'i.json', '.gen/j.ts', 'dist/k.js', 'b/cdktf.out/l.ts', 'made/m.ts', '.n.ts'])
    write(path, '');
  write('b/node_modules/o.js', '');
  write('large.ts', ' '.repeat(MAX_BYTES + 1));
  write('latin.ts', Buffer.from([0x2f, 0x2f, 0xe9]));
  write('bom.ts', '\uFEFF// kept');
  symlinkSync(join(folder, 'a.ts'), join(folder, 'link.ts'));
  symlinkSync(join(folder, 'b'), join(folder, 'linked'));
  const files = await sourceFiles(context, join(folder, 'made'));
  expect(files.map(({ path }) => path)).toEqual([
    'a.ts',
    'bom.ts',
    'g.mjs',
    'b/c.tsx',
    'b/d.mts',
    'b/e/f.js',
  ]);
  expect(files.find(({ path }) => path === 'bom.ts')!.text).toBe('\uFEFF// kept');
  expect(notices).toEqual([
    `large.ts is not searched: it has ${MAX_BYTES + 1} bytes, more than ${MAX_BYTES}`,
    'latin.ts is not searched: it is not UTF-8',
  ]);
});
