import { describe, expect, it } from 'vitest';
import { nodes } from '../../../test/graph-testing.js';
import {
  compareWithOnePass,
  type Describe,
  expectStreaming,
  named,
  network,
  pad,
  padded,
  cut,
  streamingOf,
} from '../../../test/streaming-testing.js';
import { convAttributes } from '../builder.js';
import type { ConvAttributes } from '../graph.js';
import { print } from '../print.js';
import { optimise } from './index.js';
import { makeStreaming } from './make-streaming.js';

/** Expects that a stream agrees with one pass to float64's precision, and gives its delay. */
function delayOf(describe: Describe, from = 0.6): number {
  const { error, level, delay } = compareWithOnePass(describe, 40, from);
  expect(level).toBeGreaterThan(0.1);
  expect(error).toBeLessThan(1e-12);
  return delay;
}

describe('a convolution between zeros', () => {
  it.each([
    ['centred', 2, 2, 2],
    ['causal', 4, 0, 0],
    ['looking ahead', 0, 4, 4],
  ])('%s keeps its history instead', (_title, before, after, delay) => {
    const layers = network((builder, x) => padded(builder, x, [before, after]));
    const { graph } = expectStreaming(streamingOf(layers));
    expect(nodes(graph)).toBe(`
y [1, 2, 4], y.past_1.next [1, 2, 4] = cached_conv1d(x, y.past_1, w, b)
`);
    expect(optimise(graph)).toBe(graph);
    expect(delayOf(layers)).toBe(delay);
  });

  it.each<[string, [number, number], Partial<ConvAttributes>, number]>([
    ['stride 2, a whole number of strides late', [2, 2], { stride: 2 }, 1],
    ['stride 4, not yet a whole stride late: one more', [3, 1], { stride: 4 }, 1],
    ['stride 4, causal', [4, 0], { stride: 4 }, 0],
    ['stride 4, padded by no more than it needs', [1, 0], { stride: 4 }, 0],
    ['dilation 3', [6, 6], { dilation: 3 }, 6],
    ['groups', [2, 2], { groups: 2 }, 2],
  ])('with %s', (_title, padding, attributes, delay) => {
    const groups = attributes.groups ?? 1;
    const layers = network((builder, x) => {
      const wide = builder.apply('pad', [x], pad(...padding));
      const inputs = [wide, builder.weights('w', 2, 2 / groups, 5), builder.weights('b', 2)];
      return builder.apply('conv1d', inputs, convAttributes(attributes));
    });
    expect(delayOf(layers)).toBe(delay);
  });

  it('waits in front of a stride until what it gets is a whole number of strides late', () => {
    const layers = network((builder, x) =>
      padded(builder, padded(builder, x, [1, 1], {}, { kernel: 3 }), [1, 1], { stride: 4 }, { kernel: 3 }),
    );
    // 1 column late, 1 more by the padding, 2 to make it 4.
    expect(print(expectStreaming(streamingOf(layers)).graph)).toContain('y_2.past_2 [1, 2, 2]');
    expect(delayOf(layers)).toBe(1);
  });

  it('knows padding that is joined, and padding on both sides of which one is cut off later', () => {
    const joined = network((builder, x) => {
      const zeros = builder.constant('zeros', [1, 2, 4], new Float32Array(8));
      return padded(builder, builder.apply('concat', [zeros, x], { axis: 2 }), [0, 0]);
    });
    expect(delayOf(joined)).toBe(0);
    const cutOff = network((builder, x, hops) =>
      builder.apply('slice', [padded(builder, x, [4, 4])], cut(0, 4 * hops)),
    );
    expect(delayOf(cutOff)).toBe(0);
  });

  it('gives a whole hop where none was padded at all', () => {
    const layers = network((builder, x) => padded(builder, x, [0, 0]));
    expect(delayOf(layers)).toBe(4);
  });

  it('causal and without a bias, agrees with one pass from the first column on', () => {
    const layers = network((builder, x) => {
      const inner = padded(builder, x, [4, 0], {}, { bias: false });
      return padded(builder, builder.apply('tanh', [inner], {}), [8, 0], { dilation: 2 }, { bias: false });
    });
    expect(delayOf(layers, 0)).toBe(0);
  });

  it('adds a residual of its own as late as itself', () => {
    const layers = network((builder, x) => {
      const wide = builder.apply('pad', [x], pad(2, 2));
      const inputs = [wide, builder.weights('w', 2, 2, 5), null, x];
      return builder.apply('conv1d', inputs, convAttributes({ activation: { kind: 'relu' } }));
    });
    expect(delayOf(layers)).toBe(2);
  });
});

