import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestBuilder } from '../../../../test/graph-testing.js';
import { largestDifference, randomHops, runOnnxRuntime, runReference } from '../../../../test/onnx-truth.js';
import { writeOnnx as writeSpec } from '../../../../test/onnx-writer.js';
import { streamingDecoder } from '../../../../test/streaming-model.js';
import { graphFromSteps, steps } from '../../../../test/support/random-graph.js';
import { convAttributes } from '../../../graph/builder.js';
import type { Activation, Graph, OpName, ValueId } from '../../../graph/graph.js';
import { optimise } from '../../../graph/passes/index.js';
import { print } from '../../../graph/print.js';
import { readOnnx, writeOnnx } from '../index.js';

type Describe = (builder: TestBuilder, x: ValueId) => ValueId;

const activations: readonly Activation[] = [
  { kind: 'none' },
  { kind: 'relu' },
  { kind: 'silu' },
  { kind: 'sigmoid' },
  { kind: 'tanh' },
  { kind: 'leaky_relu', alpha: 0.125 },
];

/** What each op is tried on: x is a signal [1, 6, 8] between -1 and 1. */
const cases: Readonly<Record<OpName, Describe | readonly Describe[]>> = {
  neg: unary('neg'),
  abs: unary('abs'),
  exp: unary('exp'),
  log: positive('log'),
  sqrt: positive('sqrt'),
  sin: unary('sin'),
  cos: unary('cos'),
  tanh: unary('tanh'),
  acos: unary('acos'),
  erf: unary('erf'),
  floor: scaled('floor'),
  round: scaled('round'),
  reciprocal: positive('reciprocal'),
  relu: unary('relu'),
  sigmoid: unary('sigmoid'),
  silu: unary('silu'),
  softplus: unary('softplus'),
  leaky_relu: (b, x) => b.apply('leaky_relu', [x], { alpha: 0.125 }),
  clip: [
    (b, x) => b.apply('clip', [x], { min: -0.25, max: 0.5 }),
    (b, x) => b.apply('clip', [x], { min: -Infinity, max: 0.5 }),
    (b, x) => b.apply('clip', [x], { min: 0, max: 3.5e38 }),
  ],
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: (b, x) => b.apply('div', [x, b.constant('w', [6, 1], [1, 2, 3, 4, 5, 6])], {}),
  pow: (b, x) => b.apply('pow', [positive('sqrt')(b, x), b.constant('n', [], [1.5])], {}),
  minimum: binary('minimum'),
  maximum: binary('maximum'),
  equal: (b, x) => b.apply('equal', [scaled('round')(b, x), b.constant('one', [], [1])], {}),
  less: binary('less'),
  less_or_equal: binary('less_or_equal'),
  where: (b, x) => b.apply('where', [unary('relu')(b, x), x, b.weights('w', 6, 1)], {}),
  reshape: [
    (b, x) => b.apply('reshape', [x], { shape: [4, 1, 12] }),
    (b, x) =>
      b.apply('reshape', [b.apply('slice', [b.apply('reshape', [x], { shape: [48] })], at(0, 7, 8))], {
        shape: [],
      }),
  ],
  transpose: (b, x) => b.apply('transpose', [x], { permutation: [2, 0, 1] }),
  concat: (b, x) => b.apply('concat', [x, b.weights('w', 1, 6, 2), x], { axis: 2 }),
  slice: (b, x) => b.apply('slice', [x], { axis: 2, start: 1, end: 8, step: 3 }),
  flip: [(b, x) => b.apply('flip', [x], { axis: 2 }), (b, x) => b.apply('flip', [x], { axis: 1 })],
  pad: (b, x) => b.apply('pad', [x], { axis: 1, before: 2, after: 1 }),
  pixel_shuffle: (b, x) => b.apply('pixel_shuffle', [x], { factor: 3 }),
  reduce_sum: (b, x) => b.apply('reduce_sum', [x], { axis: 1 }),
  reduce_mean: (b, x) => b.apply('reduce_mean', [x], { axis: 2 }),
  reduce_max: (b, x) => b.apply('reduce_max', [x], { axis: 1 }),
  arg_max: (b, x) => b.apply('arg_max', [x], { axis: 1 }),
  matmul: (b, x) => b.apply('matmul', [b.weights('w', 5, 6), x], {}),
  // Indices from below the table to above it.
  gather: (b, x) => b.apply('gather', [b.weights('w', 3, 4), scaled('neg')(b, x)], {}),
  layer_norm: [1, 2].map((axis): Describe => (b, x) => {
    const size = b.shape(x)[axis]!;
    return b.apply('layer_norm', [x, b.weights('w', size), b.weights('v', size)], {
      axis,
      epsilon: 2 ** -10,
    });
  }),
  conv1d: convolutions(
    (activation) => (b, x) => {
      const attributes = convAttributes({ stride: 2, dilation: 2, groups: 2, activation });
      return b.apply('conv1d', [x, b.weights('w', 4, 3, 3), b.weights('v', 4)], attributes);
    },
    [
      (b, x) =>
        b.apply('conv1d', [x, b.weights('w', 4, 6, 3), null, b.weights('r', 1, 4, 6)], convAttributes()),
    ],
  ),
  cached_conv1d: convolutions((activation) => (b, x) => {
    const history = b.state('past', [1, 6, 4]);
    const weights = [b.weights('w', 4, 3, 3), b.weights('v', 4), b.weights('r', 1, 4, 4)];
    const attributes = convAttributes({ stride: 2, dilation: 2, groups: 2, activation });
    const [y, next] = b.node('cached_conv1d', [x, history, ...weights], attributes);
    b.setState('past', next!);
    return y!;
  }),
  conv_transpose1d: convolutions((activation) => (b, x) => {
    const attributes = convAttributes({ stride: 3, dilation: 2, groups: 2, activation });
    return b.apply('conv_transpose1d', [x, b.weights('w', 6, 2, 4), b.weights('v', 4)], attributes);
  }),
  cached_conv_transpose1d: convolutions(
    (activation) => overlapping(4, true, activation),
    // Tails shorter than, as long as, and longer than a hop of 8 · 2 samples.
    [overlapping(3, false), overlapping(18, true), overlapping(40, true)],
  ),
};

