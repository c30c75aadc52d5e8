import { describe, expect, it } from 'vitest';
import { PluginError } from '../shared/errors.js';
import { convAttributes, GraphBuilder } from './builder.js';
import type { Graph } from './graph.js';
import { print } from './print.js';
import { ReferenceInterpreter } from './reference.js';
import { verify } from './verify.js';

/** y = relu(x + w), and a state that holds x. */
function small(): Graph {
  const builder = new GraphBuilder('small');
  const x = builder.input('x', [1, 2, 3], 'latent');
  const before = builder.state('before', [1, 2, 3]);
  const w = builder.constant('w', [2, 1], [1, 2]);
  const sum = builder.apply('add', [x, w], {}, { names: ['sum'], origin: 'Add_1' });
  const y = builder.apply('relu', [sum], {}, { names: ['y'] });
  builder.output('audio', builder.apply('mul', [y, before], {}), 'audio');
  builder.setState('before', x);
  return builder.build();
}

function findingOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PluginError) return `${error.code}: ${error.details.join('; ')}`;
    throw error;
  }
  return 'nothing';
}

describe('verify', () => {
  it('accepts what the builder builds', () => {
    expect(findingOf(() => verify(small()))).toBe('nothing');
  });

  const damages: [string, (graph: Graph) => Graph, RegExp][] = [
    [
      'a value defined twice',
      (g) => ({ ...g, nodes: [...g.nodes, { ...g.nodes[1]!, origin: 'again' }] }),
      /relu \(again\): defines y a second time/,
    ],
    [
      'use before definition',
      (g) => ({ ...g, nodes: [...g.nodes].reverse() }),
      /uses y before it is defined/,
    ],
    [
      'a shape that no rule gives',
      (g) => ({ ...g, values: g.values.map((v) => (v.name === 'sum' ? { ...v, shape: [1, 2, 4] } : v)) }),
      /add \(Add_1\): shape of sum: expected \[1, 2, 3\], got \[1, 2, 4\]/,
    ],
    [
      'an empty axis',
      (g) => ({ ...g, values: g.values.map((v) => ({ ...v, shape: [0] })) }),
      /axis 0 has size 0/,
    ],
    [
      'a distribution where no noise goes in',
      (g) => ({ ...g, inputs: g.inputs.map((port) => ({ ...port, distribution: 'uniform' })) }),
      /input \(x\): has a distribution but takes no noise/,
    ],
    [
      'a stored state of another size',
      (g) => ({ ...g, states: g.states.map((state) => ({ ...state, stored: new Float32Array(5) })) }),
      /state \(before\): stored elements: expected 6, got 5/,
    ],
    [
      'a stored state that is not finite',
      (g) => ({
        ...g,
        states: g.states.map((state) => ({ ...state, stored: new Float32Array(6).fill(NaN) })),
      }),
      /state \(before\): stores NaN or infinity/,
    ],
    [
      'two values of one name',
      (g) => ({ ...g, values: g.values.map((v) => ({ ...v, name: 'x' })) }),
      /two values have this name/,
    ],
    [
      'too few numbers in a constant',
      (g) => ({ ...g, constants: new Map([[2, new Float32Array(1)]]) }),
      /constant \(w\): elements: expected 2, got 1/,
    ],
    [
      'NaN in a constant',
      (g) => ({ ...g, constants: new Map([[2, Float32Array.of(1, NaN)]]) }),
      /model\/not-finite: constant \(w\)/,
    ],
    [
      'an output that nothing computes',
      (g) => ({ ...g, outputs: [{ name: 'audio', value: 99, role: 'audio' }] }),
      /output \(audio\): nothing computes it/,
    ],
    [
      'two ports of one name',
      (g) => ({ ...g, outputs: [...g.outputs, ...g.outputs] }),
      /two ports have this name/,
    ],
    [
      'a state that changes shape',
      (g) => ({ ...g, states: [{ ...g.states[0]!, output: 2 }] }),
      /state \(before\): expected \[1, 2, 3\] for the next hop, got \[2, 1\]/,
    ],
  ];
  it.each(damages)('refuses %s', (_title, damage, finding) => {
    expect(findingOf(() => verify(damage(small())))).toMatch(finding);
  });

  it('refuses a cache that someone else sees', () => {
    const builder = new GraphBuilder('cache');
    const x = builder.input('x', [1, 1, 4], 'audio');
    const history = builder.state('history', [1, 1, 2]);
    const weight = builder.constant('weight', [1, 1, 3], [1, 2, 3]);
    const [y, next] = builder.node('cached_conv1d', [x, history, weight], convAttributes()) as [
      number,
      number,
    ];
    builder.output('y', y, 'audio');
    builder.output('spy', next, 'audio');
    builder.setState('history', next);
    expect(findingOf(() => builder.build())).toMatch(
      /cached_conv1d \(cached_conv1d\): its cache is used elsewhere/,
    );
  });
});

