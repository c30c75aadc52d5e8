/** Reference kernels of the convolutions: the definitions, written out as sums. */

import type { ConvAttributes } from '../graph.js';
import { activationFunction } from './elementwise.js';
import { layoutKernels } from './layout.js';
import type { ReferenceKernel, Tensor } from './tensor.js';

const conv1d: ReferenceKernel<'conv1d'> = ([x, weight, bias, residual], attributes, [shape]) => {
  const { stride, dilation, groups, activation } = attributes;
  const [, outChannels, outTime] = shape as readonly [number, number, number];
  const [, perGroup, kernel] = weight!.shape as readonly [number, number, number];
  const time = x!.shape[2]!;
  const activate = activationFunction(activation);
  const elements = new Float64Array(outChannels * outTime);
  for (let out = 0; out < outChannels; out++) {
    const firstChannel = Math.floor(out / (outChannels / groups)) * perGroup;
    for (let t = 0; t < outTime; t++) {
      let sum = bias?.elements[out] ?? 0;
      for (let c = 0; c < perGroup; c++)
        for (let k = 0; k < kernel; k++)
          sum +=
            weight!.elements[(out * perGroup + c) * kernel + k]! *
            x!.elements[(firstChannel + c) * time + t * stride + k * dilation]!;
      const position = out * outTime + t;
      elements[position] = activate(sum) + (residual?.elements[position] ?? 0);
    }
  }
  return [{ shape: shape!, elements }];
};

const cachedConv1d: ReferenceKernel<'cached_conv1d'> = (inputs, attributes, [shape, historyShape]) => {
  const [x, history, weight, bias, residual] = inputs as [Tensor, Tensor, ...(Tensor | null)[]];
  const [, channels, time] = x.shape as readonly [number, number, number];
  const past = history.shape[2]!;
  const joinedShape = [1, channels, past + time];
  const [joined] = layoutKernels.concat([history, x], { axis: 2 }, [joinedShape]);
  const [y] = conv1d([joined!, weight!, bias ?? null, residual ?? null], attributes, [shape!]);
  const last = { axis: 2, start: time, end: past + time, step: 1 };
  return [y!, ...layoutKernels.slice([joined!], last, [historyShape!])];
};

/** The full transposed convolution [1, channels, columns], without bias and activation. */
function scatter(x: Tensor, weight: Tensor, attributes: ConvAttributes, columns: number): Float64Array {
  const { stride, dilation, groups } = attributes;
  const [, channels, time] = x.shape as readonly [number, number, number];
  const [, perGroup, kernel] = weight.shape as readonly [number, number, number];
  const full = new Float64Array(perGroup * groups * columns);
  for (let c = 0; c < channels; c++) {
    const firstOut = Math.floor(c / (channels / groups)) * perGroup;
    for (let o = 0; o < perGroup; o++)
      for (let t = 0; t < time; t++)
        for (let k = 0; k < kernel; k++)
          full[(firstOut + o) * columns + t * stride + k * dilation]! +=
            x.elements[c * time + t]! * weight.elements[(c * perGroup + o) * kernel + k]!;
  }
  return full;
}

const convTranspose1d: ReferenceKernel<'conv_transpose1d'> = ([x, weight, bias], attributes, [shape]) => {
  const columns = shape![2]!;
  const activate = activationFunction(attributes.activation);
  const full = scatter(x!, weight!, attributes, columns);
  const elements = full.map((sum, i) => activate(sum + (bias?.elements[Math.floor(i / columns)] ?? 0)));
  return [{ shape: shape!, elements }];
};

const cachedConvTranspose1d: ReferenceKernel<'cached_conv_transpose1d'> = (inputs, attributes, shapes) => {
  const [x, tail, weight, bias] = inputs as [Tensor, Tensor, Tensor, Tensor | null | undefined];
  const [shape, tailShape] = shapes as readonly [readonly number[], readonly number[]];
  const [, channels, hop] = shape as readonly [number, number, number];
  const rest = tailShape[2]!;
  const columns = hop + rest;
  const activate = activationFunction(attributes.activation);
  const full = scatter(x, weight, attributes, columns);
  const y = new Float64Array(channels * hop);
  const next = new Float64Array(channels * rest);
  for (let c = 0; c < channels; c++) {
    for (let t = 0; t < rest; t++) full[c * columns + t]! += tail.elements[c * rest + t]!;
    for (let t = 0; t < hop; t++)
      y[c * hop + t] = activate(full[c * columns + t]! + (bias?.elements[c] ?? 0));
    for (let t = 0; t < rest; t++) next[c * rest + t] = full[c * columns + hop + t]!;
  }
  return [
    { shape, elements: y },
    { shape: tailShape, elements: next },
  ];
};

export const convolutionKernels = {
  conv1d,
  cached_conv1d: cachedConv1d,
  conv_transpose1d: convTranspose1d,
  cached_conv_transpose1d: cachedConvTranspose1d,
};
