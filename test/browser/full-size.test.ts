/**
 * Models of the size that musicians own, from a drop to sound: time and memory. They lie outside the repository, in the
 * folder that the environment variable RAVE_ORACLE names; without it there is nothing to try here.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open } from './chromium.js';
import type {} from './host.js';
import { serveHost, servePlugin, type HostServer, type PluginServer } from './servers.js';

const folder = process.env.RAVE_ORACLE ?? '';
const models = ['v2_full.ts', 'v1_full.ts']
  .map((name) => join(folder, name))
  .filter((path) => existsSync(path));
if (models.length === 0)
  console.log('no full-size models: RAVE_ORACLE names no folder with v2_full.ts, v1_full.ts');

/** Memory of a process that no other shares, in MB. */
function privateMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)![1]) / 1024;
}

/** Processor time that workers of a process took so far, in seconds: what loading costs however busy the machine is. */
function workerSeconds(pid: number): number {
  let ticks = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      const [, name, rest] = /\((.*)\) (.*)/.exec(stat)!;
      const fields = rest!.split(' ');
      if (name!.startsWith('DedicatedWorker')) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks / 100;
}

/** Processes that show pages. */
async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

describe.skipIf(models.length === 0)('a full-size model', () => {
  let browser: Browser;
  let plugin: PluginServer;
  let pages: HostServer;
  beforeAll(async () => {
    [plugin, pages] = await Promise.all([servePlugin(), serveHost()]);
  });
  afterAll(async () => {
    await Promise.all([plugin.close(), pages.close()]);
  });

  for (const path of models) {
    it(`${path.split('/').at(-1)} plays from a drop; printed: how soon, with how much memory`, async () => {
      // A process of its own, in which nothing else happened.
      browser = await launch();
      try {
        const { page } = await open(browser, pages.page());
        await page.evaluate(async (url) => {
          const context = new AudioContext();
          const plugin = await host.create(url, context);
          globalThis.full = { face: await host.face(plugin), recording: await host.record(plugin) };
          const input = document.createElement('input');
          input.type = 'file';
          document.body.append(input);
        }, plugin.url);
        await page.setInputFiles('input', path);
        await page.requestGC();
        await page.waitForTimeout(500);
        const pids = await renderers(browser);
        const sum = () => pids.reduce((total, pid) => total + privateMegabytes(pid), 0);
        const before = sum();
        let peak = before;
        let work = 0;
        const watch = setInterval(() => {
          peak = Math.max(peak, sum());
          work = Math.max(work, ...pids.map(workerSeconds));
        }, 5);
        const found = await page.evaluate(async () => {
          const { face, recording } = globalThis.full!;
          await recording.longestPause();
          const start = performance.now();
          const steps: string[] = [];
          face.on('opening', (opening) => {
            if (opening && opening.stage !== steps.at(-1)?.split(' ')[0])
              steps.push(`${opening.stage} ${((performance.now() - start) / 1000).toFixed(2)} s`);
          });
          await face.openFile(document.querySelector('input')!.files![0]!);
          const seconds = (performance.now() - start) / 1000;
          return {
            seconds,
            steps,
            pause: await recording.longestPause(),
            face: face.instrument,
            notice: face.notice,
          };
        });
        clearInterval(watch);
        expect(found.notice?.kind).not.toBe('error');
        await page.evaluate(async () => {
          const { face } = globalThis.full!;
          await host.until(() => face.library.items.length > 0, 60);
        });
        await page.requestGC();
        await page.waitForTimeout(1000);
        const after = sum();
        const samples = await page.evaluate(async () => {
          const { recording } = globalThis.full!;
          const from = await recording.frames();
          await host.until(async () => (await recording.frames()) > from + 96_000);
          const [left] = await recording.samples();
          const last = left!.subarray(-48_000);
          return [last.every(Number.isFinite), last.some((sample) => Math.abs(sample) > 1e-5)];
        });
        const size = statSync(path).size / 1e6;
        console.log(
          `${path.split('/').at(-1)} (${size.toFixed(0)} MB): plays after ${found.seconds.toFixed(2)} s (${found.steps.join(', ')}), ${work.toFixed(2)} s of processor time; ` +
            `memory ${before.toFixed(0)} MB before, ${peak.toFixed(0)} at most, ${after.toFixed(0)} afterwards; ` +
            `the audio thread paused for ${found.pause} ms at most`,
        );
        expect(found.face).toMatchObject({ sampleRate: 44_100, channels: 1 });
        expect(samples).toEqual([true, true]);
      } finally {
        await browser.close();
      }
    }, 240_000);
  }
});

declare global {
  var full:
    | {
        face: Awaited<ReturnType<typeof host.face>>;
        recording: Awaited<ReturnType<typeof host.record>>;
      }
    | undefined;
}
