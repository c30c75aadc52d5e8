/** States as hosts hand them around: early, late, never awaited, damaged, by reference, after the end. */
import { describe, expect, it } from 'vitest';
import { useBrowser } from './harness.js';

const lab = useBrowser();

interface State {
  version: number;
  instrument: { hash: string; name: string };
  terrain: { name: string; slopes: string };
  factoryTerrain: string | null;
  parameters: Record<string, number>;
  seed: number;
  style: { map: string; latent: number; range: [number, number] };
}

describe('getState', () => {
  it('gives fresh plain JSON below 60 kB, and nothing the host does to it reaches the plugin', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const first = (await plugin.getState()) as State;
      const text = JSON.stringify(first);
      const same = JSON.stringify(JSON.parse(text)) === text;
      first.parameters.x = 0.9;
      first.terrain.slopes = '';
      const second = JSON.stringify(await plugin.getState());
      return { text, second, same };
    }, lab.plugin.url);
    expect(found.text.length).toBeLessThan(60_000);
    expect(found.same).toBe(true);
    expect(found.second).toBe(found.text);
    expect(JSON.parse(found.text)).toMatchObject({ version: 1, parameters: { x: 0.5, playing: 1 } });
    console.log(`state: ${found.text.length} characters`);
  });

  it('answers after destroy, with what was there last', async () => {
    const page = await lab.page();
    const x = await page.evaluate(async (url) => {
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }), {
        parameters: { x: 0.125 },
      });
      const asked = plugin.getState();
      plugin.audioNode.destroy();
      plugin.audioNode.destroy();
      const states = (await Promise.all([asked, plugin.getState(), plugin.audioNode.getState()])) as State[];
      const values = await plugin.audioNode.getParameterValues(false);
      // None of these may wait for ever either.
      await plugin.audioNode.setParameterValues({ y: { id: 'y', value: 1, normalized: false } });
      await plugin.audioNode.getCompensationDelay();
      plugin.audioNode.scheduleEvents(host.automation('x', 1));
      plugin.audioNode.clearEvents();
      const late = await host.refusal(plugin.setState({}));
      return [...states.map(({ parameters }) => parameters.x), values.x!.value, late.code];
    }, lab.plugin.url);
    expect(x).toEqual([0.125, 0.125, 0.125, 0.125, 'processor/failed']);
  });
});

describe('a state as third argument of createInstance', () => {
  it('is there when creation is over, whole', async () => {
    const page = await lab.page();
    const [given, got] = await page.evaluate(async (url) => {
      const donor = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const given = (await donor.getState()) as State;
      given.parameters = {
        ...given.parameters,
        x: 0.1,
        y: 0.9,
        glide: 0,
        gain: -6,
        width: 2,
        jitter: 1,
        playing: 0,
      };
      given.seed = 77;
      given.style = { map: 'viridis', latent: 2, range: [-1, 1] };
      given.factoryTerrain = null;
      given.terrain.name = 'My own';
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }), given);
      return [given, await plugin.getState()];
    }, lab.plugin.url);
    expect(got).toEqual(given);
  });

  it('may be null, as hosts without one pass it', async () => {
    const page = await lab.page();
    const x = await page.evaluate(async (url) => {
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }), null);
      return ((await plugin.getState()) as State).parameters.x;
    }, lab.plugin.url);
    expect(x).toBe(0.5);
  });

  it('is refused with a sentence when it is not one', async () => {
    const page = await lab.page();
    const refusal = await page.evaluate(
      (url) => host.refusal(host.create(url, host.offlineContext({ seconds: 0.1 }), { version: 99 })),
      lab.plugin.url,
    );
    expect(refusal.code).toBe('state/unreadable');
    expect(refusal.message).toMatch(/newer version/);
  });
});

