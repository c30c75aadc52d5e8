/**
 * Whole streaming blocks as tracers write them, cut and joined in every way that cached convolutions are exported:
 * after all passes nothing of their bookkeeping is left but the ops that own a state, and plain delays.
 */

import { describe, expect, it } from 'vitest';
import { nodes, TestBuilder } from '../../../test/graph-testing.js';
import { largestDifference, randomArray, randomHops, randomNumbers } from '../../../test/onnx-truth.js';
import { convAttributes } from '../builder.js';
import type { Graph, ValueId } from '../graph.js';
import { ReferenceInterpreter } from '../reference.js';
import { elementCount } from '../tensor-shape.js';
import { optimise } from './index.js';

class StreamBuilder extends TestBuilder {
  private readonly numbers = randomNumbers(8);
  private pasts = 0;

  past(channels: number, columns: number): { name: string; value: ValueId } {
    const name = `past${this.pasts++}`;
    const shape = [1, channels, columns];
    return { name, value: this.state(name, shape, randomArray(elementCount(shape), this.numbers)) };
  }

  cut(x: ValueId, start: number, end: number): ValueId {
    return this.apply('slice', [x], { axis: 2, start, end, step: 1 });
  }

  length(x: ValueId): number {
    return this.shape(x)[2]!;
  }

  /** [past, x]; the past becomes its last columns. */
  padded(x: ValueId, columns: number): ValueId {
    const { name, value } = this.past(this.shape(x)[1]!, columns);
    const joined = this.apply('concat', [value, x], { axis: 2 });
    this.setState(name, this.cut(joined, this.length(joined) - columns, this.length(joined)));
    return joined;
  }

  convolution(x: ValueId, out: number, kernel: number, dilation = 1): ValueId {
    const inputs = [x, this.weights('w', out, this.shape(x)[1]!, kernel), this.weights('b', out)];
    return this.apply('conv1d', inputs, convAttributes({ dilation }));
  }

  /** Overlap-add of a transposed convolution, the bias within it and taken off the tail. */
  upsampled(x: ValueId, out: number, stride: number): ValueId {
    const bias = this.weights('b', out);
    const inputs = [x, this.weights('w', this.shape(x)[1]!, out, 2 * stride), bias];
    const full = this.apply('conv_transpose1d', inputs, convAttributes({ stride }));
    const end = this.length(full);
    const { name, value } = this.past(out, stride);
    const head = this.apply('add', [this.cut(full, 0, stride), value], {});
    const sum = this.apply('concat', [head, this.cut(full, stride, end)], { axis: 2 });
    const column = this.apply('reshape', [bias], { shape: [out, 1] });
    this.setState(name, this.apply('sub', [this.cut(sum, end - stride, end), column], {}));
    return this.cut(sum, 0, end - stride);
  }

  /** x + its dilated branch, x delayed by as much as the branch delays. */
  residual(x: ValueId, dilation: number): ValueId {
    const channels = this.shape(x)[1]!;
    const activated = this.apply('leaky_relu', [x], { alpha: 0.2 });
    const branch = this.convolution(this.padded(activated, 2 * dilation), channels, 3, dilation);
    const mixed = this.convolution(this.apply('leaky_relu', [branch], { alpha: 0.2 }), channels, 1);
    const delayed = this.cut(this.padded(x, dilation), 0, this.length(x));
    return this.apply('add', [mixed, delayed], {});
  }
}

/** latents → convolution → two times (upsampling, two residual blocks), as RAVE's decoders are made. */
function decoder(time: number): Graph {
  const builder = new StreamBuilder('decoder');
  let x = builder.input('latents', [1, 3, time], 'latent');
  x = builder.convolution(builder.padded(x, 2), 6, 3);
  for (const [channels, stride] of [
    [5, 2],
    [4, 4],
  ] as const) {
    x = builder.upsampled(builder.apply('leaky_relu', [x], { alpha: 0.2 }), channels, stride);
    x = builder.residual(builder.residual(x, 1), 3);
  }
  builder.output('audio', builder.apply('tanh', [x], {}), 'audio');
  return builder.build();
}

describe('a streaming decoder', () => {
  it.each([1, 4])('with %d latents a hop has each convolution and its cache in one op', (time) => {
    const graph = decoder(time);
    const optimised = optimise(graph);
    const count = (op: string): number => optimised.nodes.filter((node) => node.op === op).length;
    expect(count('cached_conv_transpose1d'), nodes(optimised)).toBe(2);
    expect(count('cached_conv1d')).toBe(5);
    // Those of kernel 1 have no past.
    expect(count('conv1d')).toBe(4);
    expect(count('conv_transpose1d') + count('sub') + count('add')).toBe(0);
    // One per delay, of which the engine makes places to write to.
    expect(count('concat')).toBe(4);
  });

  it.each([
    [1, true],
    [4, true],
    [1, false],
  ])('with %d latents a hop gives what it gave before, stored states %s', (time, storedStates) => {
    const graph = decoder(time);
    const hops = randomHops(graph, 8, 3);
    const run = (form: Graph): Record<string, Float64Array>[] => {
      const interpreter = new ReferenceInterpreter(form, { storedStates });
      return hops.map((inputs) => interpreter.step(inputs));
    };
    const { error, where } = largestDifference(run(optimise(graph)), run(graph));
    expect(error, where).toBeLessThan(1e-5);
  });
});
