import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from '../operations/project';
import { ScriptedProject } from '../operations/project';
import { recordedText } from '../review/recorded';
import type { World } from './run';
import { regraft } from './run';

/** Plans of real Terraform, played by a stand-in; test/e2e/plan.test.ts has the real one. */
const projects: ScriptedProject[] = [];
afterEach(() => Promise.all(projects.splice(0).map((project) => project.remove())));

function project(plans: Readonly<Record<string, string>>, script: Script = {}): ScriptedProject {
  const made = new ScriptedProject(
    Object.keys(plans),
    {
      ...script,
      plans: Object.fromEntries(
        Object.entries(plans).map(([stack, plan]) => [stack, plan === '' ? '' : recordedText(plan)]),
      ),
    },
    // What stands behind it is libvirt's test driver, which has none of these machines.
    { libvirt: [{ alias: 'lab', uri: 'test:///default' }] },
  );
  projects.push(made);
  return made;
}

function worldOf({ folder, env }: ScriptedProject): World {
  return { folder, env };
}

test.each([
  [{ a: '0.8-nothing' }, 0],
  [{ a: '0.8-canary' }, 2],
  [{ a: '0.8-drop' }, 3],
  [{ a: '0.8-nothing', b: '0.8-canary' }, 2],
  [{ a: '0.8-canary', b: '0.8-drop', c: '0.8-nothing' }, 3],
  [{ a: '', b: '0.8-canary' }, 1],
  [{ a: '', b: '0.8-drop' }, 3],
])('of the stacks %j the gravest decides: exit code %i', async (plans, expected) => {
  const { exitCode } = await regraft(['plan', '--all'], worldOf(project(plans)));
  expect(exitCode).toBe(expected);
});

test('init runs once, and again when providers change or Terraform asks for it', async () => {
  const made = project({ lab: '0.8-canary' });
  await regraft(['plan'], worldOf(made));
  await regraft(['plan'], worldOf(made));
  expect(made.calls().map((call) => call.split(' ')[1])).toEqual(['init', 'plan', 'show', 'plan', 'show']);

  const asked = project({ lab: '0.8-canary' }, { asksForInit: 'Error: x\n\nplease run "terraform init"\n' });
  // A folder that somebody else has initialized, with other providers.
  await regraft(['plan'], worldOf(asked));
  const { unlinkSync } = await import('node:fs');
  unlinkSync(join(asked.folder, 'cdktf.out/stacks/lab/.terraform/initialized'));
  await regraft(['plan'], worldOf(asked));
  expect(asked.calls().map((call) => call.split(' ')[1])).toEqual([
    'init',
    'plan',
    'show',
    'plan',
    'init',
    'plan',
    'show',
  ]);
});

test('a locked provider of another version than the code asks for is upgraded', async () => {
  const initFails =
    'Error: Failed to query\n\nlocked provider x 0.8.2 does not match configured version constraint 0.8.3\n';
  const made = project({ lab: '0.8-canary' }, { initFails });
  expect(await regraft(['plan'], worldOf(made))).toMatchObject({ exitCode: 2 });
  expect(made.calls().slice(0, 2)).toEqual([
    'lab: init -input=false -no-color',
    'lab: init -input=false -no-color -upgrade',
  ]);
});

test("options reach Terraform's plan, files of variables from the user's folder", async () => {
  const made = project({ lab: '0.8-canary' });
  const args = [
    '--refresh=false',
    '--var',
    'a=b c',
    '--var',
    'd=$e',
    '--var-file',
    'some.tfvars',
    '--parallelism',
    '3',
  ];
  await regraft(['plan', ...args, '--replace', 'libvirt_volume.x'], worldOf(made));
  const call = made.calls().find((one) => one.startsWith('lab: plan'))!;
  expect(call.replace(/-out=\S+/, '-out')).toBe(
    `lab: plan -input=false -no-color -out -parallelism=3 -refresh=false -var-file=${join(made.folder, 'some.tfvars')} -var=a=b c -var=d=$e -replace=libvirt_volume.x`,
  );
});

