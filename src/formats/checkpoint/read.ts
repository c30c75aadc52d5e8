/**
 * Reads nn.terrain's `.pt` checkpoints, from strangers too. Sizes are taken from the tensors and held against what the
 * checkpoint says about itself and against the terrain's limits before any number is read.
 */

import { strFromU8 } from 'fflate';
import { PluginError } from '../../shared/errors.js';
import type { Bounds, DenseLayer, Terrain, TerrainNetwork } from '../../shared/terrain.js';
import { defaultBounds } from '../../terrain/bounds.js';
import { checkSize, checkTerrain, unreadable } from '../../terrain/validate.js';
import { openArchive, type Archive } from '../archive/index.js';
import { readTensor, unpickle, type PickledObject, type PickledTensor } from '../pickle/index.js';
import { EXTRA, FIRST_LAYER, LAYERS, SLOPES } from './layout.js';

export interface Checkpoint {
  readonly terrain: Terrain;
  /** Standard deviation of the Fourier frequencies that its maker chose; 0 without Fourier features. */
  readonly scale: number;
}

/** What nn.terrain.gui lays its box over, left to right and top to bottom, if its user did not choose. */
const NN_TERRAIN_BOUNDS: Bounds = [
  [-16, 16],
  [-4, 4],
];

const LONGEST_EXTRA = 10_000;
const LONGEST_NAME = 200;

/** Whether an archive is a checkpoint of nn.terrain, and not a TorchScript model. Damaged ones count by what they claim. */
export function isCheckpoint(archive: Archive): boolean {
  try {
    const root = rootOf(archive);
    return root !== null && moduleOf(root, 'fc_out') !== null && moduleOf(root, 'prelu1') !== null;
  } catch {
    return false;
  }
}

/**
 * @param file The whole file, or what `openArchive` gave for it.
 * @param name Shown to the musician if the file has none; nn.terrain's have not.
 * @returns A checked terrain that shares no memory with the file. A checkpoint knows no bounds: one that this plugin wrote
 *   has them beside it, others get nn.terrain.gui's (two inputs) or −1..1.
 * @throws PluginError 'terrain/unreadable' (no checkpoint, contradicts itself), 'terrain/not-finite', or of the archive
 *   itself 'model/unreadable', 'model/unsupported', 'model/too-large'.
 */
export function readCheckpoint(file: Uint8Array | Archive, name: string): Checkpoint {
  const archive = file instanceof Uint8Array ? openArchive(file) : file;
  const root = rootOf(archive);
  if (!root) throw unreadable('the file is not a checkpoint of nn.terrain');
  // The Python version of nn.terrain's model keeps both first layers, and says which one counts.
  const choice = root.attributes.get('use_fourier');
  const frequencies = choice?.kind === 'bool' && !choice.value ? null : tensorOf(root, 'B_T');
  const first = moduleOf(root, frequencies ? FIRST_LAYER.fourier : FIRST_LAYER.plain);
  const modules = [first, ...LAYERS.map((layer) => moduleOf(root, layer))];
  const weights = modules.map((module, i) => matrixOf(module, i));
  const size = {
    inputs: frequencies ? axisOf(frequencies, 0, 2) : axisOf(weights[0]!, 1, 2),
    latents: axisOf(weights[4]!, 0, 2),
    channels: axisOf(weights[0]!, 0, 2),
    features: frequencies ? axisOf(frequencies, 1, 2) : 0,
  };
  checkSize(size);
  checkClaims(archive, root, size);
  const columns = [frequencies ? 2 * size.features : size.inputs, ...LAYERS.map(() => size.channels)];
  const layers = modules.map((module, i) =>
    readLayer(archive, module!, weights[i]!, i < 4 ? size.channels : size.latents, columns[i]!, i),
  );
  const network: TerrainNetwork = {
    ...size,
    // Kept as its transpose; taking the axes in the other order gives B itself.
    fourier: frequencies && numbers(archive, transposed(frequencies)),
    layers: layers as unknown as TerrainNetwork['layers'],
    slopes: SLOPES.map((slope) => readSlope(archive, root, slope)) as unknown as TerrainNetwork['slopes'],
  };
  const terrain = { name, network, bounds: boundsFor(size.inputs), ...readExtra(archive) };
  checkTerrain(terrain);
  return { terrain, scale: frequencies ? readScale(archive, root, network) : 0 };
}

function rootOf(archive: Archive): PickledObject | null {
  const root = unpickle(archive.read('data.pkl'));
  return root.kind === 'object' ? root : null;
}

function moduleOf(parent: PickledObject, name: string): PickledObject | null {
  const module = parent.attributes.get(name);
  return module?.kind === 'object' ? module : null;
}

function tensorOf(module: PickledObject | null, name: string): PickledTensor | null {
  const tensor = module?.attributes.get(name);
  return tensor?.kind === 'tensor' ? tensor : null;
}

