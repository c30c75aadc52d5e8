import { describe, expect, it } from 'vitest';
import { PluginError } from '../shared/errors.js';
import { createTerrainNetwork, DEFAULT_TERRAIN_SIZE } from './network.js';

const size = { inputs: 3, latents: 5, channels: 64, features: 100 };

describe('a new terrain network', () => {
  it('has the layers of nn.terrain', () => {
    const { layers, fourier, slopes } = createTerrainNetwork(size, 0.5, 1);
    expect(fourier).toHaveLength(300);
    expect(layers.map((l) => [l.rows, l.columns, l.weight.length, l.bias.length])).toEqual([
      [64, 200, 12800, 64],
      [64, 64, 4096, 64],
      [64, 64, 4096, 64],
      [64, 64, 4096, 64],
      [5, 64, 320, 5],
    ]);
    expect(slopes).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('sees the position itself when the scale is 0', () => {
    const network = createTerrainNetwork(size, 0, 1);
    expect(network.fourier).toBeNull();
    expect(network.features).toBe(0);
    expect(network.layers[0].columns).toBe(3);
  });

  it('draws Fourier frequencies from N(0, scale²)', () => {
    const { fourier } = createTerrainNetwork({ ...size, features: 2000 }, 0.3, 2);
    const deviation = Math.sqrt(fourier!.reduce((sum, b) => sum + b * b, 0) / fourier!.length);
    expect(Math.abs(deviation / 0.3 - 1)).toBeLessThan(0.04); // four standard errors of 6000 draws
  });

  it("draws weights and biases from PyTorch's U(−1/√columns, 1/√columns)", () => {
    for (const { columns, weight, bias } of createTerrainNetwork(size, 0.3, 3).layers) {
      const limit = 1 / Math.sqrt(columns);
      expect(Math.max(...weight.map(Math.abs), ...bias.map(Math.abs))).toBeLessThanOrEqual(
        Math.fround(limit),
      );
      const variance = weight.reduce((sum, w) => sum + w * w, 0) / weight.length;
      expect(Math.abs(variance / (limit ** 2 / 3) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / weight.length));
    }
  });

  it('is the same for the same seed and another for another', () => {
    expect(createTerrainNetwork(size, 0.3, 9)).toEqual(createTerrainNetwork(size, 0.3, 9));
    expect(createTerrainNetwork(size, 0.3, 9)).not.toEqual(createTerrainNetwork(size, 0.3, 10));
  });

  it.each([
    [{ inputs: 7 }, 0.1],
    [{ inputs: 0 }, 0.1],
    [{ latents: 1025 }, 0.1],
    [{ channels: 2.5 }, 0.1],
    [{ features: 2049 }, 0.1],
    [{ features: 0 }, 0.1],
    [{}, -1],
    [{}, NaN],
  ])('refuses sizes out of range before it takes memory: %j, scale %d', (change, scale) => {
    expect(() => createTerrainNetwork({ ...DEFAULT_TERRAIN_SIZE, ...change }, scale, 1)).toThrow(PluginError);
  });

  it('accepts the greatest sizes of nn.terrain', () => {
    const greatest = { inputs: 6, latents: 1024, channels: 1024, features: 2048 };
    expect(createTerrainNetwork(greatest, 10, 1).layers[0].weight).toHaveLength(1024 * 4096);
  });
});
