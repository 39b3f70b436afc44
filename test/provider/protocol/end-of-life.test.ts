import { readdirSync } from 'node:fs';
import { SampleProject, untilGone } from './sample-project';

let project: SampleProject;
/** Milliseconds of one step of an apply; it has two. */
const STEP = 2000;
/** Milliseconds that a busy machine may take for what needs a moment. */
const GENEROUS = 15_000;

beforeEach(() => {
  project = new SampleProject();
  project.code(`resource "sample_thing" "a" {
  name = "a"
  takes = ${STEP}
}
resource "sample_thing" "b" {
  name = "b"
  depends_on = [sample_thing.a]
}`);
});

afterEach(() => project.remove());

/** Begins an apply, and waits until it is in its first step; tells the process of the provider. */
async function applyBegun() {
  const run = project.begin('apply', '-auto-approve');
  await project.until(/^begun a$/);
  // Terraform starts a provider for the plan, and another for the apply.
  const { configured } = project.lives();
  return { run, provider: Number(configured.at(-1)) };
}

test('Ctrl-C once: the step under way is finished, nothing else begins, and the same command goes on', async () => {
  const { run } = await applyBegun();
  run.interrupt();
  const ended = await run.ended;
  expect(ended).toMatchObject({ exitCode: 1 });
  expect(ended.text).toContain('Error: a was stopped');
  expect(project.did()).toEqual(['begun a', 'first step of a', 'stopped a']);
  expect(Object.keys(await project.state())).toEqual(['sample_thing.a']);
  expect(await project.apply()).toMatchObject({ exitCode: 0 });
  expect(readdirSync(project.folder).sort()).toEqual(['a.json', 'b.json']);
});

test('Ctrl-C twice: Terraform leaves, and has killed the provider within seconds, whatever it does', async () => {
  project.code('resource "sample_thing" "a" {\n  name = "a"\n  takes = 30000\n}');
  const { run, provider } = await applyBegun();
  run.interrupt();
  await new Promise((done) => setTimeout(done, 300));
  run.interrupt();
  const ended = await run.ended;
  expect(ended).toMatchObject({ exitCode: 1 });
  expect(ended.text).toContain('Two interrupts received');
  // It asks the provider to end, and kills it two seconds later (go-plugin, `Client.Kill`).
  expect(await untilGone(provider)).toBeLessThan(GENEROUS);
  expect(project.did()).toEqual(['begun a']);
  expect(project.sockets()).toEqual([]);
});

test('Terraform is killed: the provider finishes the step under way, closes what it holds and is gone', async () => {
  const { run, provider } = await applyBegun();
  run.kill();
  expect(await untilGone(provider)).toBeLessThan(GENEROUS);
  expect(project.lives().closed).toContain(String(provider));
  expect(project.did()).toEqual(['begun a', 'first step of a', 'stopped a']);
  expect(project.sockets()).toEqual([]);
});

test('SIGTERM to the provider is as a stop, and it is gone after the step under way', async () => {
  const { run, provider } = await applyBegun();
  process.kill(provider, 'SIGTERM');
  expect(await untilGone(provider)).toBeLessThan(GENEROUS);
  expect(await run.ended).toMatchObject({ exitCode: 1, text: expect.stringContaining('a was stopped') });
  expect(project.did()).toEqual(['begun a', 'first step of a', 'stopped a']);
});
