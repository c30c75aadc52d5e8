/**
 * A musician's own model in the demo page, as a musician brings it: dropped from a file manager, kept, renamed,
 * missed by a project, found again. The real plugin, real drags, real files; models of our own, and full-size exports
 * of RAVE where RAVE_ORACLE names a folder of them.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../../scripts/serve.mjs';
import { launch } from './chromium.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const oracle = process.env.RAVE_ORACLE ?? '';

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;
let folder = '';
let page: Page;
let complaints: string[];
/** What the tests add to the page: the last node before the speakers. */
declare const globalThis: { last?: AudioNode };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-models-'));
  for (const name of ['stream', 'unsupported'])
    await copyFile(join(root, `test/fixtures/torchscript/${name}.torchscript`), join(folder, `${name}.ts`));
  [browser, server] = await Promise.all([launch(), serve()]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  // Listens in where the page's sound goes out.
  await page.addInitScript(() => {
    const connect = Object.getOwnPropertyDescriptor(AudioNode.prototype, 'connect')?.value as (
      ...args: unknown[]
    ) => unknown;
    AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
      if (args[0] instanceof AudioDestinationNode && this instanceof AnalyserNode) globalThis.last = this;
      return connect.apply(this, args);
    } as AudioNode['connect'];
  });
  await openAndStart();
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
});

async function openAndStart(): Promise<void> {
  await page.goto(server.url);
  await page.click('#start:enabled');
  await page.waitForSelector('#welcome', { state: 'hidden' });
}

/** Drops files of this machine into the middle of the plugin, as a file manager does. */
async function drop(...paths: string[]): Promise<void> {
  const box = (await page.locator('#gui').boundingBox())!;
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', {
      type,
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      data: { items: [], files: paths, dragOperationsMask: 1 },
    });
  await session.detach();
}

const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const plays = (name: string) => page.getByRole('button', { name: `Instrument: ${name}`, exact: true });
/** Until the page sounds, louder than faint. */
const sounds = () =>
  page.waitForFunction(() => {
    const analyser = globalThis.last as AnalyserNode;
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return samples.every(Number.isFinite) && Math.hypot(...samples) / Math.sqrt(samples.length) > 1e-3;
  });
const downloaded = async (action: () => Promise<void>) => {
  const [file] = await Promise.all([page.waitForEvent('download'), action()]);
  return file;
};

describe("a musician's model", () => {
  it('plays after a drop, is kept over a visit under the name it is given, and is deleted', async () => {
    await drop(join(folder, 'stream.ts'));
    await plays('stream').waitFor();
    await sounds();
    await openAndStart();
    await button(/^Instrument: /).click();
    await button('Rename stream').click();
    await page.keyboard.type('Little stream');
    await page.keyboard.press('Enter');
    await button(/^Little stream/).click();
    await plays('Little stream').waitFor();
    await sounds();
    await plays('Little stream').click();
    await button('Delete Little stream').click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await button('Delete Little stream').waitFor({ state: 'detached' });
    // What sounds goes on sounding.
    await plays('Little stream').waitFor();
    await button(/^Built-in instrument/).click();
    await plays('Little stream').waitFor({ state: 'detached' });
    await sounds();
  });

  it('that cannot be played is refused in words, and the old one plays on', async () => {
    const name = await button(/^Instrument: /).getAttribute('aria-label');
    await drop(join(folder, 'unsupported.ts'));
    const alert = page.locator('#gui').getByRole('alert').filter({ hasText: 'Details' });
    await alert.getByText('Details').click();
    expect(await alert.getByRole('listitem').count()).toBeGreaterThan(1);
    expect(await button(/^Instrument: /).getAttribute('aria-label')).toBe(name);
    await sounds();
  });

  it('that a project needs is asked for in another browser, and plays as soon as it is dropped', async () => {
    await drop(join(folder, 'stream.ts'));
    await plays('stream').waitFor();
    const project = join(folder, 'project.json');
    await (await downloaded(() => page.click('#save'))).saveAs(project);
    // Another browser: nothing is kept here.
    await page.evaluate(
      () =>
        new Promise((done) => {
          indexedDB.deleteDatabase('latent-terrain').onsuccess = done;
        }),
    );
    await openAndStart();
    // A project is the host's, also where it is dropped on the plugin.
    await drop(project);
    const card = page.getByText('This project was made with «stream».');
    await card.waitFor();
    await sounds();
    await drop(join(folder, 'stream.ts'));
    await plays('stream').waitFor();
    await card.waitFor({ state: 'detached' });
    await sounds();
  });
});

it('a terrain is saved as a file and comes back from it by a drop', async () => {
  const named = button(/^Terrain: /);
  const before = await named.getAttribute('aria-label');
  await named.click();
  const file = await downloaded(() => button('Save as .pt').click());
  expect(file.suggestedFilename()).toMatch(/\.pt$/);
  const path = join(folder, 'Home again.pt');
  await writeFile(path, await readFile(await file.path()));
  await button('Next terrain').click();
  await expect.poll(() => named.getAttribute('aria-label')).not.toBe(before);
  await drop(path);
  await named.click();
  const own = page.getByRole('list', { name: 'Your terrains' });
  await own.getByRole('listitem').waitFor();
  expect(await own.locator('[aria-current="true"]').count()).toBe(1);
  await sounds();
});

describe('full-size exports', () => {
  for (const name of ['v2_full', 'v1_full']) {
    const path = join(oracle, `${name}.ts`);
    it.skipIf(!existsSync(path))(`${name}: plays after a drop`, async () => {
      const begin = performance.now();
      await drop(path);
      await plays(name).waitFor({ timeout: 60_000 });
      console.log(`${name}.ts plays ${((performance.now() - begin) / 1000).toFixed(1)} s after the drop`);
      await sounds();
    });
  }
});
