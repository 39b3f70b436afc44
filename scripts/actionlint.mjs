// The linter of GitHub's workflows, built from its Go module into the cache; prints where it is.
import { copyFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './setup/cache.mjs';
import { run } from './setup/say.mjs';

const source = join(dirname(fileURLToPath(import.meta.url)), 'actionlint');
const files = ['go.mod', 'go.sum'];

const { place } = await cached(
  'actionlint',
  files.map((name) => readFileSync(join(source, name))),
  (work) => {
    // In a copy, because -mod=mod may write to both files.
    for (const name of files) copyFileSync(join(source, name), join(work, name));
    const tool = 'github.com/rhysd/actionlint/cmd/actionlint';
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
    run('go', ['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', join(work, 'actionlint'), tool], {
      cwd: work,
      env,
    });
  },
);
console.log(join(place, 'actionlint'));
