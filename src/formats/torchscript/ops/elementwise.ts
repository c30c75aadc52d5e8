/** Ops on each element of tensors. Those of two inputs take numbers as well. */

import type { DType, ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import { newTensor } from '../tensor.js';
import { type Arguments, type OpRule, Unsupported } from './arguments.js';
import { complexBinary, complexMagnitude } from './complex.js';
import { binary, commonType, result, scalarTensor, toTensor, unary } from './support.js';

type Unary = (trace: Trace, x: ScriptTensor, args: Arguments) => ScriptTensor;

/** A rule of one tensor; whole numbers become floats first unless the op keeps them. */
function one(compute: Unary, keepsInts = false): OpRule {
  return (args) => {
    const x = args.tensor(0, 'self');
    if (x.dtype === 'complex') throw new Unsupported(`${args.op} of complex numbers`);
    return retyped(args.trace, compute(args.trace, x, args), keepsInts ? x.dtype : 'float');
  };
}

/** The same numbers called by another type. */
export function retyped(trace: Trace, x: ScriptTensor, dtype: DType): ScriptTensor {
  if (x.dtype === dtype) return x;
  return x.isEmpty ? newTensor(dtype, x.shape, null) : result(trace, trace.read(x), dtype);
}

function simple(op: Parameters<typeof unary>[1], keepsInts = false): OpRule {
  return one((trace, x) => unary(trace, op, x), keepsInts);
}

function emit1(
  trace: Trace,
  op: 'acos' | 'erf' | 'round' | 'sigmoid' | 'tanh' | 'silu' | 'softplus',
  x: ScriptTensor,
): ScriptTensor {
  if (x.isEmpty) return newTensor('float', x.shape, null);
  return result(trace, trace.emit(op, [trace.read(x)], {}));
}

function map(op: Parameters<typeof emit1>[1]): OpRule {
  return one((trace, x) => emit1(trace, op, x));
}

export function withNumber(
  trace: Trace,
  op: Parameters<typeof binary>[1],
  x: ScriptTensor,
  number: number,
): ScriptTensor {
  return binary(trace, op, x, scalarTensor(trace, number), x.dtype);
}

/** Greatest whole number that is no greater in magnitude. */
export function truncate(trace: Trace, x: ScriptTensor): ScriptTensor {
  const up = unary(trace, 'neg', unary(trace, 'floor', unary(trace, 'neg', x)));
  const negative = binary(trace, 'less', x, scalarTensor(trace, 0), 'bool');
  return choose(trace, negative, up, unary(trace, 'floor', x), x.dtype);
}

export function choose(
  trace: Trace,
  condition: ScriptTensor,
  a: ScriptTensor,
  b: ScriptTensor,
  dtype: DType = commonType(a.dtype, b.dtype),
): ScriptTensor {
  return result(trace, trace.emit('where', [trace.read(condition), trace.read(a), trace.read(b)], {}), dtype);
}

function not(trace: Trace, x: ScriptTensor): ScriptTensor {
  return binary(trace, 'equal', x, scalarTensor(trace, 0), 'bool');
}

function clip(trace: Trace, x: ScriptTensor, min: number, max: number): ScriptTensor {
  if (x.isEmpty) return x;
  if (Number.isFinite(min) && Number.isFinite(max))
    return result(trace, trace.emit('clip', [trace.read(x)], { min, max: Math.max(min, max) }), x.dtype);
  let clipped = x;
  if (Number.isFinite(min)) clipped = withNumber(trace, 'maximum', clipped, min);
  if (Number.isFinite(max)) clipped = withNumber(trace, 'minimum', clipped, max);
  return clipped;
}

/** Bounds may be numbers, tensors or None. */
const clamp: OpRule = (args) => {
  let x = args.tensor(0);
  const bounds = [args.get(1, 'min'), args.get(2, 'max')];
  if (bounds.some((bound) => bound?.kind === 'tensor')) {
    if (args.has(1, 'min')) x = binary(args.trace, 'maximum', x, toTensor(args.trace, args.need(1, 'min')));
    if (args.has(2, 'max')) x = binary(args.trace, 'minimum', x, toTensor(args.trace, args.need(2, 'max')));
    return x;
  }
  return clip(args.trace, x, args.number(1, 'min', -Infinity), args.number(2, 'max', Infinity));
};

function leakyRelu(trace: Trace, x: ScriptTensor, alpha: number): ScriptTensor {
  return result(trace, trace.emit('leaky_relu', [trace.read(x)], { alpha }));
}

const SQRT_HALF = Math.SQRT1_2;

const gelu: OpRule = one((trace, x, args) => {
  const half = withNumber(trace, 'mul', x, 0.5);
  let inner: ScriptTensor;
  if (args.text(1, 'approximate', 'none') === 'tanh') {
    const cube = binary(trace, 'mul', binary(trace, 'mul', x, x), x);
    const sum = binary(trace, 'add', x, withNumber(trace, 'mul', cube, 0.044715));
    inner = emit1(trace, 'tanh', withNumber(trace, 'mul', sum, Math.sqrt(2 / Math.PI)));
  } else inner = emit1(trace, 'erf', withNumber(trace, 'mul', x, SQRT_HALF));
  return binary(trace, 'mul', half, withNumber(trace, 'add', inner, 1));
});

/** softplus(βx) / β, and x itself where βx exceeds the threshold. */
const softplus: OpRule = one((trace, x, args) => {
  const beta = args.number(1, 'beta', 1);
  const threshold = args.number(2, 'threshold', 20);
  const scaled = beta === 1 ? x : withNumber(trace, 'mul', x, beta);
  const soft = emit1(trace, 'softplus', scaled);
  const divided = beta === 1 ? soft : withNumber(trace, 'div', soft, beta);
  // Beyond 20 both are the same to float32.
  if (threshold >= 20) return divided;
  return choose(trace, binary(trace, 'less', scalarTensor(trace, threshold), scaled, 'bool'), x, divided);
});

/** Two inputs, each a tensor or a number. */
function two(
  compute: (trace: Trace, a: ScriptTensor, b: ScriptTensor, args: Arguments) => ScriptTensor,
): OpRule {
  return (args) =>
    compute(
      args.trace,
      toTensor(args.trace, args.need(0, 'self')),
      toTensor(args.trace, args.need(1, 'other')),
      args,
    );
}

function arithmetic(op: 'add' | 'sub' | 'mul' | 'div'): OpRule {
  return two((trace, a, b, args) => {
    const alpha = op === 'add' || op === 'sub' ? args.number(2, 'alpha', 1) : 1;
    const scaled = alpha === 1 ? b : withNumber(trace, 'mul', b, alpha);
    const dtype = commonType(a.dtype, scaled.dtype);
    if (dtype === 'complex') return complexBinary(trace, op, a, scaled);
    return binary(trace, op, a, scaled, op === 'div' && dtype !== 'float' ? 'float' : dtype);
  });
}

function floorDivide(trace: Trace, a: ScriptTensor, b: ScriptTensor): ScriptTensor {
  return unary(trace, 'floor', binary(trace, 'div', a, b));
}

const divide: OpRule = (args) => {
  const mode = args.text(2, 'rounding_mode', '');
  const quotient = arithmetic('div')(args) as ScriptTensor;
  if (mode === '') return quotient;
  const rounded = mode === 'floor' ? unary(args.trace, 'floor', quotient) : truncate(args.trace, quotient);
  const [a, b] = [toTensor(args.trace, args.need(0)), toTensor(args.trace, args.need(1))];
  return retyped(args.trace, rounded, commonType(a.dtype, b.dtype));
};

function compare(op: 'equal' | 'less' | 'less_or_equal', swapped: boolean): OpRule {
  return two((trace, a, b) => (swapped ? binary(trace, op, b, a, 'bool') : binary(trace, op, a, b, 'bool')));
}

/** a − b · ⌊a / b⌋: has the sign of b. */
const remainder: OpRule = two((trace, a, b) =>
  binary(trace, 'sub', a, binary(trace, 'mul', b, floorDivide(trace, a, b))),
);

/** a − b · trunc(a / b): has the sign of a. */
const fmod: OpRule = two((trace, a, b) =>
  binary(trace, 'sub', a, binary(trace, 'mul', b, truncate(trace, binary(trace, 'div', a, b)))),
);

const power: OpRule = two((trace, a, b) => {
  const exponent = b.rank === 0 && b.cell.content !== null ? trace.numbers(trace.read(b))?.[0] : undefined;
  const dtype = commonType(a.dtype, b.dtype);
  // Squares of negative numbers are the common case, and cheap.
  if (exponent === 1) return a;
  if (exponent === 2) return binary(trace, 'mul', a, a, dtype);
  if (exponent === 3) return binary(trace, 'mul', binary(trace, 'mul', a, a), a, dtype);
  if (exponent === 0.5) return unary(trace, 'sqrt', a, 'float');
  return binary(trace, 'pow', a, b, dtype);
});

const where: OpRule = (args) => {
  if (args.positional.length < 3) throw new Unsupported('torch.where with one argument');
  const { trace } = args;
  return choose(trace, args.tensor(0), toTensor(trace, args.need(1)), toTensor(trace, args.need(2)));
};

function logical(compute: (trace: Trace, a: ScriptTensor, b: ScriptTensor) => ScriptTensor): OpRule {
  return two((trace, a, b) =>
    retyped(trace, compute(trace, not(trace, not(trace, a)), not(trace, not(trace, b))), 'bool'),
  );
}

const abs: OpRule = (args) => {
  const x = args.tensor(0);
  return x.dtype === 'complex' ? complexMagnitude(args.trace, x) : unary(args.trace, 'abs', x);
};

export const elementwiseOps: Readonly<Record<string, OpRule>> = {
  abs,
  neg: (args) => unary(args.trace, 'neg', args.tensor(0)),
  exp: simple('exp'),
  log: simple('log'),
  sqrt: simple('sqrt'),
  sin: simple('sin'),
  cos: simple('cos'),
  floor: simple('floor', true),
  reciprocal: simple('reciprocal'),
  relu: simple('relu', true),
  ceil: one((trace, x) => unary(trace, 'neg', unary(trace, 'floor', unary(trace, 'neg', x))), true),
  trunc: one(truncate, true),
  round: one((trace, x) => emit1(trace, 'round', x), true),
  acos: map('acos'),
  asin: one((trace, x) => binary(trace, 'sub', scalarTensor(trace, Math.PI / 2), emit1(trace, 'acos', x))),
  erf: map('erf'),
  sigmoid: map('sigmoid'),
  tanh: map('tanh'),
  silu: map('silu'),
  tan: one((trace, x) => binary(trace, 'div', unary(trace, 'sin', x), unary(trace, 'cos', x))),
  log1p: one((trace, x) => unary(trace, 'log', withNumber(trace, 'add', x, 1))),
  expm1: one((trace, x) => withNumber(trace, 'sub', unary(trace, 'exp', x), 1)),
  log2: one((trace, x) => withNumber(trace, 'div', unary(trace, 'log', x), Math.LN2)),
  log10: one((trace, x) => withNumber(trace, 'div', unary(trace, 'log', x), Math.LN10)),
  exp2: one((trace, x) => unary(trace, 'exp', withNumber(trace, 'mul', x, Math.LN2))),
  rsqrt: one((trace, x) => unary(trace, 'reciprocal', unary(trace, 'sqrt', x))),
  square: one((trace, x) => binary(trace, 'mul', x, x), true),
  frac: one((trace, x) => binary(trace, 'sub', x, truncate(trace, x))),
  sign: one((trace, x) => {
    const zero = scalarTensor(trace, 0);
    return binary(trace, 'sub', binary(trace, 'less', zero, x), binary(trace, 'less', x, zero), x.dtype);
  }, true),
  softplus,
  gelu,
  leaky_relu: one((trace, x, args) => leakyRelu(trace, x, args.number(1, 'negative_slope', 0.01))),
  elu: one((trace, x, args) => {
    const below = withNumber(trace, 'sub', unary(trace, 'exp', withNumber(trace, 'minimum', x, 0)), 1);
    const scaled = withNumber(trace, 'mul', below, args.number(1, 'alpha', 1));
    return binary(trace, 'add', unary(trace, 'relu', x), scaled);
  }),
  hardtanh: one((trace, x, args) =>
    clip(trace, x, args.number(1, 'min_val', -1), args.number(2, 'max_val', 1)),
  ),
  prelu: two((trace, x, weight) => {
    if (weight.shape.some((size) => size !== 1)) throw new Unsupported('a PReLU with a slope per channel');
    const slope = trace.numbers(trace.read(weight))?.[0];
    if (slope === undefined) throw new Unsupported('a PReLU whose slope is computed');
    return leakyRelu(trace, x, slope);
  }),
  clamp,
  clamp_min: (args) => clip(args.trace, args.tensor(0), args.number(1, 'min'), Infinity),
  clamp_max: (args) => clip(args.trace, args.tensor(0), -Infinity, args.number(1, 'max')),
  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mul: arithmetic('mul'),
  rsub: two((trace, a, b) => binary(trace, 'sub', b, a)),
  div: divide,
  floordiv: two(floorDivide),
  floor_divide: two(floorDivide),
  remainder,
  fmod,
  pow: power,
  maximum: two((trace, a, b) => binary(trace, 'maximum', a, b)),
  minimum: two((trace, a, b) => binary(trace, 'minimum', a, b)),
  eq: compare('equal', false),
  ne: two((trace, a, b) => not(trace, binary(trace, 'equal', a, b, 'bool'))),
  lt: compare('less', false),
  gt: compare('less', true),
  le: compare('less_or_equal', false),
  ge: compare('less_or_equal', true),
  isnan: one((trace, x) => not(trace, binary(trace, 'equal', x, x, 'bool'))),
  where,
  logical_not: (args) => not(args.trace, args.tensor(0)),
  bitwise_not: (args) => not(args.trace, args.tensor(0)),
  logical_and: logical((trace, a, b) => binary(trace, 'mul', a, b)),
  logical_or: logical((trace, a, b) => binary(trace, 'maximum', a, b)),
  logical_xor: logical((trace, a, b) => not(trace, binary(trace, 'equal', a, b))),
  __and__: logical((trace, a, b) => binary(trace, 'mul', a, b)),
  __or__: logical((trace, a, b) => binary(trace, 'maximum', a, b)),
};
