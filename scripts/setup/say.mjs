// What setup says and how it runs programs.
import { execFileSync } from 'node:child_process';

/** Says one plain line about a step. */
export function say(step, state) {
  console.log(`setup: ${step} … ${state}`);
}

/** Runs a program and returns its standard output; the error of one that fails shows what it printed. */
export function run(program, args, options = {}) {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
  } catch (error) {
    const printed = [error.stdout, error.stderr].filter(Boolean).join('\n').trim();
    throw new Error(
      `${program} ${args.join(' ')} failed: ${printed.length > 8000 ? `${printed.slice(0, 4000)}\n…\n${printed.slice(-4000)}` : printed || error.message}`,
      { cause: error },
    );
  }
}

/** Runs a program that may fail or be missing; `undefined` when it does. */
export function tryRun(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