function matrixOf(module: PickledObject | null, layer: number): PickledTensor {
  const weight = tensorOf(module, 'weight');
  if (!weight) throw unreadable(`it has no layer ${layer + 1} of a terrain of nn.terrain`);
  return weight;
}

function axisOf(tensor: PickledTensor, axis: number, axes: number): number {
  if (tensor.shape.length !== axes)
    throw unreadable(`it has ${tensor.shape.length} axes where ${axes} belong`);
  return tensor.shape[axis]!;
}

/** What the checkpoint says about its sizes must be what its tensors have. */
function checkClaims(
  archive: Archive,
  root: PickledObject,
  size: Omit<TerrainNetwork, 'fourier' | 'layers' | 'slopes'>,
): void {
  const claims = [
    ['m_in_dim', size.inputs],
    ['m_out_dim', size.latents],
    ['m_cmax', size.channels],
    // Without Fourier features nn.terrain keeps the number that its user gave.
    ...(size.features > 0 ? ([['m_mapping_size', size.features]] as const) : []),
  ] as const;
  for (const [name, actual] of claims) {
    const claimed = scalarOf(archive, root, name);
    if (claimed !== null && claimed !== actual)
      throw unreadable(`it says that its ${name} is ${claimed}, but its numbers make ${actual}`);
  }
  const twoPi = scalarOf(archive, root, 'two_pi');
  if (twoPi !== null && Math.abs(twoPi - 2 * Math.PI) > 1e-5)
    throw unreadable(`its angles are scaled by ${twoPi} instead of 2π`);
}

/** A tensor of one number; null if there is none. */
function scalarOf(archive: Archive, root: PickledObject, name: string): number | null {
  const tensor = tensorOf(root, name);
  if (!tensor) return null;
  if (tensor.shape.some((size) => size !== 1)) throw unreadable(`its ${name} is not one number`);
  return readTensor(archive, tensor)[0]!;
}

function readLayer(
  archive: Archive,
  module: PickledObject,
  weight: PickledTensor,
  rows: number,
  columns: number,
  layer: number,
): DenseLayer {
  if (axisOf(weight, 0, 2) !== rows || weight.shape[1] !== columns)
    throw unreadable(
      `its layer ${layer + 1} has ${weight.shape.join(' × ')} weights instead of ${rows} × ${columns}`,
    );
  const bias = tensorOf(module, 'bias');
  if (!bias || axisOf(bias, 0, 1) !== rows) throw unreadable(`its layer ${layer + 1} lacks its biases`);
  return { rows, columns, weight: numbers(archive, weight), bias: numbers(archive, bias) };
}

function readSlope(archive: Archive, root: PickledObject, name: string): number {
  const slope = tensorOf(moduleOf(root, name), 'weight');
  if (!slope || axisOf(slope, 0, 1) !== 1) throw unreadable(`it does not have one slope in ${name}`);
  return readTensor(archive, slope)[0]!;
}

/** What its maker chose, or what the frequencies themselves have. */
function readScale(archive: Archive, root: PickledObject, network: TerrainNetwork): number {
  const claimed = scalarOf(archive, root, 'm_gauss_scale');
  return claimed !== null && claimed > 0 && claimed <= 1000 ? claimed : deviation(network.fourier!);
}

/** Standard deviation around zero. */
export function deviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

/** A copy, so that the file can go and the terrain can cross threads. */
function numbers(archive: Archive, tensor: PickledTensor): Float32Array {
  return Float32Array.from(readTensor(archive, tensor));
}

function transposed(tensor: PickledTensor): PickledTensor {
  return { ...tensor, shape: [...tensor.shape].reverse(), strides: [...tensor.strides].reverse() };
}

function boundsFor(inputs: number): Bounds {
  return inputs === 2 ? NN_TERRAIN_BOUNDS : defaultBounds(inputs);
}

/** Name and bounds, if this plugin wrote the file. Their sense is checked with the whole terrain's. */
function readExtra(archive: Archive): Partial<Pick<Terrain, 'name' | 'bounds'>> {
  if (!archive.has(EXTRA) || archive.size(EXTRA) > LONGEST_EXTRA) return {};
  const wrong = unreadable('its name and bounds are damaged');
  let json: unknown;
  try {
    json = JSON.parse(strFromU8(archive.read(EXTRA)));
  } catch (error) {
    throw error instanceof PluginError ? error : wrong;
  }
  const { name, bounds } = (json ?? {}) as { name?: unknown; bounds?: unknown };
  const isPair = (edges: unknown): boolean =>
    Array.isArray(edges) && edges.length === 2 && edges.every((edge) => typeof edge === 'number');
  if (typeof name !== 'string' || name.length > LONGEST_NAME) throw wrong;
  if (!Array.isArray(bounds) || !bounds.every(isPair)) throw wrong;
  return { name, bounds: bounds };
}
