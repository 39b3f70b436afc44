import type { Browser } from 'playwright-core';

/** What keeps Chromium from asking for anything by itself. */
const QUIET = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** A Chromium of its own, which keeps what it writes in a folder. */
export async function launchBrowser(folder: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    chromiumSandbox: false,
    args: QUIET,
    env: { ...process.env, HOME: folder } as Record<string, string>,
  });
}
