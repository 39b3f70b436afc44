import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../lib/model/user-error';
import { readProject, readStacks, synthesize } from '../../lib/tools/cdktf';
import { ScriptedProject } from '../operations/project';

const env = { PATH: process.env['PATH'] };
const project = new ScriptedProject(['lab', 'web']);
afterAll(() => project.remove());

test('the app is run in the environment that cdktf gives it', async () => {
  project.write({
    app: 'COLOUR=blue node app.js',
    output: 'out',
    context: { 'regraft:provider': '0.8' },
    terraformModules: ['./local', 'terraform-aws-modules/vpc/aws@3', { name: 'x', source: '../beside' }],
  });
  const given = { ...env, TF_VAR_secret: 'x', CDKTF_CONTEXT_JSON: '{"from":"environment"}' };
  const read = await readProject(project.folder, given);
  await synthesize(read, { env: given });
  const seen = JSON.parse(readFileSync(join(project.folder, 'out/env.json'), 'utf8')) as Record<
    string,
    string
  >;
  expect(seen).toMatchObject({
    COLOUR: 'blue',
    CDKTF_OUTDIR: join(project.folder, 'out'),
    SYNTH_HCL_OUTPUT: 'false',
    NODE_OPTIONS: '--max-old-space-size=4096',
  });
  expect(seen).not.toHaveProperty('TF_VAR_secret');
  expect(JSON.parse(seen['CDKTF_CONTEXT_JSON']!)).toEqual({
    'regraft:provider': '0.8',
    cdktfRelativeModules: ['./local', { name: 'x', source: '../beside' }],
  });
  expect(await readStacks(read)).toEqual(
    ['lab', 'web'].map((name) => ({
      name,
      folder: join(project.folder, `out/stacks/${name}`),
      file: join(project.folder, `out/stacks/${name}/cdk.tf.json`),
    })),
  );
});

test("an app that fails is told in the app's own words, without the stack trace", async () => {
  const script = `
    console.log('synthesizing');
    throw new Error("Validation failed with the following errors:\\n  [lab/students] clone 'x' is doubled\\n  [lab/lab] no path");`;
  writeFileSync(join(project.folder, 'failing.js'), script);
  project.write({ app: 'node failing.js' });
  const failed = synthesize(await readProject(project.folder, env), { env });
  const error = (await failed.catch((reason: unknown) => reason)) as UserError;
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(
    /the app command of .*cdktf\.json failed with exit code 1: Validation failed with the following errors$/,
  );
  expect(error.detail).toBe(
    "Error: Validation failed with the following errors:\n  [lab/students] clone 'x' is doubled\n  [lab/lab] no path",
  );
});

test('what is missing or damaged is told with the next step', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'regraft-test-'));
  try {
    await expect(readProject(folder, env)).rejects.toThrow(
      'cdktf.json: run regraft in the folder of a cdktf project',
    );
    writeFileSync(join(folder, 'cdktf.json'), '{"app": ');
    await expect(readProject(folder, env)).rejects.toThrow('cdktf.json is not JSON');
    writeFileSync(join(folder, 'cdktf.json'), '{}');
    const read = await readProject(folder, env);
    await expect(synthesize(read, { env })).rejects.toThrow('says no app');
    await expect(readStacks(read)).rejects.toThrow('synthesize first (cdktf synth)');
    await expect(synthesize({ ...read, app: 'no-such-program' }, { env })).rejects.toThrow(
      'there is no program no-such-program',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
