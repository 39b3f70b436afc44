// Jest on the end-to-end tests, for the runs that are no part of `npm test`.
import { spawnSync } from 'node:child_process';

/** Runs the end-to-end tests with these arguments and those of the command line; returns the exit code. */
export function runEndToEnd(args, env = {}) {
  const given = [
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    'e2e',
    ...args,
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync('node', given, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}
