import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomArray, randomNumbers } from '../../test/onnx-truth.js';
import { convAttributes, GraphBuilder } from './builder.js';
import type { ConvAttributes, Graph } from './graph.js';
import { referenceKernels, ReferenceInterpreter } from './reference.js';
import { shapeRules } from './shapes.js';
import { elementCount } from './tensor-shape.js';

interface ConvSize {
  readonly channels: number;
  readonly out: number;
  readonly kernel: number;
  readonly attributes: ConvAttributes;
  readonly seed: number;
}

/** Sizes of a convolution whose weights are small whole numbers, so that float64 sums are exact in any order. */
const convSizes: fc.Arbitrary<ConvSize> = fc
  .record({
    groups: fc.integer({ min: 1, max: 3 }),
    channelsPerGroup: fc.integer({ min: 1, max: 3 }),
    outPerGroup: fc.integer({ min: 1, max: 3 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    seed: fc.nat(),
  })
  .map(({ groups, channelsPerGroup, outPerGroup, kernel, stride, dilation, seed }) => ({
    channels: groups * channelsPerGroup,
    out: groups * outPerGroup,
    kernel,
    attributes: convAttributes({ stride, dilation, groups }),
    seed,
  }));

function wholeNumbers(length: number, seed: number): Float32Array {
  return randomArray(length, randomNumbers(seed), 8).map(Math.round);
}

/** One convolution with bias; with a history of `past` columns when that is above zero. */
function convolution(
  { channels, out, kernel, attributes, seed }: ConvSize,
  time: number,
  past: number,
): Graph {
  const builder = new GraphBuilder('convolution');
  const x = builder.input('x', [1, channels, time], 'audio');
  const dims = [out, channels / attributes.groups, kernel];
  const weight = builder.constant('weight', dims, wholeNumbers(elementCount(dims), seed));
  const bias = builder.constant('bias', [out], wholeNumbers(out, seed + 1));
  if (past === 0) builder.output('y', builder.apply('conv1d', [x, weight, bias], attributes), 'audio');
  else {
    const history = builder.state('history', [1, channels, past]);
    const [y, next] = builder.node('cached_conv1d', [x, history, weight, bias], attributes) as [
      number,
      number,
    ];
    builder.setState('history', next);
    builder.output('y', y, 'audio');
  }
  return builder.build();
}

/** One transposed convolution with bias, overlap-added from hop to hop; or in full, without state. */
function transposed(
  { channels, out, kernel, attributes, seed }: ConvSize,
  time: number,
  cached: boolean,
): Graph {
  const builder = new GraphBuilder('transposed');
  const x = builder.input('x', [1, channels, time], 'latent');
  const dims = [channels, out / attributes.groups, kernel];
  const weight = builder.constant('weight', dims, wholeNumbers(elementCount(dims), seed));
  const bias = builder.constant('bias', [out], wholeNumbers(out, seed + 1));
  if (!cached) builder.output('y', builder.apply('conv_transpose1d', [x, weight, bias], attributes), 'audio');
  else {
    const rest = (kernel - 1) * attributes.dilation + 1 - attributes.stride;
    const tail = builder.state('tail', [1, out, rest]);
    const inputs = [x, tail, weight, bias];
    const [y, next] = builder.node('cached_conv_transpose1d', inputs, attributes) as [number, number];
    builder.setState('tail', next);
    builder.output('y', y, 'audio');
  }
  return builder.build();
}

/** Columns start … start + length of [1, channels, columns]. */
function columns(x: ArrayLike<number>, channels: number, start: number, length: number): number[] {
  const all = x.length / channels;
  return Array.from({ length: channels * length }, (_, i) => {
    const channel = Math.floor(i / length);
    return x[channel * all + start + (i % length)]!;
  });
}

/** Joins hops of [1, channels, …] along time. */
function joined(hops: readonly Float64Array[], channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) =>
    hops.flatMap((hop) => {
      const length = hop.length / channels;
      return [...hop.subarray(channel * length, (channel + 1) * length)];
    }),
  ).flat();
}

