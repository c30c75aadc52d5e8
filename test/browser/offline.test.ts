/** Bouncing: what hosts do to a plugin in an OfflineAudioContext, without ever waiting for it. */
import { describe, expect, it } from 'vitest';
import { useBrowser } from './harness.js';

const lab = useBrowser();

describe('an offline rendering', () => {
  it('of one state is the same twice, bit for bit', async () => {
    const page = await lab.page();
    const [one, two] = await page.evaluate(async (url) => {
      const state = { parameters: { x: 0.2, y: 0.7, jitter: 1, width: 2 }, seed: 9 };
      const renderings = [];
      for (let i = 0; i < 2; i++) {
        const { hash, finite, peak } = await host.render(url, { seconds: 3, state });
        renderings.push({ hash, finite, peak });
      }
      return renderings;
    }, lab.plugin.url);
    expect(one).toEqual(two);
    expect(one!.finite).toBe(true);
    expect(one!.peak).toBeGreaterThan(0.001);
  });

  it('hears everything that was scheduled right before it, without awaiting', async () => {
    const page = await lab.page();
    const [unawaited, awaited, otherwise] = await page.evaluate(async (url) => {
      // As many as one host sends for a long curve, the last ones first: rendering overtakes them without care.
      const events = Array.from({ length: 4000 }, (_, i) =>
        host.automation(i % 2 ? 'y' : 'x', 0.5 + 0.5 * Math.sin(i / 100), i / 2000),
      ).reverse();
      const state = { parameters: { glide: 0 }, seed: 4 };
      const unawaited = await host.render(url, { seconds: 2 }, (plugin) => {
        void plugin.setState(state);
        plugin.audioNode.scheduleEvents(...events);
      });
      const context = host.offlineContext({ seconds: 2 });
      const plugin = await host.create(url, context, state);
      plugin.audioNode.connect(context.destination);
      plugin.audioNode.scheduleEvents(...events);
      // The round trip that a careful host makes.
      await plugin.audioNode.getParameterValues(false);
      const awaited = await host.finish(context);
      const otherwise = await host.render(url, { seconds: 2, state });
      return [unawaited.hash, awaited.hash, otherwise.hash];
    }, lab.plugin.url);
    expect(unawaited).toBe(awaited);
    expect(otherwise).not.toBe(awaited);
  });

  it('keeps several plugins apart, also of two builds, all of them flushed', async () => {
    const copy = lab.plugin.variant(() => {});
    const page = await lab.page();
    const [together, alone] = await page.evaluate(
      async ([url, copy]) => {
        const states = [0.1, 0.5, 0.9].map((x) => ({ parameters: { x, y: x, glide: 0 }, seed: 11 }));
        const events = Array.from({ length: 2000 }, (_, i) =>
          host.automation('x', (i % 1000) / 1000, i / 2000),
        ).reverse();
        const context = new OfflineAudioContext(6, 48_000, 48_000);
        const merger = new ChannelMergerNode(context, { numberOfInputs: 6 });
        merger.connect(context.destination);
        const plugins = [];
        for (const [i] of states.entries()) {
          const plugin = await host.create(i === 1 ? copy! : url!, context);
          const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
          plugin.audioNode.connect(splitter);
          splitter.connect(merger, 0, 2 * i);
          splitter.connect(merger, 1, 2 * i + 1);
          plugins.push(plugin);
        }
        plugins.forEach((plugin, i) => {
          void plugin.setState(states[i]);
          plugin.audioNode.scheduleEvents(...events);
        });
        const together = (await host.finish(context)).channels;
        const same = [];
        const peaks = [];
        for (const [i, state] of states.entries()) {
          const { channels, peak } = await host.render(url!, { seconds: 1, state }, (plugin) =>
            plugin.audioNode.scheduleEvents(...events),
          );
          peaks.push(peak);
          same.push(channels.every((samples, c) => samples.every((s, n) => s === together[2 * i + c]![n])));
        }
        return [same, peaks];
      },
      [lab.plugin.url, copy],
    );
    expect(together).toEqual([true, true, true]);
    for (const peak of alone) expect(peak).toBeGreaterThan(0.001);
  });

  it('works where the host has taken frame 0 for itself', async () => {
    const page = await lab.page();
    const peak = await page.evaluate(async (url) => {
      const context = host.offlineContext({ seconds: 0.5 });
      void context.suspend(0).then(() => context.resume());
      const plugin = await host.create(url, context);
      plugin.audioNode.connect(context.destination);
      return (await host.finish(context)).peak;
    }, lab.plugin.url);
    expect(peak).toBeGreaterThan(0.001);
  });

  it('is finished although a plugin was destroyed just before', async () => {
    const page = await lab.page();
    const peak = await page.evaluate(async (url) => {
      const context = host.offlineContext({ seconds: 0.5 });
      const [one, two] = [await host.create(url, context), await host.create(url, context)];
      one.audioNode.connect(context.destination);
      one.audioNode.destroy();
      two.audioNode.connect(context.destination);
      return (await host.finish(context)).peak;
    }, lab.plugin.url);
    expect(peak).toBeGreaterThan(0.001);
  });

  for (const quantum of [128, 256]) {
    it(`fills every frame when the render quantum has ${quantum} frames`, async () => {
      const page = await lab.page();
      const found = await page.evaluate(
        async ([url, quantum]) => {
          const context = host.offlineContext({ seconds: 2, quantum });
          const rendering = await host.render(url, { seconds: 2, quantum, state: { seed: 2 } });
          const reference = await host.render(url, { seconds: 2, state: { seed: 2 } });
          return {
            quantum: (context as unknown as { renderQuantumSize?: number }).renderQuantumSize,
            difference: host.firstDifference(rendering, reference),
            peak: rendering.peak,
          };
        },
        [lab.plugin.url, quantum] as const,
      );
      // Else the browser ignored the hint and this proves nothing.
      if (quantum !== 128) expect(found.quantum).toBe(quantum);
      expect(found.peak).toBeGreaterThan(0.001);
      expect(found.difference).toBe(-1);
    });
  }

  it('passes audio from its input through to its output, unchanged', async () => {
    const page = await lab.page();
    const worst = await page.evaluate(async (url) => {
      const context = host.offlineContext({ seconds: 0.5 });
      const plugin = await host.create(url, context, { parameters: { playing: 0 } });
      const source = new AudioBufferSourceNode(context, {
        buffer: new AudioBuffer({ numberOfChannels: 2, length: 24_000, sampleRate: 48_000 }),
      });
      // Quiet enough for the limiter to leave it alone.
      for (let c = 0; c < 2; c++)
        source.buffer!.getChannelData(c).forEach((_, i, samples) => {
          samples[i] = Math.fround(0.25 * Math.sin((i * (c + 1)) / 10));
        });
      const expected = [0, 1].map((c) => source.buffer!.getChannelData(c).slice());
      source.connect(plugin.audioNode as unknown as AudioNode);
      plugin.audioNode.connect(context.destination);
      source.start();
      const { channels } = await host.finish(context);
      let worst = 0;
      channels.forEach((samples, c) =>
        samples.forEach((sample, i) => (worst = Math.max(worst, Math.abs(sample - expected[c]![i]!)))),
      );
      return worst;
    }, lab.plugin.url);
    expect(worst).toBe(0);
  });

  it('of 30 seconds takes how long? (printed; 3 seconds at most on an idle machine)', async () => {
    const page = await lab.page();
    const { milliseconds, finite } = await page.evaluate(async (url) => {
      const { milliseconds, finite } = await host.render(url, { seconds: 30 });
      return { milliseconds, finite };
    }, lab.plugin.url);
    console.log(`30 s rendered in ${(milliseconds / 1000).toFixed(2)} s`);
    expect(finite).toBe(true);
  });
});
