/** Users' models and terrains in a real browser: opened while others sound, kept, missed, found again, refused. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/formats/checkpoint/index.js';
import type { Terrain } from '../../src/shared/terrain.js';
import { createTerrainNetwork, DEFAULT_TERRAIN_SIZE } from '../../src/terrain/network.js';
import { toneFrequency, toneModel, type ToneOptions } from '../support/tone-model.js';
import { useBrowser } from './harness.js';

const lab = useBrowser();

/** Two models that have nothing in common but that they play. */
const FIRST: ToneOptions = { name: 'First', cycles: 4, hop: 512, latents: 4 };
const SECOND: ToneOptions = {
  name: 'Second',
  cycles: 60,
  hop: 2048,
  sampleRate: 48_000,
  channels: 2,
  latents: 16,
};

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as string, 'latin1').toString('base64');
const bytesOf = (options: ToneOptions) => base64(toneModel(options));

/** An archive of nn~'s shape, of our own making. */
const archiveOf = (name: string) =>
  base64(readFileSync(new URL(`../fixtures/torchscript/${name}.torchscript`, import.meta.url)));

/** A page of its own, with `file` to make files of base64. */
async function openPage(): Promise<Page> {
  const { page } = await lab.open();
  await page.evaluate(() => {
    globalThis.file = (name, base64) =>
      new File([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], name);
  });
  return page;
}

declare global {
  var file: (name: string, base64: string) => File;
}

describe('a model that is dropped while another one sounds', () => {
  it('crossfades in without silence or a bad sample, whatever its hop, rate and channels', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, first, second, low, high]) => {
        const context = new AudioContext({ sampleRate: 48_000 });
        const plugin = await host.create(url, context, { parameters: { jitter: 0, gain: 0 } });
        const face = await host.face(plugin);
        await face.openFile(file('first.onnx', first));
        const recording = await host.record(plugin);
        await host.until(async () => (await recording.frames()) > 24_000);
        const names: string[] = [];
        const stages: string[] = [];
        const fractions: number[] = [];
        face.on('instrument', ({ name }) => names.push(name));
        face.on('opening', (opening) => {
          stages.push(opening?.stage ?? 'over');
          if (opening) fractions.push(opening.fraction);
        });
        const before = await recording.frames();
        await face.openFile(file('second.onnx', second));
        const after = await recording.frames();
        await host.until(async () => (await recording.frames()) > after + 48_000);
        const samples = await recording.samples();
        const { instrument, builtIn, notice } = face;
        await context.close();
        const quietest = samples.map((channel) => {
          // From the first sample that sounds on.
          const start = channel.findIndex((sample) => sample !== 0) + 4800;
          let least = Infinity;
          for (let at = start; at + 2400 <= channel.length; at += 600) {
            const power = channel.subarray(at, at + 2400).reduce((sum, s) => sum + s * s, 0) / 2400;
            least = Math.min(least, Math.sqrt(power));
          }
          return least;
        });
        const left = samples[0]!;
        const tone = (frequency: number, from: number) =>
          host.amplitude(left.subarray(from, from + 9600), frequency, 48_000);
        return {
          names,
          stages: [...new Set(stages)],
          rising: fractions.every((fraction, i) => i === 0 || fraction >= fractions[i - 1]!),
          instrument,
          builtIn,
          notice,
          quietest,
          finite: samples.every((channel) => channel.every(Number.isFinite)),
          loudest: Math.max(...left),
          before: [tone(low, before - 9600), tone(high, before - 9600)],
          after: [tone(low, after + 38_400), tone(high, after + 38_400)],
        };
      },
      [lab.plugin.url, bytesOf(FIRST), bytesOf(SECOND), toneFrequency(FIRST), toneFrequency(SECOND)] as const,
    );
    expect(found.names).toEqual(['Second']);
    expect(found.stages).toEqual(['read', 'parse', 'plan', 'pack', 'over']);
    expect(found.rising).toBe(true);
    expect(found.instrument).toMatchObject({ name: 'Second', hop: 2048, latents: 16, channels: 2 });
    expect(found.builtIn).toBe(false);
    // Eight latents of the terrain, sixteen of the model.
    expect(found.notice?.kind).toBe('info');
    expect(found.notice?.text).toMatch(/gives 8 of the 16 latents of «Second»: the others are noise/);
    expect(found.finite).toBe(true);
    // A tone of 0.3 has a level of 0.21, and a crossfade at constant power keeps it.
    for (const level of found.quietest) expect(level).toBeGreaterThan(0.12);
    expect(found.loudest).toBeLessThan(0.5);
    expect(found.before[0]).toBeGreaterThan(0.2);
    expect(found.before[1]).toBeLessThan(0.01);
    expect(found.after[0]).toBeLessThan(0.01);
    expect(found.after[1]).toBeGreaterThan(0.2);
  });
});

