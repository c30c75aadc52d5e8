import { describe, expect, it } from 'vitest';
import { build, nodesAfter, type TestBuilder } from '../../../test/graph-testing.js';
import type { ValueId } from '../graph.js';
import { print } from '../print.js';
import { foldConstants } from './constant-folding.js';
import { dropDeadCode } from './dead-code.js';
import { optimise } from './index.js';
import { simplify } from './simplify.js';

const named = (name: string) => ({ names: [name] });

describe('constant folding', () => {
  const basis = (builder: TestBuilder): void => {
    const bins = builder.constant('bins', [2, 1], [1, 2]);
    const n = builder.constant('n', [1, 3], [0, 0.1, 0.2]);
    const cosine = builder.apply('cos', [builder.apply('mul', [bins, n], {})], {}, named('cosine'));
    builder.out(builder.apply('mul', [builder.audio('x', [2, 3]), cosine], {}, named('y')));
  };

  it('computes what depends on constants alone', () => {
    expect(nodesAfter(build(basis), foldConstants, 1e-7)).toBe(`
y [2, 3] = mul(x, cosine)
`);
  });

  it('rounds to float32 at each node, as the graph defines its values', () => {
    const graph = foldConstants(build(basis));
    const folded = [...graph.constants].find(([value]) => graph.values[value]!.name === 'cosine')![1];
    const angle = Math.fround(2 * Math.fround(0.1));
    expect(folded[4]).toBe(Math.fround(Math.cos(angle)));
  });

  it('hands reshaped weights on uncopied', () => {
    const graph = build((builder) => {
      const weights = builder.weights('w', 4, 6);
      const turned = builder.apply('reshape', [weights], { shape: [6, 4] }, named('reshaped'));
      builder.out(builder.apply('mul', [builder.audio('x', [6, 4]), turned], {}));
    });
    const numbers = [...graph.constants.values()][0]!;
    expect([...foldConstants(graph).constants.values()].filter((held) => held === numbers)).toHaveLength(2);
    nodesAfter(graph, foldConstants);
  });

  it('leaves nodes that would take too long', () => {
    const graph = build((builder) => {
      const a = builder.constant('a', [512, 512], new Float32Array(512 * 512));
      builder.out(builder.apply('matmul', [a, a], {}));
    });
    expect(foldConstants(graph)).toBe(graph);
  });
});

describe('dead code', () => {
  it('drops nodes, constants and states that no output needs, and keeps inputs', () => {
    const graph = build((builder) => {
      const x = builder.audio('x', [2]);
      builder.audio('unused', [3]);
      builder.apply('exp', [builder.apply('neg', [x], {})], {});
      const lonely = builder.state('lonely', [2]);
      builder.setState('lonely', builder.apply('add', [lonely, x], {}));
      const kept = builder.state('kept', [2]);
      builder.setState('kept', builder.apply('add', [kept, builder.weights('w', 2)], {}, named('next')));
      builder.weights('v', 2);
      builder.out(builder.apply('mul', [x, kept], {}, named('y')));
    });
    expect(`\n${print(dropDeadCode(graph))}\n`).toBe(`
graph test
input x [2] audio
input unused [3] audio
state kept [2] kept
constant w [2]
next [2] = add(kept, w)
y [2] = mul(x, kept)
next kept = next
output out = y audio
`);
    nodesAfter(graph, dropDeadCode, 0);
  });
});

