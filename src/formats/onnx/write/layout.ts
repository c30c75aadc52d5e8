/** Writers of ops that move numbers: slices, joins, changes of shape. */

import type { OpName } from '../../../graph/graph.js';
import type { NodeWriter, OpWriter } from './node.js';

/** An end of a slice that runs backwards to the very first: ONNX counts negative ends from the back. */
const BEFORE_FIRST = -(2 ** 31);

const reshape: OpWriter<'reshape'> = (node) =>
  node.result('Reshape', [node.input(0), node.integers(...node.attributes.shape)]);

const transpose: OpWriter<'transpose'> = (node) =>
  node.result('Transpose', [node.input(0)], { perm: { ints: node.attributes.permutation } });

const concat: OpWriter<'concat'> = (node) =>
  node.result('Concat', node.inputs(), { axis: { int: node.attributes.axis } });

/** The inputs of an ONNX Slice along one axis. */
export function sliceInputs<K extends OpName>(
  node: NodeWriter<K>,
  x: string,
  { axis, start, end, step = 1 }: { axis: number; start: number; end: number; step?: number },
): string[] {
  return [x, node.integers(start), node.integers(end), node.integers(axis), node.integers(step)];
}

const slice: OpWriter<'slice'> = (node) =>
  node.result('Slice', sliceInputs(node, node.input(0), node.attributes));

const flip: OpWriter<'flip'> = (node) =>
  node.result(
    'Slice',
    sliceInputs(node, node.input(0), {
      axis: node.attributes.axis,
      start: -1,
      end: BEFORE_FIRST,
      step: -1,
    }),
  );

/** The amounts of an ONNX Pad: those before each axis, then those after. */
export function padAmounts(rank: number, axis: number, before: number, after: number): number[] {
  const amounts = new Array<number>(2 * rank).fill(0);
  amounts[axis] = before;
  amounts[rank + axis] = after;
  return amounts;
}

const pad: OpWriter<'pad'> = (node) => {
  const { axis, before, after } = node.attributes;
  const amounts = padAmounts(node.inputShape(0).length, axis, before, after);
  node.result('Pad', [node.input(0), node.integers(...amounts)]);
};

/** [1, f·C, T] → [f, C, T] → [C, T, f] → [1, C, T·f]: the form that `fuse-layout.ts` knows. */
const pixelShuffle: OpWriter<'pixel_shuffle'> = (node) => {
  const { factor } = node.attributes;
  const [, channels, columns] = node.outputShape() as readonly [number, number, number];
  const split = node.part(
    'Reshape',
    [node.input(0), node.integers(factor, channels, columns / factor)],
    'split',
  );
  const turned = node.part('Transpose', [split], 'turned', { perm: { ints: [1, 2, 0] } });
  node.result('Reshape', [turned, node.integers(1, channels, columns)]);
};

export const layoutWriters = {
  reshape,
  transpose,
  concat,
  slice,
  flip,
  pad,
  pixel_shuffle: pixelShuffle,
} satisfies { readonly [K in OpName]?: OpWriter<K> };
