import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ScriptedProject } from '../operations/project';
import { stackOf } from '../review/classroom';
import type { Said, World } from './run';
import { regraft } from './run';

/** A stack that was synthesized but has no state, and libvirt's own test driver with a data volume of it. */
const projects: ScriptedProject[] = [];
afterAll(() => Promise.all(projects.map((project) => project.remove())));

const HOME = 'libvirt_volume.lab__data["students/student-01/home"]';

function project(...stacks: string[]): ScriptedProject {
  const made = new ScriptedProject(stacks);
  projects.push(made);
  const node = join(made.folder, 'node.xml');
  writeFileSync(
    node,
    `<node><pool type="dir"><name>pool</name><uuid>00000000-0000-0000-0000-00000000000a</uuid>
     <capacity>107374182400</capacity><allocation>0</allocation><target><path>/pool</path></target>
     <volume><name>student-01.home.data.qcow2</name><capacity unit="MiB">3</capacity><allocation>0</allocation>
     <target><path>/pool/student-01.home.data.qcow2</path><format type="qcow2"/></target></volume></pool></node>`,
  );
  const content = stackOf({}, '0.8') as object;
  const provider = { libvirt: [{ alias: 'lab', uri: `test://${node}` }] };
  for (const stack of stacks) {
    const folder = join(made.folder, 'cdktf.out/stacks', stack);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify({ ...content, provider }));
  }
  const entries = stacks.map((name) => {
    const workingDirectory = `stacks/${name}`;
    return [name, { name, workingDirectory, synthesizedStackPath: `${workingDirectory}/cdk.tf.json` }];
  });
  writeFileSync(
    join(made.folder, 'cdktf.out/manifest.json'),
    JSON.stringify({ stacks: Object.fromEntries(entries) }),
  );
  return made;
}

function run(made: ScriptedProject, args: string[] = [], world: World = {}): Promise<Said> {
  return regraft(['repair', ...args], { folder: made.folder, env: made.env, ...world });
}

function imports(made: ScriptedProject): string[] {
  return made.calls().filter((call) => call.includes(': import'));
}

function typed(text: string): Readable {
  return Object.assign(Readable.from([Buffer.from(text)]), { isTTY: true });
}

test('without a terminal and without --auto-approve the plan is shown, and nothing else is done', async () => {
  const made = project('lab');
  const { exitCode, stdout, stderr } = await run(made);
  expect(exitCode).toBe(2);
  expect(stdout).toMatch(/^Stack lab: 2 steps\n {2}import storage pool {2}pool \(host lab\)\n/);
  expect(stdout).toContain('import volume  student-01.home.data.qcow2 (host lab)');
  expect(stderr).toContain('use --auto-approve');
  expect(imports(made)).toEqual([]);
});

test.each([
  ['yes\n', true],
  ['  yes  \n', true],
  ['y\n', false],
  ['no\n', false],
  ['', false],
])('on a terminal %j is taken for approval: %s', async (answer, approved) => {
  const made = project('lab');
  const { exitCode, stderr } = await run(made, [], { stdin: typed(answer), terminal: true });
  expect(stderr).toContain("Only 'yes' will be accepted to approve.");
  expect({ exitCode, done: imports(made).length > 0 }).toEqual({
    exitCode: approved ? 0 : 2,
    done: approved,
  });
});

test('in CI nobody is asked, though there be a terminal', async () => {
  const made = project('lab');
  const { exitCode, stderr } = await run(made, [], {
    stdin: typed('yes\n'),
    terminal: true,
    env: { ...made.env, CI: '1' },
  });
  expect(exitCode).toBe(2);
  expect(stderr).not.toContain('accepted');
  expect(imports(made)).toEqual([]);
});

test('with --auto-approve each import is one call of Terraform, the storage pool first', async () => {
  const made = project('lab');
  expect(await run(made, ['--auto-approve'])).toMatchObject({ exitCode: 0 });
  expect(imports(made)).toEqual([
    'lab: import -input=false -no-color libvirt_pool.lab["pool"] 00000000-0000-0000-0000-00000000000a',
    `lab: import -input=false -no-color ${HOME} /pool/student-01.home.data.qcow2`,
  ]);
});

test('as JSON, each stack has its plan and what became of it', async () => {
  const made = project('lab', 'other');
  const shown = await run(made, ['lab', '--json'], { stdin: typed('yes\n'), terminal: true });
  expect(shown.exitCode).toBe(2);
  expect(JSON.parse(shown.stdout)).toMatchObject([
    { stack: 'lab', outcome: 'planned', steps: [{ kind: 'import-storage-pool' }, { kind: 'import-volume' }] },
  ]);
  expect(imports(made)).toEqual([]);
  const done = await run(made, ['--json', '--auto-approve']);
  expect(JSON.parse(done.stdout)).toMatchObject([
    { stack: 'lab', outcome: 'repaired', skipped: [] },
    { stack: 'other', outcome: 'repaired', skipped: [] },
  ]);
});

test('bad input is told in one line, before anything is done', async () => {
  const made = project('lab', 'other');
  expect(await run(made, ['labb'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'regraft: there is no stack "labb": did you mean "lab"?\n',
  });
  const { exitCode, stderr } = await run(made, ['--unlock', 'abc', '--auto-approve']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/regraft: --unlock abc is for one stack, and 2 are asked for: name it\n$/);
  expect(made.calls().filter((call) => /force-unlock|import/.test(call))).toEqual([]);
});
