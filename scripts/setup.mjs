// Makes a fresh Debian machine ready for the demo and the tests: `node scripts/setup.mjs`. What is there stays as it is.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUpDebian } from './setup/debian.mjs';
import { setUpGuest } from './setup/guest.mjs';
import { setUpNpm } from './setup/npm.mjs';
import { planProvider, setUpProvider } from './setup/provider.mjs';
import { findTerraform, missing } from './setup/requirements.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where `setup` notes what it has set up; lab/setup.ts reads it. Beside the packages, so it is this checkout's own. */
export const noteFile = join(root, 'node_modules/.cache/regraft/setup.json');

function note(content) {
  mkdirSync(dirname(noteFile), { recursive: true });
  writeFileSync(`${noteFile}.new`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${noteFile}.new`, noteFile);
}

/** Sets up everything, after a check that changes nothing; returns what it has noted. */
export async function setUp() {
  const plan = await planProvider(root);
  const lacking = [...missing(), ...plan.missing];
  if (lacking.length > 0) {
    throw new Error(
      `this machine lacks, and nothing was changed on it:\n${lacking.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
  setUpNpm(root);
  setUpDebian();
  const provider = await setUpProvider(root, plan);
  const guestFolder = await setUpGuest(root);
  const content = { terraform: findTerraform().name, provider, guestFolder };
  note(content);
  return content;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUp().catch((error) => {
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  });
}