describe('setState', () => {
  const garbage: [string, unknown, string][] = [
    ['null', null, 'state/unreadable'],
    ['nothing', undefined, 'state/unreadable'],
    ['a text', 'state', 'state/unreadable'],
    ['a list', [1, 2], 'state/unreadable'],
    ["another plugin's state", { presets: [] }, 'state/unreadable'],
    ['a state of the future', { version: 2 }, 'state/unreadable'],
    ['a parameter that is no number', { parameters: { x: 0.9, y: null } }, 'state/unreadable'],
    ['a good parameter beside a bad seed', { parameters: { x: 0.9 }, seed: 'a' }, 'state/unreadable'],
    ['a terrain that is none', { parameters: { x: 0.9 }, terrain: {} }, 'terrain/unreadable'],
    [
      'a factory terrain that does not exist',
      { parameters: { x: 0.9 }, factoryTerrain: '?' },
      'terrain/unreadable',
    ],
  ];
  it('refuses garbage with the reason, and everything stays as it was', async () => {
    const page = await lab.page();
    const found = await page.evaluate(
      async ([url, states]) => {
        const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
        const before = JSON.stringify(await plugin.getState());
        const refusals = [];
        for (const state of states) refusals.push(await host.refusal(plugin.setState(state)));
        return { refusals, same: JSON.stringify(await plugin.getState()) === before };
      },
      [lab.plugin.url, garbage.map(([, state]) => state)] as const,
    );
    expect(found.refusals.map(({ code }) => code)).toEqual(garbage.map(([, , code]) => code));
    for (const { message } of found.refusals) expect(message).toMatch(/^[A-Z].*\.$/);
    expect(found.same).toBe(true);
  });

  it('goes on sounding through a refusal, as if it had not been called', async () => {
    const page = await lab.page();
    const [plain, disturbed] = await page.evaluate(
      async ([url, states]) => {
        const plain = await host.render(url, { seconds: 0.5 });
        const disturbed = await host.render(url, { seconds: 0.5 }, (plugin) => {
          for (const state of states) void host.refusal(plugin.setState(state));
        });
        return [plain.hash, disturbed.hash];
      },
      [lab.plugin.url, garbage.slice(0, -1).map(([, state]) => state)] as const,
    );
    expect(disturbed).toBe(plain);
  });

  it('takes a partial state: what it lacks stays as it is', async () => {
    const page = await lab.page();
    const [first, second] = await page.evaluate(async (url) => {
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      await plugin.setState({ parameters: { x: 0.2, gain: 99 }, seed: 5 });
      const first = (await plugin.getState()) as State;
      await plugin.setState({ parameters: { y: 0.3 } });
      return [first, (await plugin.getState()) as State];
    }, lab.plugin.url);
    expect(first).toMatchObject({ seed: 5, parameters: { x: 0.2, y: 0.5, gain: 12 } });
    expect(second).toEqual({ ...first, parameters: { ...first.parameters, y: 0.3 } });
  });

  it('takes the name of a factory terrain instead of its weights', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const list = (await (await fetch(new URL('assets/terrains/index.json', url))).json()) as {
        default: string;
        terrains: { id: string; name: string }[];
      };
      const other = list.terrains.find(({ id }) => id !== list.default)!;
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const before = (await plugin.getState()) as State;
      await plugin.setState({ factoryTerrain: other.id });
      const after = (await plugin.getState()) as State;
      return {
        list,
        other,
        before: before.factoryTerrain,
        after: after.factoryTerrain,
        changed: JSON.stringify(before.terrain) !== JSON.stringify(after.terrain),
      };
    }, lab.plugin.url);
    expect(found.before).toBe(found.list.default);
    expect(found.after).toBe(found.other.id);
    expect(found.changed).toBe(true);
  });

  it('called while a factory terrain is on its way is not overtaken by it', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const list = (await (await fetch(new URL('assets/terrains/index.json', url))).json()) as {
        default: string;
        terrains: { id: string }[];
      };
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const whole = (await plugin.getState()) as State;
      const other = list.terrains.find(({ id }) => id !== list.default)!;
      await Promise.all([plugin.setState({ factoryTerrain: other.id }), plugin.setState(whole)]);
      return JSON.stringify(await plugin.getState()) === JSON.stringify(whole);
    }, lab.plugin.url);
    expect(found).toBe(true);
  });

  it('called twice without awaiting ends with the second, and events scheduled after it win', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const context = new AudioContext();
      const plugin = await host.create(url, context);
      const state = (await plugin.getState()) as State;
      const one = plugin.setState({ ...state, parameters: { ...state.parameters, x: 0.1, y: 0.1 } });
      const two = plugin.setState({ ...state, parameters: { ...state.parameters, x: 0.2, y: 0.2 } });
      const heard = new Promise((resolve) => plugin.audioNode.addEventListener('wam-automation', resolve));
      plugin.audioNode.scheduleEvents(host.automation('x', 0.7));
      plugin.audioNode.connect(context.destination);
      await Promise.all([one, two, heard]);
      const { parameters } = (await plugin.getState()) as State;
      await context.close();
      return [parameters.x, parameters.y];
    }, lab.plugin.url);
    expect(found).toEqual([0.7, 0.2]);
  });

  it('restores the sound bit for bit, from text, before or after connecting and showing a face', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      // A plugin that has moved on: another terrain, other parameters, a little history.
      const context = host.offlineContext({ seconds: 0.5 });
      const live = await host.create(url, context, {
        factoryTerrain: null,
        parameters: { x: 0.3, y: 0.6, width: 1.5, jitter: 0.5, gain: -3 },
        seed: 12345,
      });
      live.audioNode.connect(context.destination);
      await host.finish(context);
      const text = JSON.stringify(await live.getState());

      const atCreation = await host.render(url, { seconds: 1, state: JSON.parse(text) as unknown });
      const unawaited = await host.render(
        url,
        { seconds: 1 },
        (plugin) => void plugin.setState(JSON.parse(text)),
      );
      const second = host.offlineContext({ seconds: 1 });
      const plugin = await host.create(url, second);
      const face = await plugin.createGui();
      document.body.append(face);
      await plugin.setState({ parameters: { x: 0.9 }, seed: 3 });
      await plugin.setState(JSON.parse(text));
      plugin.audioNode.connect(second.destination);
      const afterFace = await host.finish(second);
      const text2 = JSON.stringify(await plugin.getState());
      plugin.destroyGui(face);
      face.remove();
      return {
        hashes: [atCreation.hash, unawaited.hash, afterFace.hash],
        same: text2 === text,
        peak: atCreation.peak,
        finite: atCreation.finite,
      };
    }, lab.plugin.url);
    expect(new Set(found.hashes).size).toBe(1);
    expect(found.same).toBe(true);
    expect(found.peak).toBeGreaterThan(0.001);
    expect(found.finite).toBe(true);
  });

  it('leaves no ramp: the parameters have their values from the first frame', async () => {
    const page = await lab.page();
    const [silent, first] = await page.evaluate(async (url) => {
      // Off from the first frame on: a ramp from "on" would let something through.
      const off = await host.render(
        url,
        { seconds: 0.3 },
        (plugin) => void plugin.setState({ parameters: { playing: 0, gain: -60 } }),
      );
      const on = await host.render(url, { seconds: 0.3, state: { parameters: { gain: -20 } } });
      const later = await host.render(
        url,
        { seconds: 0.3 },
        (plugin) => void plugin.setState({ parameters: { gain: -20 } }),
      );
      return [off.peak, host.firstDifference(on, later)];
    }, lab.plugin.url);
    expect(silent).toBe(0);
    expect(first).toBe(-1);
  });
});