test('what Terraform says when it fails is shown in its own words, without frames and without passwords', async () => {
  const failures = {
    lab: '\u001b[31m╷\u001b[0m\n│ Error: failed to dial libvirt\n│ \n│   with provider["x"],\n│ qemu+ssh://me:hidden@host/system: refused\n╵\n',
  };
  const { exitCode, stdout, stderr } = await regraft(
    ['plan'],
    worldOf(project({ lab: '0.8-canary' }, { failures })),
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain(
    'regraft: lab: Terraform could not plan stack lab: failed to dial libvirt\n  Error: failed to dial libvirt\n',
  );
  expect(stderr).toContain('qemu+ssh://me:***@host/system: refused');
  expect(stderr).not.toContain('hidden');
  expect(stderr).not.toMatch(/[╷│╵]/);
});

test('a guarded instance is explained: the plan that Terraform left is reviewed, without one the message says what to do', async () => {
  const failures = {
    lab: 'Error: Instance cannot be destroyed\n\nResource libvirt_volume.lab__data["students/student-02/home"] has\nlifecycle.prevent_destroy set\n',
  };
  const left = await regraft(['plan'], worldOf(project({ lab: '0.8-drop' }, { failures, leavesPlan: true })));
  expect(left.exitCode).toBe(3);
  expect(left.stderr).toContain(
    "note: data volume home of clone student-02 would be lost: put student-02 back into pool students, or name it in retired: ['student-02']",
  );
  const none = await regraft(['plan'], worldOf(project({ lab: '0.8-drop' }, { failures })));
  expect(none.exitCode).toBe(1);
  expect(none.stderr).toContain(
    'Instance cannot be destroyed; data volume home of clone student-02 would be lost',
  );
});

test('several stacks are one list for a machine, with the errors of those without a review', async () => {
  const made = project({ a: '0.8-canary', b: '' });
  const { stdout } = await regraft(['plan', '--all', '--json'], worldOf(made));
  expect(JSON.parse(stdout)).toMatchObject([
    { stack: 'a', review: { verdict: 'safe' } },
    { stack: 'b', error: 'empty, expected the output of: terraform show -json PLANFILE' },
  ]);
});

test('several stacks are one comment for a reviewer, the gravest first', async () => {
  const made = project({ a: '0.8-nothing', b: '0.8-canary', c: '0.8-drop', d: '' });
  const { stdout } = await regraft(['plan', '--all', '--format', 'markdown'], worldOf(made));
  expect(
    stdout.split('\n').filter((line) => /^[|#]{1,2} /.test(line) && !line.startsWith('| Clone')),
  ).toEqual(expect.arrayContaining(['| `c` | 🔴 Refused: 3 refusals |', '# Stack `c`', '## 🔴 No review']));
  expect(stdout.indexOf('# Stack `c`')).toBeLessThan(stdout.indexOf('# Stack `d`'));
  expect(stdout.indexOf('# Stack `d`')).toBeLessThan(stdout.indexOf('# Stack `b`'));
  expect(stdout).not.toContain('# Stack `a`');
});

test("Terraform's own diff comes under the report with --detailed", async () => {
  const { stdout } = await regraft(['plan', '--detailed'], worldOf(project({ lab: '0.8-canary' })));
  expect(stdout).toMatch(
    /Safe to apply\n\nTerraform's own plan of stack lab:\n\nTerraform will do things\n$/,
  );
});

test('a report goes into a file, and the verdict is still said', async () => {
  const made = project({ lab: '0.8-canary' });
  const { stdout, stderr } = await regraft(
    ['plan', '--format', 'html', '--output', 'review.html'],
    worldOf(made),
  );
  expect(stdout).toBe('');
  expect(stderr).toContain('regraft: lab: Safe to apply\n');
  expect(readFileSync(join(made.folder, 'review.html'), 'utf8')).toMatch(/^<!doctype html>/);
  const nowhere = await regraft(['plan', '--output', 'no/such/folder/x'], worldOf(made));
  expect(nowhere.exitCode).toBe(1);
  expect(nowhere.stderr).toContain('/no/such/folder/x (ENOENT): choose another --output');
});

test('colours are for terminals, and NO_COLOR forbids them; progress is live on a terminal and plain in a pipe', async () => {
  const made = project({ lab: '0.8-canary' });
  const world = worldOf(made);
  const escape = '\u001b[';
  const onTerminal = await regraft(['plan'], { ...world, terminal: true });
  expect(onTerminal.stdout).toContain(`${escape}1m`);
  expect(onTerminal.stderr).toContain(`\r${escape}Klab: plan (0 s)`);
  const plain = await regraft(['plan'], { ...world, terminal: true, env: { ...world.env, NO_COLOR: '1' } });
  expect(plain.stdout).not.toContain(escape);
  const piped = await regraft(['plan'], world);
  expect(piped.stdout + piped.stderr).not.toContain(escape);
  const forced = await regraft(['plan'], { ...world, env: { ...world.env, FORCE_COLOR: '1' } });
  expect(forced.stdout).toContain(escape);
});

test.each([
  [
    'without a program',
    { TERRAFORM_BINARY_NAME: '/nowhere/terraform' },
    {},
    /there is no program \/nowhere\/terraform: install Terraform 1\.5/,
  ],
  ['with an old one', {}, { version: 'Terraform v1.4.7\n' }, /is Terraform 1\.4\.7, expected 1\.5 or later/],
  [
    'with another one',
    {},
    { version: 'GNU coreutils 9\n' },
    /says "GNU coreutils 9", expected Terraform or OpenTofu/,
  ],
])('%s in the place of Terraform nothing is synthesized', async (_, env, script, expected) => {
  const made = project({ lab: '0.8-canary' }, script);
  const { exitCode, stdout, stderr } = await regraft(['plan'], {
    folder: made.folder,
    env: { ...made.env, ...env },
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(expected);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('OpenTofu is as good', async () => {
  const made = project({ lab: 'tofu-0.8-canary' }, { version: 'OpenTofu v1.10.6\non linux_amd64\n' });
  expect(await regraft(['plan', '--out', 'bundles'], worldOf(made))).toMatchObject({ exitCode: 2 });
  const bundle = JSON.parse(readFileSync(join(made.folder, 'bundles/lab/bundle.json'), 'utf8')) as object;
  expect(bundle).toMatchObject({ terraform: { product: 'OpenTofu', version: '1.10.6' }, state: null });
});

test('a Ctrl-C ends the run with 130, in one line', async () => {
  const interrupt = new AbortController();
  interrupt.abort(new Error('interrupted'));
  const said = await regraft(['plan'], {
    ...worldOf(project({ lab: '0.8-canary' })),
    signal: interrupt.signal,
  });
  expect(said).toEqual({ exitCode: 130, stdout: '', stderr: 'regraft: interrupted, nothing was changed\n' });
});

test('an unknown stack, stacks and --all at once, several stacks without a choice', async () => {
  const world = worldOf(project({ web: '0.8-canary', lab: '0.8-canary' }));
  expect((await regraft(['plan', 'wbe'], world)).stderr).toContain(
    'there is no stack "wbe": did you mean "web"?\n',
  );
  expect((await regraft(['plan', 'web', '--all'], world)).stderr).toContain('--all and stack web are given');
  expect((await regraft(['plan'], world)).stderr).toContain(
    'the app has 2 stacks (web, lab): name the ones you mean, or use --all',
  );
});
