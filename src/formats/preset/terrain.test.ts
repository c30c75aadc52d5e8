import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import type { Terrain } from '../../shared/terrain.js';
import { defaultBounds } from '../../terrain/bounds.js';
import { terrainForward } from '../../terrain/forward.js';
import { createTerrainNetwork, DEFAULT_TERRAIN_SIZE } from '../../terrain/network.js';
import { decodeTerrain, encodeTerrain, quantiseTerrain, type TerrainJson } from './terrain.js';

const SEED = { seed: 20, numRuns: 200 };
const FACTORY = 'assets/terrains';

/** Terrains of any small size whose numbers are of any magnitude that float32 has and a network can use. */
const anyTerrain = fc
  .record({
    inputs: fc.integer({ min: 1, max: 6 }),
    latents: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 12 }),
    features: fc.integer({ min: 1, max: 7 }),
    scale: fc.constantFrom(0, 0.1, 2),
    seed: fc.integer(),
    exponent: fc.integer({ min: -140, max: 99 }),
    name: fc.string({ maxLength: 200 }),
  })
  .map(({ scale, seed, exponent, name, ...size }): Terrain => {
    const network = createTerrainNetwork(size, scale, seed);
    for (const { weight } of network.layers) weight.forEach((w, i) => (weight[i] = w * 2 ** exponent));
    return { name, network, bounds: defaultBounds(size.inputs) };
  });

const example = (): Terrain => ({
  name: 'Example',
  network: createTerrainNetwork(DEFAULT_TERRAIN_SIZE, 0.4, 4),
  bounds: [
    [-1, 1],
    [-0.1, 3.25],
  ],
});

describe('a saved terrain', () => {
  it('is exactly what quantising gives, however often it is saved and loaded', () => {
    fc.assert(
      fc.property(anyTerrain, (terrain) => {
        const once = quantiseTerrain(terrain);
        const text = JSON.stringify(encodeTerrain(once));
        expect(quantiseTerrain(once)).toStrictEqual(once);
        expect(JSON.stringify(encodeTerrain(decodeTerrain(JSON.parse(text))))).toBe(text);
      }),
      SEED,
    );
  });

  it('keeps every weight within half a step of its row, and everything else exactly', () => {
    const terrain = example();
    const saved = quantiseTerrain(terrain);
    expect(saved.name).toBe(terrain.name);
    expect(saved.bounds).toEqual(terrain.bounds);
    expect(saved.network.fourier).toEqual(terrain.network.fourier);
    expect(saved.network.slopes).toEqual(terrain.network.slopes);
    terrain.network.layers.forEach((layer, i) => {
      expect(saved.network.layers[i]!.bias).toEqual(layer.bias);
      for (let r = 0; r < layer.rows; r++) {
        const row = layer.weight.subarray(r * layer.columns, (r + 1) * layer.columns);
        const step = Math.max(...row.map(Math.abs)) / 127;
        row.forEach((w, c) => {
          const difference = Math.abs(saved.network.layers[i]!.weight[r * layer.columns + c]! - w);
          // Half a step, and the roundings of float32.
          expect(difference).toBeLessThanOrEqual(step * 0.50001);
        });
      }
    });
  });

  it('computes nearly the same latents', () => {
    const terrain = example();
    const positions = [-0.9, 0.1, 0, 0, 0.4, -0.7, 1, 1];
    const before = terrainForward(terrain.network, positions);
    const after = terrainForward(quantiseTerrain(terrain).network, positions);
    // Latents of an untrained network are about 0.1.
    before.forEach((v, i) => expect(Math.abs(after[i]! - v)).toBeLessThan(0.005));
  });

  it('of default size leaves room in a state of 60 kB', () => {
    expect(JSON.stringify(encodeTerrain(example())).length).toBeLessThan(45_000);
  });

  it('is fresh and plain JSON', () => {
    const terrain = example();
    const json = encodeTerrain(terrain);
    expect(JSON.parse(JSON.stringify(json))).toStrictEqual(json);
    expect(json.bounds).not.toBe(terrain.bounds);
  });
});

