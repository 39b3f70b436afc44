import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import type { Review } from '../../lib/review';
import { byProvider, isOwnProvider } from './dialect';
import { Regraft } from './regraft';

/**
 * The reviewer's part of a base update, with the program `regraft` as a user runs it, on a real libvirt.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL };
const canary: CodeChange = { ...v1, rebase: { clones: ['student-01'] } };

let lab: Lab;
let project: Project;
let machines: Machines;
let regraft: Regraft;

beforeAll(async () => {
  lab = await Lab.start({ name: 'plan' });
  project = new Project(lab);
  machines = new Machines(lab);
  regraft = new Regraft(lab, project);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

function inProject(...path: string[]): string {
  return join(project.folder, ...path);
}

function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

test('a new stack is safe, and its bundle is what Terraform applies; then there is nothing to do', async () => {
  project.write(v1);
  const { exitCode, stdout, stderr } = await regraft.run('plan', 'lab', '--out', 'bundles');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2 });
  expect(flat(stdout)).toContain('Pool students on lab: new, on guest-v1');
  expect(flat(stdout)).toContain('4 data volumes created');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('Safe to apply');
  expect(stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(stderr).toMatch(
    /^regraft: synthesize\nregraft: lab: init\nregraft: lab: plan\nregraft: lab: review\nregraft: lab: done/,
  );

  const bundle = inProject('bundles', 'lab');
  expect(statSync(bundle).mode & 0o777).toBe(0o700);
  for (const file of [
    'plan',
    'plan.json',
    'review.json',
    'cdk.tf.json',
    'bundle.json',
    '.terraform.lock.hcl',
  ]) {
    expect(statSync(join(bundle, file)).mode & 0o777).toBe(0o600);
  }
  expect(await project.terraform('apply', '-input=false', join(bundle, 'plan'))).toMatchObject({
    exitCode: 0,
  });

  const again = await regraft.run('plan');
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stdout).toContain('Nothing to do');
  // Init is not repeated.
  expect(again.stderr).not.toContain('init');
});

test('a canary rebase is safe, and the report names its clone, what becomes of each volume, and that the machine runs', async () => {
  await machines.boot('student-01');
  project.write(canary);
  const { exitCode, stdout } = await regraft.run('plan', '--out', 'bundles');
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 2 });
  expect(flat(stdout)).toContain(
    '1 of 3 clones from guest-v1 to guest-v2; the way back is to delete the Rebase',
  );
  const { pools } = JSON.parse(readFileSync(inProject('bundles/lab/review.json'), 'utf8')) as Review;
  expect(pools[0]!.clones[0]).toMatchObject({
    clone: 'student-01',
    machine: { running: true },
    volumes: [
      { volume: 'root', fate: 'replaced', retained: { fate: 'retained' } },
      { volume: 'scratch', fate: 'reset' },
      { volume: 'home', fate: 'kept' },
    ],
  });
  expect(flat(stdout)).toContain('2 clones unchanged: student-02, student-03');
  expect(stdout).toContain(byProvider({ libvirt: 'RG705', regraft: 'RG706' }));
  await machines.shutDown('student-01');
});

test('a saved bundle is shown in any format, and the plan in it is judged the same anywhere', async () => {
  const bundle = inProject('bundles', 'lab');
  const shown = await regraft.run('show', 'bundles', '--json');
  expect(shown.exitCode).toBe(2);
  const review = JSON.parse(shown.stdout) as Review;
  expect(review.verdict).toBe('safe');
  expect(review.factsFrom).toEqual(['lab']);

  const markdown = await regraft.run('show', bundle, '--format', 'markdown', '--output', 'comment.md');
  expect(markdown).toMatchObject({ exitCode: 2, stdout: '' });
  expect(readFileSync(inProject('comment.md'), 'utf8')).toMatch(/^## 🟢 Safe to apply/);

  const checked = await regraft.run('check', join(bundle, 'plan.json'), '--json');
  expect(checked.exitCode).toBe(2);
  const offline = JSON.parse(checked.stdout) as Review;
  expect({ ...offline, pools: [] }).toEqual({
    ...review,
    pools: [],
    factsFrom: [],
    findings: review.findings.filter(({ code }) => !code.startsWith('RG7')),
    totals: { ...review.totals, findings: { info: 0, warning: 0, refuse: 0 } },
  });
});

test('a bundle that was changed by one byte is not shown', async () => {
  appendFileSync(inProject('bundles', 'lab', 'plan'), ' ');
  const { exitCode, stdout, stderr } = await regraft.run('show', 'bundles');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(
    /^regraft: the bundle .*\/bundles\/lab is not what was reviewed: plan was changed since it was made .*; plan again\n$/,
  );
});

test('the plan that cdktf diff leaves behind is judged too', async () => {
  expect(await project.diff()).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await regraft.run('check', '--stack', 'lab');
  expect(exitCode).toBe(2);
  expect(flat(stdout)).toContain('1 of 3 clones from guest-v1 to guest-v2');
});

test('a clone that leaves the code is refused, with the way to keep its data', async () => {
  project.write({ ...v1, clones: ['student-01', 'student-02'] });
  const { exitCode, stdout, stderr } = await regraft.run('plan');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
  if (isOwnProvider) {
    // Its file would stay on the host.
    expect(stdout).toContain('REFUSED RG204: A data volume would be forgotten');
    expect(flat(stdout)).toContain('Next: Put the clone back or retire it');
    return;
  }
  expect(stdout).toContain('REFUSED RG201: A data volume would be deleted');
  expect(stderr).toContain('refuses the plan: Instance cannot be destroyed');
  expect(stderr).toContain("name it in retired: ['student-03'] of the pool, which keeps its data volumes");
});

test('a retired clone keeps its data, and that is safe', async () => {
  project.write({ ...v1, clones: ['student-01', 'student-02'], retired: ['student-03'] });
  const { exitCode, stdout } = await regraft.run('plan', '--refresh=false');
  expect(exitCode).toBe(2);
  expect(flat(stdout)).toContain('1 data volume archived');
});

test('a password in the URI is printed nowhere, and libvirt is then not asked', async () => {
  project.write(canary);
  const secret = 's3cret-of-the-host';
  const other = new Regraft(lab, project, lab.uri.replace('qemu://', `qemu://admin:${secret}@`));
  const outputs = [
    await other.run('plan', '--detailed', '--out', 'secret'),
    await other.run('plan', '--format', 'markdown'),
    await other.run('show', 'secret', '--json'),
  ];
  for (const { exitCode, stdout, stderr } of outputs) {
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2 });
    expect(stdout + stderr).not.toContain(secret);
  }
  expect(outputs[0]!.stderr).toContain('host lab is not asked: there is a password in its URI');
  expect(readFileSync(inProject('secret/lab/review.json'), 'utf8')).not.toContain(secret);
});

test("mistakes in the code are told in the code's own words, without a stack trace", async () => {
  project.write({ ...v1, retiredBases: ['v1'] });
  const { exitCode, stdout, stderr } = await regraft.run('plan');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('base guest-v1 is retired, but used by pool students');
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('an unknown stack is told in one line, with the nearest one', async () => {
  const { exitCode, stdout, stderr } = await regraft.run('plan', 'labb', '--synthesized');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toBe('regraft: there is no stack "labb": did you mean "lab"?\n');
});
