import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ready files for pull requests; test/e2e/pull-request.test.ts runs them. */
const root = join(__dirname, '../..');
const folder = join(root, 'examples/ci');

test("GitHub's workflow has no lint", () => {
  const built = spawnSync('node', [join(root, 'scripts/actionlint.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) {
    // No Go and no cache: setup needs it only where the Terraform registry does not answer.
    console.warn(
      `actionlint cannot be built here, the workflow is not linted: ${built.stderr.trim().split('\n')[0]}`,
    );
    return;
  }
  const config = join(root, 'scripts/actionlint/actionlint.yaml');
  const args = ['-config-file', config, '-no-color', join(folder, 'github-actions.yml')];
  const { status, stdout, stderr } = spawnSync(built.stdout.trim(), args, { encoding: 'utf8' });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
}, 300_000);

test('every script is plain POSIX shell that parses, stops at its first error, and is named in the documentation', () => {
  const page = readFileSync(join(root, 'docs/pull-requests.md'), 'utf8');
  for (const name of readdirSync(folder)) {
    expect(page).toContain(name);
    if (!name.endsWith('.sh')) continue;
    expect(spawnSync('sh', ['-n', join(folder, name)], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^#!\/bin\/sh\n(#.*\n)+set -eu\n/);
  }
});
