/**
 * What the tests of the face alone share: Chromium, a page with `gui-page.ts`, faces in it, silence on its console.
 * The picture comes from the built worker, from another origin as in hosts.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import * as esbuild from 'esbuild';
import type { Browser, BrowserContextOptions, Page as Tab } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launch } from './chromium.js';
import type { Page } from './gui-page.js';
import { servePlugin, type PluginServer } from './servers.js';

declare const page: Page;

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const HTML = `<!doctype html><html lang="en"><title>Face</title>
<style>body { margin: 0; background: #444 } .below { height: 3000px }
h1 { position: absolute; top: 2500px; color: #fff }</style>
<header><h1>Faces</h1></header><main></main><div class="below"></div><script type="module" src="page.js"></script></html>`;

export const SIZES = [
  [480, 320],
  [720, 480],
  [1600, 900],
] as const;

export interface Faces {
  /** Where the page is. */
  readonly address: string;
  /** What the pages complained of so far; a test that expects some takes them out. */
  readonly complaints: string[];
  /** @param options Of the browser's context; with any, the tab is the test's own. */
  tab(options?: BrowserContextOptions, url?: string): Promise<Tab>;
  /** A tab with one face, drawn and in view. */
  open(width?: number, height?: number, options?: BrowserContextOptions): Promise<Tab>;
}

/** The page's script as one build of the plugin would hold it. */
async function bundle(buildId: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL('./gui-page.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    define: { BUILD_ID: JSON.stringify(buildId) },
  });
  return outputFiles[0]!.text;
}

/** Call once per file. */
export function useFaces(): Faces {
  let browser: Browser;
  let server: Server;
  let plugin: PluginServer;
  let address: string;
  /** Tabs of one test, closed after it. */
  let tabs: Tab[] = [];
  /** The tab of all tests that need nothing special, emptied after each. */
  let shared: Tab | null = null;
  const complaints: string[] = [];

  beforeAll(async () => {
    const scripts = new Map([
      ['/page.js', await bundle('test A')],
      ['/other.js', await bundle('test B')],
    ]);
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://x');
      const script = scripts.get(pathname);
      response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
      response.end(script ?? HTML);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    [browser, plugin] = await Promise.all([launch(), servePlugin()]);
    const worker = new URL('workers/picture.js', plugin.url).href;
    address = `http://localhost:${(server.address() as AddressInfo).port}/?worker=${encodeURIComponent(worker)}`;
  });

  afterEach(async () => {
    await shared?.evaluate(() => {
      page.clear();
      scrollTo(0, 0);
    });
    await Promise.all(tabs.map((tab) => tab.context().close()));
    tabs = [];
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser.close();
    await plugin.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const faces: Faces = {
    get address() {
      return address;
    },
    complaints,
    async tab(options, url = address) {
      if (shared && !options) return shared;
      const tab = await (
        await browser.newContext({ viewport: { width: 1000, height: 700 }, ...options })
      ).newPage();
      if (options) tabs.push(tab);
      else shared = tab;
      tab.on('pageerror', (error) => complaints.push(error.message));
      tab.on('console', (message) => {
        if (message.type() === 'error' && !message.location().url.endsWith('favicon.ico'))
          complaints.push(message.text());
      });
      await tab.goto(url);
      await tab.waitForFunction(() => 'page' in globalThis);
      return tab;
    },
    async open(width = 720, height = 480, options) {
      const tab = await faces.tab(options);
      await tab.evaluate(([w, h]) => page.open(w, h), [width, height] as const);
      await drawn(tab);
      return tab;
    },
  };
  return faces;
}

/** Until the newest face is in view and its picture is there. */
export async function drawn(tab: Tab): Promise<void> {
  await tab.waitForFunction(() =>
    page.face.shadowRoot?.querySelector('.view')?.shadowRoot?.querySelector('.picture.shown'),
  );
  await tab.waitForFunction(() => page.plugin.listeners.telemetry.size > 0);
}

/** What axe has to say against the page, one line each. */
export async function violations(tab: Tab): Promise<string[]> {
  if (!(await tab.evaluate(() => 'axe' in globalThis)))
    await tab.addScriptTag({ content: await readFile(AXE, 'utf8') });
  const { violations: found } = await tab.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`),
  );
}

/** Sizes of all type in the newest face, in px. */
export function typeSizes(tab: Tab): Promise<number[]> {
  return tab.evaluate(() => {
    const found: number[] = [];
    const walk = (root: ParentNode): void => {
      for (const element of root.querySelectorAll('*')) {
        if ([...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim()))
          found.push(Number.parseFloat(getComputedStyle(element).fontSize));
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(page.face.shadowRoot!);
    return found;
  });
}
