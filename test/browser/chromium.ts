/**
 * A real Chromium for the browser tests: no other host is reached, and whatever the page complains about fails the test.
 */
import { chromium, type Browser, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param autoplay Whether pages may sound before anybody touched them. */
export function launch({ autoplay = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [...FLAGS, ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : [])],
    // Playwright mutes audio and relaxes autoplay by itself; the flags above say what we mean.
    ignoreDefaultArgs: autoplay ? [] : ['--autoplay-policy=no-user-gesture-required'],
  });
}

export interface TestPage {
  readonly page: Page;
  /** Errors of page and console so far; a test that expects some takes them out. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens a page that reaches nothing but this machine. */
export async function open(browser: Browser, url: string): Promise<TestPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  await context.route(
    ({ hostname }) => hostname !== 'localhost' && hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  await page.goto(url);
  await page.waitForFunction(() => 'host' in globalThis);
  return { page, complaints, close: () => context.close() };
}
