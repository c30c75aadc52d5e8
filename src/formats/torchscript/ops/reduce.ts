/** Ops that make one number of many: sums, means, deviations, maxima, norms; and running sums and products. */

import { elementCount } from '../../../graph/tensor-shape.js';
import type { ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import { isScalar, type ScriptValue } from '../values.js';
import { type Arguments, type OpRule, Unsupported } from './arguments.js';
import { withNumber } from './elementwise.js';
import {
  axisOf,
  binary,
  concat,
  constantTensor,
  reduce,
  reducedAxes,
  reshape,
  result,
  scalarTensor,
  slice,
  swapAxes,
  unary,
} from './support.js';

/** The axes of an argument that may be a number, a list or None. */
function axes(args: Arguments, x: ScriptTensor, index: number): number[] {
  return reducedAxes(args.trace, x, args.ints(index, 'dim', []));
}

function reduction(op: 'reduce_sum' | 'reduce_mean'): OpRule {
  return (args) => {
    const x = args.tensor(0);
    const dtype = op === 'reduce_mean' || x.dtype === 'float' ? 'float' : 'int';
    return reduce(args.trace, op, x, axes(args, x, 1), args.bool(2, 'keepdim', false), dtype);
  };
}

function variance(args: Arguments): ScriptTensor {
  const { trace } = args;
  const x = args.tensor(0);
  // (x, unbiased) or (x, dim, unbiased, keepdim); newer archives say `correction`.
  const whole = args.get(1)?.kind === 'bool';
  const over = whole ? reducedAxes(trace, x, []) : axes(args, x, 1);
  const unbiased = whole ? args.bool(1, 'unbiased', true) : args.bool(2, 'unbiased', true);
  const correction = args.keywords.has('correction') ? args.number(9, 'correction', 1) : Number(unbiased);
  const keep = !whole && args.bool(3, 'keepdim', false);
  const centred = binary(trace, 'sub', x, reduce(trace, 'reduce_mean', x, over, true));
  const squares = binary(trace, 'mul', centred, centred);
  const count = elementCount(over.map((axis) => x.shape[axis]!));
  const sum = reduce(trace, 'reduce_sum', squares, over, keep);
  return withNumber(trace, 'div', sum, Math.max(0, count - correction));
}

/** The greatest value of each row and where it stands: (values, indices). */
function extreme(args: Arguments, sign: 1 | -1): ScriptValue {
  const { trace } = args;
  const given = args.tensor(0);
  const x = sign === 1 ? given : unary(trace, 'neg', given);
  const back = (values: ScriptTensor): ScriptTensor => (sign === 1 ? values : unary(trace, 'neg', values));
  if (args.positional.length === 1)
    return back(reduce(trace, 'reduce_max', x, reducedAxes(trace, x, []), false));
  const second = args.need(1);
  if (second.kind === 'tensor') return binary(trace, sign === 1 ? 'maximum' : 'minimum', given, second);
  const axis = axisOf(trace, args.int(1, 'dim'), x.rank);
  const keep = args.bool(2, 'keepdim', false);
  const indices = argMax(trace, x, axis, keep);
  return { kind: 'tuple', items: [back(reduce(trace, 'reduce_max', x, [axis], keep)), indices] };
}

function argMax(trace: Trace, x: ScriptTensor, axis: number, keep: boolean): ScriptTensor {
  const found = result(trace, trace.emit('arg_max', [trace.read(x)], { axis }), 'int');
  return keep
    ? found
    : reshape(
        trace,
        found,
        x.shape.filter((_, other) => other !== axis),
      );
}

function argRule(sign: 1 | -1): OpRule {
  return (args) => {
    const given = args.tensor(0);
    const x = sign === 1 ? given : unary(args.trace, 'neg', given);
    if (!args.has(1, 'dim'))
      return argMax(args.trace, reshape(args.trace, x, [elementCount(x.shape)]), 0, false);
    return argMax(
      args.trace,
      x,
      axisOf(args.trace, args.int(1, 'dim'), x.rank),
      args.bool(2, 'keepdim', false),
    );
  };
}

/** Running sum: a product with a triangle of ones. */
const cumsum: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const axis = axisOf(trace, args.int(1, 'dim'), x.rank);
  const n = x.shape[axis]!;
  if (n > 1024) throw new Unsupported(`a running sum over ${n} elements`);
  const turned = swapAxes(trace, x, axis, x.rank - 1);
  const triangle = new Float32Array(n * n).map((_, i) => Number(Math.floor(i / n) <= i % n));
  const flat = reshape(trace, turned, [elementCount(turned.shape) / n, n]);
  const sums = trace.emit(
    'matmul',
    [trace.read(flat), trace.read(constantTensor(trace, [n, n], triangle))],
    {},
  );
  return swapAxes(trace, reshape(trace, result(trace, sums, x.dtype), turned.shape), axis, x.rank - 1);
};

