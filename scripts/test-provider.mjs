// `npm run test:provider`: the end-to-end tests with regraft's own provider; further arguments go to Jest.
// What is about that provider alone (test/e2e/provider) is part of `npm test`.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup.mjs';

try {
  await setUp();
  const args = [
    'node_modules/jest/bin/jest.js',
    '--maxWorkers=2',
    '--selectProjects',
    'e2e',
    '--testPathIgnorePatterns',
    'test/e2e/provider/',
    '--testPathPatterns',
    'test/e2e',
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync('node', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, REGRAFT_DIALECT: 'regraft' },
  });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
}
