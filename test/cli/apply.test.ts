import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from '../operations/project';
import { ScriptedProject } from '../operations/project';
import { recordedText } from '../review/recorded';
import type { Said } from './run';
import { regraft } from './run';

/** What `regraft apply` refuses before it touches anything; test/e2e has it on a real libvirt. */
const projects: ScriptedProject[] = [];
afterEach(() => Promise.all(projects.splice(0).map((project) => project.remove())));

function project(script: Script = {}, stacks = ['lab']): ScriptedProject {
  const plans = Object.fromEntries(stacks.map((name) => [name, recordedText('0.8-canary')]));
  // What stands behind it is libvirt's test driver, which has none of these machines.
  const provider = { libvirt: [{ alias: 'lab', uri: 'test:///default' }] };
  const made = new ScriptedProject(stacks, { plans, ...script }, provider);
  projects.push(made);
  return made;
}

function run({ folder, env }: ScriptedProject, ...args: string[]): Promise<Said> {
  return regraft(args, { folder, env });
}

/** A project with a bundle of what it changes. */
async function planned(script: Script = {}): Promise<{ made: ScriptedProject; bundle: string }> {
  const made = project(script);
  expect(await run(made, 'plan', '--out', 'bundles')).toMatchObject({ exitCode: 2 });
  return { made, bundle: join(made.folder, 'bundles/lab') };
}

function rewrite(file: string, change: (content: Record<string, unknown>) => object): void {
  writeFileSync(
    file,
    JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)),
  );
}

/** One clear line, exit code 1, and neither a run nor an apply has begun. */
function expectRefused(made: ScriptedProject, { exitCode, stdout, stderr }: Said, why: RegExp): void {
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 1, stdout: '' });
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => why.test(line))).toHaveLength(1);
  expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
  expect(stderr).not.toContain('a bug in regraft');
  expect(made.calls().filter((call) => call.includes(': apply'))).toEqual([]);
  expect(existsSync(join(made.folder, '.regraft/runs'))).toBe(false);
}

const STATE = { version: 4, lineage: 'l', serial: 7, resources: [] };

test.each([
  [
    'one that was changed by one byte',
    (bundle: string) => appendFileSync(join(bundle, 'plan'), ' '),
    /is not what was reviewed: plan was changed since it was made .*; plan again$/,
  ],
  [
    'one of which a file is missing',
    (bundle: string) => rmSync(join(bundle, 'plan.json')),
    /is not complete: plan.json is missing; plan again$/,
  ],
  [
    'one whose bundle.json was never written',
    (bundle: string) => rmSync(join(bundle, 'bundle.json')),
    /is no bundle \(it has no bundle.json\): make one with regraft plan --out$/,
  ],
  [
    'one whose bundle.json is cut off',
    (bundle: string) => writeFileSync(join(bundle, 'bundle.json'), '{"version": 1, "sta'),
    /bundle.json is not one of regraft's, or it is damaged: plan again$/,
  ],
  [
    'one of an older version',
    (bundle: string) => rewrite(join(bundle, 'bundle.json'), (content) => ({ ...content, version: 0 })),
    /is of version 0, expected 1: use the regraft that made it, or plan again$/,
  ],
  [
    'one of a newer version',
    (bundle: string) => rewrite(join(bundle, 'bundle.json'), () => ({ version: 2, other: true })),
    /is of version 2, expected 1: use the regraft that made it, or plan again$/,
  ],
  [
    'one of a stack that the code does not have any more',
    (bundle: string) =>
      rewrite(join(bundle, '../../cdktf.out/manifest.json'), () => ({
        stacks: {
          other: {
            name: 'other',
            workingDirectory: 'stacks/other',
            synthesizedStackPath: 'stacks/other/cdk.tf.json',
          },
        },
      })),
    /the bundle .*bundles\/lab is of stack "lab", which the code does not have any more \(it has other\): plan again$/,
  ],
])('a bundle is refused: %s', async (_, damage, why) => {
  const { made, bundle } = await planned();
  damage(bundle);
  expectRefused(made, await run(made, 'apply', 'bundles'), why);
});

test('a bundle is refused when there is a state by now, with what is there that was not', async () => {
  const { made } = await planned();
  const resource = {
    mode: 'managed',
    type: 'libvirt_volume',
    name: 'other',
    instances: [{ attributes: { name: 'other' } }],
  };
  rewrite(join(made.folder, 'script.json'), (script) => ({
    ...script,
    state: JSON.stringify({ ...STATE, resources: [resource] }),
  }));
  const said = await run(made, 'apply', 'bundles');
  expect(said.stderr).toContain('serial none when it was planned, 7 now');
  expectRefused(
    made,
    { ...said, stderr: said.stderr.replace(/\n {2}[-+] .*/g, '') },
    /has moved on since this bundle was made/,
  );
  expect(said.stderr).toContain('\n  + libvirt_volume.other');
});

test.each([
  [['apply', 'nowhere'], /there is no bundle .*nowhere: make one with regraft plan --out$/],
  [['apply', '--auto-approve', '--stack', 'lba'], /there is no stack "lba": did you mean "lab"\?$/],
  [
    ['apply', 'bundles', '--stack', 'lab'],
    /bundle bundles and --stack lab are given: a bundle says its stack itself$/,
  ],
  [['apply'], /there is nobody to ask: .*regraft plan --out DIRECTORY.*--auto-approve$/],
  [['apply', '--on-busy', 'wait'], /'wait' is invalid. Allowed choices are abort, skip, force/],
  [['apply', '--proof', 'sha1'], /Allowed choices are digest, metadata, none/],
  [['apply', '--max-unavailable', '0'], /expected a whole number from 1 on, or a share from '1%' to '100%'/],
  [['apply', '--max-unavailable', '101%'], /expected a whole number from 1 on, or a share/],
  [['apply', '--canary', 'one'], /whole number/],
  [['apply', '--bake', '-1'], /expected a number of minutes|unknown option/],
])('%j is refused in one line', async (args, why) => {
  const made = project();
  expectRefused(made, await run(made, ...args), why);
});

test('a folder of several bundles is refused with the name of the first', async () => {
  const made = project({}, ['a', 'b']);
  await run(made, 'plan', '--all', '--out', 'bundles');
  expectRefused(
    made,
    await run(made, 'apply', 'bundles'),
    /holds 2 bundles \(a, b\): apply one after the other, such as .*bundles\/a$/,
  );
});

test('a Terraform that is too old is refused with what to install', async () => {
  const { made } = await planned();
  rewrite(join(made.folder, 'script.json'), (script) => ({
    ...script,
    version: 'Terraform v1.4.7\non linux_amd64\n',
  }));
  for (const args of [
    ['apply', 'bundles'],
    ['apply', '--auto-approve'],
  ]) {
    expectRefused(
      made,
      await run(made, ...args),
      /terraform is Terraform 1.4.7, expected 1.5 or later: install Terraform/,
    );
  }
});

test('an error that is no interrupt is told, although Ctrl-C was pressed meanwhile', async () => {
  const { folder, env } = project();
  const signal = AbortSignal.abort(new Error('interrupted'));
  const said = await regraft(['apply'], { folder, env, signal });
  expect(said).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('there is nobody to ask') as string,
  });
  expect(await regraft(['apply', '--auto-approve'], { folder, env, signal })).toEqual({
    exitCode: 130,
    stdout: '',
    stderr: 'regraft: interrupted, nothing was changed\n',
  });
});
