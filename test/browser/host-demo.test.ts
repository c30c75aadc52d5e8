/**
 * The host demo as a musician uses it, in real Chromium with its real autoplay rule. Most of it plays a plugin that is
 * not ours (fixtures/theremin.ts), whose pitch and level say exactly which position sounds; the first minute plays ours.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import * as esbuild from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../../scripts/serve.mjs';
import { launch } from './chromium.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = join(root, 'test/fixtures');

type Server = Awaited<ReturnType<typeof serve>>;
/** What the tests add to the page: the last node before the speakers. */
declare const globalThis: { last?: AudioNode };

let browser: Browser;
let folder = '';
/** The demo with the theremin as its `dist/`, and the demo as it is. */
let theremin: Server;
let real: Server;
/** Another origin, for code from elsewhere. */
let elsewhere: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-demo-'));
  await mkdir(join(folder, 'dist'));
  await esbuild.build({
    entryPoints: [join(fixtures, 'theremin.ts')],
    outfile: join(folder, 'dist/index.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
  });
  await writeFile(join(folder, 'dist/not-a-wam.js'), 'export default 7;');
  await writeFile(join(folder, 'dist/broken.js'), 'export default {');
  const page = [
    ['/', join(root, 'host-demo')],
    ['/', join(root, 'build/host-demo')],
  ] as const;
  [browser, theremin, real, elsewhere] = await Promise.all([
    launch({ autoplay: false }),
    serve({ mounts: [['/dist/', join(folder, 'dist')], ['/fixtures/', fixtures], ...page] }),
    serve(),
    serve({ mounts: [['/', fixtures]] }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([theremin.close(), real.close(), elsewhere.close()]);
  await rm(folder, { recursive: true });
});

let page: Page;
let complaints: string[];
beforeEach(async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
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
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
});

async function openDemo(server: Server): Promise<void> {
  await page.goto(server.url);
  await page.waitForSelector('#start:enabled');
}

async function openAndStart(server = theremin): Promise<void> {
  await openDemo(server);
  await page.click('#start');
  await page.waitForSelector('#welcome', { state: 'hidden' });
}

/** Waits until the last stretch of sound is louder (or softer) than a level, as a root mean square. */
async function waitForLevel(compare: 'above' | 'below', level: number): Promise<void> {
  await page.waitForFunction(
    ([side, limit]) => {
      const analyser = globalThis.last as AnalyserNode;
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.hypot(...samples) / Math.sqrt(samples.length);
      return side === 'above' ? rms > limit : rms < limit;
    },
    [compare, level] as const,
  );
}

/** The plugin's parameter as the audio thread has it. */
function parameter(id: 'x' | 'y'): Promise<number> {
  return page.evaluate(async (name) => {
    type Pad = HTMLElement & {
      wam: { audioNode: { getParameterValues(): Promise<Record<string, { value: number }>> } };
    };
    const values = await document.querySelector<Pad>('.theremin-pad')!.wam.audioNode.getParameterValues();
    return values[name]!.value;
  }, id);
}

/** Waits while the transport passes so many beats. */
async function beats(count: number): Promise<void> {
  await page.evaluate(
    (wanted) =>
      new Promise<void>((done) => {
        const seek = document.querySelector<HTMLInputElement>('#seek')!;
        let last = seek.valueAsNumber;
        let passed = 0;
        const look = (): void => {
          const now = seek.valueAsNumber;
          passed += now >= last ? now - last : now - last + Number(seek.max);
          last = now;
          if (passed >= wanted) done();
          else requestAnimationFrame(look);
        };
        look();
      }),
    count,
  );
}

async function dragPad(x: number, y: number, up = true): Promise<void> {
  const box = (await page.locator('.theremin-pad').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * x, box.y + box.height * (1 - y), { steps: 5 });
  if (up) await page.mouse.up();
}

const who = (): Promise<string | null> => page.textContent('#who');
const alertText = async (): Promise<string> => {
  await page.waitForSelector('#alert:not([hidden])');
  return (await page.textContent('#alert-text')) ?? '';
};
async function load(form: 'plugin' | 'effect', url: string): Promise<void> {
  await page.fill(`#${form}-url`, url);
  await page.click(`#${form}-form button[type=submit]`);
}
async function downloaded(action: () => Promise<void>): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), action()]);
  return readFile(await file.path());
}
async function bounce(): Promise<{ bytes: Buffer; samples: Float32Array; seconds: number }> {
  await page.selectOption('#format', 'float32');
  const bytes = await downloaded(() => page.click('#bounce'));
  // 58 bytes of head, then left and right in turn.
  const samples = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset + 58, bytes.byteOffset + bytes.length),
  );
  return { bytes, samples, seconds: samples.length / 2 / bytes.readUInt32LE(24) };
}
/** Mean frequency of the left channel between two shares of a sound, from its rising zero crossings. */
function pitch(
  { samples, seconds }: { samples: Float32Array; seconds: number },
  from: number,
  to: number,
): number {
  const frames = samples.length / 2;
  const [first, last] = [Math.round(from * frames), Math.round(to * frames)];
  let crossings = 0;
  for (let frame = first; frame + 1 < last; frame++) {
    if (samples[2 * frame]! < 0 && samples[2 * frame + 2]! >= 0) crossings++;
  }
  return crossings / ((to - from) * seconds);
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: run } = globalThis as unknown as { axe: typeof axe };
    const { violations: found } = await run.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  });
}

