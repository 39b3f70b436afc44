import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { impliedMirror, platform } from '../../lib/provider/install';
import { regraftVersion } from '../../lib/version';
import { regraft } from '../cli/run';

const version = regraftVersion();
const repository = join(__dirname, '../..');
const bundle = join(repository, 'dist/provider/terraform-provider-regraft');
let home: string;

beforeAll(() => execFileSync('node', [join(repository, 'scripts/build-provider.mjs')]));

beforeEach(() => {
  home = mkdtempSync('/tmp/regraft-install-');
});

afterEach(() => rmSync(home, { recursive: true }));

function pathOf(mirror: string, host: string): string {
  return join(mirror, host, 'regraft/regraft', version, platform(), `terraform-provider-regraft_v${version}`);
}

test('the provider is put where both programs look, executable, and a second time nothing is done', async () => {
  const paths = ['registry.terraform.io', 'registry.opentofu.org'].map((host) =>
    pathOf(join(home, '.terraform.d/plugins'), host),
  );
  const first = await regraft(['provider', 'install'], { env: { HOME: home } });
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  for (const path of paths) {
    expect(first.stdout).toContain(`installed ${path}\n`);
    expect(readFileSync(path).equals(readFileSync(bundle))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o755);
  }
  const before = paths.map((path) => statSync(path).ino);
  const { stdout } = await regraft(['provider', 'install'], { env: { HOME: home } });
  for (const path of paths) expect(stdout).toContain(`${path} is already there\n`);
  expect(paths.map((path) => statSync(path).ino)).toEqual(before);
});

test('a copy that is another one, or cannot be run, is put right, and nothing half-made is left', async () => {
  const install = () => regraft(['provider', 'install', '--dir', 'mirror'], { folder: home, env: {} });
  await install();
  const path = pathOf(join(home, 'mirror'), 'registry.terraform.io');
  writeFileSync(path, 'an older one');
  expect((await install()).stdout).toContain(`updated ${path}\n`);
  chmodSync(path, 0o644);
  expect((await install()).stdout).toContain(`updated ${path}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(readdirSync(join(home, 'mirror/registry.terraform.io/regraft/regraft'))).toEqual([version]);
});

test('a folder that cannot be made is told in one line', async () => {
  writeFileSync(join(home, 'file'), '');
  const { exitCode, stderr } = await regraft(['provider', 'install', '--dir', join(home, 'file')]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^regraft: cannot write .* \(ENOTDIR\): give a folder that you may write with --dir\n$/,
  );
});

test('terraform init takes the block that is told, and finds the provider without any configuration', async () => {
  const { stdout } = await regraft(['provider', 'install'], { env: { HOME: home } });
  const project = join(home, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'main.tf'), stdout.slice(stdout.indexOf('terraform {')));
  const config = join(home, 'terraform.rc');
  writeFileSync(config, '');
  const env = { ...process.env, HOME: home, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: config };
  const run = (...args: string[]) => execFileSync('terraform', args, { cwd: project, env, encoding: 'utf8' });
  expect(run('init', '-no-color')).toContain(`Installed regraft/regraft v${version} (unauthenticated)`);
  expect(JSON.parse(run('providers', 'schema', '-json'))).toHaveProperty([
    'provider_schemas',
    'registry.terraform.io/regraft/regraft',
  ]);
});

test("OpenTofu's own configuration in XDG_CONFIG_HOME is not shadowed by a new ~/.terraform.d", () => {
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, '.config') };
  expect(impliedMirror(env, 'linux')).toBe(join(home, '.local/share/terraform/plugins'));
  mkdirSync(join(home, '.terraform.d'));
  expect(impliedMirror(env, 'linux')).toBe(join(home, '.terraform.d/plugins'));
});

test('platforms have the names that Terraform gives them, and one that cannot run a script is refused', () => {
  expect(platform('linux', 'x64')).toBe('linux_amd64');
  expect(platform('darwin', 'arm64')).toBe('darwin_arm64');
  expect(() => platform('win32', 'x64')).toThrow('this system is win32, expected linux or darwin');
});
