import { markdownReport } from '../../../lib/review/reporters/markdown';
import { MARKDOWN_LIMIT } from '../../../lib/review/reporters/markdown-parts';
import { recorded } from '../recorded';
import { HOSTILE, largeReview, recordedReviews, reviewOf } from './reviews';

const size = (text: string): number => Buffer.byteLength(text);

/** The text without code spans and blocks: what GitHub reads as Markdown. */
const bare = (text: string): string => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

test.each(recordedReviews())('%s: the verdict comes first, then every refusal', (_name, review) => {
  const text = markdownReport(review);
  expect(text.split('\n')[0]).toMatch(/^## (⚪ Nothing to do|🟢 Safe to apply|🔴 Refused)/);
  for (const { code } of review.findings) expect(text).toContain(`**${code}**`);
  expect(size(text)).toBeLessThanOrEqual(MARKDOWN_LIMIT);
});

test('the picture shows the bases before and after, and the way back', () => {
  const text = markdownReport(reviewOf(recorded('0.9-canary')));
  const picture = /```mermaid\n([\s\S]*?)```/.exec(text)![1]!;
  expect(picture).toContain('before0_0b[("debian-12")] --> before0_0c["2 clones: student-01, student-02"]');
  expect(picture).toContain('after0_0b[("debian-13")] --> after0_0c["1 clone: student-01"]');
  expect(picture).toContain('-. way back .-> after0_2c["1 retained clone: student-01"]');
});

test('a plan that refuses everything about 100 clones fits, with its verdict and each code', () => {
  const review = largeReview(100, (plan) => {
    for (const { change } of plan.resource_changes) change.actions = ['delete'];
  });
  const text = markdownReport(review);
  expect(review.totals.findings.refuse).toBeGreaterThan(400);
  expect(size(text)).toBeLessThanOrEqual(MARKDOWN_LIMIT);
  expect(text).toMatch(/^## 🔴 Refused: \d+ refusals/);
  for (const { code } of review.findings) expect(text).toContain(`**${code}**`);
});

test('what does not fit is left out by whole sections, and said', () => {
  const review = largeReview(100);
  const many = {
    ...review,
    pools: Array.from({ length: 10 }, (_, index) => ({ ...review.pools[0]!, pool: `pool-${index}` })),
  };
  const text = markdownReport(many);
  expect(size(text)).toBeLessThanOrEqual(MARKDOWN_LIMIT);
  expect(text).toMatch(/_Left out, since a comment has no room for it: `pool pool-\d/);
  expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)!.length);
});

test('a value of the plan is never read as Markdown, HTML, a link or a mention', () => {
  const plan = recorded('0.9-nothing');
  plan.resource_changes.push({
    address: HOSTILE,
    mode: 'managed',
    type: 'x',
    change: { actions: ['delete'], before: {}, after: null },
  });
  const home = plan.resource_changes.find(({ address }: { address: string }) =>
    address.includes('student-01/home'),
  );
  home.change.after.name = HOSTILE;
  const text = bare(markdownReport(reviewOf(plan)));
  for (const harm of ['@everyone', '<script', '](http', '#1', 'evil.example', '```'])
    expect(text).not.toContain(harm);
  for (const row of text.split('\n').filter((line) => line.startsWith('| ')))
    expect([4, 7]).toContain(row.match(/\|/g)!.length);
});
