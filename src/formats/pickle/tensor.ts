/**
 * The numbers of a pickled tensor, taken out of its archive: checked against what the archive really holds before any
 * memory is taken. Contiguous float32 tensors are views of the file, not copies. Used by the TorchScript reader and the
 * checkpoint reader. Knows nothing of what a tensor is for; values that are not finite are the reader's matter.
 */

import { PluginError } from '../../shared/errors.js';
import type { Archive } from '../archive/index.js';
import { bfloat16ToFloat, float16ToFloat } from './half.js';
import type { PickledTensor, StorageType } from './values.js';

export const ELEMENT_BYTES: { readonly [K in StorageType]: number } = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  uint8: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** Types that float32 does not hold exactly. */
const WIDE: ReadonlySet<StorageType> = new Set(['int32', 'int64', 'float64']);

/** A window of less than one in … of its storage is read by itself, without the storage's checksum. */
const FEW = 8;

/**
 * @param folder Where the archive keeps the storages: those of `constants.pkl` have their own.
 * @returns The tensor's numbers in row-major order of its shape: Float64Array for int32, int64 (rounded beyond 2⁵³) and
 *   float64, Float32Array for all others; booleans are 0 and 1. May be a view of the archive: do not write to it.
 * @throws PluginError 'model/unreadable' if the tensor claims what its storage does not hold, 'model/too-large' if it
 *   repeats its storage beyond measure (an axis of stride 0).
 */
export function readTensor(
  archive: Archive,
  tensor: PickledTensor,
  folder: 'data' | 'constants' = 'data',
): Float32Array | Float64Array {
  const { storageType, offset } = tensor;
  const axes = significantAxes(tensor);
  const wide = WIDE.has(storageType);
  if (axes === null) return wide ? new Float64Array(0) : new Float32Array(0);
  const elements = axes.reduce((product, { size }) => product * size, 1);
  const span = axes.reduce((last, { size, stride }) => last + (size - 1) * stride, 0) + 1;
  const entry = `${folder}/${tensor.key}`;
  const width = ELEMENT_BYTES[storageType];
  // All in doubles: exact below 2⁵³, and far above any file's size where not.
  if (!archive.has(entry)) throw damaged(`${entry} is missing`);
  const held = Math.min(tensor.storageElements, Math.floor(archive.size(entry) / width));
  if (!(offset + span <= held))
    throw damaged(`a tensor reaches element ${offset + span} of ${entry}, which has ${held}`);
  const [start, end] = [offset * width, (offset + span) * width];
  // Of stored histories for many streams one row is wanted: the rest may stay on the disk.
  const few = (end - start) * FEW <= archive.size(entry);
  const bytes = few ? archive.part(entry, start, end) : archive.read(entry).subarray(start, end);
  const dense = isDense(axes);
  if (storageType === 'float32' && dense && bytes.byteOffset % 4 === 0)
    return new Float32Array(bytes.buffer, bytes.byteOffset, elements);
  const known = copiesOf(archive);
  const name = [entry, storageType, offset, tensor.shape, tensor.strides].join(' ');
  const copy = known.get(name);
  if (copy) return copy;
  archive.charge(elements * (wide ? 8 : 4) + (bytes.byteOffset % width === 0 ? 0 : bytes.length));
  const source = elementsOf(bytes, storageType);
  const result = wide ? new Float64Array(elements) : new Float32Array(elements);
  if (dense) for (let i = 0; i < elements; i++) result[i] = source(i);
  else gather(axes, source, result);
  known.set(name, result);
  return result;
}

type Copies = Map<string, Float32Array | Float64Array>;
const COPIES = new WeakMap<Archive, Copies>();

/** What was copied out of an archive: a model is traced several times, and each time asks for its weights. */
function copiesOf(archive: Archive): Copies {
  const known = COPIES.get(archive) ?? new Map<string, Float32Array | Float64Array>();
  COPIES.set(archive, known);
  return known;
}

interface Axis {
  readonly size: number;
  readonly stride: number;
}

/** Axes of more than one element, outermost first; null if the tensor is empty. */
function significantAxes({ shape, strides }: PickledTensor): Axis[] | null {
  const axes: Axis[] = [];
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) return null;
    if (shape[i]! > 1) axes.push({ size: shape[i]!, stride: strides[i]! });
  }
  return axes;
}

function isDense(axes: readonly Axis[]): boolean {
  let stride = 1;
  for (let i = axes.length - 1; i >= 0; i--) {
    if (axes[i]!.stride !== stride) return false;
    stride *= axes[i]!.size;
  }
  return true;
}

/** Copies in row-major order. The innermost axis runs in a loop of its own. */
function gather(
  axes: readonly Axis[],
  source: (index: number) => number,
  result: Float32Array | Float64Array,
): void {
  const inner = axes.at(-1)!;
  const outer = axes.slice(0, -1);
  const index = outer.map(() => 0);
  let base = 0;
  for (let at = 0; at < result.length;) {
    for (let i = 0; i < inner.size; i++) result[at++] = source(base + i * inner.stride);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const { size, stride } = outer[axis]!;
      index[axis]!++;
      base += stride;
      if (index[axis]! < size) break;
      index[axis] = 0;
      base -= size * stride;
    }
  }
}

/** Element i of little-endian bytes. All machines that run WebAssembly are little-endian, so typed arrays fit. */
function elementsOf(bytes: Uint8Array, type: StorageType): (index: number) => number {
  const width = ELEMENT_BYTES[type];
  // A typed array needs an aligned start, which a file that was packed anew may not give.
  const { buffer, byteOffset } = (
    bytes.byteOffset % width === 0 ? bytes : bytes.slice()
  ) as Uint8Array<ArrayBuffer>;
  const count = bytes.length / width;
  switch (type) {
    case 'float16': {
      const bits = new Uint16Array(buffer, byteOffset, count);
      return (i) => float16ToFloat(bits[i]!);
    }
    case 'bfloat16': {
      const bits = new Uint16Array(buffer, byteOffset, count);
      return (i) => bfloat16ToFloat(bits[i]!);
    }
    case 'int64': {
      const values = new BigInt64Array(buffer, byteOffset, count);
      return (i) => Number(values[i]!);
    }
    case 'bool':
      return (i) => (bytes[i] === 0 ? 0 : 1);
    case 'float32':
    case 'float64':
    case 'uint8':
    case 'int8':
    case 'int16':
    case 'int32': {
      const values = new PLAIN_ARRAYS[type](buffer, byteOffset, count);
      return (i) => values[i]!;
    }
  }
}

const PLAIN_ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
} as const;

function damaged(detail: string): PluginError {
  return new PluginError(
    'model/unreadable',
    'This file is damaged: it lacks some of its numbers. Download or export it again. Your current sound goes on.',
    [detail],
  );
}
