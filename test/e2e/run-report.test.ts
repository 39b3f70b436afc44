import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { RunRecord } from '../../lib/model/run-record';
import { runHtml } from '../../lib/review/reporters/run-html';
import { HOSTILE } from '../review/reporters/reviews';
import { DONE, FAILED } from '../review/reporters/runs';
import { launchBrowser } from './html-report/browser';
import { CONTRASTS, FOCUSED, IS_TOO_WIDE, LINES_OF_NAMES } from './html-report/in-page';

/** The page of a run in a real Chromium, opened from a file. */
let folder: string;
let browser: Browser;
let page: Page;
/** All that the page asked for or complained of. */
let noise: string[];

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
  noise = [];
  page.on('request', (request) => noise.push(request.url()));
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(error.message));
  page.on('dialog', (dialog) => noise.push(`a dialog: ${dialog.message()}`));
});

afterEach(async () => {
  // Chromium asks for a page's own file, and for nothing else.
  expect(new Set(noise)).toEqual(new Set([page.url()]));
  await page.close();
});

async function open(run: RunRecord): Promise<void> {
  const file = join(folder, 'run.html');
  writeFileSync(file, runHtml(run));
  await page.goto(pathToFileURL(file).href);
}

function shownClones(): Promise<string[]> {
  return page.locator('tr[data-clone]:visible th .name').allTextContents();
}

/** A run of one machine with this name everywhere. */
function named(name: string): RunRecord {
  const [key, clone] = Object.entries(FAILED.clones)[0]!;
  const hostile = { ...clone, pool: name, clone: name, host: name, why: name, console: [name] };
  const data = { [name]: { file: name, before: name, after: 'x' } };
  return { ...FAILED, by: name, stack: name, problem: name, clones: { [key]: { ...hostile, data } } };
}

test('the filter by name and by end leaves the machines that fit, and announces how many', async () => {
  await open(FAILED);
  const end = page.getByRole('combobox', { name: 'End' });
  await end.selectOption('skipped');
  expect(await shownClones()).toEqual(['student-02']);
  expect(await page.getByRole('status').textContent()).toBe('1 of 4 clones');
  await end.selectOption('changed');
  await page.getByRole('searchbox', { name: 'Clone' }).fill('-04');
  expect(await shownClones()).toEqual(['student-04']);
});

test('everything is reached by keyboard, its focus is seen, and phases are opened with Enter', async () => {
  await open(DONE);
  const stops: string[] = [];
  do {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate<string>(FOCUSED));
    if (stops.at(-1) === 'summary 4 phases') await page.keyboard.press('Enter');
  } while (stops.at(-1) !== 'the page' && stops.length < 20);
  expect(stops).toEqual([
    'input Clone',
    'select End',
    'div Machines of the run',
    'summary 4 phases',
    'summary 2 phases',
    'the page',
  ]);
  expect(await page.getByText('asked to shut down (10 s)').isVisible()).toBe(true);
  expect(await page.getByText('off (1 min 4 s)').isVisible()).toBe(false);
});

test('a screen reader finds the outcome, the waves, the filter and the table by role and name', async () => {
  await open(FAILED);
  for (const one of [
    page.getByRole('banner').getByRole('heading', { level: 1, name: 'Failed: 0 of 4 machines through' }),
    page.getByRole('main').getByRole('region', { name: 'Waves' }),
    page.getByRole('search', { name: 'Filter clones' }),
    page.getByRole('region', { name: 'Machines of the run' }).getByRole('table'),
    page.getByRole('rowheader', { name: 'student-02' }),
  ])
    expect([String(one), await one.count()]).toEqual([String(one), 1]);
});

test.each(['light', 'dark'] as const)(
  'in the %s every text has a contrast of at least 4.5',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const state of ['failed', 'paused', 'done', 'superseded'] as const) {
      const clones = { ...FAILED.clones, 'students/student-09': DONE.clones['students/student-01']! };
      await open({ ...FAILED, state, clones });
      await page.evaluate('document.querySelectorAll("details").forEach((one) => (one.open = true))');
      const contrasts = await page.evaluate<string[]>(CONTRASTS);
      expect(contrasts.length).toBeGreaterThan(20);
      expect(contrasts.filter((line) => parseFloat(line) < 4.5)).toEqual([]);
    }
  },
);

test.each([1280, 360])(
  'in a window of %i pixels names are on one line and the page is not wider than it',
  async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const run of [FAILED, named('x'.repeat(60))]) {
      await open(run);
      expect(new Set(await page.evaluate<number[]>(LINES_OF_NAMES))).toEqual(new Set([1]));
      expect(await page.evaluate(IS_TOO_WIDE)).toBe(false);
    }
  },
);

test('a hostile name is shown as text and does nothing', async () => {
  const name = `${HOSTILE}" onfocus="alert(1)" autofocus x='<img src=x onerror=alert(1)>`;
  await open(named(name));
  for (const part of ['<script>alert(1)</script>', '" onfocus="alert(1)"', '<img src=x'])
    expect((await shownClones())[0]).toContain(part);
  expect(await page.locator('img, [onfocus], [autofocus], body script').count()).toBe(1);
});
