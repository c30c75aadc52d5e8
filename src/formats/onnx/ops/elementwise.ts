/** Importers of ONNX ops that treat each element on its own. */

import type { Empty, OpAttributes, OpName } from '../../../graph/graph.js';
import { Unsupported } from '../errors.js';
import type { NodeImport, Operand } from '../node.js';

/** Imports one node; returns its outputs in order. */
export type OpImporter = (node: NodeImport) => readonly Operand[];

/** Names of ops without attributes. */
type PlainOp = { [K in OpName]: Empty extends OpAttributes[K] ? K : never }[OpName];

const MAX_FLOAT32 = 3.4028234663852886e38;

function unary(op: PlainOp): OpImporter {
  return (node) => [node.apply(op, [node.input(0)], {})];
}

function binary(op: PlainOp): OpImporter {
  return (node) => [node.apply(op, [node.input(0), node.input(1)], {})];
}

/** Sum, Min and Max take any number of inputs. */
function variadic(op: PlainOp): OpImporter {
  return (node) => {
    let result = node.input(0);
    for (let i = 1; i < node.inputs.length; i++) result = node.apply(op, [result, node.input(i)], {});
    return [result];
  };
}

/** The exponent may be of another type than the base. */
const power: OpImporter = (node) => {
  const exponent = node.input(1);
  if (node.input(0).kind === 'integers' || exponent.kind === 'value') return binary('pow')(node);
  const { shape, elements } = exponent.tensor;
  return [node.apply('pow', [node.input(0), node.constant(shape, elements)], {})];
};

const leakyRelu: OpImporter = (node) => [
  node.apply('leaky_relu', [node.input(0)], { alpha: node.float('alpha', 0.01) }),
];

const parametricRelu: OpImporter = (node) => {
  const slope = node.numbers(1);
  if (slope?.length !== 1) throw new Unsupported('a slope that differs between channels');
  return [node.apply('leaky_relu', [node.input(0)], { alpha: slope[0]! })];
};

/** With bounds known while loading one op; with others, two. */
const clip: OpImporter = (node) => {
  const x = node.input(0);
  const bound = (index: number, attribute: string, fallback: number): number | undefined =>
    node.has(index) ? node.numbers(index)?.[0] : node.float(attribute, fallback);
  const min = bound(1, 'min', -MAX_FLOAT32);
  const max = bound(2, 'max', MAX_FLOAT32);
  if (min !== undefined && max !== undefined) return [node.apply('clip', [x], { min, max })];
  const raised = node.has(1) ? node.apply('maximum', [x, node.input(1)], {}) : x;
  return [node.has(2) ? node.apply('minimum', [raised, node.input(2)], {}) : raised];
};

export const elementwiseImporters = {
  Neg: unary('neg'),
  Abs: unary('abs'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Floor: unary('floor'),
  Reciprocal: unary('reciprocal'),
  Relu: unary('relu'),
  Sigmoid: unary('sigmoid'),
  Tanh: unary('tanh'),
  Softplus: unary('softplus'),
  Acos: unary('acos'),
  Erf: unary('erf'),
  Round: unary('round'),
  LeakyRelu: leakyRelu,
  PRelu: parametricRelu,
  Clip: clip,
  Add: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  Div: binary('div'),
  Pow: power,
  Sum: variadic('add'),
  Min: variadic('minimum'),
  Max: variadic('maximum'),
} satisfies Record<string, OpImporter>;
