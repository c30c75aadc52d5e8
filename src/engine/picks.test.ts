/**
 * Ops that pick one of several, on the engine: against the reference for many layouts, against plain expectation where
 * a wrong pick would read outside or let a branch leak.
 */

import { describe, expect, it } from 'vitest';
import { errorAgainstReference, instantiate } from '../../test/support/engine.js';
import { convAttributes, GraphBuilder } from '../graph/builder.js';
import type { ValueId } from '../graph/graph.js';

/** x [1, 6, 10] → whatever `describe` makes of it; the greatest error over three hops. */
function error(describe: (builder: GraphBuilder, x: ValueId) => ValueId): number {
  const builder = new GraphBuilder('picks');
  builder.output('y', describe(builder, builder.input('x', [1, 6, 10], 'latent')), 'audio');
  return errorAgainstReference(builder.build(), 3);
}

function run(builder: GraphBuilder, inputs: Record<string, ArrayLike<number>>): number[] {
  const engine = instantiate(builder.build());
  for (const [name, numbers] of Object.entries(inputs)) engine.input(name).set(Array.from(numbers));
  engine.step();
  return [...engine.output('y')];
}

describe('where', () => {
  it.each([
    [
      [1, 6, 10],
      [1, 6, 10],
    ],
    [[6, 1], [10]],
    [[1, 6, 10], []],
    [[10], [1, 6, 1]],
    [[], [1, 6, 10]],
  ])('broadcasts a condition %j and another branch %j', (condition, other) => {
    const builder = new GraphBuilder('where');
    const x = builder.input('x', [1, 6, 10], 'latent');
    const c = builder.input('c', condition, 'latent');
    const b = builder.input('b', other, 'latent');
    const zero = builder.constant('zero', [], [0]);
    const chosen = builder.apply('where', [builder.apply('less', [c, zero], {}), x, b], {});
    builder.output('y', chosen, 'audio');
    expect(errorAgainstReference(builder.build(), 3)).toBe(0);
  });

  it('lets nothing of the other branch through', () => {
    const builder = new GraphBuilder('where');
    const [c, a, b] = ['c', 'a', 'b'].map((name) => builder.input(name, [6], 'latent'));
    builder.output('y', builder.apply('where', [c!, a!, b!], {}), 'audio');
    const inputs = {
      c: [1, 0, -2, 0, NaN, -0],
      a: [1, NaN, 3, Infinity, 5, NaN],
      b: [NaN, 2, -Infinity, 4, NaN, 6],
    };
    expect(run(builder, inputs)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('comparisons', () => {
  it.each([
    ['equal', [0, 1, 0, 0, 1]],
    ['less', [1, 0, 0, 0, 0]],
    ['less_or_equal', [1, 1, 0, 0, 1]],
  ] as const)('%s gives 1 or 0, and 0 for NaN', (op, expected) => {
    const builder = new GraphBuilder(op);
    const [a, b] = ['a', 'b'].map((name) => builder.input(name, [5], 'latent'));
    builder.output('y', builder.apply(op, [a!, b!], {}), 'audio');
    expect(run(builder, { a: [1, 2, 3, NaN, -0], b: [2, 2, 2, NaN, 0] })).toEqual(expected);
  });
});

describe('gather', () => {
  it('rounds and clamps every index: nothing outside the table is ever read', () => {
    const builder = new GraphBuilder('gather');
    const table = builder.constant('table', [3, 2], [10, 11, 20, 21, 30, 31]);
    const index = builder.input('i', [9], 'latent');
    builder.output('y', builder.apply('gather', [table, index], {}), 'audio');
    const rows = run(builder, { i: [0, 1.4, 1.6, 0.5, -7, 99, 3e38, NaN, -Infinity] }).filter(
      (_, i) => i % 2 === 0,
    );
    expect(rows).toEqual([10, 20, 30, 10, 10, 30, 30, 10, 10]);
  });

  it('takes a computed table and an index of any layout', () => {
    const result = error((builder, x) => {
      const table = builder.apply('reshape', [builder.apply('sin', [x], {})], { shape: [12, 5] });
      const scaled = builder.apply('mul', [x, builder.constant('twelve', [], [12])], {});
      return builder.apply(
        'gather',
        [table, builder.apply('transpose', [scaled], { permutation: [2, 0, 1] })],
        {},
      );
    });
    expect(result).toBeLessThan(1e-6);
  });
});

describe('maxima', () => {
  it.each((['reduce_max', 'arg_max'] as const).flatMap((op) => [0, 1, 2].map((axis) => [op, axis] as const)))(
    '%s over axis %d agrees with the reference',
    (op, axis) => {
      expect(error((builder, x) => builder.apply(op, [x], { axis }))).toBe(0);
      const moved = (builder: GraphBuilder, x: ValueId): ValueId =>
        builder.apply(op, [builder.apply('transpose', [x], { permutation: [2, 0, 1] })], { axis });
      expect(error(moved)).toBe(0);
    },
  );

  it.each([
    [[3, 7, 7, 1], 7, 1],
    [[-Infinity, -Infinity, -Infinity, -Infinity], -Infinity, 0],
    [[1, NaN, 5, NaN], NaN, 1],
  ])('of %j are %d at %d: the first one, NaN before all', (numbers, greatest, index) => {
    for (const [op, expected] of [['reduce_max', greatest] as const, ['arg_max', index] as const]) {
      const builder = new GraphBuilder(op);
      const x = builder.input('x', [4], 'latent');
      builder.output('y', builder.apply(op, [x], { axis: 0 }), 'audio');
      expect(run(builder, { x: numbers })).toEqual([expected]);
    }
  });
});

describe('flip', () => {
  const flip = (builder: GraphBuilder, x: ValueId, axis: number): ValueId =>
    builder.apply('flip', [x], { axis });

  it.each<[string, (builder: GraphBuilder, x: ValueId) => ValueId]>([
    ['an output', (builder, x) => flip(builder, x, 2)],
    ['twice', (builder, x) => flip(builder, flip(builder, x, 1), 2)],
    ['elementwise ops', (builder, x) => builder.apply('add', [flip(builder, x, 1), flip(builder, x, 2)], {})],
    ['a reshape', (builder, x) => builder.apply('reshape', [flip(builder, x, 1)], { shape: [3, 20] })],
    ['a concat', (builder, x) => builder.apply('concat', [x, flip(builder, x, 2)], { axis: 2 })],
    ['a sum', (builder, x) => builder.apply('reduce_sum', [flip(builder, x, 2)], { axis: 1 })],
    ['a maximum', (builder, x) => builder.apply('arg_max', [flip(builder, x, 2)], { axis: 2 })],
    [
      'a matrix product',
      (builder, x) =>
        builder.apply(
          'matmul',
          [flip(builder, x, 1), builder.apply('reshape', [flip(builder, x, 2)], { shape: [1, 10, 6] })],
          {},
        ),
    ],
    [
      'a convolution',
      (builder, x) => {
        const numbers = Float32Array.from({ length: 54 }, (_, i) => Math.cos(i));
        const weight = builder.constant('w', [3, 6, 3], numbers);
        return builder.apply('conv1d', [flip(builder, x, 2), weight], convAttributes({ stride: 2 }));
      },
    ],
    [
      'a depthwise convolution over turned channels',
      (builder, x) => {
        const numbers = Float32Array.from({ length: 18 }, (_, i) => Math.cos(i));
        const weight = builder.constant('w', [6, 1, 3], numbers);
        return builder.apply(
          'conv1d',
          [flip(builder, flip(builder, x, 2), 1), weight],
          convAttributes({ groups: 6 }),
        );
      },
    ],
  ])('goes into %s', (_into, describe) => {
    expect(error(describe)).toBeLessThan(2e-6);
  });
});
