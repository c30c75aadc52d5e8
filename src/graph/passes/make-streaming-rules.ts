/**
 * One rule per op: what a node of a one-shot network becomes in a stream, and how late its result is. A mapped type over
 * the ops, so an op without a rule does not compile. Part of `make-streaming.ts`, where the theory stands.
 */

import type { Node, OpName, ValueId } from '../graph.js';
import { dilatedLength, elementCount } from '../tensor-shape.js';
import { modulo, withSize } from './make-streaming-cycle.js';
import type { Signal, Stream, StreamWriter, Timeless } from './make-streaming-writer.js';

/** A node whose inputs have been written. At least one of them has time, and so has its one-shot result. */
export interface Situation {
  readonly writer: StreamWriter;
  /** null stands for an absent optional input. */
  readonly inputs: readonly (Signal | null)[];
  /** Columns that the first input has beyond whole hops: what padding added and what a crop took. */
  readonly excess: number;
  /** Axis of time of the one-shot result. */
  readonly outAxis: number;
}

/** The stream of the node's first output, or why there is none: the end of a sentence that begins with the op. */
export type StreamRule<K extends OpName> = (node: Node<K>, situation: Situation) => Stream | string;

const WEIGHTS = 'has weights that change in time';
const NOT_SIGNAL = 'takes time for channels';

/** Each column of the result comes from the same column of all inputs, once they are equally late. */
const columnwise: StreamRule<OpName> = (node, { writer, inputs, outAxis }) => {
  const { values, delay } = writer.together(inputs as readonly Signal[]);
  const value = writer.add(node.op, values, node.attributes);
  return { kind: 'stream', value, axis: outAxis, delay };
};

/** The same, where one axis is treated as a whole: it must not be time's. */
const alongAxis: StreamRule<'flip' | 'layer_norm'> = (node, situation) =>
  node.attributes.axis === situation.outAxis ? 'looks at all of time at once' : columnwise(node, situation);

const stateful: StreamRule<OpName> = () => 'has a state of its own';