describe('reading a saved terrain', () => {
  const good = encodeTerrain(example());

  it('never fails otherwise than with a sentence, whatever the JSON is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(refusal(json)).toBe('terrain/unreadable');
      }),
      SEED,
    );
  });

  it('never fails otherwise than with a sentence when one value of a good one is replaced', () => {
    const path = fc.constantFrom(...paths(good));
    fc.assert(
      fc.property(path, fc.jsonValue({ maxDepth: 2 }), (keys, value) => {
        const spoilt = structuredClone(good) as unknown;
        const parent = keys.slice(0, -1).reduce((at, key) => (at as never)[key], spoilt) as Record<
          string,
          unknown
        >;
        parent[keys.at(-1)] = value;
        expect(['accepted', 'terrain/unreadable', 'terrain/not-finite']).toContain(refusal(spoilt));
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  it('refuses text that was cut or altered into something else than base64', () => {
    const layers = (change: (weight: string) => string) => [
      ...good.layers.slice(0, 4),
      { ...good.layers[4]!, weight: change(good.layers[4]!.weight) },
    ];
    for (const change of [
      (w: string) => w.slice(4),
      (w: string) => w + 'AAAA',
      (w: string) => `!${w.slice(1)}`,
      (w: string) => `é${w.slice(1)}`,
      (w: string) => `${w.slice(0, -1)}A`, // 640 bytes end in two characters of padding
      () => '',
    ])
      expect(refusal({ ...good, layers: layers(change) })).toBe('terrain/unreadable');
    expect(refusal({ ...good, layers: layers((w) => w) })).toBe('accepted');
  });

  it('refuses NaN and infinite numbers that hide in the bytes', () => {
    const notANumber = 'AADAfw=='; // float32 NaN, little-endian
    const infinite = 'AACAfw==';
    const small = encodeTerrain({
      name: 'small',
      network: createTerrainNetwork({ inputs: 1, latents: 1, channels: 1, features: 1 }, 1, 1),
      bounds: [[0, 1]],
    });
    expect(refusal(small)).toBe('accepted');
    for (const bad of [notANumber, infinite]) {
      expect(refusal({ ...small, fourier: bad })).toBe('terrain/not-finite');
      for (const key of ['scale', 'bias']) {
        const layers = small.layers.map((l, i) => (i === 2 ? { ...l, [key]: bad } : l));
        expect(refusal({ ...small, layers })).toBe('terrain/not-finite');
      }
    }
  });

  it('refuses sizes that would take gigabytes, before it takes them', () => {
    for (const key of ['inputs', 'latents', 'channels', 'features'])
      for (const value of [1e9, -1, 0.5, 2 ** 53, null])
        expect(refusal({ ...good, [key]: value })).toBe('terrain/unreadable');
  });

  it.each<[string, (json: TerrainJson) => object]>([
    ['another kind of file', (json) => ({ ...json, format: 'song' })],
    ['a name without end', (json) => ({ ...json, name: 'a'.repeat(201) })],
    ['a name that is no text', (json) => ({ ...json, name: 7 })],
    ['four layers', (json) => ({ ...json, layers: json.layers.slice(1) })],
    ['six layers', (json) => ({ ...json, layers: [...json.layers, json.layers[4]] })],
    ['a layer that is no layer', (json) => ({ ...json, layers: [null, ...json.layers.slice(1)] })],
    ['three bounds for two inputs', (json) => ({ ...json, bounds: [...json.bounds, [0, 1]] })],
    ['bounds of three numbers', (json) => ({ ...json, bounds: [[0, 1, 2], [0, 1]] })], // prettier-ignore
    ['bounds in words', (json) => ({ ...json, bounds: [['0', '1'], [0, 1]] })], // prettier-ignore
    ['reversed bounds', (json) => ({ ...json, bounds: [[1, -1], [0, 1]] })], // prettier-ignore
    ['Fourier features without frequencies', (json) => ({ ...json, fourier: null })],
  ])('refuses %s', (_, spoil) => {
    expect(refusal(spoil(good))).toBe('terrain/unreadable');
  });

  it('says which version it cannot read', () => {
    expect(() => decodeTerrain({ ...good, version: 2 })).toThrow(/another version/);
  });
});

describe('factory terrains', () => {
  const files = existsSync(FACTORY) ? readdirSync(FACTORY).filter((f) => f !== 'index.json') : [];

  it('are at least six, as listed, and saved as this codec saves them', () => {
    const index = JSON.parse(readFileSync(`${FACTORY}/index.json`, 'utf8')) as {
      terrains: { id: string; name: string; description: string; file: string }[];
      default: string;
    };
    expect(index.terrains.length).toBeGreaterThanOrEqual(6);
    expect(index.terrains.map((t) => t.file).sort()).toEqual(files.sort());
    expect(index.terrains.map((t) => t.id)).toContain(index.default);
    for (const { name, description, file } of index.terrains) {
      const json = JSON.parse(readFileSync(`${FACTORY}/${file}`, 'utf8')) as TerrainJson;
      const terrain = decodeTerrain(json);
      expect(terrain.name).toBe(name);
      expect(description).not.toBe('');
      expect(terrain.network).toMatchObject({
        inputs: 2,
        latents: 8,
        channels: DEFAULT_TERRAIN_SIZE.channels,
      });
      // The Python recipe rounds exactly as this codec: saving again changes no character.
      expect(encodeTerrain(terrain)).toStrictEqual(json);
    }
  });
});

/** Error code of a refusal; fails the test on any other error. */
function refusal(json: unknown): string {
  try {
    decodeTerrain(json);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    expect(error.message).toMatch(/^This terrain can't be used: .*\.$/s);
    return error.code;
  }
}

/** Key paths to every value inside a JSON value. */
function paths(json: unknown, before: string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => [
    [...before, key],
    ...paths(value, [...before, key]),
  ]);
}
