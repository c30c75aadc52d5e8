/**
 * Writers of convolutions, matrix products, normalisation, reductions and look-ups. What ONNX lacks is written in the
 * parts that our own passes make one op of again (`cached-convolutions.ts`, `fuse-convolution.ts`).
 */

import type { ConvAttributes, OpName } from '../../../graph/graph.js';
import type { AttributeMessage } from '../encode.js';
import { DataType } from '../schema.js';
import { activationSteps, same } from './elementwise.js';
import { padAmounts, sliceInputs } from './layout.js';
import type { NodeWriter, OpWriter, Step } from './node.js';

function convolution(attributes: ConvAttributes): Readonly<Record<string, AttributeMessage>> {
  const { stride, dilation, groups } = attributes;
  return { strides: { ints: [stride] }, dilations: { ints: [dilation] }, group: { int: groups } };
}

/** The step that adds the residual at input `index`, if there is one. */
function residualSteps(node: NodeWriter, index: number): Step[] {
  if (!node.has(index)) return [];
  return [{ op: 'Add', suffix: 'sum', inputs: (x) => [x, node.input(index)] }];
}

/** activation(conv(x) + bias) + residual; weight, bias and residual are the inputs from `weight` on. */
function convSteps(
  node: NodeWriter<'conv1d'> | NodeWriter<'cached_conv1d'>,
  x: string,
  weight: number,
): [Step, ...Step[]] {
  const { attributes } = node;
  const inputs = [x, node.input(weight), node.input(weight + 1)];
  return [
    { op: 'Conv', suffix: 'conv', inputs: () => inputs, attributes: convolution(attributes), core: true },
    ...activationSteps(attributes.activation, node),
    ...residualSteps(node, weight + 2),
  ];
}

const conv1d: OpWriter<'conv1d'> = (node) => node.chain(convSteps(node, node.input(0), 1));

const cachedConv1d: OpWriter<'cached_conv1d'> = (node) => {
  const [, , time] = node.inputShape(0) as readonly [number, number, number];
  const [, , past] = node.inputShape(1) as readonly [number, number, number];
  const joined = node.part('Concat', [node.input(1), node.input(0)], 'joined', { axis: { int: 2 } });
  const last = { axis: 2, start: time, end: past + time };
  node.chain(convSteps(node, joined, 2));
  node.result('Slice', sliceInputs(node, joined, last), {}, 1);
};

const convTranspose1d: OpWriter<'conv_transpose1d'> = (node) => {
  const { attributes } = node;
  node.chain([
    {
      op: 'ConvTranspose',
      suffix: 'conv',
      inputs: () => [node.input(0), node.input(1), node.input(2)],
      attributes: convolution(attributes),
      core: true,
    },
    ...activationSteps(attributes.activation, node),
  ]);
};

/** full + tail, of which the first hop is the output and the rest the next tail. The bias comes after the split. */
const cachedConvTranspose1d: OpWriter<'cached_conv_transpose1d'> = (node) => {
  const { attributes } = node;
  const [, channels, hop] = node.outputShape(0) as readonly [number, number, number];
  const [, , rest] = node.outputShape(1) as readonly [number, number, number];
  const columns = hop + rest;
  const full = node.core('ConvTranspose', [node.input(0), node.input(2)], 'full', convolution(attributes));
  const pads = node.integers(...padAmounts(3, 2, 0, hop));
  const tail = node.part('Pad', [node.input(1), pads], 'tail');
  const sum = node.part('Add', [full, tail], 'overlap');
  node.result('Slice', sliceInputs(node, sum, { axis: 2, start: hop, end: columns }), {}, 1);
  const steps: Step[] = activationSteps(attributes.activation, node);
  if (node.has(3))
    steps.unshift({ op: 'Add', suffix: 'biased', inputs: (x) => [x, biasColumn(node, channels)] });
  const head = sliceInputs(node, sum, { axis: 2, start: 0, end: hop });
  node.chain([{ op: 'Slice', suffix: 'head', inputs: () => head }, ...steps]);
};

/** The bias as [1, channels, 1]. */
function biasColumn(node: NodeWriter<'cached_conv_transpose1d'>, channels: number): string {
  const numbers = node.constant(3);
  if (numbers !== undefined) return node.floats('bias', [1, channels, 1], numbers);
  return node.part('Reshape', [node.input(3), node.integers(1, channels, 1)], 'bias');
}

/** ONNX normalises over the last axis. */
const layerNorm: OpWriter<'layer_norm'> = (node) => {
  const { axis, epsilon } = node.attributes;
  const rank = node.inputShape(0).length;
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  const [x, weight, bias] = [node.input(0), node.input(1), node.input(2)];
  if (axis === rank - 1) return node.result('LayerNormalization', [x, weight, bias], attributes);
  // Changing two places is its own inverse.
  const permutation = Array.from({ length: rank }, (_, at) => at);
  [permutation[axis], permutation[rank - 1]] = [rank - 1, axis];
  const perm = { perm: { ints: permutation } };
  const turned = node.part('Transpose', [x], 'turned', perm);
  const normal = node.core('LayerNormalization', [turned, weight, bias], 'normal', attributes);
  node.result('Transpose', [normal], perm);
};

const reduceSum: OpWriter<'reduce_sum'> = (node) =>
  node.result('ReduceSum', [node.input(0), node.integers(node.attributes.axis)]);

/** Takes its axes as an attribute in the operator set that is written. */
function reduction<K extends 'reduce_mean' | 'reduce_max'>(op: string): OpWriter<K> {
  return (node) => node.result(op, [node.input(0)], { axes: { ints: [node.attributes.axis] } });
}

const argMax: OpWriter<'arg_max'> = (node) => {
  const { axis } = node.attributes;
  const index = node.part('ArgMax', [node.input(0)], 'index', { axis: { int: axis }, keepdims: { int: 1 } });
  node.result('Cast', [index], { to: { int: DataType.FLOAT } });
};

/** Round, bring within the table, look up. ONNX has no index for NaN; whoever feeds one gets an error there. */
const gather: OpWriter<'gather'> = (node) => {
  const [rows] = node.inputShape(0) as readonly [number, number];
  const whole = node.part('Round', [node.input(1)], 'whole');
  const limits = [node.scalar('first', 0), node.scalar('last', rows - 1)];
  const inside = node.part('Clip', [whole, ...limits], 'inside');
  const index = node.part('Cast', [inside], 'index', { to: { int: DataType.INT64 } });
  node.result('Gather', [node.input(0), index], { axis: { int: 0 } });
};

export const networkWriters = {
  reduce_sum: reduceSum,
  reduce_mean: reduction<'reduce_mean'>('ReduceMean'),
  reduce_max: reduction<'reduce_max'>('ReduceMax'),
  arg_max: argMax,
  matmul: same<'matmul'>('MatMul'),
  gather,
  layer_norm: layerNorm,
  conv1d,
  cached_conv1d: cachedConv1d,
  conv_transpose1d: convTranspose1d,
  cached_conv_transpose1d: cachedConvTranspose1d,
} satisfies { readonly [K in OpName]?: OpWriter<K> };
