/** Reference kernels of ops that move elements without computing. */

import { elementCount, rowMajorStrides } from '../tensor-shape.js';
import { aroundAxis, forEachIndex, type ReferenceKernel, type Tensor } from './tensor.js';

const reshape: ReferenceKernel<'reshape'> = ([x], _attributes, [shape]) => [
  { shape: shape!, elements: x!.elements.slice() },
];

const transpose: ReferenceKernel<'transpose'> = ([x], { permutation }, [shape]) => {
  const own = rowMajorStrides(x!.shape);
  const elements = new Float64Array(x!.elements.length);
  forEachIndex(shape!, [permutation.map((axis) => own[axis]!)], (position, [offset]) => {
    elements[position] = x!.elements[offset!]!;
  });
  return [{ shape: shape!, elements }];
};

const concat: ReferenceKernel<'concat'> = (inputs, { axis }, [shape]) => {
  const elements = new Float64Array(elementCount(shape!));
  const whole = aroundAxis(shape!, axis);
  let start = 0;
  for (const part of inputs as readonly Tensor[]) {
    const { size, inner } = aroundAxis(part.shape, axis);
    for (let outer = 0; outer < whole.outer; outer++)
      elements.set(
        part.elements.subarray(outer * size * inner, (outer + 1) * size * inner),
        (outer * whole.size + start) * inner,
      );
    start += size;
  }
  return [{ shape: shape!, elements }];
};

const slice: ReferenceKernel<'slice'> = ([x], { axis, start, step }, [shape]) => {
  const from = aroundAxis(x!.shape, axis);
  const to = aroundAxis(shape!, axis);
  const elements = new Float64Array(elementCount(shape!));
  for (let outer = 0; outer < to.outer; outer++)
    for (let i = 0; i < to.size; i++)
      for (let inner = 0; inner < to.inner; inner++)
        elements[(outer * to.size + i) * to.inner + inner] =
          x!.elements[(outer * from.size + start + i * step) * from.inner + inner]!;
  return [{ shape: shape!, elements }];
};

const flip: ReferenceKernel<'flip'> = ([x], { axis }, [shape]) => {
  const { outer, size, inner } = aroundAxis(shape!, axis);
  const elements = new Float64Array(x!.elements.length);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < size; i++)
      elements.set(
        x!.elements.subarray((o * size + size - 1 - i) * inner, (o * size + size - i) * inner),
        (o * size + i) * inner,
      );
  return [{ shape: shape!, elements }];
};

const pad: ReferenceKernel<'pad'> = ([x], { axis, before }, [shape]) => {
  const from = aroundAxis(x!.shape, axis);
  const to = aroundAxis(shape!, axis);
  const elements = new Float64Array(elementCount(shape!));
  const run = from.size * from.inner;
  for (let outer = 0; outer < to.outer; outer++)
    elements.set(x!.elements.subarray(outer * run, (outer + 1) * run), (outer * to.size + before) * to.inner);
  return [{ shape: shape!, elements }];
};

const pixelShuffle: ReferenceKernel<'pixel_shuffle'> = ([x], { factor }, [shape]) => {
  const [, channels, columns] = shape as readonly [number, number, number];
  const time = columns / factor;
  const elements = new Float64Array(channels * columns);
  for (let channel = 0; channel < channels; channel++)
    for (let t = 0; t < time; t++)
      for (let f = 0; f < factor; f++)
        elements[channel * columns + t * factor + f] = x!.elements[(f * channels + channel) * time + t]!;
  return [{ shape: shape!, elements }];
};

export const layoutKernels = { reshape, transpose, concat, slice, flip, pad, pixel_shuffle: pixelShuffle };
