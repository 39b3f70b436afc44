// `npm run test:provider`: the end-to-end tests with regraft's own provider; further arguments go to Jest.
// What is about that provider alone (test/e2e/provider) is part of `npm test`.
import { runEndToEnd } from './jest.mjs';
import { setUp } from './setup.mjs';

try {
  await setUp();
  const args = [
    '--maxWorkers=2',
    '--testPathIgnorePatterns',
    'test/e2e/provider/',
    '--testPathPatterns',
    'test/e2e',
  ];
  process.exitCode = runEndToEnd(args, { REGRAFT_DIALECT: 'regraft' });
} catch (error) {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
}