describe('a model from an address', () => {
  it('is fetched across origins, plays, and the state remembers where it came from', async () => {
    const model = Buffer.from(toneModel(FIRST));
    const base = lab.plugin.variant((path, answer) => {
      if (path === 'models/first%20tone.onnx') Object.assign(answer, { status: 200, body: model });
    });
    const address = new URL('models/first%20tone.onnx?key=1', base).href;
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, address]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        const face = await host.face(plugin);
        await face.openUrl(address);
        await host.until(() => face.library.items.length > 0);
        const state = (await plugin.getState()) as { instrument: unknown };
        return { name: face.instrument.name, items: face.library.items, state: state.instrument };
      },
      [lab.plugin.url, address] as const,
    );
    expect(found.name).toBe('First');
    expect(found.items).toMatchObject([
      { kind: 'model', name: 'First', bytes: model.length, latents: 4, sampleRate: 44_100 },
    ]);
    expect(found.state).toEqual({ hash: found.items[0]!.hash, name: 'First', url: address });
  });

  it('that cannot be had is refused with the reason, and what to do', async () => {
    const test = await lab.open();
    const missing = new URL('nothing.onnx', lab.plugin.url).href;
    // Same server as the page under its other name: no leave for other origins.
    const forbidden = lab.host.page().replace('localhost', '127.0.0.1');
    const notices = await test.page.evaluate(
      async ([url, addresses]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        const face = await host.face(plugin);
        const texts = [];
        for (const address of addresses) {
          await face.openUrl(address);
          texts.push(face.notice?.text);
        }
        return texts;
      },
      [
        lab.plugin.url,
        [missing, forbidden, 'http://127.0.0.1:9/model.ts', 'ftp://a/b.ts', lab.host.page()],
      ] as const,
    );
    expect(notices[0]).toMatch(/there is no such file \(404\)/);
    expect(notices[1]).toMatch(/does not let other pages use it.*drop it here/);
    expect(notices[2]).toMatch(/there was no answer/);
    expect(notices[3]).toMatch(/no address of a file on the web/);
    expect(notices[4]).toMatch(/it is a web page/);
    for (const text of notices) expect(text).toMatch(/Your current sound goes on\.$/);
    test.complaints.splice(0);
  });
});

