/**
 * Fusing into convolutions: constant scale and offset of each channel into weights and bias, the activation that
 * follows, the residual that is added. Part of `fuse.ts`.
 *
 * A convolution computes activation(conv + bias) + residual, so each rule asks that what comes later is still empty.
 */

import type { Activation, AnyNode, ConvAttributes, ValueId } from '../graph.js';
import { elementCount, sameShape, type Shape } from '../tensor-shape.js';
import type { GraphEditor, Rule } from './editor.js';

/** Where the ops of the family keep their inputs. */
const layouts = {
  conv1d: { weight: 1, bias: 2, residual: 3, outAxis: 0 },
  cached_conv1d: { weight: 2, bias: 3, residual: 4, outAxis: 0 },
  conv_transpose1d: { weight: 1, bias: 2, residual: null, outAxis: 1 },
  cached_conv_transpose1d: { weight: 2, bias: 3, residual: null, outAxis: 1 },
} as const;

type ConvOp = keyof typeof layouts;
type ConvNode = AnyNode & { op: ConvOp };

function isConvolution(node: AnyNode | undefined): node is ConvNode {
  return node !== undefined && node.op in layouts;
}

/** The convolution that computes `value`, when only `user` sees it and neither activation nor residual follow yet. */
function plainConvolution(
  value: ValueId | null | undefined,
  user: AnyNode,
  editor: GraphEditor,
): ConvNode | undefined {
  if (value === null || value === undefined) return undefined;
  const node = editor.producerOf(value);
  if (!isConvolution(node) || node.outputs[0] !== value || !editor.onlyUsedBy(value, user)) return undefined;
  const { residual } = layouts[node.op];
  const hasResidual = residual !== null && (node.inputs[residual] ?? null) !== null;
  return hasResidual || node.attributes.activation.kind !== 'none' ? undefined : node;
}

/** Puts a changed convolution in the place of itself and of the node after it. */
function replace(
  conv: ConvNode,
  after: AnyNode,
  editor: GraphEditor,
  change: { inputs?: readonly (readonly [position: number, value: ValueId])[]; activation?: Activation },
): void {
  const inputs = [...conv.inputs];
  for (const [position, value] of change.inputs ?? []) {
    while (inputs.length < position) inputs.push(null);
    inputs[position] = value;
  }
  const attributes: ConvAttributes = {
    ...conv.attributes,
    ...(change.activation === undefined ? {} : { activation: change.activation }),
  };
  editor.remove(conv, after);
  editor.add(conv.op, inputs, [after.outputs[0]!, ...conv.outputs.slice(1)], attributes, conv.origin);
}

export const fuseActivation: Rule = (node, editor) => {
  const activation = activationOf(node);
  const conv = activation === null ? undefined : plainConvolution(node.inputs[0], node, editor);
  if (activation === null || conv === undefined) return false;
  replace(conv, node, editor, { activation });
  return true;
};

function activationOf(node: AnyNode): Activation | null {
  if (node.op === 'leaky_relu') return { kind: 'leaky_relu', alpha: node.attributes.alpha };
  const isActivation =
    node.op === 'relu' || node.op === 'silu' || node.op === 'sigmoid' || node.op === 'tanh';
  return isActivation ? { kind: node.op } : null;
}

/** add(conv, other) of one shape: the other is the residual. The activation, if any, comes before it. */
export const fuseResidual: Rule = (node, editor) => {
  if (node.op !== 'add') return false;
  for (const [index, other] of [[0, 1] as const, [1, 0] as const]) {
    const [value, residual] = [node.inputs[index]!, node.inputs[other]!];
    const conv = editor.producerOf(value);
    if (!isConvolution(conv) || conv.outputs[0] !== value || residual === value) continue;
    const position = layouts[conv.op].residual;
    if (position === null || (conv.inputs[position] ?? null) !== null) continue;
    if (!editor.onlyUsedBy(value, node) || !sameShape(editor.shape(value), editor.shape(residual))) continue;
    replace(conv, node, editor, { inputs: [[position, residual]] });
    return true;
  }
  return false;
};