describe('the reference interpreter', () => {
  it('cached convolution: any chunking equals one pass', () => {
    fc.assert(
      fc.property(
        convSizes,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        (size, steps, hops) => {
          const { stride, dilation } = size.attributes;
          const past = Math.max((size.kernel - 1) * dilation + 1 - stride, 0);
          fc.pre(past > 0);
          const time = steps * stride;
          const signal = wholeNumbers(size.channels * time * hops, size.seed + 2);
          const whole = new ReferenceInterpreter(convolution(size, past + time * hops, 0));
          const silenceFirst = Array.from({ length: size.channels }, (_, channel) => [
            ...new Array<number>(past).fill(0),
            ...columns(signal, size.channels, 0, time * hops).slice(
              channel * time * hops,
              (channel + 1) * time * hops,
            ),
          ]).flat();
          const stream = new ReferenceInterpreter(convolution(size, time, past));
          const parts = Array.from(
            { length: hops },
            (_, hop) => stream.step({ x: columns(signal, size.channels, hop * time, time) })['y']!,
          );
          expect(joined(parts, size.out)).toEqual([...whole.step({ x: silenceFirst })['y']!]);
        },
      ),
      { seed: 1 },
    );
  });

  it('cached transposed convolution: any chunking equals one pass', () => {
    fc.assert(
      fc.property(
        convSizes,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        (size, time, hops) => {
          const { stride, dilation } = size.attributes;
          fc.pre((size.kernel - 1) * dilation + 1 > stride);
          const signal = wholeNumbers(size.channels * time * hops, size.seed + 2);
          const whole = new ReferenceInterpreter(transposed(size, time * hops, false)).step({ x: signal })[
            'y'
          ]!;
          const stream = new ReferenceInterpreter(transposed(size, time, true));
          const parts = Array.from(
            { length: hops },
            (_, hop) => stream.step({ x: columns(signal, size.channels, hop * time, time) })['y']!,
          );
          expect(joined(parts, size.out)).toEqual(columns(whole, size.out, 0, time * stride * hops));
        },
      ),
      { seed: 2 },
    );
  });

  it('transposed convolution is the adjoint of convolution: <conv(x), y> = <x, transposed(y)>', () => {
    fc.assert(
      fc.property(convSizes, fc.integer({ min: 1, max: 5 }), (size, outTime) => {
        const { stride, dilation } = size.attributes;
        const time = (outTime - 1) * stride + (size.kernel - 1) * dilation + 1;
        const dims = [size.out, size.channels / size.attributes.groups, size.kernel];
        const tensor = (shape: number[], seed: number) => ({
          shape,
          elements: Float64Array.from(wholeNumbers(elementCount(shape), seed)),
        });
        const [x, y, weight] = [
          tensor([1, size.channels, time], size.seed),
          tensor([1, size.out, outTime], size.seed + 1),
          tensor(dims, size.seed + 2),
        ];
        const [there] = referenceKernels.conv1d([x, weight], size.attributes, [y.shape]);
        const [back] = referenceKernels.conv_transpose1d([y, weight], size.attributes, [x.shape]);
        const dot = (a: Float64Array, b: Float64Array): number =>
          a.reduce((sum, number, i) => sum + number * b[i]!, 0);
        expect(dot(there!.elements, y.elements)).toBe(dot(x.elements, back!.elements));
      }),
      { seed: 3 },
    );
  });

  it('kernels give the shapes that the rules promise', () => {
    fc.assert(
      fc.property(convSizes, fc.integer({ min: 1, max: 12 }), (size, time) => {
        const site = { op: 'test', origin: 'test' };
        fc.pre(time >= (size.kernel - 1) * size.attributes.dilation + 1);
        const x = {
          shape: [1, size.channels, time],
          elements: new Float64Array(size.channels * time).fill(1),
        };
        const dims = [size.out, size.channels / size.attributes.groups, size.kernel];
        const weight = { shape: dims, elements: new Float64Array(elementCount(dims)).fill(1) };
        const shapes = shapeRules.conv1d([x.shape, weight.shape], size.attributes, site);
        const [y] = referenceKernels.conv1d([x, weight], size.attributes, shapes);
        // All ones: each output counts the weights it meets, so reading outside of x would give NaN.
        expect([...y!.elements]).toEqual(new Array(elementCount(shapes[0]!)).fill(dims[1]! * dims[2]!));
      }),
      { seed: 4 },
    );
  });

  it('shuffles pixels as the Graph defines it', () => {
    const x = { shape: [1, 4, 2], elements: Float64Array.of(0, 1, 10, 11, 20, 21, 30, 31) };
    const [y] = referenceKernels.pixel_shuffle([x], { factor: 2 }, [[1, 2, 4]]);
    // Channel f·C + c at t → channel c at t·2 + f.
    expect([...y!.elements]).toEqual([0, 20, 1, 21, 10, 30, 11, 31]);
  });

  it('normalises over any axis to mean 0 and variance 1, then scales and shifts', () => {
    const x = { shape: [1, 3, 2], elements: Float64Array.of(1, 5, 2, 5, 3, 8) };
    const [weight, bias] = [Float64Array.of(1, 2, 3), Float64Array.of(0, 0, 10)];
    const [y] = referenceKernels.layer_norm(
      [x, { shape: [3], elements: weight }, { shape: [3], elements: bias }],
      { axis: 1, epsilon: 0 },
      [x.shape],
    );
    const [a, b] = [Math.sqrt(1.5), Math.SQRT1_2];
    const expected = [-a, -b, 0, -2 * b, 10 + 3 * a, 10 + 6 * b];
    expected.forEach((number, i) => expect(y!.elements[i]).toBeCloseTo(number, 12));
  });

  it('refuses an input that is missing or has another size', () => {
    const size = { channels: 1, out: 1, kernel: 1, attributes: convAttributes(), seed: 1 };
    const interpreter = new ReferenceInterpreter(convolution(size, 4, 0));
    expect(() => interpreter.step({})).toThrow(/contradicts itself/);
    expect(() => interpreter.step({ x: [1, 2] })).toThrow(/contradicts itself/);
  });
});
