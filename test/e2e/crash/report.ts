import { appendFileSync } from 'node:fs';

/** A row of the table that `npm run test:crash` prints: what was tried, and what was found. */
export function report(verb: string, what: string, how: string, faults: readonly string[]): void {
  const file = process.env['REGRAFT_CRASH_REPORT'];
  if (file === undefined) return;
  const found = faults.length === 0 ? 'converged' : faults.join('; ').replace(/[|\n]/g, ' ');
  appendFileSync(file, `| ${verb} | ${what} | ${how} | ${found} |\n`);
}
