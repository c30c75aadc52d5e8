/** Reference kernels of reductions, normalisation and matrix products. Convolutions are in `convolution.ts`. */

import { broadcastStrides, elementCount } from '../tensor-shape.js';
import { round } from './elementary.js';
import { aroundAxis, forEachIndex, type ReferenceKernel, type Tensor } from './tensor.js';

function sumOver(x: Tensor, axis: number): Float64Array {
  const { outer, size, inner } = aroundAxis(x.shape, axis);
  const sums = new Float64Array(outer * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < size; i++)
      for (let n = 0; n < inner; n++) sums[o * inner + n]! += x.elements[(o * size + i) * inner + n]!;
  return sums;
}

const reduceSum: ReferenceKernel<'reduce_sum'> = ([x], { axis }, [shape]) => [
  { shape: shape!, elements: sumOver(x!, axis) },
];

const reduceMean: ReferenceKernel<'reduce_mean'> = ([x], { axis }, [shape]) => [
  { shape: shape!, elements: sumOver(x!, axis).map((sum) => sum / x!.shape[axis]!) },
];

/** For each place beside the axis: the index of the first maximum, and the maximum; NaN wins. */
function maximaOver(
  x: Tensor,
  axis: number,
): { readonly indices: Float64Array; readonly maxima: Float64Array } {
  const { outer, size, inner } = aroundAxis(x.shape, axis);
  const indices = new Float64Array(outer * inner);
  const maxima = new Float64Array(outer * inner).fill(-Infinity);
  for (let o = 0; o < outer; o++)
    for (let n = 0; n < inner; n++) {
      const place = o * inner + n;
      for (let i = 0; i < size; i++) {
        const element = x.elements[(o * size + i) * inner + n]!;
        if (element <= maxima[place]! || Number.isNaN(maxima[place])) continue;
        maxima[place] = element;
        indices[place] = i;
      }
    }
  return { indices, maxima };
}

const reduceMax: ReferenceKernel<'reduce_max'> = ([x], { axis }, [shape]) => [
  { shape: shape!, elements: maximaOver(x!, axis).maxima },
];

const argMax: ReferenceKernel<'arg_max'> = ([x], { axis }, [shape]) => [
  { shape: shape!, elements: maximaOver(x!, axis).indices },
];

const gather: ReferenceKernel<'gather'> = ([table, index], _attributes, [shape]) => {
  const [rows, columns] = table!.shape as readonly [number, number];
  const elements = new Float64Array(elementCount(shape!));
  index!.elements.forEach((given, position) => {
    const row = Number.isNaN(given) ? 0 : Math.min(Math.max(round(given), 0), rows - 1);
    elements.set(table!.elements.subarray(row * columns, (row + 1) * columns), position * columns);
  });
  return [{ shape: shape!, elements }];
};

const matmul: ReferenceKernel<'matmul'> = ([a, b], _attributes, [shape]) => {
  const [rows, inner, columns] = [shape!.at(-2)!, a!.shape.at(-1)!, shape!.at(-1)!];
  const batch = shape!.slice(0, -2);
  const batchesOf = (x: Tensor): number[] => broadcastStrides(x.shape.slice(0, -2), batch);
  const elements = new Float64Array(elementCount(shape!));
  forEachIndex(batch, [batchesOf(a!), batchesOf(b!)], (position, [batchA, batchB]) => {
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum +=
            a!.elements[(batchA! * rows + row) * inner + k]! *
            b!.elements[(batchB! * inner + k) * columns + column]!;
        elements[(position * rows + row) * columns + column] = sum;
      }
  });
  return [{ shape: shape!, elements }];
};

const layerNorm: ReferenceKernel<'layer_norm'> = ([x, weight, bias], { axis, epsilon }, [shape]) => {
  const { outer, size, inner } = aroundAxis(x!.shape, axis);
  const elements = new Float64Array(x!.elements.length);
  for (let o = 0; o < outer; o++)
    for (let n = 0; n < inner; n++) {
      const at = (i: number): number => (o * size + i) * inner + n;
      let mean = 0;
      for (let i = 0; i < size; i++) mean += x!.elements[at(i)]! / size;
      let variance = 0;
      for (let i = 0; i < size; i++) variance += (x!.elements[at(i)]! - mean) ** 2 / size;
      const scale = 1 / Math.sqrt(variance + epsilon);
      for (let i = 0; i < size; i++)
        elements[at(i)] = (x!.elements[at(i)]! - mean) * scale * weight!.elements[i]! + bias!.elements[i]!;
    }
  return [{ shape: shape!, elements }];
};

export const networkKernels = {
  reduce_sum: reduceSum,
  reduce_mean: reduceMean,
  reduce_max: reduceMax,
  arg_max: argMax,
  gather,
  matmul,
  layer_norm: layerNorm,
};
