/** Events in the forms that hosts send them, and what they do to the sound. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../src/formats/onnx/index.js';
import { useBrowser } from './harness.js';

const lab = useBrowser();

describe('automation', () => {
  it('of x changes the sound at the first hop that begins after the event', async () => {
    const decoder = await readFile(`${lab.plugin.folder}/assets/instrument/decoder.onnx`);
    const { metadata } = readOnnx(new Uint8Array(decoder));
    const [sampleRate, hop] = [Number(metadata.sampleRate), Number(metadata.hop)];
    const eventHops = [10, 10.5, 33.99];
    const page = await lab.page();
    const found = await page.evaluate(
      async ([url, sampleRate, frames]) => {
        const options = {
          seconds: 1.2,
          sampleRate,
          state: { parameters: { x: 0.2, y: 0.5, glide: 0 }, seed: 1 },
        };
        const still = await host.render(url, options);
        const results = [];
        for (const frame of frames) {
          const moved = await host.render(url, options, (plugin) =>
            plugin.audioNode.scheduleEvents(host.automation('x', 0.8, frame / sampleRate)),
          );
          const first = host.firstDifference(still, moved);
          // How much of the sound the move changed, over the half second after it.
          const [a, b] = [still, moved].map(({ channels }) =>
            channels[0]!.subarray(first, first + sampleRate / 2),
          );
          let change = 0;
          let level = 0;
          a!.forEach((sample, i) => {
            change += (sample - b![i]!) ** 2;
            level += sample ** 2;
          });
          results.push({ first, change: change / level });
        }
        return results;
      },
      [lab.plugin.url, sampleRate, eventHops.map((hops) => Math.round(hops * hop))] as const,
    );
    found.forEach(({ first, change }, i) => {
      const event = Math.round(eventHops[i]! * hop);
      // A hop takes the position that counts at its start, and the start of hop h is frame h * hop: nothing before it
      // may change. The very first samples of a hop may still be equal, since overlapping windows begin at zero.
      const due = Math.ceil(event / hop) * hop;
      expect(first).toBeGreaterThanOrEqual(due);
      expect(first).toBeLessThan(due + hop);
      expect(change).toBeGreaterThan(0.1);
    });
  });

  it('without a time counts at once, also behind automation of the future', async () => {
    const page = await lab.page();
    const [untimed, timed, plain] = await page.evaluate(async (url) => {
      const options = { seconds: 0.5, state: { parameters: { glide: 0 }, seed: 1 } };
      const future = host.automation('y', 0.9, 100);
      const untimed = await host.render(url, options, (plugin) =>
        plugin.audioNode.scheduleEvents(future, host.automation('x', 0.9)),
      );
      const timed = await host.render(url, options, (plugin) =>
        plugin.audioNode.scheduleEvents(future, host.automation('x', 0.9, 0)),
      );
      const plain = await host.render(url, options);
      return [untimed.hash, timed.hash, plain.hash];
    }, lab.plugin.url);
    expect(untimed).toBe(timed);
    expect(untimed).not.toBe(plain);
  });

  it('beyond the range counts as its edge, NaN as the default, and nothing is ever not finite', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const options = { seconds: 0.5, state: { parameters: { glide: 0 }, seed: 1 } };
      const render = (...events: [string, number][]) =>
        host.render(url, options, (plugin) =>
          plugin.audioNode.scheduleEvents(...events.map(([id, value]) => host.automation(id, value, 0.1))),
        );
      const pairs = [
        [await render(['x', 7]), await render(['x', 1])],
        [await render(['y', -Infinity]), await render(['y', 0])],
        [await render(['x', NaN], ['gain', NaN]), await render(['x', 0.5], ['gain', 0])],
        [await render(['cutoff', 3]), await render()],
      ];
      return pairs.map(([a, b]) => [a!.hash === b!.hash, a!.finite]);
    }, lab.plugin.url);
    expect(found).toEqual(pairsOf(4));
  });

  it('from another WAM is obeyed, without a time too, and cleared by clearEvents', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const context = new AudioContext({ sampleRate: 48_000 });
      const plugin = await host.create(url, context);
      plugin.audioNode.connect(context.destination);
      const probe = await host.probe(context);
      const value = async (id: string) => (await plugin.audioNode.getParameterValues(false, id))[id]!.value;
      const heard = new Promise((resolve) =>
        plugin.audioNode.addEventListener('wam-automation', ({ detail }) => {
          if (detail.data.id === 'x') resolve(null);
        }),
      );
      probe.emit(plugin.instanceId, host.automation('y', 0.125, context.currentTime + 0.3));
      probe.emit(plugin.instanceId, host.automation('x', 0.25));
      await heard;
      const x = await value('x');
      // Nothing is pending on this thread, so the SDK would not even ask.
      plugin.audioNode.clearEvents();
      const end = context.currentTime + 0.5;
      while (context.currentTime < end) await new Promise((resolve) => setTimeout(resolve, 20));
      const y = await value('y');
      await context.close();
      return { x, y };
    }, lab.plugin.url);
    expect(found).toEqual({ x: 0.25, y: 0.5 });
  });

  it('that is pending is cleared, and clearing with mixed queues does not fail', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const context = new AudioContext({ sampleRate: 48_000 });
      const plugin = await host.create(url, context);
      plugin.audioNode.connect(context.destination);
      const probe = await host.probe(context);
      const soon = context.currentTime + 0.3;
      plugin.audioNode.scheduleEvents(host.automation('x', 0.9, soon), host.automation('y', 0.9, soon));
      probe.emit(plugin.instanceId, host.automation('gain', -6, soon));
      // The probe's message has arrived when it answers.
      await probe.received();
      await plugin.audioNode.getParameterValues(false);
      const cleared: unknown = plugin.audioNode.clearEvents();
      await cleared;
      while (context.currentTime < soon + 0.1) await new Promise((resolve) => setTimeout(resolve, 20));
      const values = await plugin.audioNode.getParameterValues(false, 'x', 'y', 'gain');
      await context.close();
      return Object.values(values).map(({ value }) => value);
    }, lab.plugin.url);
    expect(found).toEqual([0.5, 0.5, 0]);
  });

  it('and events of all other kinds, and of none, leave the console silent', async () => {
    const page = await lab.page();
    const peak = await page.evaluate(async (url) => {
      const context = new AudioContext({ sampleRate: 48_000 });
      const plugin = await host.create(url, context);
      plugin.audioNode.connect(context.destination);
      const { audioNode } = plugin;
      const informed = new Promise((resolve) => audioNode.addEventListener('wam-info', resolve));
      audioNode.scheduleEvents(
        { type: 'wam-info', data: { instanceId: plugin.instanceId } },
        { type: 'wam-midi', data: { bytes: [0x90, 60, 100] } },
        {
          type: 'wam-transport',
          data: {
            currentBar: 0,
            currentBarStarted: 0,
            tempo: 120,
            timeSigNumerator: 4,
            timeSigDenominator: 4,
            playing: true,
          },
        },
        { type: 'wam-sysex', data: { bytes: new Uint8Array(3) } },
        { type: 'wam-mpe', data: { bytes: [0x90, 60, 100] } },
        { type: 'wam-osc', data: { bytes: new Uint8Array(3) } },
        null as never,
        {} as never,
        { type: 'wam-automation' } as never,
        { type: 'wam-automation', data: { id: 'x', value: 'loud' } } as never,
      );
      const probe = await host.probe(context);
      probe.emit(plugin.instanceId, { type: 'wam-automation' } as never);
      const seconds = await host.secondsUntilSound(plugin, 3);
      // It still answers and still sounds, and who listens for information gets it.
      await informed;
      await audioNode.getParameterValues(false);
      await context.close();
      return seconds;
    }, lab.plugin.url);
    expect(peak).not.toBeNull();
  });
});

const pairsOf = (count: number) => Array.from({ length: count }, () => [true, true]);
