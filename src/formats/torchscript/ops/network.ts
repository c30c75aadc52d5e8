/** Ops of networks: convolutions, normalisations, products, padding, lookup tables, recurrent cells. */

import type { ConvAttributes, ValueId } from '../../../graph/graph.js';
import { elementCount } from '../../../graph/tensor-shape.js';
import type { ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import { asNumber, NONE } from '../values.js';
import { Arguments, type OpRule, Unsupported } from './arguments.js';
import { withNumber } from './elementwise.js';
import {
  axisOf,
  binary,
  commonType,
  concat,
  constantTensor,
  expand,
  reduce,
  reshape,
  result,
  select,
  slice,
  swapAxes,
  unary,
  unsqueeze,
} from './support.js';
import { flip, gatherRows } from './shape.js';

const NO_ACTIVATION = { kind: 'none' } as const;

/** Runs one signal after the other: the Graph's convolutions take one. */
function eachSignal(trace: Trace, x: ScriptTensor, run: (signal: ValueId) => ValueId): ScriptTensor {
  if (x.rank === 2) {
    const y = result(trace, run(trace.read(unsqueeze(trace, x, 0))));
    return reshape(trace, y, y.shape.slice(1));
  }
  if (x.rank !== 3) throw new Unsupported(`a convolution over ${x.rank} axes`);
  if (x.shape[0] === 1) return result(trace, run(trace.read(x)));
  const rows = Array.from({ length: x.shape[0]! }, (_, row) =>
    result(trace, run(trace.read(slice(trace, x, 0, row, row + 1)))),
  );
  return concat(trace, rows, 0);
}

function valueOf(trace: Trace, x: ScriptTensor | null): ValueId | null {
  return x === null ? null : trace.read(x);
}

const conv1d: OpRule = (args) => {
  const { trace } = args;
  const [x, weight, bias] = [args.tensor(0), args.tensor(1, 'weight'), args.optionalTensor(2, 'bias')];
  if (weight.rank !== 3) throw new Unsupported(`a convolution over ${weight.rank - 2} axes`);
  const attributes: ConvAttributes = {
    stride: args.single(3, 'stride', 1),
    dilation: args.single(5, 'dilation', 1),
    groups: args.int(6, 'groups', 1),
    activation: NO_ACTIVATION,
  };
  const [before, after] = convPadding(args, weight.shape[2]!, attributes.dilation);
  const [w, b] = [trace.read(weight), valueOf(trace, bias)];
  return eachSignal(trace, x, (signal) => {
    const padded = before + after > 0 ? trace.emit('pad', [signal], { axis: 2, before, after }) : signal;
    return trace.emit('conv1d', [padded, w, b], attributes);
  });
};

/** A number for both ends, or the words `valid` and `same`. */
function convPadding(args: Arguments, kernel: number, dilation: number): [number, number] {
  const word = args.text(4, 'padding', '');
  if (word === 'valid') return [0, 0];
  if (word === 'same') {
    const total = (kernel - 1) * dilation;
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }
  const padding = args.single(4, 'padding', 0);
  if (padding < 0) args.trace.fail(`a convolution with padding ${padding}`);
  return [padding, padding];
}

const convTranspose1d: OpRule = (args) => {
  const { trace } = args;
  const [x, weight, bias] = [args.tensor(0), args.tensor(1, 'weight'), args.optionalTensor(2, 'bias')];
  if (weight.rank !== 3) throw new Unsupported(`a convolution over ${weight.rank - 2} axes`);
  const padding = args.single(4, 'padding', 0);
  const extra = args.single(5, 'output_padding', 0);
  if (padding < 0 || extra < 0) trace.fail(`a transposed convolution with padding ${padding}, ${extra}`);
  const attributes: ConvAttributes = {
    stride: args.single(3, 'stride', 1),
    dilation: args.single(7, 'dilation', 1),
    groups: args.int(6, 'groups', 1),
    activation: NO_ACTIVATION,
  };
  if (extra > padding) throw new Unsupported('a transposed convolution that pads its output');
  const [w, b] = [trace.read(weight), valueOf(trace, bias)];
  return eachSignal(trace, x, (signal) => {
    const full = trace.emit('conv_transpose1d', [signal, w, b], attributes);
    const end = trace.builder.shape(full)[2]! - padding + extra;
    if (padding === 0) return full;
    if (end <= padding) trace.fail('a transposed convolution whose padding leaves nothing');
    return trace.emit('slice', [full], { axis: 2, start: padding, end, step: 1 });
  });
};

/** `torch.convolution` and `_convolution`: (x, weight, bias, stride, padding, dilation, transposed, output_padding, groups). */
const convolution: OpRule = (args) => {
  const transposed = args.bool(6, 'transposed', false);
  const order = transposed ? [0, 1, 2, 3, 4, 7, 8, 5] : [0, 1, 2, 3, 4, 5, 8];
  const positional = order.map((index) => args.need(index));
  return (transposed ? convTranspose1d : conv1d)(new Arguments(args.trace, args.op, positional, new Map()));
};

/** (x − mean) / √(variance + ε) · weight + bias along axis 1, with the statistics that the model learned. */
const batchNorm: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  if (args.bool(5, 'training', false)) throw new Unsupported('a batch normalisation that learns');
  const perChannel = (y: ScriptTensor): ScriptTensor =>
    reshape(trace, y, [1, y.shape[0]!, ...new Array<number>(Math.max(0, x.rank - 2)).fill(1)]);
  const [weight, bias] = [args.optionalTensor(1), args.optionalTensor(2)];
  const [mean, deviation] = [args.tensor(3), args.tensor(4)];
  const root = unary(trace, 'sqrt', withNumber(trace, 'add', deviation, args.number(7, 'eps', 1e-5)));
  const scale = weight === null ? unary(trace, 'reciprocal', root) : binary(trace, 'div', weight, root);
  const shift = binary(trace, 'mul', mean, scale);
  const offset = bias === null ? unary(trace, 'neg', shift) : binary(trace, 'sub', bias, shift);
  return binary(trace, 'add', binary(trace, 'mul', x, perChannel(scale)), perChannel(offset));
};

