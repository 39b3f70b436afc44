import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { Review } from '../../lib/review';
import { FATES, htmlReport } from '../../lib/review';
import { HOSTILE, largeReview, reviewOf } from '../review/reporters/reviews';
import { recorded } from '../review/recorded';
import { launchBrowser } from './html-report/browser';
import { CONTRASTS, FOCUSED, IS_TOO_WIDE, LINES_OF_NAMES } from './html-report/in-page';

/** The HTML report in a real Chromium, opened from a file as a reviewer does who downloaded it. */
let folder: string;
let browser: Browser;
let page: Page;
/** All that pages asked for or complained of. */
let requests: string[];
let complaints: string[];

beforeAll(async () => {
  folder = mkdtempSync('/tmp/regraft-html-');
  browser = await launchBrowser(folder);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  page = await browser.newPage();
  requests = [];
  complaints = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
});

afterEach(async () => {
  // Chromium asks for a page's own file, and for nothing else.
  expect(requests).toEqual([page.url()]);
  expect(complaints).toEqual([]);
  await page.close();
});

async function open(review: Review): Promise<void> {
  const file = join(folder, 'review.html');
  writeFileSync(file, htmlReport(review));
  await page.goto(pathToFileURL(file).href);
}

/** A canary rebase of two clones. */
function canary(): Review {
  return reviewOf(recorded('0.9-canary'));
}

/** A review with a volume of every fate, and a clone of that name. */
function everyFate(clone: string): Review {
  const review = reviewOf(recorded('0.9-drop'));
  const [pool] = review.pools;
  const [first, ...others] = pool!.clones;
  const volumes = FATES.map((fate) => ({ ...first!.volumes[0]!, volume: `of-${fate}`, fate }));
  return { ...review, pools: [{ ...pool!, clones: [{ ...first!, clone, volumes }, ...others] }] };
}

/** A review with names as long as they may be. */
function longNames(): Review {
  const review = everyFate('x'.repeat(60));
  const [pool] = review.pools;
  const base = 'b'.repeat(60);
  const clones = pool!.clones.map((clone) => ({
    ...clone,
    base: { before: base, after: base },
    wayBack: base,
  }));
  return {
    ...review,
    pools: [{ ...pool!, pool: 'p'.repeat(60), host: 'h'.repeat(60), clones }],
    bases: review.bases.map((one) => ({ ...one, base })),
    others: [{ address: `other.${'o'.repeat(60)}`, effect: 'create' }],
  };
}

function shownClones(): Promise<string[]> {
  return page.locator('tr[data-clone]:visible th .name').allTextContents();
}

test('the filter by clone leaves the clones of which the name has that part, and announces how many', async () => {
  await open(largeReview(30));
  const count = page.getByRole('status');
  expect(await count.textContent()).toBe('30 clones');
  await page.getByRole('searchbox', { name: 'Clone' }).fill('NUMBER-12');
  expect(await shownClones()).toEqual(
    Array.from({ length: 10 }, (_, index) => `a-student-with-a-rather-long-name-number-12${index}`),
  );
  expect(await count.textContent()).toBe('10 of 30 clones');
  await page.getByRole('searchbox', { name: 'Clone' }).fill('nobody');
  expect(await shownClones()).toEqual([]);
  expect(await count.textContent()).toBe('0 of 30 clones');
  await page.getByRole('searchbox', { name: 'Clone' }).fill('');
  expect(await count.textContent()).toBe('30 clones');
});

test('the filter by fate leaves the clones with such a volume, also together with a part of the name', async () => {
  await open(canary());
  const fate = page.getByRole('combobox', { name: 'Fate' });
  expect(await fate.getByRole('option').allTextContents()).toEqual([
    'any',
    'anything but kept',
    'kept',
    'replaced',
    'reset',
  ]);
  for (const [chosen, shown] of [
    ['replaced', ['student-01']],
    ['kept', ['student-01', 'student-02']],
    ['anything but kept', ['student-01']],
  ] as const) {
    await fate.selectOption(chosen);
    expect(await shownClones()).toEqual(shown);
  }
  await page.getByRole('searchbox', { name: 'Clone' }).fill('02');
  expect(await page.getByRole('status').textContent()).toBe('0 of 2 clones');
});