/** The operands of a two-input node as [what a convolution computes, a constant for each of its channels]. */
function convolutionAndChannels(
  node: AnyNode,
  editor: GraphEditor,
): { conv: ConvNode; perChannel: Float32Array } | null {
  for (const [index, other] of [[0, 1] as const, [1, 0] as const]) {
    const value = node.inputs[index]!;
    const numbers = editor.constant(node.inputs[other]);
    const conv = plainConvolution(value, node, editor);
    if (conv === undefined || numbers === undefined) continue;
    const channels = editor.shape(value)[1]!;
    if (!sameShape(editor.shape(value), editor.shape(node.outputs[0]!))) continue;
    const perChannel = spreadOverChannels(numbers, editor.shape(node.inputs[other]!), channels);
    if (perChannel !== null) return { conv, perChannel };
  }
  return null;
}

function spreadOverChannels(numbers: Float32Array, shape: Shape, channels: number): Float32Array | null {
  if (numbers.length === 1) return new Float32Array(channels).fill(numbers[0]!);
  const isColumn = shape.at(-1) === 1 && shape.at(-2) === channels && elementCount(shape) === channels;
  return isColumn ? numbers : null;
}

export const fuseOffset: Rule = (node, editor) => {
  if (node.op !== 'add') return false;
  const found = convolutionAndChannels(node, editor);
  if (found === null) return false;
  const { conv, perChannel } = found;
  const position = layouts[conv.op].bias;
  const old = conv.inputs[position] ?? null;
  const before = editor.constant(old);
  if (old !== null && before === undefined) return false;
  const numbers = perChannel.map((offset, channel) => offset + (before?.[channel] ?? 0));
  const bias = editor.addConstant(`${conv.origin}.offset`, [numbers.length], numbers);
  replace(conv, node, editor, { inputs: [[position, bias]] });
  return true;
};

export const fuseScale: Rule = (node, editor) => {
  if (node.op !== 'mul') return false;
  const found = convolutionAndChannels(node, editor);
  if (found === null) return false;
  const { conv, perChannel } = found;
  const layout = layouts[conv.op];
  const weight = conv.inputs[layout.weight]!;
  const oldBias = conv.inputs[layout.bias] ?? null;
  const [weights, biases] = [editor.constant(weight), editor.constant(oldBias)];
  if (weights === undefined || (oldBias !== null && biases === undefined)) return false;

  const shape = editor.shape(weight);
  const scaled = scaleWeights(weights, shape, layout.outAxis, conv.attributes.groups, perChannel);
  const inputs: [number, ValueId][] = [
    [layout.weight, editor.addConstant(`${conv.origin}.scaled`, shape, scaled)],
  ];
  if (biases !== undefined) {
    const bias = biases.map((number, channel) => number * perChannel[channel]!);
    inputs.push([layout.bias, editor.addConstant(`${conv.origin}.offset`, [bias.length], bias)]);
  }
  replace(conv, node, editor, { inputs });
  if (conv.op !== 'cached_conv_transpose1d') return true;
  // Its tail is kept scaled from now on; nobody else sees it.
  const tail = conv.inputs[1]!;
  const columns = editor.shape(tail)[2]!;
  editor.mapStored(tail, (number, index) => number * perChannel[Math.floor(index / columns)]!);
  return true;
};

/** Scales the weights of each output channel; `outAxis` 1 with groups: channel = group · (out / groups) + index. */
function scaleWeights(
  weights: Float32Array,
  shape: Shape,
  outAxis: 0 | 1,
  groups: number,
  perChannel: Float32Array,
): Float32Array {
  const [first, second, kernel] = shape as readonly [number, number, number];
  return weights.map((number, position) => {
    const [row, column] = [Math.floor(position / (second * kernel)), Math.floor(position / kernel) % second];
    const channel = outAxis === 0 ? row : Math.floor(row / (first / groups)) * second + column;
    return number * perChannel[channel]!;
  });
}
