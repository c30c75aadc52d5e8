import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import { PARAMETER_IDS, PARAMETERS, type ParameterId } from '../../shared/parameters.js';
import type { Terrain } from '../../shared/terrain.js';
import { createTerrainNetwork, DEFAULT_TERRAIN_SIZE } from '../../terrain/network.js';
import { decodeState, encodeState, fitsState, type StateParts } from './state.js';
import { quantiseTerrain } from './terrain.js';

function terrainOfDefaultSize(): Terrain {
  const network = createTerrainNetwork(DEFAULT_TERRAIN_SIZE, 0.5, 7);
  return quantiseTerrain({
    name: 'Seven hills',
    network,
    bounds: [
      [-1, 1],
      [-2, 2],
    ],
  });
}

function parts(): StateParts {
  const parameters = Object.fromEntries(PARAMETER_IDS.map((id) => [id, PARAMETERS[id].min])) as Record<
    ParameterId,
    number
  >;
  return {
    instrument: {
      hash: 'ab'.repeat(32),
      name: 'Test instrument',
      url: 'https://example.org/model.ts?key=1',
      attributes: { stereo_mode: true, gain: 0.5 },
    },
    terrain: terrainOfDefaultSize(),
    factoryTerrain: 'seven-hills',
    parameters,
    seed: 0xffffffff,
    style: { map: 'magma', latent: 3, range: [-1.5, 2] },
    latentFill: 'zeros',
  };
}

/** What a host does to a state: text and back. */
const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function refusal(json: unknown): PluginError {
  try {
    decodeState(json);
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('a state', () => {
  it('comes back from text exactly, terrain included', () => {
    const saved = parts();
    expect(decodeState(throughText(encodeState(saved)))).toEqual(saved);
  });

  it('of a model that is only a file says nothing of addresses and settings, as before there were any', () => {
    const saved = { ...parts(), instrument: { hash: 'a', name: 'b', url: null, attributes: {} } };
    const json = encodeState(saved);
    expect(json.instrument).toEqual({ hash: 'a', name: 'b' });
    expect(decodeState(throughText(json))).toEqual(saved);
  });

  it('names the file of a terrain that is too large for it', () => {
    const large = { ...DEFAULT_TERRAIN_SIZE, channels: 256 };
    const terrain = { ...terrainOfDefaultSize(), network: createTerrainNetwork(large, 0.5, 7) };
    expect([fitsState(terrainOfDefaultSize()), fitsState(terrain)]).toEqual([true, false]);
    const file = { hash: 'cd'.repeat(32), name: 'Alps' };
    const json = throughText(encodeState({ ...parts(), terrain: file }));
    expect(JSON.stringify(json).length).toBeLessThan(2000);
    const restored = decodeState(json);
    expect(restored.terrainFile).toEqual(file);
    expect('terrain' in restored).toBe(false);
  });

  it('of a terrain of default size is below 60 kB as JSON', () => {
    expect(JSON.stringify(encodeState(parts())).length).toBeLessThan(60_000);
  });

  it('is plain JSON and shares nothing with the plugin or with the state before', () => {
    const saved = parts();
    const [one, two] = [encodeState(saved), encodeState(saved)];
    expect(throughText(one)).toEqual(one);
    for (const key of ['instrument', 'terrain', 'parameters', 'style'] as const) {
      expect(one[key]).not.toBe(two[key]);
      expect(one[key]).not.toBe(saved[key]);
    }
    expect(one.style.range).not.toBe(saved.style.range);
  });

  it('may lack any part: what is absent is left to the plugin', () => {
    const whole = throughText(encodeState(parts())) as Record<string, unknown>;
    for (const key of ['version', 'instrument', 'terrain', 'factoryTerrain', 'seed', 'style']) {
      const { [key]: _, ...rest } = whole;
      expect(key in decodeState(rest)).toBe(false);
    }
    expect(decodeState({ parameters: { x: 0.25 } })).toEqual({ parameters: { x: 0.25 } });
    expect(decodeState({})).toEqual({ parameters: {} });
  });

  it('has its parameters clamped, and parameters of other names ignored', () => {
    const { parameters } = decodeState({ parameters: { x: 7, gain: -1000, playing: 0.6, cutoff: 3 } });
    expect(parameters).toEqual({ x: 1, gain: -60, playing: 1 });
  });

  it('is refused with the reason when it is not one', () => {
    const cases: [unknown, RegExp][] = [
      [null, /it is empty/],
      [undefined, /it is empty/],
      ['x', /it is a string/],
      [4, /it is a number/],
      [[], /it is a list/],
      [{ foo: 1 }, /another plugin/],
      [{ version: 2 }, /newer version/],
      [{ version: 0 }, /version 0 never existed/],
      [{ version: '1' }, /version is not a number/],
      [{ parameters: 3 }, /«parameters» is a number/],
      [{ parameters: { x: null } }, /«parameters.x» is not a number/],
      [{ parameters: { y: NaN } }, /«parameters.y» is not a number/],
      [{ parameters: { y: '0.5' } }, /«parameters.y» is not a number/],
      [{ seed: -1 }, /«seed»/],
      [{ seed: 2 ** 32 }, /«seed»/],
      [{ seed: 0.5 }, /«seed»/],
      [{ factoryTerrain: 5 }, /«factoryTerrain»/],
      [{ instrument: {} }, /«instrument.hash»/],
      [{ instrument: { hash: 'a'.repeat(201), name: '' } }, /«instrument.hash»/],
      [{ instrument: { hash: 'a', name: '', url: 'file:///etc/passwd' } }, /«instrument.url»/],
      [{ instrument: { hash: 'a', name: '', url: `https://${'a'.repeat(2000)}` } }, /«instrument.url»/],
      [{ instrument: { hash: 'a', name: '', attributes: [] } }, /«instrument.attributes» is a list/],
      [{ instrument: { hash: 'a', name: '', attributes: { gain: 'loud' } } }, /«instrument.attributes.gain»/],
      [{ instrument: { hash: 'a', name: '', attributes: { gain: NaN } } }, /«instrument.attributes.gain»/],
      [{ terrain: { format: 'latent-terrain-file', hash: 5, name: '' } }, /«terrain.hash»/],
      [{ latentFill: 'sine' }, /«latentFill»/],
      [{ style: { map: 'rainbow', latent: 0, range: [0, 1] } }, /«style.map»/],
      [{ style: { map: 'grey', latent: 0.5, range: [0, 1] } }, /«style.latent»/],
      [{ style: { map: 'grey', latent: 0, range: [1, 0] } }, /«style.range»/],
      [{ style: { map: 'grey', latent: 0, range: [0, Infinity] } }, /«style.range»/],
    ];
    for (const [json, why] of cases) {
      const error = refusal(json);
      expect(error.code).toBe('state/unreadable');
      expect(error.message).toMatch(why);
      expect(error.message).toMatch(/The sound stays as it was/);
    }
  });

  it('is refused when its terrain is damaged', () => {
    const json = throughText(encodeState(parts())) as { terrain: { slopes: string } };
    json.terrain.slopes = json.terrain.slopes.slice(4);
    expect(refusal(json).code).toBe('terrain/unreadable');
  });
});