describe('parameters', () => {
  it('come with all that hosts read, as often as asked, and unknown ids are left out', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const { audioNode } = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const info = await audioNode.getParameterInfo();
      (info.x as unknown as { label: string }).label = 'changed by a host';
      const again = await audioNode.getParameterInfo('x', 'cutoff');
      return {
        ids: Object.keys(info),
        again: JSON.parse(JSON.stringify(again)) as Record<string, unknown>,
        texts: [info.gain!.valueString(-6), info.playing!.valueString(1), info.glide!.normalize(1000)],
        some: await audioNode.getParameterValues(false, 'x', 'cutoff'),
        none: await audioNode.getParameterValues(false, 'cutoff'),
        normal: await audioNode.getParameterValues(true, 'gain'),
      };
    }, lab.plugin.url);
    expect(found.ids).toEqual(['x', 'y', 'glide', 'gain', 'width', 'jitter', 'latentScale', 'playing']);
    expect(found.again).toEqual({
      x: {
        id: 'x',
        label: 'X',
        type: 'float',
        defaultValue: 0.5,
        minValue: 0,
        maxValue: 1,
        discreteStep: 0,
        exponent: 0,
        choices: [],
        units: '',
      },
    });
    expect(found.texts).toEqual(['-6.0 dB', 'on', 0.5]);
    expect(found.some).toEqual({ x: { id: 'x', value: 0.5, normalized: false } });
    expect(found.none).toEqual({});
    expect(found.normal.gain!.value).toBeCloseTo(60 / 72, 6);
  });

  it('are clamped however they are set, and NaN becomes the default', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const { audioNode } = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      const set = (id: string, value: number, normalized = false) => ({ [id]: { id, value, normalized } });
      await audioNode.setParameterValues({
        ...set('x', 7),
        ...set('y', -7),
        ...set('gain', NaN),
        ...set('width', 0.25, true),
        ...set('playing', 0.4),
        ...set('cutoff', 1),
      });
      await audioNode.setParameterValues(null as never);
      return audioNode.getParameterValues(false);
    }, lab.plugin.url);
    expect(Object.fromEntries(Object.values(found).map(({ id, value }) => [id, value]))).toMatchObject({
      x: 1,
      y: 0,
      gain: 0,
      width: 0.5,
      playing: 0,
    });
  });

  it('answer on the module too, for the host that asks there', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const plugin = (await host.create(url, host.offlineContext({ seconds: 0.1 }))) as unknown as {
        getState(): Promise<State>;
        setState(state: unknown): Promise<void>;
        getParameterInfo(): Promise<object>;
        setParameterValues(map: object): Promise<void>;
        destroy(): void;
      };
      await plugin.setState({ parameters: { x: 0.25 } });
      await plugin.setParameterValues({ y: { id: 'y', value: 0.75, normalized: false } });
      const { parameters } = await plugin.getState();
      const ids = Object.keys(await plugin.getParameterInfo()).length;
      plugin.destroy();
      return [parameters.x, parameters.y, ids];
    }, lab.plugin.url);
    expect(found).toEqual([0.25, 0.75, 8]);
  });

  it('have a delay of no more than a hop', async () => {
    const page = await lab.page();
    const samples = await page.evaluate(
      async (url) =>
        (await host.create(url, host.offlineContext({ seconds: 0.1 }))).audioNode.getCompensationDelay(),
      lab.plugin.url,
    );
    expect(samples).toBeGreaterThanOrEqual(0);
    expect(samples).toBeLessThan(1024);
  });
});
