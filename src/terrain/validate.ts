/**
 * Refuses terrains that cannot be played: sizes out of range or contradictory, values that are not finite.
 * Whatever comes from a file, a state or a trainer passes here before it reaches the engine.
 */

import { PluginError } from '../shared/errors.js';
import type { Terrain, TerrainNetwork } from '../shared/terrain.js';

/** Greatest sizes, as in nn.terrain. */
export const TERRAIN_LIMITS = { inputs: 6, latents: 1024, channels: 1024, features: 2048 } as const;

/** Beyond this a layer's sums overflow float32 sooner or later. */
const GREATEST_WEIGHT = 2 ** 100;

const ADVICE = 'Choose or make another terrain; your current sound stays on.';

/** A refusal in whole sentences. @param why Completes «This terrain can't be used: …». */
export function unreadable(why: string): PluginError {
  return new PluginError('terrain/unreadable', `This terrain can't be used: ${why}. ${ADVICE}`);
}

/**
 * Checks numbers before memory is taken for them.
 * @throws PluginError 'terrain/unreadable'
 */
export function checkSize(
  size: Pick<TerrainNetwork, 'inputs' | 'latents' | 'channels' | 'features'>,
  scale = 0,
): void {
  for (const key of ['inputs', 'latents', 'channels', 'features'] as const) {
    const value = size[key];
    const least = key === 'features' ? 0 : 1;
    if (!Number.isInteger(value) || value < least || value > TERRAIN_LIMITS[key])
      throw unreadable(`it has ${value} ${key}, where ${least} to ${TERRAIN_LIMITS[key]} are possible`);
  }
  if (!(scale >= 0 && scale <= 1000))
    throw unreadable(`its Fourier scale is ${scale}, where 0 to 1000 is possible`);
  if (scale > 0 && size.features === 0) throw unreadable('it has a Fourier scale, but no Fourier features');
}

/**
 * Checks a whole network: sizes, lengths of all arrays, and that every value is finite.
 * @throws PluginError 'terrain/unreadable' or 'terrain/not-finite'
 */
export function checkNetwork(network: TerrainNetwork): void {
  checkSize(network);
  const { inputs, latents, channels, features, fourier, layers } = network;
  if ((fourier === null) !== (features === 0)) throw unreadable('its Fourier features are incomplete');
  if (fourier) checkNumbers(fourier, features * inputs, 'its Fourier features');
  if (layers.length !== 5) throw unreadable(`it has ${layers.length} layers instead of 5`);
  layers.forEach((layer, i) => {
    const rows = i === 4 ? latents : channels;
    const columns = i > 0 ? channels : fourier ? 2 * features : inputs;
    if (layer.rows !== rows || layer.columns !== columns)
      throw unreadable(
        `its layer ${i + 1} has ${layer.rows} × ${layer.columns} weights instead of ${rows} × ${columns}`,
      );
    checkNumbers(layer.weight, rows * columns, `the weights of its layer ${i + 1}`);
    checkNumbers(layer.bias, rows, `the biases of its layer ${i + 1}`);
  });
  checkNumbers(network.slopes, 4, 'its slopes');
}

/**
 * Checks a terrain: its network and its bounds.
 * @throws PluginError 'terrain/unreadable' or 'terrain/not-finite'
 */
export function checkTerrain(terrain: Terrain): void {
  checkNetwork(terrain.network);
  const { bounds } = terrain;
  if (bounds.length !== terrain.network.inputs)
    throw unreadable(`it has bounds for ${bounds.length} inputs instead of ${terrain.network.inputs}`);
  for (const edges of bounds) {
    checkNumbers(edges, 2, 'its bounds');
    if (!(edges[0] < edges[1])) throw unreadable(`its bounds ${edges[0]} to ${edges[1]} leave no room`);
  }
}

function checkNumbers(values: ArrayLike<number>, length: number, what: string): void {
  if (values.length !== length) throw unreadable(`${what} are ${values.length} numbers instead of ${length}`);
  for (let i = 0; i < length; i++)
    // Written so that NaN fails too.
    if (!(Math.abs(values[i]!) <= GREATEST_WEIGHT))
      throw new PluginError(
        'terrain/not-finite',
        `This terrain can't be used: ${what} contain a value that is not a usable number. ${ADVICE}`,
        [`value ${i} is ${values[i]}`],
      );
}