describe('the first minute', () => {
  it('one click: our plugin sounds at a pleasing level while the lanes move it', async () => {
    await openAndStart(real);
    // Between faint (-40 dBFS) and loud.
    await waitForLevel('above', 0.01);
    expect(await who()).toBe('The lanes play.');
    // The playhead moves over the lanes.
    const picture = (): Promise<string> =>
      page.evaluate(() => document.querySelector<HTMLCanvasElement>('#lane-0')!.toDataURL());
    const before = await picture();
    await beats(1);
    expect(await picture()).not.toBe(before);
    expect(await page.isVisible('#alert')).toBe(false);
  });

  it('the first drag in our plugin takes over, and a button gives the lanes back', async () => {
    await openAndStart(real);
    const face = (await page.locator('#gui > *').boundingBox())!;
    await page.mouse.move(face.x + face.width * 0.4, face.y + face.height * 0.5);
    await page.mouse.down();
    await page.mouse.move(face.x + face.width * 0.45, face.y + face.height * 0.55, { steps: 5 });
    await page.mouse.up();
    await page.waitForSelector('#again:not([hidden])');
    expect(await who()).toBe('You play. The lanes wait.');
    await page.click('#again');
    await page.waitForSelector('#again', { state: 'hidden' });
    expect(await who()).toBe('The lanes play.');
  });

  it('bounces our plugin to the same bytes twice, with sound in them', async () => {
    await openDemo(real);
    await page.selectOption('#bars', '2');
    const first = await bounce();
    const second = await bounce();
    expect(first.seconds).toBeCloseTo(4, 3);
    expect(Math.hypot(...first.samples.subarray(0, 100_000)) / Math.sqrt(100_000)).toBeGreaterThan(0.01);
    expect(first.bytes.equals(second.bytes)).toBe(true);
  });

  it('has no accessibility violation before and after the start', async () => {
    await openDemo(real);
    expect(await violations()).toEqual([]);
    await page.click('#start');
    await page.waitForSelector('#welcome', { state: 'hidden' });
    expect(await violations()).toEqual([]);
  });
});

