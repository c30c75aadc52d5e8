/** Faces as hosts make and end them, and what a musician's gesture reaches. */
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { useBrowser } from './harness.js';
import type { Plugin, Probe } from './host.js';

const lab = useBrowser();

/** What a test leaves in the page for its next step. */
interface Desk {
  plugin: Plugin;
  probe: Probe;
  faces: HTMLElement[];
  heard: [string, number][];
}
declare global {
  var desk: Desk;
}

/** A live plugin with a face of a known size, everything in `desk`. */
async function setTable(page: Page): Promise<void> {
  await page.evaluate(async (url) => {
    const context = new AudioContext({ sampleRate: 48_000 });
    const plugin = await host.create(url, context);
    plugin.audioNode.connect(context.destination);
    const probe = await host.probe(context);
    plugin.audioNode.connectEvents(probe.id);
    const face = (await plugin.createGui()) as HTMLElement;
    document.body.append(face);
    const heard: [string, number][] = [];
    plugin.audioNode.addEventListener('wam-automation', ({ detail }) =>
      heard.push([detail.data.id, detail.data.value]),
    );
    globalThis.desk = { plugin, probe, faces: [face], heard };
  }, lab.plugin.url);
}

const heard = (page: Page) => page.evaluate(() => desk.heard);
const sent = (page: Page) =>
  page.evaluate(async () =>
    (await desk.probe.received()).map(({ type, data }) => {
      const { id, value } = data as { id: string; value: number };
      return [type, id, value] as const;
    }),
  );

describe('a face', () => {
  it('can be made again and again, before and after states, each showing what plays now', async () => {
    const { page } = await lab.open();
    await setTable(page);
    await page.evaluate(async () => {
      const { plugin, faces } = desk;
      await plugin.setState({ parameters: { gain: -12 } });
      // Mounted and unmounted, as some hosts do.
      for (let i = 0; i < 3; i++) {
        const face = (await plugin.createGui()) as HTMLElement;
        document.body.append(face);
        plugin.destroyGui(face);
        face.remove();
      }
      const face = (await plugin.createGui()) as HTMLElement;
      document.body.append(face);
      faces.push(face);
    });
    const gains = page.getByRole('slider', { name: 'Gain' });
    await expect.poll(() => gains.count()).toBe(2);
    for (const gain of await gains.all())
      await expect.poll(() => gain.getAttribute('aria-valuenow')).toBe('-12');
    // Whoever changes it: parameter map, automation, state.
    await page.evaluate(() =>
      desk.plugin.audioNode.setParameterValues({ gain: { id: 'gain', value: -24, normalized: false } }),
    );
    for (const gain of await gains.all())
      await expect.poll(() => gain.getAttribute('aria-valuenow')).toBe('-24');
    await page.evaluate(() => desk.plugin.audioNode.scheduleEvents(host.automation('gain', -30)));
    for (const gain of await gains.all())
      await expect.poll(() => gain.getAttribute('aria-valuenow')).toBe('-30');
    expect(await page.evaluate(() => desk.faces.every((face) => face.isConnected))).toBe(true);
  });

  it('may be ended after its plugin, and twice', async () => {
    const { page } = await lab.open();
    await setTable(page);
    await page.evaluate(async () => {
      const { plugin, faces } = desk;
      const [face] = faces;
      plugin.audioNode.disconnect();
      plugin.audioNode.destroy();
      plugin.destroyGui(face!);
      plugin.destroyGui(face!);
      face!.remove();
      // A host may still ask for one.
      const late = (await plugin.createGui()) as HTMLElement;
      document.body.append(late);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      plugin.destroyGui(late);
      late.remove();
    });
  });

  it('is there for an offline clone too', async () => {
    const { page } = await lab.open();
    const peak = await page.evaluate(async (url) => {
      const context = host.offlineContext({ seconds: 0.3 });
      const plugin = await host.create(url, context);
      const face = (await plugin.createGui()) as HTMLElement;
      document.body.append(face);
      plugin.audioNode.connect(context.destination);
      const { peak } = await host.finish(context);
      plugin.audioNode.destroy();
      plugin.destroyGui(face);
      return peak;
    }, lab.plugin.url);
    expect(peak).toBeGreaterThan(0.001);
  });
});

describe('a gesture', () => {
  it('reaches the sound, every listener and the connected plugins, once each', async () => {
    const { page } = await lab.open();
    await setTable(page);
    const gain = page.getByRole('slider', { name: 'Gain' });
    await gain.focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => heard(page)).toHaveLength(1);
    const [[id, value]] = (await heard(page)) as [[string, number]];
    expect(id).toBe('gain');
    expect(value).toBeLessThan(0);
    await expect.poll(() => sent(page)).toEqual([['wam-automation', 'gain', value]]);
    const values = await page.evaluate(() => desk.plugin.audioNode.getParameterValues(false, 'gain'));
    expect(values.gain!.value).toBe(value);
  });

  it('is all that is sent on: incoming automation, maps and states are not echoed', async () => {
    const { page } = await lab.open();
    await setTable(page);
    await page.evaluate(async () => {
      const { plugin, probe } = desk;
      plugin.audioNode.scheduleEvents(host.automation('x', 0.25));
      probe.emit(plugin.instanceId, host.automation('y', 0.75));
      await plugin.audioNode.setParameterValues({ gain: { id: 'gain', value: -9, normalized: false } });
      await plugin.setState({ parameters: { width: 0.5 } });
    });
    await expect.poll(() => heard(page).then((all) => all.length)).toBe(2);
    expect(await sent(page)).toEqual([]);
  });
});