describe('a transposed convolution that is cropped', () => {
  const transposed = (kernel: number, stride: number, before: number, after: number, attributes = {}) =>
    network((builder, x) => {
      const inputs = [x, builder.weights('w', 2, 2, kernel), builder.weights('b', 2)];
      const full = builder.apply(
        'conv_transpose1d',
        inputs,
        convAttributes({ stride, ...attributes }),
        named('y'),
      );
      return builder.apply('slice', [full], cut(before, builder.shape(full)[2]! - after));
    });

  it('keeps its tail instead', () => {
    const layers = transposed(8, 4, 2, 2);
    expect(nodes(expectStreaming(streamingOf(layers)).graph)).toBe(`
y [1, 2, 16], y.past_1.next [1, 2, 4] = cached_conv_transpose1d(x, y.past_1, w, b, stride=4)
`);
    expect(delayOf(layers)).toBe(2);
  });

  it.each([
    ['a kernel as long as the stride', transposed(4, 4, 0, 0), 0],
    ['a kernel shorter than the stride', transposed(2, 4, 0, 0), 0],
    ['a dilated kernel shorter than the stride', transposed(2, 5, 1, 0, { dilation: 2 }), 1],
    ['a tail longer than a hop', transposed(19, 3, 8, 8), 8],
  ])('with %s', (_title, layers, delay) => {
    expect(delayOf(layers)).toBe(delay);
  });
});

describe('signals that meet', () => {
  it('wait for the latest in a delay line', () => {
    const layers = network((builder, x) =>
      builder.apply('add', [x, padded(builder, x, [2, 2])], {}, named('sum')),
    );
    expect(nodes(expectStreaming(streamingOf(layers)).graph)).toBe(`
y [1, 2, 4], y.past_1.next [1, 2, 4] = cached_conv1d(x, y.past_1, w, b)
sum.past_2.joined [1, 2, 6] = concat(sum.past_2, x, axis=2)
sum.past_2.late [1, 2, 4] = slice(sum.past_2.joined, axis=2, columns=0:4)
sum.past_2.next [1, 2, 2] = slice(sum.past_2.joined, axis=2, columns=4:6)
sum [1, 2, 4] = add(sum.past_2.late, y)
`);
    expect(delayOf(layers)).toBe(2);
  });

  it('share a delay line, also when their columns are counted differently', () => {
    const layers = network((builder, x) => {
      const late = padded(builder, x, [2, 2]);
      const sum = builder.apply('mul', [builder.apply('add', [x, late], {}), x], {});
      const shifted = builder.apply(
        'slice',
        [builder.apply('pad', [x], pad(1, 0))],
        cut(0, builder.shape(x)[2]!),
      );
      const later = builder.apply(
        'slice',
        [builder.apply('pad', [late], pad(1, 0))],
        cut(0, builder.shape(x)[2]!),
      );
      return builder.apply('concat', [sum, builder.apply('mul', [later, shifted], {})], { axis: 1 });
    });
    expect(expectStreaming(streamingOf(layers)).graph.states).toHaveLength(3);
    expect(delayOf(layers)).toBe(2);
  });

  it('wait in lines of their own when they wait for different ones', () => {
    const layers = network((builder, x) => {
      const sum = builder.apply('add', [x, padded(builder, x, [2, 2])], {});
      return builder.apply('mul', [sum, builder.apply('add', [x, padded(builder, x, [1, 3])], {})], {});
    });
    expect(delayOf(layers)).toBe(3);
  });

  it('meet at the ports, too', () => {
    const ports: Describe = (builder, hops) => {
      const x = builder.audio('x', [1, 2, 4 * hops]);
      builder.out(x, 'dry');
      builder.out(padded(builder, x, [2, 2]), 'wet');
      builder.out(builder.apply('slice', [x], cut(0, 4 * hops, 2)), 'half');
    };
    expect(expectStreaming(streamingOf(ports)).delays).toEqual([2, 2, 0]);
    delayOf(ports);
  });

  it('leave weights and gains where they are', () => {
    const layers = network((builder, x) => {
      const gain = builder.input('gain', [2, 1], 'latent');
      const late = builder.apply('mul', [padded(builder, x, [2, 2]), builder.apply('exp', [gain], {})], {});
      return builder.apply('add', [late, x], {});
    });
    const { graph } = expectStreaming(streamingOf(layers));
    expect(graph.states).toHaveLength(2);
  });
});