describe('hand and lanes', () => {
  it('what the hand did stays while the lanes wait, even for a single click', async () => {
    await openAndStart();
    await beats(0.5);
    const box = (await page.locator('.theremin-pad').boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.9, box.y + box.height * 0.1);
    await page.waitForSelector('#again:not([hidden])');
    await beats(1);
    expect(await parameter('x')).toBeCloseTo(0.9, 2);
    expect(await parameter('y')).toBeCloseTo(0.9, 2);
    await page.click('#again');
    await page.waitForFunction(() => document.querySelector<HTMLElement>('#again')!.hidden);
    await beats(0.5);
    expect(Math.abs((await parameter('x')) - 0.9)).toBeGreaterThan(0.02);
  });

  it('records a gesture, holding still included, and plays it back in the loop', async () => {
    await openAndStart();
    await page.selectOption('#bars', '1');
    await page.click('#record');
    await dragPad(0.9, 0.2, false);
    await page.waitForFunction(
      () => document.querySelector('#who')!.textContent === 'Recording your gesture.',
    );
    // More than once around, so that the held value is all there is.
    await beats(5);
    await page.mouse.up();
    await page.click('#record');
    expect(await who()).toBe('The lanes play.');
    for (let quarter = 0; quarter < 4; quarter++) {
      expect(await parameter('x')).toBeCloseTo(0.9, 2);
      expect(await parameter('y')).toBeCloseTo(0.2, 2);
      await beats(1);
    }
    expect(await page.getAttribute('#lane-0', 'aria-valuenow')).toBe('0.90');
    await page.click('#undo');
    expect(await page.getAttribute('#lane-0', 'aria-valuenow')).not.toBe('0.90');
  });

  it('stops to silence, sounds under the hand, and falls silent again', async () => {
    await openAndStart();
    await waitForLevel('above', 0.02);
    await page.click('#play');
    await waitForLevel('below', 1e-4);
    await dragPad(0.5, 0.9, false);
    await waitForLevel('above', 0.05);
    await page.mouse.up();
    await waitForLevel('below', 1e-4);
  });

  it('plays by keyboard alone', async () => {
    await openDemo(theremin);
    await page.focus('#start');
    await page.keyboard.press('Enter');
    await waitForLevel('above', 0.02);
    await page.keyboard.press('Space');
    await waitForLevel('below', 1e-4);
    await page.focus('#lane-0');
    const before = Number(await page.getAttribute('#lane-0', 'aria-valuenow'));
    await page.keyboard.press('ArrowDown');
    expect(Number(await page.getAttribute('#lane-0', 'aria-valuenow'))).toBeCloseTo(before - 0.05, 2);
    await page.keyboard.press('ArrowRight');
    expect(await page.getAttribute('#lane-0', 'aria-valuetext')).toMatch(/at bar 1, beat 2$/);
    await page.focus('#sizer');
    const height = Number(await page.getAttribute('#sizer', 'aria-valuenow'));
    await page.keyboard.press('ArrowDown');
    expect(Number(await page.getAttribute('#sizer', 'aria-valuenow'))).toBe(height + 24);
  });
});

describe('the bounce', () => {
  it('renders the lanes where they are, through the effect if it is on', async () => {
    await openAndStart();
    await page.selectOption('#shape', 'corners');
    await page.selectOption('#bars', '2');
    // x is 0.2 in the first bar and the last, 0.8 between; the theremin sounds at 100 + 400 x hertz.
    await page.selectOption('#bars', '8');
    await page.selectOption('#shape', 'corners');
    const dry = await bounce();
    expect(dry.seconds).toBeCloseTo(16, 3);
    // One crossing more or less in two seconds.
    expect(Math.abs(pitch(dry, 0.05, 0.2) - 180)).toBeLessThan(1);
    expect(Math.abs(pitch(dry, 0.3, 0.7) - 420)).toBeLessThan(1);
    expect(Math.abs(pitch(dry, 0.8, 0.95) - 180)).toBeLessThan(1);

    await load('effect', 'fixtures/half.js');
    await page.waitForSelector('#remove:enabled');
    const wet = await bounce();
    expect(wet.samples.length).toBe(dry.samples.length);
    for (let n = 40_000; n < 40_100; n++) expect(wet.samples[n]).toBe(dry.samples[n]! / 2);
    await page.click('#bypass');
    const bypassed = await bounce();
    expect(bypassed.bytes.equals(dry.bytes)).toBe(true);
  });
});