function unary(
  op:
    | 'neg'
    | 'abs'
    | 'exp'
    | 'sin'
    | 'cos'
    | 'relu'
    | 'sigmoid'
    | 'silu'
    | 'tanh'
    | 'softplus'
    | 'acos'
    | 'erf',
): Describe {
  return (b, x) => b.apply(op, [x], {});
}

/** On numbers from 0.5 to 1.5. */
function positive(op: 'log' | 'sqrt' | 'reciprocal'): Describe {
  return (b, x) =>
    b.apply(op, [b.apply('add', [b.apply('abs', [x], {}), b.constant('h', [], [0.5])], {})], {});
}

/** On numbers from -4 to 4. */
function scaled(op: 'floor' | 'round' | 'neg'): Describe {
  return (b, x) => b.apply(op, [b.apply('mul', [x, b.constant('four', [], [4])], {})], {});
}

function binary(op: 'add' | 'sub' | 'mul' | 'minimum' | 'maximum' | 'less' | 'less_or_equal'): Describe {
  return (b, x) => b.apply(op, [x, b.weights('w', 6, 1)], {});
}

function at(axis: number, start: number, end: number) {
  return { axis, start, end, step: 1 };
}

function convolutions(
  make: (activation: Activation) => Describe,
  others: readonly Describe[] = [],
): Describe[] {
  return [...activations.map(make), ...others];
}

function overlapping(kernel: number, bias: boolean, activation: Activation = { kind: 'none' }): Describe {
  return (b, x) => {
    const rest = 7 * 2 + kernel - 16;
    const tail = b.state('tail', [1, 4, rest]);
    const weights = [b.weights('w', 6, 2, kernel), bias ? b.weights('v', 4) : null];
    const attributes = convAttributes({ stride: 2, groups: 2, activation });
    const [y, next] = b.node('cached_conv_transpose1d', [x, tail, ...weights], attributes);
    b.setState('tail', next!);
    return y!;
  };
}

function graphOf(describe: Describe): Graph {
  const builder = new TestBuilder('test');
  const x = builder.audio('x', [1, 6, 8]);
  builder.out(describe(builder, x));
  return builder.build();
}

/** onnxruntime computes in float32, the reference in float64. */
const TOLERANCE = 1e-5;

async function expectSameAsOnnxRuntime(graph: Graph, hops = 3): Promise<void> {
  const inputs = randomHops(graph, hops, 5);
  const bytes = writeOnnx(graph);
  const truth = await runOnnxRuntime(bytes, graph, inputs);
  const expected = runReference(graph, inputs);
  const written = largestDifference(expected, truth);
  expect(written.error, written.where).toBeLessThan(TOLERANCE);
  const readBack = largestDifference(runReference(readOnnx(bytes), inputs), expected);
  // Bounds and slopes are float32 in the file.
  expect(readBack.error, readBack.where).toBeLessThan(1e-6);
}

