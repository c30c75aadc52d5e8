import { describe, expect, it } from 'vitest';
import { PluginError } from '../shared/errors.js';
import type { Terrain } from '../shared/terrain.js';
import { coordinateAt, defaultBounds } from './bounds.js';
import { createTerrainNetwork } from './network.js';
import { checkTerrain } from './validate.js';

const size = { inputs: 2, latents: 4, channels: 8, features: 6 };

/** A fresh good terrain, which a test then spoils. */
function terrain(): { -readonly [K in keyof Terrain]: Terrain[K] } {
  return { name: 'test', network: createTerrainNetwork(size, 0.5, 1), bounds: defaultBounds(2) };
}

function codeOf(spoilt: Terrain): string {
  try {
    checkTerrain(spoilt);
  } catch (error) {
    expect(error).toBeInstanceOf(PluginError);
    // Whole sentences, with what happened and what to do.
    expect((error as PluginError).message).toMatch(/^This terrain can't be used: .*\. Choose .*\.$/);
    return (error as PluginError).code;
  }
  return 'accepted';
}

describe('checking a terrain', () => {
  it('accepts a good one, with and without Fourier features', () => {
    expect(codeOf(terrain())).toBe('accepted');
    expect(codeOf({ ...terrain(), network: createTerrainNetwork(size, 0, 1) })).toBe('accepted');
  });

  it.each([NaN, Infinity, -Infinity, 3e38])('refuses %d among the weights, wherever it is', (bad) => {
    for (let layer = 0; layer < 5; layer++) {
      const inWeight = terrain();
      inWeight.network.layers[layer]!.weight[3] = bad;
      expect(codeOf(inWeight)).toBe('terrain/not-finite');
      const inBias = terrain();
      inBias.network.layers[layer]!.bias[1] = bad;
      expect(codeOf(inBias)).toBe('terrain/not-finite');
    }
    const inFourier = terrain();
    inFourier.network.fourier![11] = bad;
    expect(codeOf(inFourier)).toBe('terrain/not-finite');
    const { network } = terrain();
    expect(codeOf({ ...terrain(), network: { ...network, slopes: [0, 0, 0, bad] } })).toBe(
      'terrain/not-finite',
    );
  });

  it('refuses arrays whose lengths do not fit the sizes', () => {
    const { network } = terrain();
    const wrong = [
      { ...network, channels: 9 },
      { ...network, latents: 3 },
      { ...network, inputs: 3 },
      { ...network, features: 5 },
      { ...network, fourier: null },
      { ...network, features: 0 },
    ];
    for (const spoilt of wrong) expect(codeOf({ ...terrain(), network: spoilt })).toBe('terrain/unreadable');
  });

  it('refuses bounds that are missing, reversed or not numbers', () => {
    expect(codeOf({ ...terrain(), bounds: [[-1, 1]] })).toBe('terrain/unreadable');
    expect(codeOf({ ...terrain(), bounds: [[-1, 1], [1, 1]] })).toBe('terrain/unreadable'); // prettier-ignore
    expect(codeOf({ ...terrain(), bounds: [[-1, 1], [NaN, 1]] })).toBe('terrain/not-finite'); // prettier-ignore
  });
});

describe('bounds', () => {
  it('put 0 at the left and bottom edge, 1 at the right and top edge, and do not clamp', () => {
    const bounds = [
      [-16, 16],
      [-4, 4],
    ] as const;
    expect([0, 0.5, 1].map((x) => coordinateAt(bounds, 0, x))).toEqual([-16, 0, 16]);
    expect([0, 0.75, 1.5].map((y) => coordinateAt(bounds, 1, y))).toEqual([-4, 2, 8]);
    expect(defaultBounds(3)).toEqual([[-1, 1], [-1, 1], [-1, 1]]); // prettier-ignore
  });
});