/** Normalises over axes; weight and bias, if any, are already in a shape that broadcasts. */
function normalise(
  trace: Trace,
  x: ScriptTensor,
  axes: readonly number[],
  epsilon: number,
  weight: ScriptTensor | null,
  bias: ScriptTensor | null,
): ScriptTensor {
  const centred = binary(trace, 'sub', x, reduce(trace, 'reduce_mean', x, axes, true));
  const variance = reduce(trace, 'reduce_mean', binary(trace, 'mul', centred, centred), axes, true);
  const root = unary(trace, 'sqrt', withNumber(trace, 'add', variance, epsilon));
  let y = binary(trace, 'div', centred, root);
  if (weight !== null) y = binary(trace, 'mul', y, weight);
  return bias === null ? y : binary(trace, 'add', y, bias);
}

const layerNorm: OpRule = (args) => {
  const x = args.tensor(0);
  const count = args.ints(1, 'normalized_shape').length;
  const axes = Array.from({ length: count }, (_, index) => x.rank - count + index);
  return normalise(
    args.trace,
    x,
    axes,
    args.number(4, 'eps', 1e-5),
    args.optionalTensor(2, 'weight'),
    args.optionalTensor(3, 'bias'),
  );
};

const groupNorm: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const groups = args.int(1, 'num_groups');
  const [batch, channels, ...rest] = x.shape as readonly [number, number, ...number[]];
  const parted = reshape(trace, x, [batch, groups, (channels / groups) * elementCount(rest)]);
  const normal = reshape(
    trace,
    normalise(trace, parted, [2], args.number(4, 'eps', 1e-5), null, null),
    x.shape,
  );
  const wide = (y: ScriptTensor): ScriptTensor => reshape(trace, y, [1, channels, ...rest.map(() => 1)]);
  const [weight, bias] = [args.optionalTensor(2, 'weight'), args.optionalTensor(3, 'bias')];
  const scaled = weight === null ? normal : binary(trace, 'mul', normal, wide(weight));
  return bias === null ? scaled : binary(trace, 'add', scaled, wide(bias));
};

export function matmul(trace: Trace, a: ScriptTensor, b: ScriptTensor): ScriptTensor {
  const left = a.rank === 1 ? unsqueeze(trace, a, 0) : a;
  const right = b.rank === 1 ? unsqueeze(trace, b, 1) : b;
  if (left.rank < 2 || right.rank < 2) trace.fail('a product of a number and a matrix');
  const dtype = commonType(a.dtype, b.dtype);
  const product = result(trace, trace.emit('matmul', [trace.read(left), trace.read(right)], {}), dtype);
  const shape = product.shape.filter(
    (_, axis) => !(a.rank === 1 && axis === product.rank - 2) && !(b.rank === 1 && axis === product.rank - 1),
  );
  return reshape(trace, product, shape);
}

