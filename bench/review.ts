import { judge, parsePlan } from '../lib/review';
import { largePlan } from '../test/support/large-plan';

/** How long it takes to review a plan of 100 clones, beside reading its JSON without looking at it. */
const ROUNDS = 5;

function cpuSeconds(act: () => unknown): number {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function median(seconds: readonly number[]): number {
  return [...seconds].sort((a, b) => a - b)[Math.floor(seconds.length / 2)]!;
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(28) : cell.padStart(8))).join(' | ')} |`;
console.log(`A rebase of 100 clones, median of ${ROUNDS} runs\n`);
console.log(row(['plan', 'JSON MB', 'parse s', 'review s', 'ratio']));
console.log(row(['-'.repeat(28), ...Array<string>(4).fill('-'.repeat(8))]));
for (const generation of ['0.8', '0.9'] as const) {
  const text = largePlan(generation);
  const parse: number[] = [];
  const review: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    parse.push(cpuSeconds(() => JSON.parse(text)));
    review.push(cpuSeconds(() => judge(parsePlan(text))));
  }
  const [bare, whole] = [median(parse), median(review)];
  const figures = [
    (text.length / 1e6).toFixed(0),
    bare.toFixed(2),
    whole.toFixed(2),
    (whole / bare).toFixed(2),
  ];
  console.log(row([`provider ${generation}`, ...figures]));
}
