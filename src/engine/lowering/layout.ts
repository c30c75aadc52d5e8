/**
 * Ops that only move elements. Most become other views of the same memory; concatenation costs nothing where the
 * parts were written in place (see destinations in `context.ts`).
 */

import { rowMajorStrides } from '../../graph/tensor-shape.js';
import { flipView, reshapeView, sliceView, transposeView, usualStrides, type View } from '../views.js';
import { sameView, type LoweringContext } from './context.js';
import type { Lowering } from './table.js';

const reshape: Lowering<'reshape'> = (node, context) => {
  const view = context.view(node.inputs[0]!);
  const { shape } = node.attributes;
  context.define(node.outputs[0]!, reshapeView(view, shape) ?? reshapeView(context.rowMajor(view), shape)!);
};

const transpose: Lowering<'transpose'> = (node, context) => {
  context.define(node.outputs[0]!, transposeView(context.view(node.inputs[0]!), node.attributes.permutation));
};

const slice: Lowering<'slice'> = (node, context) => {
  const { axis, start, step } = node.attributes;
  const size = context.shape(node.outputs[0]!)[axis]!;
  context.define(node.outputs[0]!, sliceView(context.view(node.inputs[0]!), axis, start, size, step));
};

const flip: Lowering<'flip'> = (node, context) => {
  context.define(node.outputs[0]!, flipView(context.view(node.inputs[0]!), node.attributes.axis));
};

/** Frame-major, channel f * C + c at t already lies where channel c at t * factor + f belongs. */
const pixelShuffle: Lowering<'pixel_shuffle'> = (node, context) => {
  const [output] = node.outputs;
  const shape = context.shape(output!);
  const whole = context.shape(node.inputs[0]!);
  const view = context.asStrides(context.view(node.inputs[0]!), usualStrides(whole));
  context.define(output!, { ...view, shape, strides: usualStrides(shape) });
};

const concat: Lowering<'concat'> = (node, context) => {
  const [output] = node.outputs;
  const whole = context.target(output!, () => true);
  let start = 0;
  for (const input of node.inputs) {
    const size = context.shape(input!)[node.attributes.axis]!;
    const part = sliceView(whole, node.attributes.axis, start, size);
    const wanted = context.destinations.get(input!);
    if (!wanted || !sameView(wanted, part))
      context.copy(part, context.view(input!), context.flushes(output!));
    start += size;
  }
  context.define(output!, whole);
};

const pad: Lowering<'pad'> = (node, context) => {
  const { axis, before, after } = node.attributes;
  const [output] = node.outputs;
  const whole = context.target(output!, () => true);
  const view = context.view(node.inputs[0]!);
  const size = view.shape[axis]!;
  zero(context, whole, axis, 0, before);
  context.copy(sliceView(whole, axis, before, size), view, context.flushes(output!));
  zero(context, whole, axis, before + size, after);
  context.define(output!, whole);
};

function zero(context: LoweringContext, whole: View, axis: number, start: number, size: number): void {
  if (size === 0) return;
  const part = sliceView(whole, axis, start, size);
  const region = context.pack('zero', () => new Float32Array(4));
  context.copy(part, {
    region,
    offset: 0,
    shape: part.shape,
    strides: rowMajorStrides(part.shape).map(() => 0),
  });
}

export const layoutLowerings = { reshape, transpose, slice, flip, pixel_shuffle: pixelShuffle, concat, pad };
