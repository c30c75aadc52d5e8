/**
 * Numbers stored in an ONNX file: float and half to Float32Array, integers and booleans to numbers. Sizes are checked
 * against the bytes that are there before memory is taken.
 */

import { allFinite, elementCount, MAX_ELEMENTS, MAX_RANK, type Shape } from '../../graph/tensor-shape.js';
import { contradictory, notFinite, tooLarge, Unsupported, weightsElsewhere } from './errors.js';
import { DataType, type OnnxTensor } from './schema.js';

export interface StoredTensor {
  readonly shape: Shape;
  readonly type: 'float' | 'half' | 'integer';
  readonly numbers: Float32Array | Float64Array;
}

/** Integers steer shapes; no shape needs more of them than this. */
export const MAX_INTEGERS = 2 ** 14;

/** Throws PluginError, or Unsupported for a type or storage that is not read. */
export function readTensor(tensor: OnnxTensor, name: string): StoredTensor {
  const shape = tensor.dims;
  if (tensor.dataLocation === 1) throw weightsElsewhere(name);
  if (shape.length > MAX_RANK) throw contradictory(`${name}: rank ${shape.length} is above ${MAX_RANK}`);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw contradictory(`${name}: sizes are [${shape.join(', ')}]`);
  const count = elementCount(shape);
  if (count > MAX_ELEMENTS) throw tooLarge(`${name}: [${shape.join(', ')}] elements`);
  switch (tensor.dataType ?? 0) {
    case DataType.FLOAT:
      return floats(name, shape, 'float', readFloats(tensor, count, name));
    case DataType.FLOAT16:
      return floats(name, shape, 'half', readHalves(tensor, count, name));
    case DataType.INT64:
      return integers(name, shape, readIntegers(tensor, count, name, 8, tensor.int64Data));
    case DataType.INT32:
      return integers(name, shape, readIntegers(tensor, count, name, 4, tensor.int32Data));
    case DataType.BOOL:
      return integers(name, shape, readIntegers(tensor, count, name, 1, tensor.int32Data));
    default:
      throw new Unsupported(`numbers of ONNX type ${tensor.dataType ?? 0}`);
  }
}

function floats(name: string, shape: Shape, type: 'float' | 'half', numbers: Float32Array): StoredTensor {
  if (!allFinite(numbers)) throw notFinite(`${name}: NaN or infinity`);
  return { shape, type, numbers };
}

function integers(name: string, shape: Shape, numbers: Float64Array): StoredTensor {
  if (numbers.length > MAX_INTEGERS) throw tooLarge(`${name}: ${numbers.length} integers`);
  return { shape, type: 'integer', numbers };
}

/** The raw bytes, or null when the numbers are in a list of `listed` entries. */
function rawView(
  tensor: OnnxTensor,
  count: number,
  bytesEach: number,
  listed: number,
  name: string,
): DataView | null {
  const raw = tensor.rawData;
  if (raw === undefined) {
    if (listed !== count) throw contradictory(`${name}: expected ${count} numbers, got ${listed}`);
    return null;
  }
  if (raw.length !== count * bytesEach)
    throw contradictory(`${name}: expected ${count * bytesEach} bytes, got ${raw.length}`);
  return new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
}

function readFloats(tensor: OnnxTensor, count: number, name: string): Float32Array {
  const view = rawView(tensor, count, 4, tensor.floatData.length, name);
  if (view === null) return Float32Array.from(tensor.floatData);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = view.getFloat32(i * 4, true);
  return numbers;
}

function readHalves(tensor: OnnxTensor, count: number, name: string): Float32Array {
  const view = rawView(tensor, count, 2, tensor.int32Data.length, name);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++)
    numbers[i] = halfToNumber(view === null ? tensor.int32Data[i]! & 0xffff : view.getUint16(i * 2, true));
  return numbers;
}

/** The smallest number above zero in half precision. */
const HALF_STEP = 2 ** -24;

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * HALF_STEP;
  return sign * (1024 + fraction) * HALF_STEP * (1 << (exponent - 1));
}

function readIntegers(
  tensor: OnnxTensor,
  count: number,
  name: string,
  bytesEach: 1 | 4 | 8,
  listed: readonly number[],
): Float64Array {
  const view = rawView(tensor, count, bytesEach, listed.length, name);
  if (view === null) return Float64Array.from(listed);
  return Float64Array.from({ length: count }, (_, i) => {
    if (bytesEach === 8) return Number(view.getBigInt64(i * 8, true));
    return bytesEach === 4 ? view.getInt32(i * 4, true) : view.getUint8(i);
  });
}
