import { describe, expect, it } from 'vitest';
import { build, nodesAfter, type TestBuilder } from '../../../test/graph-testing.js';
import { largestDifference, randomHops } from '../../../test/onnx-truth.js';
import { convAttributes } from '../builder.js';
import type { Graph, ValueId } from '../graph.js';
import { ReferenceInterpreter } from '../reference.js';
import { fuse } from './fuse.js';

/** conv1d with bias, x [1, 4, 6] → [1, 3, 6]. */
function conv(builder: TestBuilder, name = 'conv', groups = 1): ValueId {
  const x = builder.audio(`x.${name}`, [1, 4 * groups, 6]);
  const inputs = [
    x,
    builder.weights(`w.${name}`, 3 * groups, 4, 1),
    builder.weights(`b.${name}`, 3 * groups),
  ];
  return builder.apply('conv1d', inputs, convAttributes({ groups }), { names: [name] });
}

const named = (name: string) => ({ names: [name] });

/** Each: what is written, its nodes after fusing, and the value in the middle, which others may want. */
const fusions: {
  readonly title: string;
  readonly describe: (builder: TestBuilder) => ValueId;
  readonly after: string;
  /** Folded weights are rounded to float32. */
  readonly rounded?: true;
}[] = [
  {
    title: 'x · sigmoid(x) becomes silu',
    describe(builder) {
      const x = builder.audio('x', [1, 2, 3]);
      const sigmoid = builder.apply('sigmoid', [x], {});
      builder.out(builder.apply('mul', [sigmoid, x], {}, named('y')));
      return sigmoid;
    },
    after: 'y [1, 2, 3] = silu(x)',
  },
  {
    title: 'transpose, layer_norm, transpose back becomes layer_norm over the other axis',
    describe(builder) {
      const x = builder.audio('x', [1, 4, 3]);
      const rows = builder.apply('transpose', [x], { permutation: [0, 2, 1] });
      const inputs = [rows, builder.weights('w', 4), builder.weights('b', 4)];
      const norm = builder.apply('layer_norm', inputs, { axis: 2, epsilon: 0.5 });
      builder.out(builder.apply('transpose', [norm], { permutation: [0, 2, 1] }, named('y')));
      return norm;
    },
    after: 'y [1, 4, 3] = layer_norm(x, w, b, axis=1, epsilon=0.5)',
  },
  {
    title: 'reshape, transpose, reshape becomes pixel_shuffle',
    describe(builder) {
      const x = builder.audio('x', [1, 6, 4]);
      const split = builder.apply('reshape', [x], { shape: [1, 2, 3, 4] });
      const moved = builder.apply('transpose', [split], { permutation: [0, 2, 3, 1] });
      builder.out(builder.apply('reshape', [moved], { shape: [1, 3, 8] }, named('y')));
      return moved;
    },
    after: 'y [1, 3, 8] = pixel_shuffle(x, factor=2)',
  },
  {
    title: 'an activation becomes part of its convolution',
    describe(builder) {
      const value = conv(builder);
      builder.out(builder.apply('leaky_relu', [value], { alpha: 0.25 }, named('y')));
      return value;
    },
    after: 'y [1, 3, 6] = conv1d(x.conv, w.conv, b.conv, activation=leaky_relu(0.25))',
  },
  {
    title: 'an addition becomes the residual of its convolution',
    describe(builder) {
      const value = conv(builder);
      builder.out(builder.apply('add', [builder.audio('r', [1, 3, 6]), value], {}, named('y')));
      return value;
    },
    after: 'y [1, 3, 6] = conv1d(x.conv, w.conv, b.conv, r)',
  },
  {
    title: 'a constant factor per channel becomes part of weights and bias, in groups too',
    describe(builder) {
      const value = conv(builder, 'conv', 2);
      builder.out(builder.apply('mul', [value, builder.weights('scale', 6, 1)], {}, named('y')));
      return value;
    },
    after: 'y [1, 6, 6] = conv1d(x.conv, conv.scaled, conv.offset, groups=2)',
    rounded: true,
  },
  {
    title: 'a constant offset per channel becomes part of the bias',
    describe(builder) {
      const value = conv(builder);
      builder.out(builder.apply('add', [value, builder.weights('offset', 1, 3, 1)], {}, named('y')));
      return value;
    },
    after: 'y [1, 3, 6] = conv1d(x.conv, w.conv, conv.offset)',
    rounded: true,
  },
  {
    title: 'a grouped transposed convolution takes a factor and an offset per channel',
    describe(builder) {
      const x = builder.audio('x', [1, 4, 2]);
      const attributes = convAttributes({ stride: 2, groups: 2 });
      const value = builder.apply(
        'conv_transpose1d',
        [x, builder.weights('w', 4, 3, 4)],
        attributes,
        named('t'),
      );
      const scaled = builder.apply('mul', [builder.weights('scale', 1, 6, 1), value], {});
      builder.out(builder.apply('add', [scaled, builder.weights('offset', 6, 1)], {}, named('y')));
      return value;
    },
    after: 'y [1, 6, 6] = conv_transpose1d(x, t.scaled, t.offset, stride=2, groups=2)',
    rounded: true,
  },
  {
    title: 'a cached transposed convolution does too, its tail then being scaled as well',
    describe(builder) {
      const x = builder.audio('x', [1, 2, 2]);
      const tail = builder.state('tail', [1, 3, 2]);
      const inputs = [x, tail, builder.weights('w', 2, 3, 4)];
      const attributes = convAttributes({ stride: 2 });
      const [value, rest] = builder.node('cached_conv_transpose1d', inputs, attributes, {
        names: ['t', 'rest'],
      }) as [number, number];
      builder.setState('tail', rest);
      builder.out(builder.apply('mul', [value, builder.weights('scale', 3, 1)], {}, named('y')));
      return value;
    },
    after: 'y [1, 3, 4], rest [1, 3, 2] = cached_conv_transpose1d(x, tail, t.scaled, stride=2)',
    rounded: true,
  },
];

