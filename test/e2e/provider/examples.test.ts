import { execFile } from 'node:child_process';
import { cpSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../../lab/guest';
import { Lab } from '../../../lab/lab';
import { terraformEnv } from '../../../lab/provider';

/** The examples for users of plain HCL, as they are committed, by `terraform` alone. */
const examples = join(__dirname, '../../../examples/hcl');
const env = { ...process.env, ...terraformEnv() };
const CLONES = ['student-01', 'student-02', 'student-03'];
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({ name: 'hcl' });
});

afterAll(() => lab?.stop());

class Example {
  private readonly folder: string;

  constructor(
    private readonly name: string,
    private readonly variables: object,
  ) {
    this.folder = join(lab.directory, name);
    cpSync(join(examples, name), this.folder, { recursive: true });
  }

  async run(verb: string, ...args: string[]): Promise<string> {
    const program = env['TERRAFORM_BINARY_NAME'] ?? 'terraform';
    const values = Object.entries(this.variables).map(([name, value]) => [
      `TF_VAR_${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    const options = { cwd: this.folder, env: { ...env, ...(Object.fromEntries(values) as object) } };
    return new Promise((resolve, reject) => {
      execFile(program, [verb, '-no-color', ...args], options, (error, stdout, stderr) => {
        if (error) reject(new Error(`${this.name}: ${verb} failed:\n${stdout}${stderr}`));
        else resolve(stdout);
      });
    });
  }

  apply(...args: string[]): Promise<string> {
    return this.run('apply', '-auto-approve', '-input=false', ...args);
  }

  /** What is to change, `No changes` or `Plan: …`. */
  async plan(...args: string[]): Promise<string> {
    const said = await this.run('plan', '-input=false', ...args);
    return /^(No changes|Plan: .*)/m.exec(said)?.[1] ?? said;
  }

  async output(name: string): Promise<unknown> {
    return JSON.parse(await this.run('output', '-json', name));
  }
}

test('they are formatted as Terraform does it', async () => {
  const single = new Example('single', {});
  await expect(single.run('fmt', '-check', '-recursive', examples)).resolves.toBe('');
});

test('the smallest example makes one machine, and the next plan changes nothing', async () => {
  const path = join(lab.pools, 'single');
  const single = new Example('single', {
    ...{ uri: lab.uri, storage_path: path, image: guestImage('v1'), domain_type: 'qemu' },
  });
  await single.run('init', '-input=false');
  await single.apply();
  expect((await lab.virsh('list', '--all', '--name')).trim()).toBe('box');
  expect(await single.plan()).toBe('No changes');
});

test('the classroom: a canary, everybody, promote, revert of another and destroy, by its variables only', async () => {
  const path = join(lab.pools, 'classroom');
  const images = { 'debian-12': guestImage('v1'), 'debian-13': guestImage('v2') };
  const room = new Example('classroom', {
    ...{ uri: lab.uri, storage_path: path, images, network: null, domain_type: 'qemu' },
  });
  await room.run('init', '-input=false');
  await room.apply();
  const on = async (): Promise<unknown> => {
    const bases = (await room.output('bases')) as Record<string, string>;
    return CLONES.map((name) => bases[name]);
  };
  expect(await on()).toEqual(['debian-12', 'debian-12', 'debian-12']);
  const data = Object.values((await room.output('data_volumes')) as Record<string, string>);
  expect(data).toEqual(CLONES.map((name) => join(path, `${name}.home.data.qcow2`)));
  const facts = (): unknown[] => data.map((file) => [statSync(file).ino, statSync(file).mtimeMs, readFileSync(file)]);
  const before = facts();
  expect(await room.plan()).toBe('No changes');

  const canary = '-var=moved=["student-01"]';
  expect(await room.plan(canary)).toBe('Plan: 0 to add, 1 to change, 0 to destroy.');
  await room.apply(canary);
  expect(await on()).toEqual(['debian-13', 'debian-12', 'debian-12']);
  expect(await room.plan(canary)).toBe('No changes');

  await room.apply();
  expect(await on()).toEqual(['debian-12', 'debian-12', 'debian-12']);

  const all = `-var=moved=${JSON.stringify(CLONES)}`;
  await room.apply(all);
  await room.apply(all, '-var=retain=false');
  expect(await on()).toEqual(['debian-13', 'debian-13', 'debian-13']);
  expect(await room.plan(all, '-var=retain=false')).toBe('No changes');
  expect(facts()).toEqual(before);

  await expect(room.run('destroy', '-auto-approve', all)).rejects.toThrow(/deletion_protection/);
  const open = '-var=protect_bases=false';
  await room.apply(all, '-var=retain=false', open);
  await room.run('destroy', '-auto-approve', all, '-var=retain=false', open);
  expect((await lab.virsh('list', '--all', '--name')).trim()).toBe('box');
  expect(facts()).toEqual(before);
});
