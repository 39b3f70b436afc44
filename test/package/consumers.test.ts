import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(__dirname, '../..');
const compiler = join(repository, 'node_modules/typescript/bin/tsc');
let folder: string;

/** A user's project with the built package in its `node_modules`, as `npm install` would leave it. */
beforeAll(() => {
  folder = mkdtempSync('/tmp/regraft-consumer-');
  const installed = join(folder, 'node_modules/regraft');
  mkdirSync(installed, { recursive: true });
  const build = ['-p', join(repository, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')];
  execFileSync('node', [compiler, ...build], { cwd: repository, stdio: 'pipe' });
  const provider = ['--out', join(installed, 'dist/provider/terraform-provider-regraft')];
  execFileSync('node', [join(repository, 'scripts/build-provider.mjs'), ...provider], { stdio: 'pipe' });
  for (const name of ['package.json', 'hook']) {
    cpSync(join(repository, name), join(installed, name), { recursive: true });
  }
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  ) as {
    dependencies: object;
    peerDependencies: object;
  };
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node']) {
    mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
    symlinkSync(join(repository, 'node_modules', name), join(folder, 'node_modules', name));
  }
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const body = `
const app = new App({ outdir: process.argv[2] });
const stack = new TerraformStack(app, 'consumer');
const host = new LibvirtHost(stack, 'host', { uri: 'qemu:///system', storage: { name: 'lab', path: '/lab' } });
const base = new Base(stack, 'debian-12', { host, volumes: { root: Volume.system({ image: 'https://example.org/d.qcow2' }) } });
new ClonePool(stack, 'students', { base, clones: ClonePool.numbered('student', 2), machine: { vcpus: 1, memory: '1GiB' } });
app.synth();
`;
const names = '{ Base, ClonePool, LibvirtHost, Volume }';

function synthesize(file: string, source: string): object {
  writeFileSync(join(folder, file), source);
  const out = join(folder, `out-${file}`);
  execFileSync('node', [file, out], { cwd: folder, stdio: 'pipe' });
  return JSON.parse(readFileSync(join(out, 'stacks/consumer/cdk.tf.json'), 'utf8')) as object;
}

/** What a user's ES module prints. */
function moduleOutput(source: string): string {
  return execFileSync('node', ['--no-warnings', '--input-type=module', '-e', source], {
    cwd: folder,
    encoding: 'utf8',
  });
}

test('a CommonJS app and an ES module app use the package, and synthesize the same stack', () => {
  const common = synthesize(
    'app.cjs',
    `const { App, TerraformStack } = require('cdktf');\nconst ${names} = require('regraft');${body}`,
  );
  const module = synthesize(
    'app.mjs',
    `import { App, TerraformStack } from 'cdktf';\nimport ${names} from 'regraft';${body}`,
  );
  expect(Object.keys((common as { resource: { libvirt_domain: object } }).resource.libvirt_domain)).toEqual([
    'students__student-01',
    'students__student-02',
  ]);
  expect(module).toEqual(common);
});

test.each([
  [
    "the cdktf template's CommonJS",
    ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '5.0'],
  ],
  ['ES modules', ['--module', 'nodenext', '--moduleResolution', 'nodenext']],
])(
  'the declared types serve an app in %s',
  (kind, options) => {
    const file = join(folder, kind === 'ES modules' ? 'typed.mts' : 'typed.ts');
    writeFileSync(
      file,
      `import { App, TerraformStack } from 'cdktf';\nimport ${names} from 'regraft';${body}`,
    );
    const strict = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--types', 'node'];
    execFileSync('node', [compiler, ...strict, ...options, file], { cwd: folder, stdio: 'pipe' });
  },
  60_000,
);

test.each([
  ['reviews', 'review', 'review.schema.json'],
  ['records of runs', 'review', 'run.schema.json'],
  ['a status', 'status', 'status.schema.json'],
])('a tool that reads %s finds the schema in the package, as it is in the source', (_what, part, file) => {
  const schema = moduleOutput(
    `import schema from 'regraft/${file}' with { type: 'json' };\nconsole.log(JSON.stringify(schema));`,
  );
  const source = readFileSync(join(repository, `lib/${part}/reporters`, file), 'utf8');
  expect(JSON.parse(schema)).toEqual(JSON.parse(source));
});

test('the program finds the hook that it installs in the package', () => {
  const bin = join(folder, 'node_modules/regraft/dist/cli/bin.js');
  const printed = execFileSync('node', [bin, 'hook', 'print'], { cwd: folder, encoding: 'utf8' });
  expect(printed).toBe(readFileSync(join(repository, 'hook/regraft.sh'), 'utf8'));
  const { files } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { files: string[] };
  expect(files).toContain('hook');
});

test('the program installs the provider of the package, which needs nothing but Node', () => {
  const bin = join(folder, 'node_modules/regraft/dist/cli/bin.js');
  const mirror = join(folder, 'mirror');
  const said = execFileSync('node', [bin, 'provider', 'install', '--dir', mirror], { encoding: 'utf8' });
  const [, path] = said.match(/^installed (\S+)$/m)!;
  // Started by hand, it says what it is.
  const { status, stderr, stdout } = spawnSync(path!, { cwd: '/', encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^terraform-provider-regraft: this is the Terraform provider of regraft, .*\n$/);
});