describe('an opening', () => {
  it('ends when it is cancelled, or when another one begins, and leaves no trace', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, first, second]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        const face = await host.face(plugin);
        const cancelled = face.openFile(file('first.onnx', first));
        face.cancelOpening();
        await cancelled;
        const afterCancel = [face.opening, face.builtIn, face.notice] as const;
        const notices: unknown[] = [];
        face.on('notice', (notice) => notices.push(notice?.text ?? null));
        const overtaken = face.openFile(file('first.onnx', first));
        await Promise.all([overtaken, face.openFile(file('second.onnx', second))]);
        await host.until(() => face.library.items.length > 0);
        return {
          afterCancel,
          notices,
          name: face.instrument.name,
          opening: face.opening,
          items: face.library.items.map(({ name }) => name),
        };
      },
      [lab.plugin.url, bytesOf(FIRST), bytesOf(SECOND)] as const,
    );
    expect(found.afterCancel.slice(0, 2)).toEqual([null, true]);
    expect(found.afterCancel[2]).toMatchObject({
      kind: 'info',
      text: expect.stringMatching(/stopped/) as string,
    });
    expect(found.name).toBe('Second');
    expect(found.opening).toBeNull();
    // Only of the model that plays now: who opens another one does not want to hear of the first.
    expect(found.notices).toEqual([null, expect.stringMatching(/^«.*» gives 8 .*«Second»/)]);
    expect(found.items).toEqual(['Second']);
  });

  it('that is refused says why, and the sound is the same to the bit', async () => {
    const page = await openPage();
    const model = toneModel(FIRST);
    const silent = { ...FIRST, channels: 1 as const, latents: 2000, hop: 8 };
    const files: [string, Uint8Array | string, RegExp][] = [
      ['empty.ts', '', /it is empty/],
      ['cut.onnx', model.subarray(0, model.length >> 1), /not an ONNX model, or it is damaged/],
      ['page.ts', '<!DOCTYPE html><p>Not found', /it is a web page/],
      ['pointer.ts', 'version https://git-lfs.github.com/spec/v1', /Git LFS pointer/],
      ['weights.ckpt', '\x80\x02}', /pickle of Python objects/],
      ['kick.wav', 'RIFF....WAVE', /it is a sound/],
      ['notes.txt', 'hello', /Models are \.ts or \.onnx/],
      ['terrain.json', '{"format":"latent-terrain"}', /terrain/i],
      ['broken.ts', 'PK\x03\x04', /./],
      ['many.onnx', toneModel(silent), /cannot be played/],
    ];
    const found = await page.evaluate(
      async ([url, files]) => {
        const context = host.offlineContext({ seconds: 0.5 });
        const plugin = await host.create(url, context);
        const face = await host.face(plugin);
        const notices = [];
        for (const [name, bytes] of files) {
          await face.openFile(file(name, bytes));
          notices.push(face.notice);
        }
        plugin.audioNode.connect(context.destination);
        const disturbed = await host.finish(context);
        const plain = await host.render(url, { seconds: 0.5 });
        return {
          notices,
          same: disturbed.hash === plain.hash,
          builtIn: face.builtIn,
          items: face.library.items.length,
        };
      },
      [lab.plugin.url, files.map(([name, bytes]) => [name, base64(bytes)] as const)] as const,
    );
    files.forEach(([name, , why], i) => {
      expect([name, found.notices[i]?.kind]).toEqual([name, 'error']);
      expect(found.notices[i]!.text).toMatch(why);
    });
    expect(found.same).toBe(true);
    expect(found.builtIn).toBe(true);
    expect(found.items).toBe(0);
  });
});

