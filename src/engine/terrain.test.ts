import { describe, expect, it } from 'vitest';
import { errorAgainstReference, instantiate, randomArray, randomNumbers } from '../../test/support/engine.js';
import type { DenseLayer, TerrainNetwork } from '../shared/terrain.js';
import { compileTerrain, terrainGraph } from './terrain.js';

function network(
  sizes: Pick<TerrainNetwork, 'inputs' | 'latents' | 'channels' | 'features'>,
): TerrainNetwork {
  const random = randomNumbers(3);
  const { inputs, latents, channels, features } = sizes;
  const layer = (rows: number, columns: number): DenseLayer => ({
    rows,
    columns,
    weight: randomArray(random, rows * columns, 1.5 / Math.sqrt(columns)),
    bias: randomArray(random, rows, 0.1),
  });
  return {
    ...sizes,
    fourier: features > 0 ? randomArray(random, features * inputs, 0.5) : null,
    layers: [
      layer(channels, features > 0 ? 2 * features : inputs),
      layer(channels, channels),
      layer(channels, channels),
      layer(channels, channels),
      layer(latents, channels),
    ],
    slopes: [0.25, 0.1, -0.2, 0.3],
  };
}

/** The network written out from its definition, in float64: no Graph, no engine. */
function forward(
  { inputs, features, fourier, layers, slopes }: TerrainNetwork,
  position: number[],
): number[] {
  let x = position;
  if (fourier) {
    const angles = Array.from({ length: features }, (_, f) =>
      position.reduce((sum, value, i) => sum + 2 * Math.PI * fourier[f * inputs + i]! * value, 0),
    );
    x = [...angles.map(Math.sin), ...angles.map(Math.cos)];
  }
  layers.forEach(({ rows, columns, weight, bias }, index) => {
    const slope = slopes[index] ?? 1;
    x = Array.from({ length: rows }, (_, row) => {
      let y = bias[row]!;
      for (let c = 0; c < columns; c++) y += weight[row * columns + c]! * x[c]!;
      return y < 0 ? y * slope : y;
    });
  });
  return x.map((y) => Math.min(100, Math.max(-100, y)));
}

describe('terrainGraph', () => {
  it.each([
    ['one position, Fourier features', { inputs: 2, latents: 8, channels: 64, features: 100 }, 1],
    ['one position, plain', { inputs: 6, latents: 3, channels: 32, features: 0 }, 1],
    ['a row of positions', { inputs: 3, latents: 9, channels: 48, features: 20 }, 37],
  ])('is the network of nn.terrain: %s', (_name, sizes, positions) => {
    const terrain = network(sizes);
    const engine = instantiate(terrainGraph(terrain, positions));
    const position = engine.input('position');
    position.set(randomArray(randomNumbers(5), position.length));
    engine.step();
    const latent = engine.output('latent');
    for (let n = 0; n < positions; n++) {
      const at = Array.from({ length: sizes.inputs }, (_, i) => position[i * positions + n]!);
      forward(terrain, at).forEach((expected, row) => {
        expect(Math.abs(latent[row * positions + n]! - expected)).toBeLessThan(1e-5);
      });
    }
  });

  it('agrees with the float64 reference', () => {
    const graph = terrainGraph(network({ inputs: 2, latents: 8, channels: 128, features: 256 }), 5);
    expect(errorAgainstReference(graph, 4)).toBeLessThan(1e-5);
  });

  it('clamps latents to ±100', () => {
    const terrain = network({ inputs: 2, latents: 4, channels: 8, features: 0 });
    const engine = instantiate(terrainGraph(terrain, 1));
    engine.input('position').fill(1e6);
    engine.step();
    for (const value of engine.output('latent')) expect(Math.abs(value)).toBe(100);
  });

  it('has one voice with ports position and latent', () => {
    const plan = compileTerrain(network({ inputs: 2, latents: 4, channels: 8, features: 0 }), 1);
    expect(plan.voices.map(({ inputs, outputs }) => [inputs[0]!.name, outputs[0]!.name])).toEqual([
      ['position', 'latent'],
    ]);
  });
});
