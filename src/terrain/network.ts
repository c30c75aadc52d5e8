/**
 * Makes a new, untrained terrain network, initialised as PyTorch initialises nn.terrain's, but from a seed.
 * Not the forward computation (`forward.ts`) and not training. Used by trainers, codecs' tests and the command line.
 * Source: nn_terrain (CC0) for the architecture, PyTorch's defaults for `nn.Linear` and `nn.PReLU`.
 */

import type { DenseLayer, TerrainNetwork } from '../shared/terrain.js';
import { createRandom, type Random } from './random.js';
import { checkSize } from './validate.js';

export interface TerrainSize {
  readonly inputs: number;
  readonly latents: number;
  readonly channels: number;
  /** Fourier features per sine and cosine; no part in the network if `scale` is 0. */
  readonly features: number;
}

/** Size of the factory terrains and of new ones: detailed enough, and a saved state stays small. */
export const DEFAULT_TERRAIN_SIZE: TerrainSize = { inputs: 2, latents: 8, channels: 80, features: 64 };

/**
 * @param size Within the limits of `validate.ts`.
 * @param scale Standard deviation of the Fourier frequencies, in cycles per unit of control space:
 *   greater is more rugged; 0 leaves the Fourier features out, which is smoothest.
 * @param seed Low 32 bits count. The same seed gives the same bits on every machine.
 * @throws PluginError 'terrain/unreadable' if a size or the scale is out of range.
 */
export function createTerrainNetwork(size: TerrainSize, scale: number, seed: number): TerrainNetwork {
  const { inputs, latents, channels } = size;
  const features = scale === 0 ? 0 : size.features;
  checkSize({ inputs, latents, channels, features }, scale);
  const random = createRandom(seed);
  const fourier = features === 0 ? null : new Float32Array(features * inputs);
  if (fourier) for (let i = 0; i < fourier.length; i++) fourier[i] = random.normal() * scale;
  return {
    inputs,
    latents,
    channels,
    features,
    fourier,
    layers: [
      createLayer(random, channels, fourier ? 2 * features : inputs),
      createLayer(random, channels, channels),
      createLayer(random, channels, channels),
      createLayer(random, channels, channels),
      createLayer(random, latents, channels),
    ],
    slopes: [0.25, 0.25, 0.25, 0.25],
  };
}

/** PyTorch's default: Kaiming-uniform with a = √5, which is U(−1/√columns, 1/√columns), for the bias too. */
function createLayer(random: Random, rows: number, columns: number): DenseLayer {
  const limit = 1 / Math.sqrt(columns);
  const weight = new Float32Array(rows * columns);
  const bias = new Float32Array(rows);
  for (let i = 0; i < weight.length; i++) weight[i] = (2 * random.uniform() - 1) * limit;
  for (let i = 0; i < bias.length; i++) bias[i] = (2 * random.uniform() - 1) * limit;
  return { rows, columns, weight, bias };
}