describe('a written op', () => {
  const named = Object.entries(cases).flatMap(([op, given]) =>
    (typeof given === 'function' ? [given] : given).map(
      (describe, index) => [`${op} ${index}`, describe] as const,
    ),
  );
  it.each(named)(
    '%s gives in onnxruntime-web what the reference gives, and is read back',
    async (_op, describe) => {
      await expectSameAsOnnxRuntime(graphOf(describe));
    },
  );

  // Those are written in parts that must not stay parts.
  it.each([
    'silu',
    'pixel_shuffle',
    'layer_norm',
    'conv1d',
    'cached_conv1d',
    'conv_transpose1d',
    'cached_conv_transpose1d',
  ] as const)('%s is one op again after reading and optimising', (op) => {
    for (const describe of [cases[op]].flat()) {
      const once = optimise(graphOf(describe));
      const again = optimise(readOnnx(writeOnnx(once)));
      expect(again.nodes.map((node) => node.op)).toEqual(once.nodes.map((node) => node.op));
      expect(again.nodes.map(({ attributes }) => attributes)).toEqual(
        once.nodes.map(({ attributes }) => attributes),
      );
    }
  });
});

describe('a written graph', () => {
  it('of any ops gives over several hops what the reference gives', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (recipe, seed) => {
        await expectSameAsOnnxRuntime(graphFromSteps(recipe, seed));
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('is the same file when it is read and written again', () => {
    const first = writeOnnx(readOnnx(writeSpec(streamingDecoder())));
    const second = writeOnnx(readOnnx(first));
    // The first pass turns half of the parts into others (a convolution's padding, for instance); then nothing moves.
    expect(print(readOnnx(second))).toBe(print(readOnnx(first)));
  });

  it('keeps what the optimised streaming decoder is made of', async () => {
    const graph = optimise(readOnnx(writeSpec(streamingDecoder())));
    await expectSameAsOnnxRuntime(graph, 16);
    const again = optimise(readOnnx(writeOnnx(graph)));
    expect(again.nodes.map(({ op }) => op).sort()).toEqual(graph.nodes.map(({ op }) => op).sort());
    expect(again.metadata).toEqual(graph.metadata);
  });

  it('keeps names, roles, channels, distributions, facts and what states stored', () => {
    const builder = new TestBuilder('Ocean');
    const latent = builder.input('z', [1, 2, 1], 'latent');
    const noise = builder.input('hiss', [1, 2, 1], 'noise', 1, 'uniform');
    const position = builder.input('place', [2], 'position');
    const stored = Float32Array.of(0.5, -3);
    const before = builder.state('memory', [1, 2, 1], stored);
    builder.setState('memory', latent);
    const plain = builder.state('plain', [2]);
    builder.setState('plain', position);
    builder.output('sound', builder.apply('add', [before, noise], {}), 'audio');
    builder.output('same', before, 'audio');
    builder.output('where', plain, 'latent');
    builder.setMetadata('sampleRate', '48000');
    builder.setMetadata('notes', 'Zwölf\nBoxkämpfer');
    const graph = builder.build();
    const again = readOnnx(writeOnnx(graph));
    const ports = ({ inputs, outputs }: Graph) =>
      [...inputs, ...outputs].map(({ name, role, channel, distribution }) => ({
        name,
        role,
        channel,
        distribution,
      }));
    expect(again.name).toBe('Ocean');
    expect(ports(again)).toEqual(ports(graph));
    expect(again.metadata).toEqual(graph.metadata);
    expect(again.states.map(({ name, stored: kept }) => [name, kept])).toEqual([
      ['memory', stored],
      ['plain', undefined],
    ]);
    expect([...again.constants]).toEqual([]);
  });

  it('survives values that have the names of ports', async () => {
    const builder = new TestBuilder('clash');
    const x = builder.audio('x', [2]);
    const y = builder.apply('neg', [x], {}, { names: ['out'] });
    const z = builder.apply('exp', [y], {}, { names: ['state_out:s'] });
    builder.state('s', [2]);
    builder.setState('s', z);
    builder.out(builder.apply('add', [y, z], {}, { names: ['state_in:s'] }));
    await expectSameAsOnnxRuntime(builder.build());
  });
});
