// `npm test`: sets the machine up, then types, lint, and all tests; further arguments go to Jest.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup.mjs';

function run(what, program, ...args) {
  console.log(`test: ${what}`);
  const { status } = spawnSync('node', [`node_modules/${program}`, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

try {
  await setUp();
  const jestArgs = process.argv.slice(2);
  const whole = jestArgs.length === 0;
  if (whole && !run('types', 'typescript/bin/tsc', '-p', 'tsconfig.json'))
    throw new Error('there are type errors, see above');
  if (whole && !run('lint', 'eslint/bin/eslint.js', '.'))
    throw new Error('there is lint, see above; run: npx eslint --fix .');
  if (whole && !run('format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')) {
    throw new Error('files are not formatted, see above; run: npm run format');
  }
  // Machines boot in the end-to-end tests: one test file a core is as much as they bear.
  if (!run('unit and end-to-end tests', 'jest/bin/jest.js', '--maxWorkers=2', ...jestArgs))
    process.exitCode = 1;
} catch (error) {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
}
