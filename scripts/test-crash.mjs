// `npm run test:crash`: rollouts of six real machines are killed at 40 points and at every phase boundary, libvirtd is
// killed ten times under them, and the disk is full; applies of regraft's own provider are killed at as many points; then
// the table of what was tried and found. It takes about an hour and a half.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runEndToEnd } from './jest.mjs';
import { setUp } from './setup.mjs';

const folder = mkdtempSync(join(tmpdir(), 'regraft-crash-report-'));
const report = join(folder, 'table.md');
try {
  await setUp();
  process.exitCode = runEndToEnd(['--testPathPatterns', 'e2e/(crash|provider/kill)', '--runInBand'], {
    REGRAFT_CRASH_POINTS: process.env.REGRAFT_CRASH_POINTS ?? '40',
    REGRAFT_CRASH_REPORT: report,
  });
  console.log('\n| rollout | broken off | how | found |\n| --- | --- | --- | --- |');
  console.log(readFileSync(report, 'utf8'));
} catch (error) {
  console.error(`test:crash: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
