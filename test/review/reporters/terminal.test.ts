import type { Review } from '../../../lib/review';
import { terminalReport } from '../../../lib/review/reporters/terminal';
import { recorded } from '../recorded';
import { HOSTILE, largeReview, recordedReviews, reviewOf } from './reviews';

const reviews = recordedReviews();

test.each(reviews)(
  '%s fits 80 columns, holds no control character, and ends in its verdict',
  (_name, review) => {
    const text = terminalReport(review);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text.trimEnd().split('\n').pop()).toMatch(/^(Nothing to do|Safe to apply|Refused)/);
  },
);

test('long names and 100 clones fit, too', () => {
  const lines = terminalReport(largeReview(100)).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('unchanged clones are one line, changed ones a row each', () => {
  const text = terminalReport(reviewOf(recorded('0.9-canary')));
  expect(text).toMatch(/^ {2}student-01 +redefined +replaced +reset +kept$/m);
  expect(text).toMatch(/^ {2}1 clone unchanged: student-02$/m);
});

/** A canary rebase of a machine that runs, the clone under another name. */
function canaryOf(clone: string): Review {
  const review = reviewOf(recorded('0.8-canary'));
  const [pool] = review.pools;
  const [first, ...others] = pool!.clones;
  const named = { ...first!, clone, machine: { ...first!.machine, running: true } };
  return { ...review, pools: [{ ...pool!, clones: [named, ...others] }] };
}

test('a column is as wide as its words, so that none is broken', () => {
  expect(terminalReport(canaryOf('student-01'))).toMatch(
    /^ {2}student-01 +recreated, running +replaced +reset +kept$/m,
  );
});

test.each([20, 40, 60, 63])('beside a name of %i characters no other word is broken', (length) => {
  const name = Array.from({ length }, (_, index) => 'abcdefghij'[index % 10]).join('');
  const text = terminalReport(canaryOf(name));
  const rows = text.slice(text.indexOf('  Clone'), text.indexOf('  1 clone unchanged')).split('\n').slice(1);
  expect(rows.map((row) => row.slice(2).split(' ')[0]).join('')).toBe(name);
  const words = rows.flatMap((row) => row.slice(2).split(/ +/).slice(1));
  expect(words.filter((word) => word !== '').sort()).toEqual([
    'kept',
    'recreated,',
    'replaced',
    'reset',
    'running',
  ]);
});

test('colours are a help only: without them the words are the same', () => {
  for (const [, review] of reviews) {
    const colored = terminalReport(review, { color: true });
    // eslint-disable-next-line no-control-regex
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(terminalReport(review));
  }
  // eslint-disable-next-line no-control-regex
  expect(terminalReport(reviewOf(recorded('0.9-drop')), { color: true })).toMatch(/\u001b\[31m/);
});

test('every refusal is named with its place', () => {
  const review = largeReview(100, (plan) => {
    for (const { address, change } of plan.resource_changes)
      if (address.includes('__data[')) change.actions = ['delete'];
  });
  const text = terminalReport(review).replace(/\s/g, '');
  for (const { address } of review.findings.filter(({ severity }) => severity === 'refuse'))
    expect(text).toContain(address);
});

test('a value of the plan cannot steer the terminal', () => {
  const plan = recorded('0.9-nothing');
  plan.resource_changes.push({
    address: HOSTILE,
    mode: 'managed',
    type: 'x',
    change: { actions: ['delete'], before: {}, after: null },
  });
  // eslint-disable-next-line no-control-regex
  expect(terminalReport(reviewOf(plan))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});