describe('fuse', () => {
  it('scales what was stored of a transposed convolution’s tail with its weights', () => {
    const given = build((builder) => {
      const x = builder.audio('x', [1, 2, 2]);
      const tail = builder.state('tail', [1, 3, 2], Float32Array.of(1, -2, 3, 4, -5, 6));
      const inputs = [x, tail, builder.weights('w', 2, 3, 4)];
      const [y, rest] = builder.node('cached_conv_transpose1d', inputs, convAttributes({ stride: 2 }));
      builder.setState('tail', rest!);
      builder.out(builder.apply('mul', [y!, builder.constant('scale', [3, 1], [2, -0.5, 3])], {}));
    });
    const hops = randomHops(given, 3, 5);
    const run = (graph: Graph): Record<string, Float64Array>[] => {
      const interpreter = new ReferenceInterpreter(graph, { storedStates: true });
      return hops.map((inputs) => interpreter.step(inputs));
    };
    const fused = fuse(given);
    expect(fused.nodes.map(({ op }) => op)).toEqual(['cached_conv_transpose1d']);
    expect(largestDifference(run(fused), run(given)).error).toBeLessThan(1e-5);
  });

  it.each(fusions)('$title', ({ describe, after, rounded }) => {
    expect(nodesAfter(build(describe), fuse, rounded ? 1e-6 : 1e-12)).toBe(`\n${after}\n`);
  });

  it.each(fusions)('not when another one needs the value in the middle: $title', ({ describe }) => {
    const graph = build((builder) => builder.out(describe(builder), 'spy'));
    expect(fuse(graph)).toBe(graph);
  });

  it('a whole block: scale, then residual, after a convolution; silu, then nothing, after another', () => {
    const graph = build((builder) => {
      const up = conv(builder, 'up');
      const silu = builder.apply('mul', [up, builder.apply('sigmoid', [up], {})], {}, named('silu'));
      const down = builder.apply(
        'conv1d',
        [silu, builder.weights('w', 3, 3, 1)],
        convAttributes(),
        named('down'),
      );
      const scaled = builder.apply('mul', [down, builder.weights('scale', 1, 3, 1)], {});
      builder.out(builder.apply('add', [builder.audio('r', [1, 3, 6]), scaled], {}, named('y')));
    });
    expect(nodesAfter(graph, fuse, 1e-6)).toBe(`
silu [1, 3, 6] = conv1d(x.up, w.up, b.up, activation=silu)
y [1, 3, 6] = conv1d(silu, down.scaled, –, r)
`);
  });

  const refusals: [string, (builder: TestBuilder) => void][] = [
    [
      'an activation after a residual',
      (builder) => {
        const inputs = [
          builder.audio('x', [1, 4, 6]),
          builder.weights('w', 3, 4, 1),
          null,
          builder.audio('r', [1, 3, 6]),
        ];
        builder.out(builder.apply('relu', [builder.apply('conv1d', inputs, convAttributes())], {}));
      },
    ],
    [
      'a factor after an activation',
      (builder) => {
        const inputs = [builder.audio('x', [1, 4, 6]), builder.weights('w', 3, 4, 1)];
        const y = builder.apply('conv1d', inputs, convAttributes({ activation: { kind: 'relu' } }));
        builder.out(builder.apply('mul', [y, builder.weights('scale', 3, 1)], {}));
      },
    ],
    [
      'a factor that changes in time',
      (builder) => {
        builder.out(builder.apply('mul', [conv(builder), builder.weights('scale', 6)], {}));
      },
    ],
    [
      'a factor that stretches the shape',
      (builder) => {
        builder.out(builder.apply('mul', [conv(builder), builder.weights('scale', 2, 1, 1)], {}));
      },
    ],
    [
      'a residual that is stretched',
      (builder) => {
        builder.out(builder.apply('add', [conv(builder), builder.audio('r', [1, 3, 1])], {}));
      },
    ],
    [
      'x · sigmoid of something else',
      (builder) => {
        const sigmoid = builder.apply('sigmoid', [builder.audio('z', [1, 3, 6])], {});
        builder.out(builder.apply('mul', [builder.audio('x', [1, 3, 6]), sigmoid], {}));
      },
    ],
    [
      'channels that lie the other way round, which is no pixel_shuffle',
      (builder) => {
        const split = builder.apply('reshape', [builder.audio('x', [1, 6, 4])], { shape: [1, 3, 2, 4] });
        const moved = builder.apply('transpose', [split], { permutation: [0, 1, 3, 2] });
        builder.out(builder.apply('reshape', [moved], { shape: [1, 3, 8] }));
      },
    ],
    [
      'transposes that do not undo each other',
      (builder) => {
        const rows = builder.apply('transpose', [builder.audio('x', [1, 4, 4])], { permutation: [0, 2, 1] });
        const norm = builder.apply('layer_norm', [rows, builder.weights('w', 4), builder.weights('b', 4)], {
          axis: 2,
          epsilon: 1,
        });
        builder.out(builder.apply('transpose', [norm], { permutation: [1, 0, 2] }));
      },
    ],
  ];
  it.each(refusals)('leaves alone: %s', (_title, describe) => {
    const graph: Graph = build(describe);
    expect(fuse(graph)).toBe(graph);
  });
});