test('everything is reached by keyboard, in the order of the page, and its focus is seen', async () => {
  await open(reviewOf(recorded('0.9-drop')));
  const stops: string[] = [];
  do {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate<string>(FOCUSED));
  } while (stops.at(-1) !== 'the page' && stops.length < 20);
  expect(stops).toEqual([
    'summary Refused RG102 The plan',
    'summary Refused RG201 A data v',
    'input Clone',
    'select Fate',
    'div Clones of students',
    'the page',
  ]);
});

test('a finding is closed and opened with Enter, and the filter is used without a mouse', async () => {
  await open(reviewOf(recorded('0.9-drop')));
  const next = page.getByText("Next: Read Terraform's error message");
  await page.keyboard.press('Tab');
  expect(await next.isVisible()).toBe(true);
  await page.keyboard.press('Enter');
  expect(await next.isVisible()).toBe(false);
  await page.keyboard.press('Enter');
  expect(await next.isVisible()).toBe(true);

  for (let step = 0; step < 2; step += 1) await page.keyboard.press('Tab');
  await page.keyboard.type('student-02');
  expect(await shownClones()).toEqual(['student-02']);
  // Enter in a field would send a form, which would load the page anew.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  expect(await page.getByRole('combobox').inputValue()).toBe('changed');
});

test('a screen reader finds the verdict, the findings, the filter and the table of each pool by role and name', async () => {
  await open(reviewOf(recorded('0.9-drop')));
  expect(await page.title()).toBe('Review: Refused');
  const found = [
    page.getByRole('banner').getByRole('heading', { level: 1, name: 'Refused' }),
    page.getByRole('main').getByRole('region', { name: 'Findings' }),
    page.getByRole('search', { name: 'Filter clones' }),
    page.getByRole('heading', { level: 2, name: 'Pool students on lab' }),
    page.getByRole('region', { name: 'Clones of students' }).getByRole('table'),
    page.getByRole('rowheader', { name: 'student-02' }),
    page.getByRole('columnheader', { name: 'Way back' }),
    page.getByRole('region', { name: 'Base volumes' }),
  ];
  for (const one of found) expect([String(one), await one.count()]).toEqual([String(one), 1]);
});

test.each(['light', 'dark'] as const)(
  'in the %s every text has a contrast of at least 4.5',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const review of [everyFate('student-01'), canary(), reviewOf(recorded('0.9-nothing'))]) {
      await open(review);
      const contrasts = await page.evaluate<string[]>(CONTRASTS);
      expect(contrasts.length).toBeGreaterThan(20);
      expect(contrasts.filter((line) => parseFloat(line) < 4.5)).toEqual([]);
      requests = requests.slice(-1);
    }
  },
);

test('the two colour schemes differ', async () => {
  await open(canary());
  const papers: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    papers.push(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'));
  }
  expect(papers).toEqual(['rgb(255, 255, 255)', 'rgb(20, 24, 28)']);
});

test.each([1280, 360])(
  'in a window of %i pixels names are on one line and the page is not wider than it',
  async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const review of [largeReview(3), longNames()]) {
      await open(review);
      expect(new Set(await page.evaluate<number[]>(LINES_OF_NAMES))).toEqual(new Set([1]));
      expect(await page.evaluate(IS_TOO_WIDE)).toBe(false);
      requests = requests.slice(-1);
    }
  },
);

test('a hostile name is shown as text, can be filtered, and does nothing', async () => {
  const name = `${HOSTILE}" onfocus="alert(1)" autofocus x='<img src=x onerror=alert(1)>`;
  await open(everyFate(name));
  const shown = (await shownClones())[0]!;
  for (const part of ['<script>alert(1)</script>', '" onfocus="alert(1)"', '<img src=x'])
    expect(shown).toContain(part);
  expect(await page.locator('img, [onfocus], [autofocus], body script').count()).toBe(1);
  await page.getByRole('searchbox').fill('</td><script>');
  expect(await page.getByRole('status').textContent()).toBe('1 of 2 clones');
});
