// `npm run test:tofu`: the end-to-end tests with OpenTofu, which is built from its Go module once (about 7 minutes).
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runEndToEnd } from './jest.mjs';
import { cached } from './setup/cache.mjs';
import { run, say } from './setup/say.mjs';
import { setUp } from './setup.mjs';

const root = join(import.meta.dirname, '..');
const module = 'github.com/opentofu/opentofu/cmd/tofu';

/** The OpenTofu that TERRAFORM_BINARY_NAME names, else one that is built into the cache. */
async function tofu() {
  if (process.env.TERRAFORM_BINARY_NAME) return process.env.TERRAFORM_BINARY_NAME;
  const sources = ['go.mod', 'go.sum'].map((name) => join(root, 'lab/tofu', name));
  const contents = sources.map((file) => readFileSync(file));
  const { place } = await cached('tofu', contents, (work) => {
    say('OpenTofu', 'building it from its Go module (about 7 minutes)');
    for (const file of sources) copyFileSync(file, join(work, file.endsWith('.mod') ? 'go.mod' : 'go.sum'));
    // Without this flag the version says that it is a development build, which Terraform's constraints refuse.
    const flags = '-ldflags=-s -w -X github.com/opentofu/opentofu/version.dev=no';
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
    run('go', ['build', '-mod=mod', '-trimpath', flags, '-o', join(work, 'tofu'), module], {
      cwd: work,
      env,
    });
  });
  return join(place, 'tofu');
}

try {
  process.env.TERRAFORM_BINARY_NAME = await tofu();
  await setUp();
  process.exitCode = runEndToEnd(['--testPathPatterns', 'test/e2e']);
} catch (error) {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
}