export const streamRules: { readonly [K in OpName]: StreamRule<K> } = {
  neg: columnwise,
  abs: columnwise,
  exp: columnwise,
  log: columnwise,
  sqrt: columnwise,
  sin: columnwise,
  cos: columnwise,
  floor: columnwise,
  reciprocal: columnwise,
  relu: columnwise,
  sigmoid: columnwise,
  silu: columnwise,
  tanh: columnwise,
  softplus: columnwise,
  acos: columnwise,
  erf: columnwise,
  round: columnwise,
  leaky_relu: columnwise,
  clip: columnwise,
  add: columnwise,
  sub: columnwise,
  mul: columnwise,
  div: columnwise,
  pow: columnwise,
  minimum: columnwise,
  maximum: columnwise,
  equal: columnwise,
  less: columnwise,
  less_or_equal: columnwise,
  where: columnwise,
  transpose: columnwise,
  // Over time their results would have none, and such nodes come to no rule.
  reduce_sum: columnwise,
  reduce_mean: columnwise,
  reduce_max: columnwise,
  arg_max: columnwise,
  matmul: columnwise,
  gather: columnwise,
  flip: alongAxis,
  layer_norm: alongAxis,
  cached_conv1d: stateful,
  cached_conv_transpose1d: stateful,

  /**
   * Row-major, a signal whose axis of time is followed by `inner` elements is a row of elements in which hops follow each
   * other; cut anew, it is the same row.
   */
  reshape(node, { writer, inputs, outAxis }) {
    const x = streamOf(inputs[0]!, writer);
    const before = writer.builder.shape(x.value);
    const { shape } = node.attributes;
    const around = (sizes: readonly number[], axis: number): readonly [number, number] => [
      elementCount(sizes.slice(0, axis)),
      elementCount(sizes.slice(axis + 1)),
    ];
    const [outerBefore, innerBefore] = around(before, x.axis);
    const [outer, inner] = around(shape, outAxis);
    if (outer !== outerBefore) return 'joins time with an axis before it';
    const perHop = writer.rate(x) * innerBefore;
    if (perHop % inner !== 0) return `cuts hops of ${perHop} elements into columns of ${inner}`;
    let delay = x.delay;
    while ((delay * innerBefore) % inner !== 0) delay++;
    const late = writer.delayed(x, delay);
    const value = writer.add('reshape', [late.value], { shape: withSize(shape, outAxis, perHop / inner) });
    return { kind: 'stream', value, axis: outAxis, delay: (delay * innerBefore) / inner };
  },

  pixel_shuffle(node, { writer, inputs }) {
    const x = streamOf(inputs[0]!, writer);
    if (x.axis !== 2) return NOT_SIGNAL;
    const value = writer.add('pixel_shuffle', [x.value], node.attributes);
    return { kind: 'stream', value, axis: 2, delay: x.delay * node.attributes.factor };
  },

  pad(node, situation) {
    const { axis, before } = node.attributes;
    if (axis !== situation.outAxis) return columnwise(node, situation);
    // In a stream there is always something before and after.
    const x = streamOf(situation.inputs[0]!, situation.writer);
    return { ...x, delay: x.delay - before };
  },

  slice(node, situation) {
    const { axis, start, step } = node.attributes;
    if (axis !== situation.outAxis) return columnwise(node, situation);
    const { writer } = situation;
    const x = streamOf(situation.inputs[0]!, writer);
    const delay = x.delay + start;
    if (step === 1) return { ...x, delay };
    const rate = writer.rate(x);
    if (rate % step !== 0) return tooShort(rate, step);
    // The columns that are kept may lie anywhere in a hop.
    const first = modulo(delay, step);
    const value = writer.add('slice', [x.value], { axis, start: first, end: rate, step });
    return { kind: 'stream', value, axis, delay: (delay - first) / step };
  },

  concat(node, situation) {
    const { axis } = node.attributes;
    const { writer, inputs } = situation;
    if (axis !== situation.outAxis) return columnwise(node, situation);
    // Zeros joined in time are padding.
    const parts = inputs as readonly Signal[];
    const at = parts.findIndex(({ kind }) => kind !== 'timeless');
    const others = parts.filter((_, index) => index !== at);
    if (!others.every((part) => part.kind === 'timeless' && isZero(part, writer)))
      return 'joins in time what is not silence';
    const before = (others as readonly Timeless[])
      .slice(0, at)
      .reduce((sum, { value }) => sum + writer.builder.shape(value)[axis]!, 0);
    const x = streamOf(parts[at]!, writer);
    return { ...x, delay: x.delay - before };
  },

  conv1d(node, { writer, inputs, excess }) {
    const weights = weightsOf(inputs);
    if (weights === null) return WEIGHTS;
    const x = streamOf(inputs[0]!, writer);
    if (x.axis !== 2) return NOT_SIGNAL;
    const { stride, dilation } = node.attributes;
    const rate = writer.rate(x);
    if (rate % stride !== 0) return tooShort(rate, stride);
    const reach = dilatedLength(writer.builder.shape(weights.weight)[2]!, dilation);
    // Any history of `least` to `reach - 1` columns gives one column for each stride. What the model pads decides.
    const least = Math.max(0, reach - stride);
    const padded = Math.min(Math.max(excess, least), reach - 1);
    const missing = modulo(-(padded + x.delay), stride);
    const history = padded + missing < reach ? padded + missing : padded;
    const late = writer.delayed(x, x.delay + padded + missing - history);
    const y: Stream = {
      kind: 'stream',
      value: convolve(late.value, history, weights, node, writer),
      axis: 2,
      delay: (late.delay + history) / stride,
    };
    return addResidual(y, inputs[3] ?? null, node, writer);
  },

  conv_transpose1d(node, { writer, inputs }) {
    const weights = weightsOf(inputs);
    if (weights === null) return WEIGHTS;
    const x = streamOf(inputs[0]!, writer);
    if (x.axis !== 2) return NOT_SIGNAL;
    const { stride, dilation } = node.attributes;
    const { weight, bias } = weights;
    const reach = (value: ValueId): number => dilatedLength(writer.builder.shape(value)[2]!, dilation);
    // A kernel shorter than its stride leaves gaps: a longer one with zeros fills them.
    const short = Math.ceil(Math.max(0, stride - reach(weight)) / dilation);
    const longer = short === 0 ? weight : writer.add('pad', [weight], { axis: 2, before: 0, after: short });
    const tail = reach(longer) - stride;
    const channels = writer.builder.shape(weight)[1]! * node.attributes.groups;
    const value =
      tail === 0
        ? writer.add('conv_transpose1d', [x.value, longer, bias], node.attributes)
        : writer.addCached(
            'cached_conv_transpose1d',
            [x.value, longer, bias],
            [1, channels, tail],
            node.attributes,
          );
    return { kind: 'stream', value, axis: 2, delay: x.delay * stride };
  },
};

interface Weights {
  readonly weight: ValueId;
  readonly bias: ValueId | null;
}

/** Weight and bias of a convolution; null when they change in time or when only they do. */
function weightsOf([x, weight, bias = null]: readonly (Signal | null)[]): Weights | null {
  if (x?.kind === 'timeless' || weight?.kind !== 'timeless') return null;
  if (bias === null) return { weight: weight.value, bias: null };
  return bias.kind === 'timeless' ? { weight: weight.value, bias: bias.value } : null;
}

/** A signal that is not timeless, as a stream. */
function streamOf(signal: Signal, writer: StreamWriter): Stream {
  if (signal.kind === 'timeless') throw new Error('A signal without time came to a rule that needs one.');
  return writer.stream(signal);
}

function isZero({ value }: Timeless, writer: StreamWriter): boolean {
  return writer.builder.constantOf(value)?.every((number) => number === 0) ?? false;
}

function tooShort(rate: number, step: number): string {
  return `takes steps of ${step} columns in hops of ${rate}`;
}

function convolve(
  x: ValueId,
  history: number,
  { weight, bias }: Weights,
  node: Node<'conv1d'>,
  writer: StreamWriter,
): ValueId {
  if (history === 0) return writer.add('conv1d', [x, weight, bias], node.attributes);
  const shape = withSize(writer.builder.shape(x), 2, history);
  return writer.addCached('cached_conv1d', [x, weight, bias], shape, node.attributes);
}

function addResidual(y: Stream, residual: Signal | null, node: Node, writer: StreamWriter): Stream {
  if (residual === null) return y;
  const { values, delay } = writer.together([y, residual]);
  return { kind: 'stream', value: writer.add('add', values, {}), axis: 2, delay };
}
