import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBundle } from '../../../lib/operations/bundle';
import { readApproved } from '../../../lib/operations/rollout/approved';
import { judge, parsePlan } from '../../../lib/review';
import { regraft } from '../../cli/run';
import { recorded } from '../../review/recorded';
import { ScriptedProject } from '../project';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'regraft-approval-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const SECRET = { variables: { password: { value: 'of the host' } } };

test('the variables of a plan, secrets among them, are written to the private folder of the rollout only', async () => {
  const planJson = JSON.stringify({ ...recorded('0.8-canary'), ...SECRET });
  mkdirSync(join(folder, 'stack'));
  writeFileSync(join(folder, 'stack/cdk.tf.json'), '{}');
  writeFileSync(join(folder, 'planfile'), 'PK');
  const bundle = await writeBundle(join(folder, 'out/lab'), {
    stack: 'lab',
    createdAt: '2026-11-22T00:00:00Z',
    regraft: '0.1.0',
    terraform: { product: 'Terraform', version: '1.11.4' },
    state: null,
    planFile: join(folder, 'planfile'),
    planJson,
    review: judge(parsePlan(planJson)),
    stackFolder: join(folder, 'stack'),
  });
  const work = join(folder, 'work');
  mkdirSync(work);
  const { varFile } = await readApproved(bundle, work);
  expect(JSON.parse(readFileSync(varFile!, 'utf8'))).toEqual({ password: 'of the host' });
  expect(statSync(varFile!).mode & 0o777).toBe(0o600);
  expect(readdirSync(work)).toHaveLength(1);
  expect(readdirSync(join(folder, 'out'))).toEqual(['lab']);
});

test('a run whose apply does not begin leaves no variables behind, neither in the project nor beside the bundle', async () => {
  const plans = { lab: JSON.stringify({ ...recorded('0.8-canary'), ...SECRET }) };
  const project = new ScriptedProject(
    ['lab'],
    { plans },
    { libvirt: [{ alias: 'lab', uri: 'test:///default' }] },
  );
  const { env } = project;
  try {
    await regraft(['plan', '--out', 'bundles'], { folder: project.folder, env });
    // No virsh, no libvirt: it ends before a machine is asked.
    const { exitCode } = await regraft(['apply', 'bundles'], { folder: project.folder, env });
    expect(exitCode).toBe(1);
    expect(existsSync(join(project.folder, '.regraft/runs'))).toBe(true);
    const left = readdirSync(project.folder, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.endsWith('.tfvars.json'))).toEqual([]);
  } finally {
    await project.remove();
  }
});
