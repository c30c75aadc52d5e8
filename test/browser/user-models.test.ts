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

describe('a TorchScript archive', () => {
  it('plays from a drop, its settings too, and a state brings all of it back to the bit', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, archive]) => {
        const context = host.offlineContext({ seconds: 0.5 });
        const plugin = await host.create(url, context, { parameters: { x: 0.3 }, seed: 6 });
        const face = await host.face(plugin);
        const stages = new Set<string>();
        face.on('opening', (opening) => opening && stages.add(opening.stage));
        await face.openFile(file('My RAVE.ts', archive));
        const asInTheFile = face.instrument;
        const plain: unknown = await plugin.getState();
        await face.setAttribute('learn', true);
        const { instrument, notice } = face;
        const text = JSON.stringify(await plugin.getState());
        const bounce = await host.render(url, { seconds: 0.5, state: JSON.parse(text) as unknown });
        const without = await host.render(url, { seconds: 0.5, state: plain });
        const copy = await host.create(url, host.offlineContext({ seconds: 0.1 }), JSON.parse(text));
        plugin.audioNode.connect(context.destination);
        const live = await host.finish(context);
        return {
          stages: [...stages],
          asInTheFile,
          instrument,
          notice,
          live: [live.finite, live.peak > 0],
          same: bounce.hash === live.hash,
          different: without.hash !== live.hash,
          sameState: JSON.stringify(await copy.getState()) === text,
          state: JSON.parse(text) as { instrument: unknown },
        };
      },
      [lab.plugin.url, archiveOf('adaptive')] as const,
    );
    expect(found.notice?.kind).not.toBe('error');
    expect(found.stages).toEqual(['read', 'parse', 'trace', 'plan', 'pack']);
    const setting = (value: boolean) => ({ name: 'learn', kind: 'bool', value });
    expect(found.asInTheFile).toMatchObject({ name: 'My RAVE', hop: 8, latents: 4 });
    expect(found.asInTheFile.attributes).toContainEqual(setting(false));
    expect(found.instrument.attributes).toContainEqual(setting(true));
    expect(found.state.instrument).toMatchObject({ name: 'My RAVE', attributes: { learn: true } });
    expect(found.live).toEqual([true, true]);
    expect(found.same).toBe(true);
    expect(found.different).toBe(true);
    expect(found.sameState).toBe(true);
  });

  it('that was exported for one pass plays, and the musician is told how', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, archive]) => {
        const context = host.offlineContext({ seconds: 0.3 });
        const plugin = await host.create(url, context);
        const face = await host.face(plugin);
        await face.openFile(file('one shot.ts', archive));
        const { notice } = face;
        plugin.audioNode.connect(context.destination);
        const { finite, peak } = await host.finish(context);
        return { notice, finite, peak };
      },
      [lab.plugin.url, archiveOf('one_shot')] as const,
    );
    expect(found.notice).toMatchObject({ kind: 'info' });
    expect(found.notice!.text).toMatch(/exported without streaming/);
    expect([found.finite, found.peak > 0]).toEqual([true, true]);
  });

  it('that needs what we cannot play is refused with all of it and its places', async () => {
    const page = await openPage();
    const notice = await page.evaluate(
      async ([url, archive]) => {
        const face = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
        await face.openFile(file('x.ts', archive));
        return face.notice;
      },
      [lab.plugin.url, archiveOf('unsupported')] as const,
    );
    expect(notice?.kind).toBe('error');
    expect(notice?.details?.length).toBeGreaterThan(1);
    for (const line of notice!.details!) expect(line).toMatch(/^code\/.*\.py:\d+: /);
  });
});

describe('a terrain of nn.terrain', () => {
  it('goes out and comes back as a checkpoint', async () => {
    const page = await openPage();
    const found = await page.evaluate(async (url) => {
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const face = await host.face(plugin);
      const before = (await plugin.getState()) as { terrain: unknown };
      const { name, blob } = await face.exportTerrain();
      const names: string[] = [];
      face.on('terrain', ({ name }) => names.push(name));
      await face.openFile(new File([blob], name));
      await host.until(() => face.library.items.length > 0);
      const after = (await plugin.getState()) as { terrain: unknown; factoryTerrain: unknown };
      return {
        name,
        names,
        same: JSON.stringify(before.terrain) === JSON.stringify(after.terrain),
        factory: after.factoryTerrain,
        items: face.library.items,
        builtIn: face.builtIn,
      };
    }, lab.plugin.url);
    expect(found.name).toMatch(/^\S.*\.pt$/);
    expect(found.names).toHaveLength(1);
    expect(found.same).toBe(true);
    expect(found.factory).toBeNull();
    expect(found.items).toMatchObject([{ kind: 'terrain', latents: 8, sampleRate: null }]);
    expect(found.builtIn).toBe(true);
  });

  it('that is too large for a state is named there, found again, and missed where it is not', async () => {
    const size = { ...DEFAULT_TERRAIN_SIZE, channels: 256, latents: 12 };
    const terrain: Terrain = {
      name: 'Alps',
      network: createTerrainNetwork(size, 0.5, 7),
      bounds: [
        [-1, 1],
        [-1, 1],
      ],
    };
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, checkpoint]) => {
        const context = host.offlineContext({ seconds: 0.5 });
        const plugin = await host.create(url, context, { parameters: { x: 0.3 }, seed: 6 });
        const face = await host.face(plugin);
        await face.openFile(file('alps.pt', checkpoint));
        const { notice } = face;
        const text = JSON.stringify(await plugin.getState());
        const bounce = await host.render(url, { seconds: 0.5, state: JSON.parse(text) as unknown });
        plugin.audioNode.connect(context.destination);
        const live = await host.finish(context);
        return { notice, text, same: live.hash === bounce.hash, peak: live.peak };
      },
      [lab.plugin.url, base64(writeCheckpoint(terrain))] as const,
    );
    expect(found.notice?.text).toMatch(/gives 12 latents and .* takes 8: the first 8 are played/);
    expect(found.text.length).toBeLessThan(2000);
    expect(found.same).toBe(true);
    expect(found.peak).toBeGreaterThan(0.001);

    const other = await openPage();
    const missed = await other.evaluate(
      async ([url, text, checkpoint]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }), JSON.parse(text));
        const face = await host.face(plugin);
        const { notice } = face;
        const kept = JSON.stringify(await plugin.getState()) === text;
        await face.openFile(file('alps.pt', checkpoint));
        return { notice, kept, name: face.terrain.name, x: face.value('x') };
      },
      [lab.plugin.url, found.text, base64(writeCheckpoint(terrain))] as const,
    );
    expect(missed.notice?.text).toMatch(/«Alps», which is not on this computer/);
    expect(missed.kept).toBe(true);
    expect(missed.x).toBe(0.3);
    expect(missed.name).toBe('Alps');
  });
});
