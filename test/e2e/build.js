/** Builds dist once before the end-to-end tests: they run the program as it is shipped. */
const { execFileSync, spawnSync } = require('node:child_process');
const { join } = require('node:path');

/** How tsc ends when it found type errors and has built all the same; to find them is the business of `npm run types`. */
const BUILT_WITH_ERRORS = 2;

module.exports = () => {
  const root = join(__dirname, '../..');
  // Beside what it describes: who removes dist gets all of it built again.
  const note = join(root, 'dist/.tsbuildinfo');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--incremental', '--tsBuildInfoFile', note];
  const { status, stdout } = spawnSync('node', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0 && status !== BUILT_WITH_ERRORS) throw new Error(`the build failed:\n${stdout}`);
  // regraft's own provider, in the filesystem mirror that lab/provider.ts tells Terraform of.
  execFileSync('node', [join(root, 'scripts/build-provider.mjs')], { stdio: 'pipe' });
  const program = join(root, 'dist/cli/bin.js');
  const mirror = join(root, 'dist/provider/mirror');
  execFileSync('node', [program, 'provider', 'install', '--dir', mirror], { stdio: 'pipe' });
};