const cumprod: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const axis = axisOf(trace, args.int(1, 'dim'), x.rank);
  const n = x.shape[axis]!;
  if (n > 256) throw new Unsupported(`a running product over ${n} elements`);
  const rows = Array.from({ length: n }, (_, index) => slice(trace, x, axis, index, index + 1));
  for (let index = 1; index < n; index++) rows[index] = binary(trace, 'mul', rows[index - 1]!, rows[index]!);
  return concat(trace, rows, axis);
};

const prod: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const flat = args.has(1, 'dim') ? x : reshape(trace, x, [elementCount(x.shape)]);
  const axis = args.has(1, 'dim') ? axisOf(trace, args.int(1, 'dim'), x.rank) : 0;
  if (flat.shape[axis]! > 256) throw new Unsupported(`a product of ${flat.shape[axis]} elements`);
  let product = slice(trace, flat, axis, 0, 1);
  for (let index = 1; index < flat.shape[axis]!; index++)
    product = binary(trace, 'mul', product, slice(trace, flat, axis, index, index + 1));
  return args.bool(2, 'keepdim', false)
    ? product
    : reshape(
        trace,
        product,
        flat.shape.filter((_, other) => other !== axis),
      );
};

const norm: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const order = args.has(1, 'p') && isScalar(args.need(1)) ? args.number(1, 'p') : 2;
  const over = axes(args, x, 2);
  const keep = args.bool(3, 'keepdim', false);
  const magnitude = unary(trace, 'abs', x);
  if (order === 1) return reduce(trace, 'reduce_sum', magnitude, over, keep);
  if (order === Infinity) return reduce(trace, 'reduce_max', magnitude, over, keep);
  if (order !== 2) throw new Unsupported(`a norm of order ${order}`);
  return unary(trace, 'sqrt', reduce(trace, 'reduce_sum', binary(trace, 'mul', x, x), over, keep));
};

export function softmax(trace: Trace, x: ScriptTensor, axis: number): ScriptTensor {
  const shifted = binary(trace, 'sub', x, reduce(trace, 'reduce_max', x, [axis], true));
  const powers = unary(trace, 'exp', shifted);
  return binary(trace, 'div', powers, reduce(trace, 'reduce_sum', powers, [axis], true));
}

const logsumexp: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const over = axes(args, x, 1);
  const keep = args.bool(2, 'keepdim', false);
  const top = reduce(trace, 'reduce_max', x, over, true);
  const sum = reduce(trace, 'reduce_sum', unary(trace, 'exp', binary(trace, 'sub', x, top)), over, true);
  const total = binary(trace, 'add', unary(trace, 'log', sum), top);
  return keep ? total : reduce(trace, 'reduce_sum', total, over, false);
};

const anyRule =
  (every: boolean): OpRule =>
  (args) => {
    const { trace } = args;
    const x = args.tensor(0);
    const zero = binary(trace, 'equal', x, scalarTensor(trace, 0), 'bool');
    const one = binary(trace, 'equal', zero, scalarTensor(trace, 0), 'bool');
    const over = axes(args, x, 1);
    const keep = args.bool(2, 'keepdim', false);
    if (!every) return reduce(trace, 'reduce_max', one, over, keep);
    return binary(
      trace,
      'equal',
      reduce(trace, 'reduce_max', zero, over, keep),
      scalarTensor(trace, 0),
      'bool',
    );
  };

export const reduceOps: Readonly<Record<string, OpRule>> = {
  sum: reduction('reduce_sum'),
  mean: reduction('reduce_mean'),
  var: variance,
  std: (args) => unary(args.trace, 'sqrt', variance(args)),
  max: (args) => extreme(args, 1),
  min: (args) => extreme(args, -1),
  amax: (args) => {
    const x = args.tensor(0);
    return reduce(args.trace, 'reduce_max', x, axes(args, x, 1), args.bool(2, 'keepdim', false));
  },
  amin: (args) => {
    const x = args.tensor(0);
    const negative = unary(args.trace, 'neg', x);
    const top = reduce(args.trace, 'reduce_max', negative, axes(args, x, 1), args.bool(2, 'keepdim', false));
    return unary(args.trace, 'neg', top);
  },
  argmax: argRule(1),
  argmin: argRule(-1),
  cumsum,
  cumprod,
  prod,
  norm,
  linalg_norm: norm,
  linalg_vector_norm: norm,
  softmax: (args) => {
    const x = args.tensor(0);
    return softmax(args.trace, x, axisOf(args.trace, args.int(1, 'dim'), x.rank));
  },
  log_softmax: (args) => {
    const x = args.tensor(0);
    return unary(args.trace, 'log', softmax(args.trace, x, axisOf(args.trace, args.int(1, 'dim'), x.rank)));
  },
  logsumexp,
  any: anyRule(false),
  all: anyRule(true),
};