function linear(
  trace: Trace,
  x: ScriptTensor,
  weight: ScriptTensor,
  bias: ScriptTensor | null,
): ScriptTensor {
  const product = matmul(trace, x, swapAxes(trace, weight, 0, 1));
  return bias === null ? product : binary(trace, 'add', product, bias);
}

/** One step of PyTorch's cell; gates in the order reset, update, new. */
function gruStep(
  trace: Trace,
  input: ScriptTensor,
  hidden: ScriptTensor,
  [weightX, weightH, biasX, biasH]: readonly (ScriptTensor | null)[],
): ScriptTensor {
  const x = linear(trace, input, weightX!, biasX ?? null);
  const h = linear(trace, hidden, weightH!, biasH ?? null);
  const size = hidden.shape.at(-1)!;
  const gate = (y: ScriptTensor, index: number): ScriptTensor =>
    slice(trace, y, y.rank - 1, index * size, (index + 1) * size);
  const squash = (op: 'sigmoid' | 'tanh', y: ScriptTensor): ScriptTensor =>
    result(trace, trace.emit(op, [trace.read(y)], {}));
  const reset = squash('sigmoid', binary(trace, 'add', gate(x, 0), gate(h, 0)));
  const update = squash('sigmoid', binary(trace, 'add', gate(x, 1), gate(h, 1)));
  const fresh = squash('tanh', binary(trace, 'add', gate(x, 2), binary(trace, 'mul', reset, gate(h, 2))));
  // h' = n + z (h − n)
  return binary(trace, 'add', fresh, binary(trace, 'mul', update, binary(trace, 'sub', hidden, fresh)));
}

/** (input, h0, weights, has_biases, layers, dropout, train, bidirectional, batch_first) → (output, h). */
const gru: OpRule = (args) => {
  const { trace } = args;
  const weights = args.tensors(2);
  const [biases, layers] = [args.bool(3, 'has_biases', true), args.int(4, 'num_layers')];
  const directions = args.bool(7, 'bidirectional', false) ? 2 : 1;
  const timeAxis = args.bool(8, 'batch_first', false) ? 1 : 0;
  let signal = args.tensor(0);
  if (signal.rank !== 3) throw new Unsupported('a recurrent layer without a batch');
  const initial = args.tensor(1);
  const perCell = biases ? 4 : 2;
  const last: ScriptTensor[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const outputs: ScriptTensor[] = [];
    for (let direction = 0; direction < directions; direction++) {
      const cell = layer * directions + direction;
      const parts = weights.slice(cell * perCell, (cell + 1) * perCell);
      if (parts.length !== perCell) trace.fail('a recurrent layer without its weights');
      let hidden = select(trace, initial, 0, cell);
      const steps: ScriptTensor[] = [];
      const length = signal.shape[timeAxis]!;
      for (let step = 0; step < length; step++) {
        const at = direction === 0 ? step : length - 1 - step;
        hidden = gruStep(trace, select(trace, signal, timeAxis, at), hidden, parts);
        steps[at] = unsqueeze(trace, hidden, timeAxis);
      }
      outputs.push(concat(trace, steps, timeAxis));
      last.push(unsqueeze(trace, hidden, 0));
    }
    signal = outputs.length === 1 ? outputs[0]! : concat(trace, outputs, 2);
  }
  return { kind: 'tuple', items: [signal, concat(trace, last, 0)] };
};

/** Pads from the last axis on; negative numbers cut. */
function padAll(args: Arguments, mode: string, value: number): ScriptTensor {
  const amounts = args.ints(1, 'pad');
  let x = args.tensor(0);
  for (let index = 0; 2 * index + 1 < amounts.length; index++) {
    const axis = axisOf(args.trace, -1 - index, x.rank);
    x = padAxis(args.trace, x, axis, amounts[2 * index]!, amounts[2 * index + 1]!, mode, value);
  }
  return x;
}

