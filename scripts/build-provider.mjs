// Bundles regraft's Terraform provider into one file that needs nothing but Node: --entry and --out are for tests.
import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: join(root, 'lib/provider/bin.ts') },
    out: { type: 'string', default: join(root, 'dist/provider/terraform-provider-regraft') },
  },
});
const out = resolve(values.out);
const work = `${out}.${process.pid}.tmp`;
mkdirSync(dirname(out), { recursive: true });
await build({
  entryPoints: [values.entry],
  outfile: work,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'inline',
  logLevel: 'warning',
});
chmodSync(work, 0o755);
renameSync(work, out);