describe('time that changes its axis or its rate', () => {
  it('goes frame by frame through matrices, as filtered noise does', () => {
    // [1, 2, 4n] → one frame of 4 amplitudes a hop → × noise → 8 samples a hop, beside a convolution 3 columns late.
    const layers: Describe = (builder, hops) => {
      const x = builder.audio('x', [1, 2, 4 * hops]);
      const late = padded(builder, x, [2, 2]);
      const amplitudes = padded(builder, late, [4, 0], { stride: 4 });
      const turned = builder.apply('transpose', [amplitudes], { permutation: [0, 2, 1] });
      const frames = builder.apply('reshape', [turned], { shape: [1, hops, 2, 1] });
      const spectrum = builder.apply('matmul', [frames, builder.weights('basis', 1, 4)], {});
      const noise = builder.input('noise', [1, hops, 2, 4], 'noise', 0, 'uniform');
      const filtered = builder.apply('mul', [spectrum, noise], {});
      const back = builder.apply('transpose', [filtered], { permutation: [0, 2, 1, 3] });
      const samples = builder.apply('reshape', [back], { shape: [1, 2, 4 * hops] });
      builder.out(builder.apply('add', [samples, late], {}));
    };
    expect(delayOf(layers)).toBe(4);
    const { graph } = expectStreaming(streamingOf(layers));
    expect(graph.inputs[1]).toMatchObject({ role: 'noise', channel: 0, distribution: 'uniform' });
    expect(graph.values[graph.inputs[1]!.value]!.shape).toEqual([1, 1, 2, 4]);
  });

  it('is found with one column per hop, where every axis of size 1 looks the same', () => {
    const layers = network((builder, x, hops) => {
      const apart = builder.apply('reshape', [x], { shape: [1, 1, 2, 1, hops] });
      const turned = builder.apply('transpose', [apart], { permutation: [4, 0, 3, 2, 1] });
      const flat = builder.apply('reshape', [turned], { shape: [hops, 2] });
      const mixed = builder.apply('matmul', [flat, builder.weights('m', 2, 6)], {});
      const signal = builder.apply('reshape', [mixed], { shape: [1, 1, 6 * hops] });
      const pairs = builder.apply('reshape', [signal], { shape: [1, 3 * hops, 2] });
      const channels = builder.apply('transpose', [pairs], { permutation: [0, 2, 1] });
      return padded(builder, channels, [2, 2]);
    }, 1);
    expect(delayOf(layers)).toBe(2);
  });

  it('turns a mask that repeats to where the signal is', () => {
    const layers = network((builder, x) => {
      const late = padded(builder, x, [0, 1], {}, { kernel: 2 });
      const columns = builder.shape(x)[2]!;
      const mask = Float32Array.from({ length: columns }, (_, t) => (t % 2 === 0 ? -1 : 1));
      return builder.apply('mul', [late, builder.constant('mask', [columns], mask)], {});
    });
    expect(delayOf(layers)).toBe(1);
  });

  it('keeps every second column, wherever that lies in a hop', () => {
    const layers = network((builder, x) => {
      const late = padded(builder, x, [0, 1], {}, { kernel: 2 });
      return builder.apply('slice', [late], cut(0, builder.shape(late)[2]!, 2));
    });
    expect(nodes(expectStreaming(streamingOf(layers)).graph)).toContain('columns=1:4:2');
    expect(delayOf(layers)).toBe(0);
  });
});

describe('makeStreaming', () => {
  const layers = network((builder, x) =>
    builder.apply('add', [x, padded(builder, x, [2, 2], {}, { kernel: 5 })], {}),
  );

  it('gives one hop, whatever the lengths it learns from', () => {
    const results = [streamingOf(layers, 1, 2), streamingOf(layers), streamingOf(layers, 4, 9)];
    const [first, ...others] = results.map((result) => print(expectStreaming(result).graph));
    expect(first).toContain('input x [1, 2, 4] audio');
    for (const other of others) expect(other).toBe(first);
  });

  it('keeps the metadata', () => {
    const withRate: Describe = (builder, hops) => {
      layers(builder, hops);
      builder.setMetadata('sampleRate', '48000');
    };
    expect(expectStreaming(streamingOf(withRate)).graph.metadata).toEqual({ sampleRate: '48000' });
  });

  it('leaves alone what looks at nothing but its hop, and what keeps states already', () => {
    const plain = network((builder, x) => {
      const y = padded(builder, x, [0, 0], {}, { kernel: 1 });
      return builder.apply('pixel_shuffle', [builder.apply('tanh', [y], {})], { factor: 2 });
    });
    expect(streamingOf(plain)).toEqual({ kind: 'unchanged' });
    const { graph } = expectStreaming(streamingOf(layers));
    expect(makeStreaming({ graph, hops: 1 }, { graph, hops: 2 })).toEqual({ kind: 'unchanged' });
  });
});
