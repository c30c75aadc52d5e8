import { describe, expect, it } from 'vitest';
import { build, nodesAfter, type TestBuilder } from '../../../test/graph-testing.js';
import type { ValueId } from '../graph.js';
import { simplify } from './simplify.js';

const named = (name: string) => ({ names: [name] });
const columns = (start: number, end: number, step = 1) => ({ axis: 2, start, end, step });

type Describe = (b: TestBuilder, x: ValueId, y: ValueId) => ValueId;

const cases: readonly [string, Describe, string][] = [
  [
    'slices of slices',
    (b, x) => {
      const odd = b.apply('slice', [x], columns(1, 12, 2));
      return b.apply('slice', [odd], columns(1, 6, 3), named('out1'));
    },
    'out1 [1, 3, 2] = slice(x, axis=2, columns=3:10:6)',
  ],
  [
    'slices of slices along another axis stay two',
    (b, x) => {
      const row = b.apply('slice', [x], { axis: 1, start: 1, end: 2, step: 1 }, named('row'));
      return b.apply('slice', [row], columns(1, 6), named('out1'));
    },
    `row [1, 1, 12] = slice(x, axis=1, columns=1:2)
out1 [1, 1, 5] = slice(row, axis=2, columns=1:6)`,
  ],
  [
    'a slice of one part of a join',
    (b, x, y) => {
      const joined = b.apply('concat', [x, y], { axis: 2 });
      return b.apply('slice', [joined], columns(13, 18, 2), named('out1'));
    },
    'out1 [1, 3, 3] = slice(y, axis=2, columns=1:6:2)',
  ],
  [
    'a slice that is one part of a join',
    (b, x, y) => {
      const joined = b.apply('concat', [x, y], { axis: 2 });
      return b.apply('neg', [b.apply('slice', [joined], columns(0, 12))], {}, named('out1'));
    },
    'out1 [1, 3, 12] = neg(x)',
  ],
  [
    'a slice over two parts stays',
    (b, x, y) => {
      const joined = b.apply('concat', [x, y], { axis: 2 }, named('joined'));
      return b.apply('slice', [joined], columns(11, 13), named('out1'));
    },
    `joined [1, 3, 24] = concat(x, y, axis=2)
out1 [1, 3, 2] = slice(joined, axis=2, columns=11:13)`,
  ],
  [
    'a slice without the padding',
    (b, x) => {
      const padded = b.apply('pad', [x], { axis: 2, before: 2, after: 3 });
      return b.apply('slice', [padded], columns(3, 14), named('out1'));
    },
    'out1 [1, 3, 11] = slice(x, axis=2, columns=1:12)',
  ],
  [
    'a slice that reaches into the padding stays',
    (b, x) => {
      const padded = b.apply('pad', [x], { axis: 2, before: 2, after: 3 }, named('padded'));
      return b.apply('slice', [padded], columns(1, 5), named('out1'));
    },
    `padded [1, 3, 17] = pad(x, axis=2, before=2, after=3)
out1 [1, 3, 4] = slice(padded, axis=2, columns=1:5)`,
  ],
  [
    'a join of neighbouring slices that make up the whole',
    (b, x) => {
      const parts = [columns(0, 4), columns(4, 5), columns(5, 12)].map((part) => b.apply('slice', [x], part));
      return b.apply('neg', [b.apply('concat', parts, { axis: 2 })], {}, named('out1'));
    },
    'out1 [1, 3, 12] = neg(x)',
  ],
  [
    'a join of neighbouring slices among others',
    (b, x, y) => {
      const parts = [columns(2, 4), columns(4, 7), columns(8, 9)].map((part) =>
        b.apply('slice', [x], part, named('part')),
      );
      return b.apply('concat', [y, ...parts], { axis: 2 }, named('out1'));
    },
    `part_3 [1, 3, 1] = slice(x, axis=2, columns=8:9)
part.joined [1, 3, 5] = slice(x, axis=2, columns=2:7)
out1 [1, 3, 18] = concat(y, part.joined, part_3, axis=2)`,
  ],
  [
    'a transpose of axes of size 1',
    (b, x) => {
      const there = b.apply('transpose', [x], { permutation: [1, 0, 2] });
      return b.apply('neg', [b.apply('reshape', [there], { shape: [1, 3, 12] })], {}, named('out1'));
    },
    'out1 [1, 3, 12] = neg(x)',
  ],
  [
    'flips that undo each other, and those of one element',
    (b, x) => {
      const back = b.apply('flip', [b.apply('flip', [x], { axis: 2 })], { axis: 2 });
      return b.apply('neg', [b.apply('flip', [back], { axis: 0 })], {}, named('out1'));
    },
    'out1 [1, 3, 12] = neg(x)',
  ],
  [
    'flips of two axes stay',
    (b, x) => b.apply('flip', [b.apply('flip', [x], { axis: 2 }, named('back'))], { axis: 1 }, named('out1')),
    `back [1, 3, 12] = flip(x, axis=2)
out1 [1, 3, 12] = flip(back, axis=1)`,
  ],
];

describe('simplify: ops that move elements', () => {
  it.each(cases)('%s', (_title, describe, after) => {
    const graph = build((b) => {
      const [x, y] = [b.audio('x', [1, 3, 12]), b.audio('y', [1, 3, 12])];
      b.out(describe(b, x, y));
    });
    expect(nodesAfter(graph, simplify, 0)).toBe(`\n${after}\n`);
  });
});
