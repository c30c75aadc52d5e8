/**
 * Users' models in Chromium, against LibTorch: traced in the page, run in an AudioWorklet. Archives of our own always;
 * RAVE's own exports where RAVE_ORACLE names some.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../scripts/serve.mjs';
import { oracle, oracleNames, oracleRuns } from '../oracle/archives.js';
import { greatestDifference } from '../support/torchscript.js';
import { fixtureNames, fixtureRuns } from '../support/torchscript-fixtures.js';
import { launch } from './chromium.js';
import type { Calls, Models } from './model-page.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = join(ROOT, 'build/model-page');
const TOLERANCE = 1e-5;
/** The variants that the audio thread must play: one with every kind of branch. */
const ORACLE_NAMES = ['v1', 'v2', 'v3', 'discrete'];

let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await esbuild.build({
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    entryPoints: ['test/browser/model-page.ts', 'test/browser/model-processor.ts'],
    outdir: PAGE,
  });
  await mkdir(PAGE, { recursive: true });
  await writeFile(
    join(PAGE, 'index.html'),
    '<!doctype html><meta charset="utf-8" /><script type="module" src="model-page.js"></script>',
  );
  server = await serve({
    mounts: [
      ['/page/', PAGE],
      ['/dist/', join(ROOT, 'dist')],
      ['/fixtures/', join(ROOT, 'test/fixtures/torchscript')],
      ...(oracle === null ? [] : [['/oracle/', oracle] as [string, string]]),
    ],
  });
  browser = await launch();
  page = await browser.newPage();
  await page.goto(`${server.url}page/`);
  await page.waitForFunction(() => 'models' in globalThis);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function inWorklet(calls: Calls): Promise<Float32Array> {
  return new Float32Array(
    await page.evaluate((given) => (globalThis as unknown as { models: Models }).models.answer(given), calls),
  );
}

describe('in an AudioWorklet, our own archives answer as LibTorch', () => {
  it.each(fixtureNames.filter((name) => name !== 'unsupported'))('%s', async (name) => {
    for (const { inputs: _inputs, zero, stored, at, ...run } of fixtureRuns(name)) {
      const calls = { ...run, at, archive: `/fixtures/${name}.torchscript`, inputs: `/fixtures/${name}.f32` };
      const fromZero = await inWorklet({ ...calls, storedStates: false });
      expect(greatestDifference(fromZero, zero)).toBeLessThanOrEqual(TOLERANCE);
      if (!stored) continue;
      const fromStored = await inWorklet({ ...calls, storedStates: true });
      expect(greatestDifference(fromStored, stored)).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});

if (oracle === null)
  it.skip("RAVE's own exports in an AudioWorklet: RAVE_ORACLE names no folder with them", () => undefined);
else
  describe("in an AudioWorklet, RAVE's own exports answer as LibTorch", () => {
    it.each(ORACLE_NAMES)('%s', { timeout: 600_000 }, async (name) => {
      expect(oracleNames()).toContain(name);
      for (const { name: runName, inputs: _inputs, zero, stored, ...run } of oracleRuns(name)) {
        if (!['decode', 'decode_four_at_once', 'encode'].includes(runName)) continue;
        const calls = {
          ...run,
          at: 0,
          archive: `/oracle/${name}.ts`,
          inputs: `/oracle/${name}.${runName}.in.f32`,
        };
        const fromZero = await inWorklet({ ...calls, storedStates: false });
        expect(greatestDifference(fromZero, zero), runName).toBeLessThanOrEqual(TOLERANCE);
        const fromStored = await inWorklet({ ...calls, storedStates: true });
        expect(greatestDifference(fromStored, stored!), runName).toBeLessThanOrEqual(TOLERANCE);
      }
    });
  });
