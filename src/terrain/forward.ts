/**
 * What a terrain network means: the plain float64 reference. The engine's kernels and the tests are held against it.
 * Not for the audio thread (it allocates, and `Math.sin` differs in its last bits between machines).
 */

import { LATENT_CLAMP, type TerrainNetwork } from '../shared/terrain.js';

/**
 * Latents at positions of the control space: x·2π·Bᵀ → [sin, cos] → 4 × (Linear, PReLU) → Linear, clamped to ±100.
 * @param positions [n, inputs], row-major, in control-space units (`bounds.ts` maps 0..1 to them).
 * @returns [n, latents], row-major.
 * Source: nn_terrain's model (CC0).
 */
export function terrainForward(network: TerrainNetwork, positions: ArrayLike<number>): Float64Array {
  const { inputs, latents, features, fourier, layers, slopes } = network;
  const count = Math.floor(positions.length / inputs);
  const result = new Float64Array(count * latents);
  for (let n = 0; n < count; n++) {
    let values = Float64Array.from({ length: inputs }, (_, i) => positions[n * inputs + i]!);
    if (fourier) {
      const encoded = new Float64Array(2 * features);
      for (let f = 0; f < features; f++) {
        let cycles = 0;
        for (let i = 0; i < inputs; i++) cycles += fourier[f * inputs + i]! * values[i]!;
        encoded[f] = Math.sin(2 * Math.PI * cycles);
        encoded[features + f] = Math.cos(2 * Math.PI * cycles);
      }
      values = encoded;
    }
    layers.forEach((layer, l) => {
      const slope = l < 4 ? slopes[l]! : 1; // the output layer is linear
      const next = new Float64Array(layer.rows);
      for (let r = 0; r < layer.rows; r++) {
        let sum = layer.bias[r]!;
        for (let c = 0; c < layer.columns; c++) sum += layer.weight[r * layer.columns + c]! * values[c]!;
        next[r] = sum < 0 ? slope * sum : sum;
      }
      values = next;
    });
    for (let i = 0; i < latents; i++)
      result[n * latents + i] = Math.min(LATENT_CLAMP, Math.max(-LATENT_CLAMP, values[i]!));
  }
  return result;
}