describe('shape rules', () => {
  const builder = new GraphBuilder('shapes');
  const x = builder.input('x', [1, 4, 6], 'latent');
  const weight = builder.constant('weight', [3, 5, 2], new Float32Array(30));

  it('name the op, where it is from, the axis, what was expected and what was there', () => {
    const finding = findingOf(() =>
      builder.node('conv1d', [x, weight], convAttributes(), { origin: 'Conv_7' }),
    );
    expect(finding).toBe('model/invalid: conv1d (Conv_7): axis 1 (channels) of x: expected 5, got 4');
  });

  it.each<[string, () => unknown, RegExp]>([
    ['too few inputs', () => builder.node('add', [x], {}), /expected 2 inputs, got 1/],
    ['a missing input', () => builder.node('add', [x, null], {}), /input 1 is missing/],
    [
      'a wrong number of elements',
      () => builder.node('reshape', [x], { shape: [5, 5] }),
      /elements of \[5, 5\]: expected 24, got 25/,
    ],
    [
      'a slice that is too long',
      () => builder.node('slice', [x], { axis: 2, start: 1, end: 7, step: 1 }),
      /axis 2: 1:7:1 does not lie inside 0:6/,
    ],
    [
      'an axis that is not there',
      () => builder.node('concat', [x, x], { axis: 3 }),
      /there is no axis 3 in \[1, 4, 6\]/,
    ],
    [
      'channels that do not shuffle',
      () => builder.node('pixel_shuffle', [x], { factor: 3 }),
      /4 is no multiple of the factor 3/,
    ],
    ['inner sizes that differ', () => builder.node('matmul', [x, x], {}), /inner size .*: expected 6, got 4/],
  ])('refuse %s', (_title, run, finding) => {
    expect(findingOf(run)).toMatch(finding);
  });
});

describe('states and ports of a model file', () => {
  it('hold stored numbers, with zeros for those that are not finite, and the distribution of noise', () => {
    const builder = new GraphBuilder('stored');
    const noise = builder.input('u', [4], 'noise', 1, 'uniform');
    const past = builder.state('past', [4], Float32Array.of(1, NaN, Infinity, -2));
    builder.setState('past', builder.apply('neg', [noise], {}, { names: ['next'] }));
    builder.output('y', past, 'audio');
    const graph = builder.build();
    expect(`\n${print(graph)}\n`).toBe(`
graph stored
input u [4] uniform noise:1
state past [4] past stored
next [4] = neg(u)
next past = next
output y = past audio
`);
    const hop = { u: [5, 6, 7, 8] };
    const fromStored = new ReferenceInterpreter(graph, { storedStates: true });
    expect([1, 2].map(() => [...fromStored.step(hop)['y']!])).toEqual([
      [1, 0, 0, -2],
      [-5, -6, -7, -8],
    ]);
    fromStored.reset();
    expect([...fromStored.step(hop)['y']!]).toEqual([1, 0, 0, -2]);
    expect([...new ReferenceInterpreter(graph).step(hop)['y']!]).toEqual([0, 0, 0, 0]);
  });
});

describe('print', () => {
  it('shows a graph as text', () => {
    expect(`\n${print(small())}\n`).toBe(`
graph small
input x [1, 2, 3] latent
state before [1, 2, 3] before
constant w [2, 1]
sum [1, 2, 3] = add(x, w)
y [1, 2, 3] = relu(sum)
mul [1, 2, 3] = mul(y, before)
next before = x
output audio = mul audio
`);
  });

  it('shows attributes, leaving out those that do nothing', () => {
    const builder = new GraphBuilder('attributes');
    const x = builder.input('noise', [1, 4, 6], 'noise', 1);
    const weight = builder.constant('weight', [4, 2, 2], new Float32Array(16));
    const activation = { kind: 'leaky_relu', alpha: 0.25 } as const;
    const y = builder.apply('conv1d', [x, weight], convAttributes({ dilation: 2, groups: 2, activation }));
    builder.output('y', builder.apply('pad', [y], { axis: 2, before: 1, after: 0 }), 'audio');
    expect(`\n${print(builder.build())}\n`).toBe(`
graph attributes
input noise [1, 4, 6] noise:1
constant weight [4, 2, 2]
conv1d [1, 4, 4] = conv1d(noise, weight, dilation=2, groups=2, activation=leaky_relu(0.25))
pad [1, 4, 5] = pad(conv1d, axis=2, before=1, after=0)
output y = pad audio
`);
  });
});
