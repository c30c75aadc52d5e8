/**
 * A terrain as small plain JSON: the form of factory terrains and of terrains inside a plugin state.
 * Weights are int8 with one float32 scale per row; Fourier frequencies, biases and slopes are float32; bytes are
 * little-endian in base64. `training/terrains.py` writes the same form, operation for operation.
 *
 * Rounding happens once: the plugin plays what `quantiseTerrain` gives, so that a saved state restores exactly.
 */

import type { Bounds, DenseLayer, Terrain, TerrainNetwork } from '../../shared/terrain.js';
import { checkSize, checkTerrain, unreadable } from '../../terrain/validate.js';
import { decodeBase64, encodeBase64 } from './base64.js';

export interface LayerJson {
  /** int8 [rows, columns] */
  readonly weight: string;
  /** float32 [rows]: a weight is its int8 times its row's scale. */
  readonly scale: string;
  /** float32 [rows] */
  readonly bias: string;
}

export interface TerrainJson {
  readonly format: 'latent-terrain';
  readonly version: 1;
  readonly name: string;
  readonly inputs: number;
  readonly latents: number;
  readonly channels: number;
  readonly features: number;
  readonly bounds: readonly (readonly [number, number])[];
  /** float32 [features, inputs] */
  readonly fourier: string | null;
  readonly layers: readonly LayerJson[];
  /** float32 [4] */
  readonly slopes: string;
}

const FORMAT = 'latent-terrain';
const VERSION = 1;
const LONGEST_NAME = 200;
/** Rows that are smaller than this everywhere are saved as zeros: products stay normal numbers. */
const LEAST_ROW = 2 ** -80;

/**
 * @returns Fresh plain JSON, below 45 kB for a terrain of default size.
 * @throws PluginError as `checkTerrain` does.
 */
export function encodeTerrain(terrain: Terrain): TerrainJson {
  checkTerrain(terrain);
  const { inputs, latents, channels, features, fourier, layers, slopes } = terrain.network;
  return {
    format: FORMAT,
    version: VERSION,
    name: terrain.name.slice(0, LONGEST_NAME),
    inputs,
    latents,
    channels,
    features,
    bounds: terrain.bounds.map(([least, greatest]) => [least, greatest]),
    fourier: fourier && encodeFloats(fourier),
    layers: layers.map(encodeLayer),
    slopes: encodeFloats(slopes),
  };
}

/**
 * Reads untrusted JSON; sizes are checked against limits and against what is there before memory is taken.
 * @throws PluginError 'terrain/unreadable' or 'terrain/not-finite', never anything else.
 */
export function decodeTerrain(json: unknown): Terrain {
  const source = recordOf(json, 'it is not a terrain');
  if (source['format'] !== FORMAT) throw unreadable('it is not a terrain of this plugin');
  if (source['version'] !== VERSION)
    throw unreadable('it was saved by another version of this plugin, whose form is not known here');
  const name = source['name'];
  if (typeof name !== 'string' || name.length > LONGEST_NAME)
    throw unreadable('its name is missing or too long');
  const size = {
    inputs: numberOf(source, 'inputs'),
    latents: numberOf(source, 'latents'),
    channels: numberOf(source, 'channels'),
    features: numberOf(source, 'features'),
  };
  checkSize(size);
  const { inputs, latents, channels, features } = size;
  const fourier =
    features === 0 ? null : decodeFloats(source['fourier'], features * inputs, 'Fourier features');
  const layers = source['layers'];
  if (!Array.isArray(layers) || layers.length !== 5) throw unreadable('it does not have five layers');
  const layer = (i: number, rows: number, columns: number): DenseLayer =>
    decodeLayer(layers[i], rows, columns, `layer ${i + 1}`);
  const network: TerrainNetwork = {
    ...size,
    fourier,
    layers: [
      layer(0, channels, features === 0 ? inputs : 2 * features),
      layer(1, channels, channels),
      layer(2, channels, channels),
      layer(3, channels, channels),
      layer(4, latents, channels),
    ],
    slopes: [...decodeFloats(source['slopes'], 4, 'slopes')] as [number, number, number, number],
  };
  const terrain = { name, network, bounds: decodeBounds(source['bounds'], inputs) };
  checkTerrain(terrain);
  return terrain;
}

/** The terrain as it is after saving and loading. Doing it twice changes nothing, bit for bit. */
export function quantiseTerrain(terrain: Terrain): Terrain {
  return decodeTerrain(encodeTerrain(terrain));
}

function encodeLayer(layer: DenseLayer): LayerJson {
  const { rows, columns, weight, bias } = layer;
  const scales = new Float32Array(rows);
  const steps = new Int8Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const row = weight.subarray(r * columns, (r + 1) * columns);
    const scale = (scales[r] = rowScale(row));
    if (scale === 0) continue;
    row.forEach((w, c) => {
      steps[r * columns + c] = Math.max(-127, Math.min(127, Math.round(w / scale)));
    });
  }
  return {
    weight: encodeBase64(new Uint8Array(steps.buffer)),
    scale: encodeFloats(scales),
    bias: encodeFloats(bias),
  };
}

/**
 * The row's greatest magnitude becomes ±127 steps. In float32 arithmetic 127 × this scale gives this scale again when
 * it is divided by 127, for every float32 (tried for all mantissas): so quantising twice changes nothing.
 */
function rowScale(row: Float32Array): number {
  let greatest = 0;
  for (const w of row) greatest = Math.max(greatest, Math.abs(w));
  return greatest < LEAST_ROW ? 0 : Math.fround(greatest / 127);
}

function decodeLayer(json: unknown, rows: number, columns: number, what: string): DenseLayer {
  const source = recordOf(json, `its ${what} is missing`);
  const steps = new Int8Array(decodeBytes(source['weight'], rows * columns, `${what}'s weights`).buffer);
  const scales = decodeFloats(source['scale'], rows, `${what}'s scales`);
  const weight = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) weight[r * columns + c] = steps[r * columns + c]! * scales[r]!;
  return { rows, columns, weight, bias: decodeFloats(source['bias'], rows, `${what}'s biases`) };
}

function decodeBounds(json: unknown, inputs: number): Bounds {
  if (!Array.isArray(json) || json.length !== inputs) throw unreadable('its bounds are missing');
  return json.map((edges: unknown) => {
    if (!Array.isArray(edges) || edges.length !== 2 || !edges.every((e) => typeof e === 'number'))
      throw unreadable('its bounds are not pairs of numbers');
    return [edges[0] as number, edges[1] as number] as const;
  });
}

function encodeFloats(values: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return encodeBase64(new Uint8Array(view.buffer));
}

function decodeFloats(text: unknown, count: number, what: string): Float32Array {
  const view = new DataView(decodeBytes(text, 4 * count, what).buffer);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

function decodeBytes(text: unknown, length: number, what: string): Uint8Array {
  const bytes = typeof text === 'string' ? decodeBase64(text, length) : null;
  if (!bytes) throw unreadable(`its ${what} are damaged or of the wrong length`);
  return bytes;
}

function recordOf(json: unknown, why: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unreadable(why);
  return json as Record<string, unknown>;
}

function numberOf(source: Record<string, unknown>, key: string): number {
  const value = source[key];
  if (typeof value !== 'number') throw unreadable(`the number of its ${key} is missing`);
  return value;
}
