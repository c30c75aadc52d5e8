/**
 * What the tests of makeStreaming share: a network written for any number of hops, its streaming form run hop by hop,
 * and one pass over the whole signal. Not part of the plugin.
 */

import { expect } from 'vitest';
import { randomArray, randomNumbers } from './onnx-truth.js';
import { build, type TestBuilder } from './graph-testing.js';
import { ReferenceInterpreter } from '../src/graph/reference.js';
import { elementCount, type Shape } from '../src/graph/tensor-shape.js';
import { convAttributes } from '../src/graph/builder.js';
import { aroundAxis } from '../src/graph/kernels/tensor.js';
import type { ConvAttributes, Graph, ValueId } from '../src/graph/graph.js';
import { makeStreaming, type StreamingResult } from '../src/graph/passes/make-streaming.js';

/** Writes a one-shot network for a signal of so many hops; time is the last axis of outputs. */
export type Describe = (builder: TestBuilder, hops: number) => void;

export const named = (name: string) => ({ names: [name] });
export const pad = (before: number, after: number) => ({ axis: 2, before, after });
export const cut = (start: number, end: number, step = 1) => ({ axis: 2, start, end, step });

/** x [1, 2, 4 · hops] → what `layers` makes of it. */
export const network =
  (layers: (builder: TestBuilder, x: ValueId, hops: number) => ValueId, rate = 4): Describe =>
  (builder, hops) => {
    builder.out(layers(builder, builder.audio('x', [1, 2, rate * hops]), hops));
  };

/** Padding and a convolution of 2 channels; kernel 5 unless said otherwise. */
export function padded(
  builder: TestBuilder,
  x: ValueId,
  [before, after]: readonly [number, number],
  attributes: Partial<ConvAttributes> = {},
  { kernel = 5, bias = true } = {},
): ValueId {
  const wide = builder.apply('pad', [x], pad(before, after));
  const inputs = [wide, builder.weights('w', 2, 2, kernel), bias ? builder.weights('b', 2) : null];
  return builder.apply('conv1d', inputs, convAttributes(attributes), named('y'));
}

export function oneShot(describe: Describe, hops: number): Graph {
  return build((builder) => describe(builder, hops));
}

export function streamingOf(describe: Describe, short = 2, long = 3): StreamingResult {
  return makeStreaming(
    { graph: oneShot(describe, short), hops: short },
    { graph: oneShot(describe, long), hops: long },
  );
}

/** The result, which must have become a stream. */
export function expectStreaming(result: StreamingResult): StreamingResult & { kind: 'streaming' } {
  expect(result).toMatchObject({ kind: 'streaming' });
  return result as StreamingResult & { kind: 'streaming' };
}

/** One hop of a signal: of the axis on which the two shapes differ, the part that comes after `hop` others. */
function cutHop(signal: Float32Array, whole: Shape, shape: Shape, hop: number): Float32Array {
  const axis = shape.findIndex((size, index) => size !== whole[index]);
  if (axis < 0) return signal;
  const { outer, size, inner } = aroundAxis(shape, axis);
  const run = size * inner;
  const result = new Float32Array(outer * run);
  for (let o = 0; o < outer; o++) {
    const from = o * whole[axis]! * inner + hop * run;
    result.set(signal.subarray(from, from + run), o * run);
  }
  return result;
}

/** One pass goes on for so many hops, because what is cut off or padded at its end reaches back. */
const MARGIN = 16;

export interface Compared {
  /** Largest difference between column t of the stream and column t - delay of one pass. */
  readonly error: number;
  /** Largest magnitude in the compared part: what the error is small against. */
  readonly level: number;
  /** Of the first output port. */
  readonly delay: number;
}

/** What plays hop by hop: the stream, or the network itself where nothing has to be made of it. */
function playable(describe: Describe): { readonly graph: Graph; readonly delays: readonly number[] } {
  const result = streamingOf(describe);
  if (result.kind !== 'unchanged') return expectStreaming(result);
  const graph = oneShot(describe, 1);
  return { graph, delays: graph.outputs.map(() => 0) };
}

/**
 * Plays random signals through both forms.
 * @param from Share of the signal that may differ: the network's memory of its beginning.
 */
export function compareWithOnePass(describe: Describe, hops: number, from: number, seed = 5): Compared {
  const { graph, delays } = playable(describe);
  const whole = oneShot(describe, hops + MARGIN);
  const random = randomNumbers(seed);
  const signals = Object.fromEntries(
    whole.inputs.map(({ name, value }) => [
      name,
      randomArray(elementCount(whole.values[value]!.shape), random),
    ]),
  );
  const expected = new ReferenceInterpreter(whole).step(signals);
  const interpreter = new ReferenceInterpreter(graph);
  const steps = Array.from({ length: hops }, (_, hop) =>
    interpreter.step(
      Object.fromEntries(
        graph.inputs.map(({ name, value }, index) => {
          const { shape } = whole.values[whole.inputs[index]!.value]!;
          return [name, cutHop(signals[name]!, shape, graph.values[value]!.shape, hop)];
        }),
      ),
    ),
  );
  let [error, level] = [0, 0];
  graph.outputs.forEach(({ name, value }, index) => {
    const { shape } = graph.values[value]!;
    const rate = shape.at(-1)!;
    const rows = elementCount(shape) / rate;
    const length = expected[name]!.length / rows;
    for (let t = Math.floor(from * hops * rate); t < hops * rate; t++)
      for (let row = 0; row < rows; row++) {
        const at = t - delays[index]!;
        if (at < 0) continue;
        expect(at).toBeLessThan(length);
        const wanted = expected[name]![row * length + at]!;
        const got = steps[Math.floor(t / rate)]![name]![row * rate + (t % rate)]!;
        if (!(Math.abs(got - wanted) <= error)) error = Math.abs(got - wanted);
        level = Math.max(level, Math.abs(wanted));
      }
  });
  return { error, level, delay: delays[0]! };
}
