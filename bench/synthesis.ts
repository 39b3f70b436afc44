import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'cdktf';
import { regraftApp } from './fleet-stacks';
import { plainApp } from './plain-stacks';

/** How long it takes to synthesize 1,000 clones in 10 stacks, beside a plain cdktf app of as many resources. */
const SIZE = { stacks: 10, clones: 100 };
const ROUNDS = 5;

const contestants: Readonly<Record<string, (outdir: string, size: typeof SIZE) => App>> = {
  'plain cdktf': plainApp,
  'regraft, provider 0.8': (outdir, size) => regraftApp(outdir, size, '0.8'),
  'regraft, provider 0.9': (outdir, size) => regraftApp(outdir, size, '0.9'),
  'regraft, provider 0.9, a rebase of all clones': (outdir, size) => regraftApp(outdir, size, '0.9', 'all'),
  'regraft, provider 0.9, the same with 90 named': (outdir, size) => regraftApp(outdir, size, '0.9', 'named'),
};

interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

function measure(make: (outdir: string, size: typeof SIZE) => App, size = SIZE): Run {
  const outdir = mkdtempSync(join(tmpdir(), 'regraft-bench-'));
  try {
    // Of the processor, not of the clock: a busy machine disturbs it less.
    const start = process.cpuUsage();
    make(outdir, size).synth();
    const { user, system } = process.cpuUsage(start);
    const seconds = (user + system) / 1e6;
    const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('cdk.tf.json'),
    );
    return {
      seconds,
      megabytes: files.reduce((sum, file) => sum + statSync(join(outdir, file)).size, 0) / 1e6,
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The run in the middle: one that the machine disturbed does not count. */
function median(runs: readonly Run[]): Run {
  return [...runs].sort((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)]!;
}

const runs = new Map<string, Run[]>(Object.keys(contestants).map((name) => [name, []]));
for (const make of Object.values(contestants)) measure(make, { stacks: 1, clones: 10 }); // warms up
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, make] of Object.entries(contestants)) runs.get(name)!.push(measure(make));
}

const plain = median(runs.get('plain cdktf')!);
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(46) : cell.padStart(8))).join(' | ')} |`;
console.log(
  `${SIZE.stacks * SIZE.clones} clones of 3 volumes in ${SIZE.stacks} stacks, median of ${ROUNDS} runs\n`,
);
console.log(row(['app', 'CPU s', 'ratio', 'JSON MB', 'ratio']));
console.log(row(['---', '---:', '---:', '---:', '---:']));
for (const [name, list] of runs) {
  const { seconds, megabytes } = median(list);
  const ratios = [seconds / plain.seconds, megabytes / plain.megabytes].map((ratio) => ratio.toFixed(2));
  console.log(row([name, seconds.toFixed(2), ratios[0]!, megabytes.toFixed(1), ratios[1]!]));
}