describe('a project', () => {
  it('comes back from its file: plugin, effect, lanes, tempo', async () => {
    await openAndStart();
    await load('effect', 'fixtures/half.js');
    await page.waitForSelector('#remove:enabled');
    await page.selectOption('#bars', '4');
    await page.selectOption('#shape', 'still');
    await page.fill('#tempo', '90');
    await page.press('#tempo', 'Enter');
    await beats(1);
    const file = await downloaded(() => page.click('#save'));
    const before = await bounce();

    await page.click('#remove');
    await page.selectOption('#bars', '1');
    await page.selectOption('#shape', 'circle');
    await page.setInputFiles('#project-file', { name: 'p.json', mimeType: 'application/json', buffer: file });
    await page.waitForSelector('#remove:enabled');
    expect(await page.inputValue('#tempo')).toBe('90');
    expect(await page.inputValue('#bars')).toBe('4');
    expect(await page.textContent('#effect-name')).toBe('Half');
    expect(await page.getAttribute('#lane-1', 'aria-valuenow')).toBe('0.50');
    const after = await bounce();
    expect(after.bytes.equals(before.bytes)).toBe(true);
  });

  it('with code from another server asks first, and runs nothing when refused', async () => {
    await openAndStart();
    await load('effect', `${elsewhere.url}half.js`);
    await page.waitForSelector('#remove:enabled');
    const file = await downloaded(() => page.click('#save'));
    await page.click('#remove');
    const project = { name: 'p.json', mimeType: 'application/json', buffer: file };
    await page.setInputFiles('#project-file', project);
    await page.waitForSelector('#trust[open]');
    expect(await page.textContent('#trust-list')).toBe(`${elsewhere.url}half.js`);
    expect(await violations()).toEqual([]);
    await page.click('#trust button[value=no]');
    expect(await page.isDisabled('#remove')).toBe(true);
    await page.setInputFiles('#project-file', project);
    await page.click('#trust button[value=yes]');
    await page.waitForSelector('#remove:enabled');
  });

  it('that cannot be used is refused in words, and everything plays on', async () => {
    await openAndStart();
    const give = (text: string): Promise<void> =>
      page.setInputFiles('#project-file', {
        name: 'p.json',
        mimeType: 'application/json',
        buffer: Buffer.from(text),
      });
    await give('hello');
    expect(await alertText()).toMatch(/not a project/);
    await page.click('#alert-close');

    const file = JSON.parse((await downloaded(() => page.click('#save'))).toString());
    file.plugin.state = 'nonsense';
    await give(JSON.stringify(file));
    expect(await alertText()).toBe('Theremin refused its saved state: This is no state of a theremin.');
    expect(await page.textContent('#plugin-name')).toBe('Theremin');
    await waitForLevel('above', 0.02);
  });
});

describe('a typed-in address', () => {
  it.each([
    ['nothing is there', 'dist/none.js', /There is no plugin at .*none\.js \(404\)/],
    ['there is a page', 'style.css', /is not a script \(text\/css/],
    ['there is another script', 'dist/not-a-wam.js', /not a Web Audio Module/],
    ['the script is broken', 'dist/broken.js', /is broken: /],
    ['it is none', 'nonsense://x', /is not a web address/],
  ])('where %s is answered in words, and the old plugin plays on', async (_, url, words) => {
    await openAndStart();
    await load('plugin', url);
    expect(await alertText()).toMatch(words);
    await waitForLevel('above', 0.02);
    expect(await page.textContent('#plugin-name')).toBe('Theremin');
    // The browser itself reports files that it could not load.
    complaints = complaints.filter((text) => !/Failed to load resource|MIME type|URL scheme/.test(text));
  });

  it('replaces the plugin while it plays, and the next gesture is heard', async () => {
    await openAndStart();
    await page.locator('.theremin-pad').evaluate((pad) => pad.classList.add('old'));
    await load('plugin', 'dist/index.js?again');
    await page.waitForSelector('.theremin-pad:not(.old)');
    await waitForLevel('above', 0.02);
    await dragPad(0.8, 0.8);
    await page.waitForSelector('#again:not([hidden])');
    expect(await parameter('x')).toBeCloseTo(0.8, 2);
  });
});

it('fits narrow and wide windows without sideways scrolling', async () => {
  await openAndStart();
  for (const width of [480, 640, 900, 1280, 1600]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), String(width)).toBe(width);
  }
});