describe('the library', () => {
  it('survives a reload, is the same for all plugins and tabs, and names, counts and deletes', async () => {
    const page = await openPage();
    const model = toneModel(FIRST);
    const opened = await page.evaluate(
      async ([url, bytes]) => {
        const plugins = [];
        for (let i = 0; i < 2; i++)
          plugins.push(await host.create(url, host.offlineContext({ seconds: 0.1 })));
        const [one, two] = await Promise.all(plugins.map((plugin) => host.face(plugin)));
        await one!.openFile(file('first.onnx', bytes));
        await host.until(() => two!.library.items.length === 1);
        await one!.renameInLibrary(one!.library.items[0]!.hash, '  My first  ');
        await host.until(() => two!.library.items[0]?.name === 'My first');
        return { items: two!.library.items, name: one!.instrument.name };
      },
      [lab.plugin.url, base64(model)] as const,
    );
    expect(opened.items).toMatchObject([{ name: 'My first', bytes: model.length }]);
    expect(opened.name).toBe('My first');

    await page.reload();
    await page.waitForFunction(() => 'host' in globalThis);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.waitForFunction(() => 'host' in globalThis);
    // Both tabs at once: what one deletes the other sees.
    const seen = other.evaluate(async (url) => {
      const face = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
      const before = await host.until(() => face.library.items.length === 1);
      const after = await host.until(() => face.library.items.length === 0, 30);
      return [before, after];
    }, lab.plugin.url);
    const found = await page.evaluate(async (url) => {
      const face = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
      await host.until(() => face.library.items.length === 1);
      const [item] = face.library.items;
      await face.openFromLibrary(item!.hash);
      const played = face.instrument.name;
      await face.openFromLibrary(null);
      const builtIn = face.builtIn;
      await face.openFromLibrary(item!.hash);
      return { played, builtIn, hash: item!.hash };
    }, lab.plugin.url);
    expect(found).toMatchObject({ played: 'My first', builtIn: true });
    const last = await page.evaluate(async (url) => {
      const face = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
      await host.until(() => face.library.items.length === 1);
      const { hash } = face.library.items[0]!;
      await face.openFromLibrary(hash);
      await face.deleteFromLibrary(hash);
      return { items: face.library.items, name: face.instrument.name, notice: face.notice };
    }, lab.plugin.url);
    expect(last).toEqual({ items: [], name: 'My first', notice: null });
    expect(await seen).toEqual([true, true]);
    await other.close();
  });

  it('that the browser refuses is said once, and everything plays all the same', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, bytes]) => {
        indexedDB.open = () => {
          throw new DOMException('A mutation operation was attempted…', 'InvalidStateError');
        };
        const context = host.offlineContext({ seconds: 0.3 });
        const plugin = await host.create(url, context);
        const face = await host.face(plugin);
        await host.until(() => face.library.unavailable !== null);
        await face.openFile(file('first.onnx', bytes));
        const { name } = face.instrument;
        await host.until(() => face.notice?.text.includes('keeps nothing') ?? false);
        const { notice } = face;
        // A host that bounces makes another plugin of the state.
        const state: unknown = await plugin.getState();
        const bounce = await host.render(url, { seconds: 0.3, state });
        plugin.audioNode.connect(context.destination);
        const live = await host.finish(context);
        return {
          name,
          notice,
          library: face.library,
          same: live.hash === bounce.hash,
          peak: live.peak,
        };
      },
      [lab.plugin.url, bytesOf(FIRST)] as const,
    );
    expect(found.name).toBe('First');
    expect(found.library.items).toEqual([]);
    expect(found.library.unavailable).toMatch(/keeps nothing for this page/);
    expect(found.notice).toMatchObject({ kind: 'info' });
    expect(found.notice!.text).toMatch(/keeps nothing for this page/);
    expect(found.peak).toBeGreaterThan(0.1);
    expect(found.same).toBe(true);
  });

  it('that is full says so, and the model plays', async () => {
    const page = await openPage();
    const notice = await page.evaluate(
      async ([url, bytes]) => {
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...values) {
          if (this.name === 'files') throw new DOMException('', 'QuotaExceededError');
          return put.apply(this, values);
        };
        const face = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
        await face.openFile(file('first.onnx', bytes));
        await host.until(() => face.notice?.text.includes('kept') ?? false);
        return [face.notice, face.instrument.name, face.library.items.length] as const;
      },
      [lab.plugin.url, bytesOf(FIRST)] as const,
    );
    expect(notice[0]!.text).toMatch(/«First» could not be kept.*no more room/);
    expect(notice.slice(1)).toEqual(['First', 0]);
  });
});

