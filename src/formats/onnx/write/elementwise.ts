/** Writers of ops that treat each element on its own, and of the activations that convolutions carry. */

import type { Activation, OpName } from '../../../graph/graph.js';
import { DataType } from '../schema.js';
import type { NodeWriter, OpWriter, Step } from './node.js';

const MAX_FLOAT32 = 3.4028234663852886e38;

/** An op that ONNX has under another name, with the same inputs. */
export function same<K extends OpName>(op: string): OpWriter<K> {
  return (node) => node.result(op, node.inputs());
}

/** ONNX compares to booleans. */
function comparison<K extends OpName>(op: string): OpWriter<K> {
  return (node) =>
    node.result('Cast', [node.part(op, node.inputs(), 'true')], { to: { int: DataType.FLOAT } });
}

const silu: OpWriter<'silu'> = (node) => {
  const x = node.input(0);
  node.result('Mul', [x, node.part('Sigmoid', [x], 'sigmoid')]);
};

const clip: OpWriter<'clip'> = (node) => {
  const { min, max } = node.attributes;
  // Float32 cannot go beyond these anyway.
  const least = min <= -MAX_FLOAT32 ? '' : node.scalar('min', min);
  const most = max >= MAX_FLOAT32 ? '' : node.scalar('max', max);
  node.result('Clip', [node.input(0), least, most]);
};

const where: OpWriter<'where'> = (node) => {
  const condition = node.part('Cast', [node.input(0)], 'condition', { to: { int: DataType.BOOL } });
  node.result('Where', [condition, node.input(1), node.input(2)]);
};

export const elementwiseWriters = {
  neg: same('Neg'),
  abs: same('Abs'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  sin: same('Sin'),
  cos: same('Cos'),
  acos: same('Acos'),
  erf: same('Erf'),
  floor: same('Floor'),
  round: same('Round'),
  reciprocal: same('Reciprocal'),
  relu: same('Relu'),
  sigmoid: same('Sigmoid'),
  silu,
  tanh: same('Tanh'),
  softplus: same('Softplus'),
  leaky_relu: (node: NodeWriter<'leaky_relu'>) =>
    node.result('LeakyRelu', [node.input(0)], { alpha: { float: node.attributes.alpha } }),
  clip,
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  pow: same('Pow'),
  minimum: same('Min'),
  maximum: same('Max'),
  equal: comparison('Equal'),
  less: comparison('Less'),
  less_or_equal: comparison('LessOrEqual'),
  where,
} satisfies { readonly [K in OpName]?: OpWriter<K> };

/** The step of a convolution's activation; none for 'none'. */
export function activationSteps(activation: Activation, node: NodeWriter): Step[] {
  const step = (op: string): Step => ({ op, suffix: 'activation', inputs: (x) => [x] });
  switch (activation.kind) {
    case 'none':
      return [];
    case 'silu':
      return [{ ...step('Mul'), inputs: (x) => [x, node.part('Sigmoid', [x], 'sigmoid')] }];
    case 'relu':
      return [step('Relu')];
    case 'sigmoid':
      return [step('Sigmoid')];
    case 'tanh':
      return [step('Tanh')];
    case 'leaky_relu':
      return [{ ...step('LeakyRelu'), attributes: { alpha: { float: activation.alpha } } }];
    default:
      return activation satisfies never;
  }
}