function padAxis(
  trace: Trace,
  x: ScriptTensor,
  axis: number,
  before: number,
  after: number,
  mode: string,
  value: number,
): ScriptTensor {
  const size = x.shape[axis]!;
  const kept = slice(trace, x, axis, Math.max(0, -before), size - Math.max(0, -after));
  const [left, right] = [Math.max(0, before), Math.max(0, after)];
  if (left + right === 0) return kept;
  if (kept.isEmpty || mode !== 'constant' || value !== 0) {
    const filler = (count: number, end: 'left' | 'right'): ScriptTensor =>
      edge(trace, kept, axis, count, end, mode, value);
    return concat(trace, [filler(left, 'left'), kept, filler(right, 'right')], axis);
  }
  return result(trace, trace.emit('pad', [trace.read(kept)], { axis, before: left, after: right }), x.dtype);
}

function edge(
  trace: Trace,
  x: ScriptTensor,
  axis: number,
  count: number,
  end: 'left' | 'right',
  mode: string,
  value: number,
): ScriptTensor {
  const size = x.shape[axis]!;
  const shape = x.shape.map((old, other) => (other === axis ? count : old));
  if (mode === 'constant' || count === 0) return trace.fill(x.dtype, shape, value);
  if (mode === 'replicate') {
    const last = end === 'left' ? slice(trace, x, axis, 0, 1) : slice(trace, x, axis, size - 1, size);
    return expand(trace, last, shape);
  }
  if (mode !== 'reflect' || count >= size) throw new Unsupported(`padding by ${mode}`);
  const [start, stop] = end === 'left' ? [1, count + 1] : [size - 1 - count, size - 1];
  return flip(trace, slice(trace, x, axis, start, stop), [axis]);
}

/** 1 where the index is the class. */
const oneHot: OpRule = (args) => {
  const { trace } = args;
  const index = args.tensor(0);
  const classes = args.int(1, 'num_classes', -1);
  if (classes < 1 || classes > 2 ** 16) throw new Unsupported('one-hot vectors of unknown length');
  const numbers = constantTensor(
    trace,
    [classes],
    Float32Array.from({ length: classes }, (_, i) => i),
    'int',
  );
  return binary(trace, 'equal', unsqueeze(trace, index, index.rank), numbers, 'int');
};

/** (x, size or None, factors or None): each sample several times. */
const nearest: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  if (x.rank !== 3) throw new Unsupported(`resampling over ${x.rank - 2} axes`);
  const size = x.shape[2]!;
  const scales = args.get(2, 'scale_factors');
  const [scale] = scales?.kind === 'list' ? scales.items : [scales];
  const factor = args.has(1)
    ? args.single(1, 'output_size', size) / size
    : asNumber(scale ?? NONE, args.op, trace.place!);
  if (!Number.isInteger(factor) || factor < 1) throw new Unsupported('resampling by a fraction');
  const wide = expand(trace, unsqueeze(trace, x, 3), [...x.shape, factor]);
  return reshape(trace, wide, [...x.shape.slice(0, 2), size * factor]);
};

const dropout: OpRule = (args) => {
  if (args.bool(2, 'train', false)) throw new Unsupported('a dropout that is on');
  return args.tensor(0);
};

const product: OpRule = (args) => matmul(args.trace, args.tensor(0), args.tensor(1));

export const networkOps: Readonly<Record<string, OpRule>> = {
  conv1d,
  conv_transpose1d: convTranspose1d,
  convolution,
  _convolution: convolution,
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  group_norm: groupNorm,
  matmul: product,
  mm: product,
  bmm: product,
  mv: product,
  dot: product,
  linear: (args) =>
    linear(args.trace, args.tensor(0), args.tensor(1, 'weight'), args.optionalTensor(2, 'bias')),
  addmm: (args) => {
    const { trace } = args;
    return binary(trace, 'add', args.tensor(0), matmul(trace, args.tensor(1), args.tensor(2)));
  },
  gru,
  pad: (args) => padAll(args, args.text(2, 'mode', 'constant'), args.number(3, 'value', 0)),
  constant_pad_nd: (args) => padAll(args, 'constant', args.number(2, 'value', 0)),
  reflection_pad1d: (args) => padAll(args, 'reflect', 0),
  replication_pad1d: (args) => padAll(args, 'replicate', 0),
  embedding: (args) => gatherRows(args.trace, args.tensor(0), args.tensor(1)),
  one_hot: oneHot,
  upsample_nearest1d: nearest,
  dropout,
  dropout_: dropout,
  feature_dropout: dropout,
};