describe('a project', () => {
  it('whose model is in the library renders the same bits, awaited or not', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, bytes]) => {
        const context = host.offlineContext({ seconds: 0.5 });
        const plugin = await host.create(url, context, { parameters: { x: 0.2 }, seed: 8 });
        const face = await host.face(plugin);
        await face.openFile(file('second.onnx', bytes));
        await host.until(() => face.library.items.length === 1);
        const text = JSON.stringify(await plugin.getState());
        plugin.audioNode.connect(context.destination);
        const original = await host.finish(context);
        plugin.audioNode.destroy();
        const state = () => JSON.parse(text) as unknown;
        const atCreation = await host.render(url, { seconds: 0.5, state: state() });
        const unawaited = await host.render(url, { seconds: 0.5 }, (plugin) => void plugin.setState(state()));
        const again = await host.create(url, host.offlineContext({ seconds: 0.1 }), state());
        return {
          hashes: [original.hash, atCreation.hash, unawaited.hash],
          peak: original.peak,
          same: JSON.stringify(await again.getState()) === text,
          length: text.length,
        };
      },
      [lab.plugin.url, bytesOf(SECOND)] as const,
    );
    expect(new Set(found.hashes).size).toBe(1);
    expect(found.peak).toBeGreaterThan(0.1);
    expect(found.same).toBe(true);
    expect(found.length).toBeLessThan(60_000);
  });

  it('whose model is not here restores the rest, names it, keeps naming it, and plays it when it arrives', async () => {
    const donor = await openPage();
    const state = await donor.evaluate(
      async ([url, bytes]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        await (await host.face(plugin)).openFile(file('first.onnx', bytes));
        await plugin.setState({ parameters: { x: 0.125 }, latentFill: 'zeros', seed: 3 });
        return JSON.stringify(await plugin.getState());
      },
      [lab.plugin.url, bytesOf(FIRST)] as const,
    );
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, text, bytes, other]) => {
        const state = () => {
          const state = JSON.parse(text) as { instrument: { url?: string } };
          // An address that must not be asked without the musician.
          state.instrument.url = new URL('asked-by-itself', url).href;
          return state;
        };
        const one = await host.create(url, host.offlineContext({ seconds: 0.1 }), state());
        const two = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        await (await host.face(two)).openFile(file('second.onnx', other));
        await two.setState(state());
        const faces = await Promise.all([one, two].map((plugin) => host.face(plugin)));
        const missing = faces.map((face) => face.missing);
        const meanwhile = faces.map((face) => face.instrument.name);
        const x = faces.map((face) => [face.value('x'), face.latentFill]);
        const saved = (await one.getState()) as object;
        const kept = JSON.stringify(saved) === JSON.stringify(state());
        // It arrives in one plugin: the other hears of it through the library.
        await faces[0]!.openFile(file('renamed.onnx', bytes));
        const both = await host.until(() => faces.every((face) => face.missing === null));
        return {
          missing,
          meanwhile,
          x,
          kept,
          both,
          names: faces.map((face) => face.instrument.name),
          asked: performance.getEntriesByType('resource').filter(({ name }) => /asked-by-itself/.test(name)),
        };
      },
      [lab.plugin.url, state, bytesOf(FIRST), bytesOf(SECOND)] as const,
    );
    const { hash } = (JSON.parse(state) as { instrument: { hash: string } }).instrument;
    const url = new URL('asked-by-itself', lab.plugin.url).href;
    expect(found.missing).toEqual([
      { hash, name: 'First', url },
      { hash, name: 'First', url },
    ]);
    expect(found.meanwhile[1]).toBe('Second');
    expect(found.x).toEqual([
      [0.125, 'zeros'],
      [0.125, 'zeros'],
    ]);
    expect(found.kept).toBe(true);
    expect(found.asked).toEqual([]);
    expect(found.both).toBe(true);
    expect(found.names).toEqual(['First', 'First']);
  });

  it('that misses a model plays on with another one that the musician chooses', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, bytes]) => {
        const state = { instrument: { hash: 'ab'.repeat(32), name: 'Gone' } };
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }), state);
        const face = await host.face(plugin);
        const before = face.missing;
        await face.openFile(file('first.onnx', bytes));
        const saved = (await plugin.getState()) as { instrument: { name: string } };
        return [before?.name, face.missing, saved.instrument.name];
      },
      [lab.plugin.url, bytesOf(FIRST)] as const,
    );
    expect(found).toEqual(['Gone', null, 'First']);
  });
});

