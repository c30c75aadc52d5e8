/** Ops that make tensors from nothing (constants and noise), change types, or write in place. */

import { cos } from '../../../graph/kernels/elementary.js';
import { elementCount, type Shape } from '../../../graph/tensor-shape.js';
import type { DType, ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import type { ScriptValue } from '../values.js';
import { type Arguments, type OpRule, Unsupported } from './arguments.js';
import { retyped, truncate } from './elementwise.js';
import { constantTensor, expand, result, toTensor } from './support.js';

/** PyTorch's numbers for element types, as archives write them. */
const DTYPES: Readonly<Record<number, DType>> = {
  0: 'int',
  1: 'int',
  2: 'int',
  3: 'int',
  4: 'int',
  5: 'float',
  6: 'float',
  7: 'float',
  9: 'complex',
  11: 'bool',
  15: 'float',
};

export function dtypeCode(dtype: DType): number {
  return { bool: 11, int: 4, float: 6, complex: 9 }[dtype];
}

function dtypeOf(args: Arguments, index: number, otherwise: DType): DType {
  if (!args.has(index, 'dtype')) return otherwise;
  const code = args.int(index, 'dtype');
  const dtype = DTYPES[code];
  if (dtype === undefined) throw new Unsupported(`${args.op} of the element type ${code}`);
  return dtype;
}

function filled(number: number): OpRule {
  return (args) => args.trace.fill(dtypeOf(args, 1, 'float'), args.ints(0, 'size'), number);
}

function filledLike(number: number): OpRule {
  return (args) => {
    const like = args.tensor(0);
    return args.trace.fill(dtypeOf(args, 1, like.dtype), like.shape, number);
  };
}

/** N(0, 1) or evenly spread over 0 ≤ u < 1; given by the host each hop. */
function noise(distribution: 'normal' | 'uniform', like: boolean): OpRule {
  return (args) => {
    const shape = like ? args.tensor(0).shape : args.ints(0, 'size');
    return args.trace.noise(shape, distribution);
  };
}

/** A number, or nested lists of numbers. */
const tensorRule: OpRule = (args) => {
  const numbers: number[] = [];
  let dtype: DType = 'bool';
  const walk = (value: ScriptValue): Shape => {
    if (value.kind === 'list' || value.kind === 'tuple') {
      const shapes = value.items.map(walk);
      return [value.items.length, ...(shapes[0] ?? [])];
    }
    const scalar = toTensor(args.trace, value);
    const [number] = args.trace.numbers(args.trace.read(scalar)) ?? [];
    if (number === undefined)
      throw new Unsupported('a tensor made of numbers that are only known while it plays');
    numbers.push(number);
    if (scalar.dtype === 'float' || dtype === 'bool') dtype = scalar.dtype;
    return [];
  };
  const shape = walk(args.need(0));
  if (elementCount(shape) !== numbers.length)
    args.trace.fail('a tensor is made of lists of different lengths');
  return constantTensor(args.trace, shape, Float32Array.from(numbers), dtypeOf(args, 1, dtype));
};

const arange: OpRule = (args) => {
  const plain = args.positional.filter((value) => value.kind === 'int' || value.kind === 'float');
  // arange(end), arange(start, end), arange(start, end, step); dtype and the like are passed by name or as None.
  const count = Math.min(plain.length, 3);
  const [start, end, step] =
    count === 1 ? [0, args.number(0), 1] : [args.number(0), args.number(1), count === 3 ? args.number(2) : 1];
  const length = Math.ceil((end - start) / step);
  if (!(length >= 0) || length > 2 ** 20) throw new Unsupported(`a row of ${length} numbers`);
  const floats = plain.some((value) => value.kind === 'float');
  const numbers = Float32Array.from({ length }, (_, index) => start + index * step);
  return constantTensor(args.trace, [length], numbers, dtypeOf(args, 9, floats ? 'float' : 'int'));
};

const linspace: OpRule = (args) => {
  const [start, end, steps] = [args.number(0), args.number(1), args.int(2, 'steps')];
  if (steps < 0 || steps > 2 ** 20) throw new Unsupported(`a row of ${steps} numbers`);
  const numbers = Float32Array.from({ length: steps }, (_, i) =>
    steps === 1 ? start : start + ((end - start) * i) / (steps - 1),
  );
  return constantTensor(args.trace, [steps], numbers);
};

function cosineWindow(offset: number, amplitude: number): OpRule {
  return (args) => {
    const length = args.int(0, 'window_length');
    const periodic = args.get(1)?.kind === 'bool' ? args.bool(1, 'periodic', true) : true;
    if (length < 0 || length > 2 ** 16) throw new Unsupported(`a window of ${length} samples`);
    const turn = periodic ? length : Math.max(1, length - 1);
    const numbers = Float32Array.from(
      { length },
      (_, i) => offset - amplitude * cos((2 * Math.PI * i) / turn),
    );
    return constantTensor(args.trace, [length], length === 1 ? Float32Array.of(1) : numbers);
  };
}

const fftFrequencies: OpRule = (args) => {
  const n = args.int(0, 'n');
  const spacing = args.number(1, 'd', 1);
  if (n < 1 || n > 2 ** 16) throw new Unsupported(`${n} frequencies`);
  const numbers = Float32Array.from({ length: Math.floor(n / 2) + 1 }, (_, i) => i / (n * spacing));
  return constantTensor(args.trace, [numbers.length], numbers);
};

/** Another element type; to whole numbers the fraction is cut off. */
export function cast(trace: Trace, x: ScriptTensor, dtype: DType): ScriptTensor {
  if (x.dtype === dtype) return x;
  if (x.dtype === 'complex' || dtype === 'complex')
    throw new Unsupported('a cast from or to complex numbers');
  if (dtype === 'int' && x.dtype === 'float') return retyped(trace, truncate(trace, x), 'int');
  if (dtype === 'bool') {
    const zero = trace.emit('equal', [trace.read(x), trace.scalar(0)], {});
    return result(trace, trace.emit('equal', [zero, trace.scalar(0)], {}), 'bool');
  }
  return retyped(trace, x, dtype);
}

/** to(x, dtype), to(x, device, dtype), to(x, other). */
const to: OpRule = (args) => {
  const x = args.tensor(0);
  const other = args.get(1);
  if (other?.kind === 'tensor') return cast(args.trace, x, other.dtype);
  const code = [args.get(1, 'dtype'), args.get(2, 'dtype')].find((value) => value?.kind === 'int');
  if (code?.kind !== 'int') return x;
  const dtype = DTYPES[code.value];
  if (dtype === undefined) throw new Unsupported(`a cast to the element type ${code.value}`);
  return cast(args.trace, x, dtype);
};

/** Writes `value` into the tensor, as far as it broadcasts, and gives the tensor. */
export function assignTo(trace: Trace, target: ScriptTensor, value: ScriptTensor): ScriptTensor {
  if (target.isEmpty) return target;
  const same = cast(trace, value, target.dtype);
  trace.write(target, trace.read(expand(trace, same, target.shape)));
  return target;
}

export const creationOps: Readonly<Record<string, OpRule>> = {
  zeros: filled(0),
  ones: filled(1),
  empty: filled(0),
  full: (args) =>
    args.trace.fill(dtypeOf(args, 2, 'float'), args.ints(0, 'size'), args.number(1, 'fill_value')),
  zeros_like: filledLike(0),
  ones_like: filledLike(1),
  empty_like: filledLike(0),
  full_like: (args) => {
    const like = args.tensor(0);
    return args.trace.fill(dtypeOf(args, 2, like.dtype), like.shape, args.number(1, 'fill_value'));
  },
  new_zeros: (args) => args.trace.fill(args.tensor(0).dtype, args.ints(1, 'size'), 0),
  eye: (args) => {
    const n = args.int(0, 'n');
    if (n < 0 || n > 2048) throw new Unsupported(`a unit matrix of ${n} rows`);
    const numbers = new Float32Array(n * n).map((_, i) => Number(Math.floor(i / n) === i % n));
    return constantTensor(args.trace, [n, n], numbers);
  },
  randn: noise('normal', false),
  rand: noise('uniform', false),
  randn_like: noise('normal', true),
  rand_like: noise('uniform', true),
  tensor: tensorRule,
  as_tensor: tensorRule,
  arange,
  linspace,
  hann_window: cosineWindow(0.5, 0.5),
  hamming_window: cosineWindow(0.54, 0.46),
  fft_rfftfreq: fftFrequencies,
  to,
  type_as: (args) => cast(args.trace, args.tensor(0), args.tensor(1).dtype),
  copy_: (args) => assignTo(args.trace, args.tensor(0), args.tensor(1)),
  zero_: (args) => assignTo(args.trace, args.tensor(0), toTensor(args.trace, { kind: 'float', value: 0 })),
  fill_: (args) => assignTo(args.trace, args.tensor(0), toTensor(args.trace, args.need(1))),
};
