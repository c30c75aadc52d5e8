/** Reference kernels of ops that treat each element on its own, and the activations that convolutions share. */

import type { Activation } from '../graph.js';
import { broadcastStrides, elementCount } from '../tensor-shape.js';
import * as elementary from './elementary.js';
import { forEachIndex, type PlainKernel, type ReferenceKernel, type Tensor } from './tensor.js';

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

function map({ shape, elements }: Tensor, f: Unary): Tensor {
  return { shape, elements: elements.map(f) };
}

function unary(f: Unary): PlainKernel {
  return ([x]) => [map(x!, f)];
}

function binary(f: Binary): PlainKernel {
  return ([a, b], _attributes, [shape]) => {
    const elements = new Float64Array(elementCount(shape!));
    const strides = [broadcastStrides(a!.shape, shape!), broadcastStrides(b!.shape, shape!)];
    forEachIndex(shape!, strides, (position, [offsetA, offsetB]) => {
      elements[position] = f(a!.elements[offsetA!]!, b!.elements[offsetB!]!);
    });
    return [{ shape: shape!, elements }];
  };
}

const whereKernel: PlainKernel = ([condition, a, b], _attributes, [shape]) => {
  const elements = new Float64Array(elementCount(shape!));
  const strides = [condition!, a!, b!].map((x) => broadcastStrides(x.shape, shape!));
  forEachIndex(shape!, strides, (position, [at, atA, atB]) => {
    elements[position] = condition!.elements[at!] !== 0 ? a!.elements[atA!]! : b!.elements[atB!]!;
  });
  return [{ shape: shape!, elements }];
};

const relu: Unary = (x) => Math.max(x, 0);
const silu: Unary = (x) => x * elementary.sigmoid(x);
const leakyRelu =
  (alpha: number): Unary =>
  (x) =>
    x >= 0 ? x : alpha * x;

/** The function that an activation stands for. */
export function activationFunction(activation: Activation): Unary {
  switch (activation.kind) {
    case 'none':
      return (x) => x;
    case 'relu':
      return relu;
    case 'silu':
      return silu;
    case 'sigmoid':
      return elementary.sigmoid;
    case 'tanh':
      return elementary.tanh;
    case 'leaky_relu':
      return leakyRelu(activation.alpha);
    default:
      return activation satisfies never;
  }
}

const leakyReluKernel: ReferenceKernel<'leaky_relu'> = ([x], { alpha }) => [map(x!, leakyRelu(alpha))];
const clipKernel: ReferenceKernel<'clip'> = ([x], { min, max }) => [
  map(x!, (value) => Math.min(Math.max(value, min), max)),
];

export const elementwiseKernels = {
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  exp: unary(elementary.exp),
  log: unary(elementary.log),
  sqrt: unary(Math.sqrt),
  sin: unary(elementary.sin),
  cos: unary(elementary.cos),
  floor: unary(Math.floor),
  reciprocal: unary((x) => 1 / x),
  relu: unary(relu),
  sigmoid: unary(elementary.sigmoid),
  silu: unary(silu),
  tanh: unary(elementary.tanh),
  softplus: unary(elementary.softplus),
  acos: unary(elementary.acos),
  erf: unary(elementary.erf),
  round: unary(elementary.round),
  leaky_relu: leakyReluKernel,
  clip: clipKernel,
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  pow: binary(elementary.pow),
  minimum: binary(Math.min),
  maximum: binary(Math.max),
  equal: binary((a, b) => (a === b ? 1 : 0)),
  less: binary((a, b) => (a < b ? 1 : 0)),
  less_or_equal: binary((a, b) => (a <= b ? 1 : 0)),
  where: whereKernel,
};