describe('latents that the terrain does not give', () => {
  it('are noise or zeros as the musician chooses, and the choice is saved', async () => {
    const page = await openPage();
    const found = await page.evaluate(
      async ([url, bytes]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        const face = await host.face(plugin);
        await face.openFile(file('second.onnx', bytes));
        const fills: string[] = [face.latentFill];
        face.on('latentFill', (fill) => fills.push(fill));
        face.setLatentFill('zeros');
        await host.until(() => fills.length > 1);
        return [fills, ((await plugin.getState()) as { latentFill: string }).latentFill];
      },
      [lab.plugin.url, bytesOf(SECOND)] as const,
    );
    expect(found).toEqual([['noise', 'zeros'], 'zeros']);
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
        await face.setAttribute('reset', true);
        const { instrument, notice } = face;
        const text = JSON.stringify(await plugin.getState());
        const bounce = await host.render(url, { seconds: 0.5, state: JSON.parse(text) as unknown });
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
          sameState: JSON.stringify(await copy.getState()) === text,
          state: JSON.parse(text) as { instrument: unknown },
        };
      },
      [lab.plugin.url, archiveOf('adaptive')] as const,
    );
    expect(found.notice?.kind).not.toBe('error');
    expect(found.stages).toEqual(['read', 'parse', 'trace', 'plan', 'pack']);
    const setting = (value: boolean) => ({ name: 'reset', kind: 'bool', value });
    expect(found.asInTheFile).toMatchObject({ name: 'My RAVE', hop: 8, latents: 4 });
    expect(found.asInTheFile.attributes).toContainEqual(setting(false));
    expect(found.instrument.attributes).toContainEqual(setting(true));
    expect(found.state.instrument).toMatchObject({ name: 'My RAVE', attributes: { reset: true } });
    expect(found.live).toEqual([true, true]);
    expect(found.same).toBe(true);
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

describe('a page that forbids workers', () => {
  it('opens models all the same, and stops when it is told to', async () => {
    const { origin } = new URL(lab.plugin.url);
    const test = await lab.open({
      policy: `worker-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob: ${origin}`,
    });
    const found = await test.page.evaluate(
      async ([url, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
        const face = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
        const stopped = face.openFile(new File([bytes], 'a.ts'));
        face.cancelOpening();
        await stopped;
        const { builtIn, notice } = face;
        await face.openFile(new File([bytes], 'a.ts'));
        const { name } = face.instrument;
        await face.openFile(new File(['hello'], 'b.txt'));
        return { builtIn, notice, name, refusal: face.notice };
      },
      [lab.plugin.url, archiveOf('stream')] as const,
    );
    expect(found).toMatchObject({ builtIn: true, notice: { kind: 'info' }, name: 'a' });
    expect(found.refusal).toMatchObject({
      kind: 'error',
      text: expect.stringMatching(/none of the kinds/) as string,
    });
    // The browser itself reports what the page's policy stopped.
    expect(test.complaints.splice(0).filter((line) => !/Content Security Policy/.test(line))).toEqual([]);
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
        // It comes in through another plugin of the page.
        const other = await host.face(await host.create(url, host.offlineContext({ seconds: 0.1 })));
        await other.openFile(file('alps.pt', checkpoint));
        await host.until(() => face.terrain.name === 'Alps');
        const same = JSON.stringify(await plugin.getState()) === text;
        return { notice, kept, same, name: face.terrain.name, x: face.value('x'), after: face.notice };
      },
      [lab.plugin.url, found.text, base64(writeCheckpoint(terrain))] as const,
    );
    expect(missed.notice?.text).toMatch(/«Alps», which is not on this computer/);
    expect(missed.kept).toBe(true);
    expect(missed.x).toBe(0.3);
    expect(missed).toMatchObject({ name: 'Alps', same: true, after: null });
  });
});
