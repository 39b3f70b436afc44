import { htmlReport } from '../../../lib/review/reporters/html';
import { recorded } from '../recorded';
import { HOSTILE, largeReview, recordedReviews, reviewOf } from './reviews';

/** The elements of a page by name, in order, as a scanner sees them that knows nothing of what they mean. */
const tags = (page: string): string[] => [...page.matchAll(/<(\/?[a-z]\w*)/g)].map(([, tag]) => tag!);

const VOID = new Set(['meta', 'input', 'br']);

test.each(recordedReviews())(
  '%s: the page is well formed, self-contained, and says the verdict and each finding',
  (_name, review) => {
    const page = htmlReport(review);
    const body = page.replace(/<script>[\s\S]*<\/script>/, '').replace(/<style>[\s\S]*<\/style>/, '');
    const open: string[] = [];
    for (const tag of tags(body)) {
      if (VOID.has(tag)) continue;
      if (tag.startsWith('/')) expect(open.pop()).toBe(tag.slice(1));
      else open.push(tag);
    }
    expect(open).toEqual([]);
    expect(page).not.toMatch(/\b(src|href)=|url\(|@import/);
    for (const { code, next } of review.findings) {
      expect(page).toContain(code);
      expect(page.replace(/&#39;/g, "'").replace(/<\/?code>/g, '`')).toContain(`<p>Next: ${next}</p>`);
    }
  },
);

test('each clone is a row with its fates, so that it can be filtered', () => {
  const page = htmlReport(reviewOf(recorded('0.9-canary')));
  expect(page).toContain('<tr data-clone="student-01" data-fates="replaced reset kept" data-changed="true">');
  expect(page).toContain('<tr data-clone="student-02" data-fates="kept" data-changed="false">');
  expect(page).toContain('<option>replaced</option>');
});

test('controls have labels, tables have header cells, and the count of the filter is announced', () => {
  const page = htmlReport(reviewOf(recorded('0.9-canary')));
  for (const control of ['<input', '<select']) expect(page).toMatch(new RegExp(`<label>[^<]+ ${control}`));
  expect(page).toContain('aria-live="polite"');
  expect(page).toMatch(/<th scope="row"><span class="name">student-01/);
  expect(page).toContain('<html lang="en">');
  expect(page).toContain('prefers-color-scheme: dark');
});

test('a value of the plan is never read as HTML', () => {
  const plan = recorded('0.9-nothing');
  plan.resource_changes.push({
    address: HOSTILE,
    mode: 'managed',
    type: 'x',
    change: { actions: ['delete'], before: {}, after: null },
  });
  const clean = tags(htmlReport(reviewOf(recorded('0.9-nothing'))));
  const page = htmlReport(reviewOf(plan));
  expect(tags(page).filter((tag) => tag === 'script')).toEqual(clean.filter((tag) => tag === 'script'));
  expect(page).toContain('&#60;script&#62;');
});

test('a rebase of 100 clones is a page of less than a megabyte', () => {
  expect(Buffer.byteLength(htmlReport(largeReview(100)))).toBeLessThan(1e6);
});
