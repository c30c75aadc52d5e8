/** What every browser test file needs: Chromium, the two servers, a page, and silence on the console. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launch, open, type TestPage } from './chromium.js';
import type {} from './host.js';
import { serveHost, servePlugin, type HostServer, type PageOptions, type PluginServer } from './servers.js';

export interface Harness {
  readonly plugin: PluginServer;
  readonly host: HostServer;
  /** Opens a page that is closed after the test. */
  open(options?: PageOptions): Promise<TestPage>;
  /** The page that all tests of the file share. */
  page(): Promise<Page>;
}

/** Call once per file. @param options What Chromium lets a page do. */
export function useBrowser(options: { autoplay?: boolean } = {}): Harness {
  let browser: Browser;
  let plugin: PluginServer;
  let host: HostServer;
  let shared: TestPage | null = null;
  let opened: TestPage[] = [];

  beforeAll(async () => {
    [browser, plugin, host] = await Promise.all([launch(options), servePlugin(), serveHost()]);
  });
  afterEach(async () => {
    const complaints = [shared, ...opened].flatMap((test) => test?.complaints.splice(0) ?? []);
    await Promise.all(opened.map((test) => test.close()));
    opened = [];
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([plugin.close(), host.close()]);
  });

  return {
    get plugin() {
      return plugin;
    },
    get host() {
      return host;
    },
    async open(page) {
      const test = await open(browser, host.page(page));
      opened.push(test);
      return test;
    },
    async page() {
      shared ??= await open(browser, host.page());
      return shared.page;
    },
  };
}
