import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { terraformEnv } from '../../lab/provider';
import type { Context } from '../../lib/operations/context';
import { serveState } from '../../lib/operations/rollout/served-state';
import { Terraform } from '../../lib/tools/terraform';
import { parseState } from '../../lib/tools/terraform-state';

/** A local state that regraft keeps for Terraform during a run, with the real Terraform on both ends. */
const env = { ...process.env, ...terraformEnv() };
let project: string;
let stack: { name: string; folder: string; file: string };
let stateFile: string;
let terraform: Terraform;
let context: Context;
let steps: string[];

beforeEach(async () => {
  project = mkdtempSync(join(tmpdir(), 'regraft-served-'));
  const folder = join(project, 'cdktf.out/stacks/lab');
  mkdirSync(folder, { recursive: true });
  stack = { name: 'lab', folder, file: join(folder, 'cdk.tf.json') };
  stateFile = join(project, 'terraform.lab.tfstate');
  steps = [];
  context = { folder: project, env, progress: (step) => steps.push(step), notice: () => undefined };
  terraform = await Terraform.find(context);
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Objects, each of which leaves a mark when it is made, some 50 ms later. */
async function write(count: number): Promise<void> {
  const mark = `sleep 0.05; touch ${project}/made-$\{count.index}`;
  const data = { input: 'x'.repeat(2000), count, provisioner: [{ 'local-exec': { command: mark } }] };
  const content = {
    terraform: { backend: { local: { path: stateFile } } },
    resource: { terraform_data: { some: data } },
  };
  writeFileSync(stack.file, JSON.stringify(content));
  expect(await terraform.init(stack.folder)).toBeUndefined();
}

function stateNow(): ReturnType<typeof parseState> {
  return parseState(readFileSync(stateFile, 'utf8'));
}

function made(): string[] {
  return readdirSync(project)
    .filter((name) => name.startsWith('made-'))
    .map((name) => `terraform_data.some[${name.slice('made-'.length)}]`)
    .sort();
}

function inState(): string[] {
  return stateNow()
    .objects.map(({ address }) => address)
    .sort();
}

/** What Terraform says to a plain user in the stack's own folder; `undefined` when the plan is empty. */
async function plainPlan(): Promise<string | undefined> {
  const refusal = await terraform.plan(stack.folder, { out: join(project, 'plain') });
  if (refusal) return refusal.words;
  const { resource_changes: changes } = JSON.parse(
    await terraform.showJson(stack.folder, join(project, 'plain')),
  ) as { resource_changes: { change: { actions: string[] } }[] };
  return changes.every(({ change }) => change.actions.join() === 'no-op') ? undefined : 'changes';
}

test('a run hands its state to regraft; at each moment the file is a whole state, locked for others, and at the end the last one', async () => {
  await write(60);
  const before = readdirSync(stack.folder).sort();
  const served = (await serveState(terraform, stack, context))!;
  let wholes = 0;
  let refused: Promise<string | undefined> | undefined;
  let over = false;
  const watch = (async () => {
    while (!over) {
      const text = readFileSync(stateFile, 'utf8');
      if (text !== '') parseState(text);
      wholes += 1;
      if (made().length > 5) refused ??= plainPlan();
      await sleep(2);
    }
  })();
  const plan = join(project, 'plan');
  expect(await served.terraform.plan(stack.folder, { out: plan })).toBeUndefined();
  expect(await served.terraform.apply(stack.folder, plan, { parallelism: 20 })).toBeUndefined();
  const atEnd = stateNow();
  over = true;
  await watch;
  expect(await refused).toMatch(/Error acquiring the state lock/);
  await served.close();
  expect(inState()).toEqual(made());
  expect(made()).toHaveLength(60);
  expect(stateNow()).toEqual(atEnd);
  expect(wholes).toBeGreaterThan(10);
  expect(await plainPlan()).toBeUndefined();
  expect(readdirSync(stack.folder).sort()).toEqual(before);
  expect(readdirSync(join(project, 'cdktf.out/served'))).toEqual([]);
  expect(readdirSync(project).filter((name) => name.includes('tfstate'))).toEqual(['terraform.lab.tfstate']);
});

test('who has the state locked keeps a run from beginning', async () => {
  await write(1);
  const controller = new AbortController();
  await terraform.whileLocked(stack.folder, async () => {
    const waiting = serveState(terraform, stack, { ...context, signal: controller.signal });
    setTimeout(() => controller.abort(), 2500);
    await expect(waiting).rejects.toThrow();
  });
  expect(steps).toContain('wait for the lock of the state');
  const served = (await serveState(terraform, stack, context))!;
  await served.close();
  expect(readdirSync(project).filter((name) => name.includes('tfstate'))).toEqual([]);
});

test.each([
  ['behind HTTP', { http: { address: 'http://localhost' } }],
  ['in S3', { s3: { bucket: 'a', key: 'b' } }],
])('a state %s is not served', async (_, backend) => {
  writeFileSync(stack.file, JSON.stringify({ terraform: { backend } }));
  expect(await serveState(terraform, stack, context)).toBeUndefined();
});

test.each([100, 600, 1100])(
  'regraft killed %i ms into an apply: the state is whole and no older than the apply, and the next run begins with it',
  async (after) => {
    await write(5);
    await applyPlainly();
    const before = stateNow();
    await write(40);
    const child = servedApply();
    await untilMade(6);
    await sleep(after);
    process.kill(child.pid!, 'SIGKILL');
    const left = stateNow();
    expect(left.lineage).toBe(before.lineage);
    expect(left.serial).toBeGreaterThanOrEqual(before.serial);
    expect(left.objects.length).toBeGreaterThanOrEqual(before.objects.length);
    const served = (await serveState(terraform, stack, context))!;
    expect(parseState((await served.terraform.pullState(stack.folder))!)).toEqual(left);
    await served.close();
    expect(readdirSync(project).filter((name) => /tfstate.*(lock|regraft)/.test(name))).toEqual([]);
  },
);

test('what the Terraform of a killed run could not hand over is taken over, unless the state has moved on', async () => {
  await write(2);
  await applyPlainly();
  const { serial } = stateNow();
  const left = join(project, 'cdktf.out/served/lab');
  for (const [more, taken] of [
    [1, true],
    [0, false],
  ] as const) {
    mkdirSync(left, { recursive: true });
    const text = JSON.stringify({ ...JSON.parse(readFileSync(stateFile, 'utf8')), serial: serial + more });
    writeFileSync(join(left, 'errored.tfstate'), text);
    await (await serveState(terraform, stack, context))!.close();
    expect(readFileSync(stateFile, 'utf8') === text).toBe(taken);
  }
});

async function applyPlainly(): Promise<void> {
  const plan = join(project, 'plan');
  expect(await terraform.plan(stack.folder, { out: plan })).toBeUndefined();
  expect(await terraform.apply(stack.folder, plan)).toBeUndefined();
}

/** A process of its own that serves the state and applies. */
function servedApply(): ChildProcess {
  const dist = join(__dirname, '../../dist');
  const code = `
    const { Terraform } = require(${JSON.stringify(`${dist}/tools/terraform`)});
    const { serveState } = require(${JSON.stringify(`${dist}/operations/rollout/served-state`)});
    const context = { folder: ${JSON.stringify(project)}, env: process.env, progress: () => {}, notice: () => {} };
    const stack = ${JSON.stringify(stack)};
    (async () => {
      const { terraform } = await serveState(await Terraform.find(context), stack, context);
      await terraform.plan(stack.folder, { out: ${JSON.stringify(join(project, 'plan'))} });
      await terraform.apply(stack.folder, ${JSON.stringify(join(project, 'plan'))}, { parallelism: 2 });
    })();`;
  return spawn('node', ['-e', code], { env, stdio: 'ignore' });
}

async function untilMade(count: number): Promise<void> {
  while (made().length < count) await sleep(10);
}