describe('simplify', () => {
  const cases: [string, (builder: TestBuilder, x: ValueId) => ValueId, string][] = [
    [
      'transposes that undo each other',
      (b, x) => {
        const there = b.apply('transpose', [x], { permutation: [1, 2, 0] });
        return b.apply('neg', [b.apply('transpose', [there], { permutation: [2, 0, 1] })], {}, named('y'));
      },
      'y [2, 3, 4] = neg(x)',
    ],
    [
      'transposes in a row',
      (b, x) => {
        const there = b.apply('transpose', [x], { permutation: [1, 2, 0] });
        return b.apply('transpose', [there], { permutation: [1, 0, 2] }, named('y'));
      },
      'y [4, 3, 2] = transpose(x, permutation=(2, 1, 0))',
    ],
    [
      'reshapes in a row',
      (b, x) => {
        return b.apply('reshape', [b.apply('reshape', [x], { shape: [24] })], { shape: [6, 4] }, named('y'));
      },
      'y [6, 4] = reshape(x)',
    ],
    [
      'steps that change nothing',
      (b, x) => {
        const whole = b.apply('slice', [x], { axis: 1, start: 0, end: 3, step: 1 });
        const alone = b.apply('concat', [whole], { axis: 0 });
        const unpadded = b.apply('pad', [alone], { axis: 2, before: 0, after: 0 });
        return b.apply('neg', [b.apply('reshape', [unpadded], { shape: [2, 3, 4] })], {}, named('y'));
      },
      'y [2, 3, 4] = neg(x)',
    ],
    [
      'squares',
      (b, x) => b.apply('pow', [x, b.constant('two', [], [2])], {}, named('y')),
      'y [2, 3, 4] = mul(x, x)',
    ],
    [
      'a constant taken away',
      (b, x) => b.apply('sub', [x, b.weights('w', 4)], {}, named('y')),
      'y [2, 3, 4] = add(x, w.negated)',
    ],
    [
      'a division by a constant',
      (b, x) => b.apply('div', [x, b.constant('w', [], [4])], {}, named('y')),
      'y [2, 3, 4] = mul(x, w.reciprocal)',
    ],
    [
      'factors of one and terms of zero',
      (b, x) => {
        const same = b.apply('mul', [b.constant('one', [3, 1], [1, 1, 1]), x], {});
        const still = b.apply('div', [same, b.constant('1', [], [1])], {});
        return b.apply(
          'neg',
          [b.apply('add', [still, b.constant('zero', [4], [0, -0, 0, 0])], {})],
          {},
          named('y'),
        );
      },
      'y [2, 3, 4] = neg(x)',
    ],
    [
      'not a division by zero, nor a factor that is one only in part',
      (b, x) => {
        const part = b.apply('mul', [x, b.constant('w', [4], [1, 1, 1, 2])], {}, named('part'));
        const infinite = b.apply('div', [part, b.constant('zero', [], [0])], {}, named('infinite'));
        return b.apply('maximum', [b.apply('minimum', [infinite, x], {}, named('low')), x], {}, named('y'));
      },
      `part [2, 3, 4] = mul(x, w)
infinite [2, 3, 4] = div(part, zero)
low [2, 3, 4] = minimum(infinite, x)
y [2, 3, 4] = maximum(low, x)`,
    ],
  ];
  it.each(cases)('%s', (_title, describe, after) => {
    const graph = build((builder) => builder.out(describe(builder, builder.audio('x', [2, 3, 4]))));
    expect(nodesAfter(graph, simplify)).toBe(`\n${after}\n`);
  });

  it('keeps outputs and states that a step which changes nothing gave', () => {
    const graph = build((builder) => {
      const x = builder.audio('x', [2]);
      const same = builder.apply('reshape', [x], { shape: [2] });
      const before = builder.state('before', [2]);
      builder.setState('before', same);
      builder.out(same);
      builder.out(builder.apply('neg', [before], {}), 'late');
    });
    expect(nodesAfter(graph, simplify, 0)).toBe(`
neg [2] = neg(before)
`);
  });
});

describe('optimise', () => {
  it('returns the very graph when there is nothing to do', () => {
    const graph = build((builder) => builder.out(builder.apply('neg', [builder.audio('x', [2])], {})));
    expect(optimise(graph)).toBe(graph);
  });

  it('lets one pass prepare for another: a folded factor, then a scaled convolution', () => {
    const graph = build((builder) => {
      const attributes = { stride: 1, dilation: 1, groups: 1, activation: { kind: 'none' } } as const;
      const y = builder.apply(
        'conv1d',
        [builder.audio('x', [1, 2, 3]), builder.weights('w', 2, 2, 1)],
        attributes,
        named('conv'),
      );
      const factor = builder.apply('exp', [builder.weights('logarithm', 2, 1)], {});
      builder.out(builder.apply('mul', [y, factor], {}, named('y')));
    });
    expect(nodesAfter(graph, optimise, 1e-6)).toBe(`
y [1, 2, 3] = conv1d(x, conv.scaled)
`);
  });
});
