import { describe, expect, it } from 'vitest';
import { build, nodes, nodesAfter, type TestBuilder } from '../../../test/graph-testing.js';
import { convAttributes } from '../builder.js';
import type { Graph, ValueId } from '../graph.js';
import { recogniseCachedConvolutions } from './cached-convolutions.js';

const column = (start: number, end: number) => ({ axis: 2, start, end, step: 1 });

describe('a convolution over its history', () => {
  /** history [1, 2, 4] + x [1, 2, 6] → kernel 5; what becomes the state is cut from `joined` or from x. */
  function streaming(builder: TestBuilder, source: 'joined' | 'x'): { joined: ValueId; last: ValueId } {
    const x = builder.audio('x', [1, 2, 6]);
    const history = builder.state('history', [1, 2, 4]);
    const joined = builder.apply('concat', [history, x], { axis: 2 }, { names: ['joined'] });
    const inputs = [joined, builder.weights('w', 3, 2, 5), builder.weights('b', 3)];
    builder.out(builder.apply('conv1d', inputs, convAttributes(), { names: ['y'] }));
    const last = builder.apply(
      'slice',
      [source === 'x' ? x : joined],
      source === 'x' ? column(2, 6) : column(6, 10),
      { names: ['last'] },
    );
    builder.setState('history', last);
    return { joined, last };
  }

  it.each(['joined', 'x'] as const)('becomes one op, with the last columns cut from %s', (source) => {
    const graph = build((builder) => streaming(builder, source));
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(`
y [1, 3, 6], last [1, 2, 4] = cached_conv1d(x, history, w, b, –)
`);
  });

  /** x [1, 2, time] after a history of 4 columns; `next` says what the history becomes. */
  function after(time: number, next: (b: TestBuilder, x: ValueId, joined: ValueId) => ValueId): Graph {
    return build((builder) => {
      const x = builder.apply('neg', [builder.audio('a', [1, 2, time])], {}, { names: ['x'] });
      const history = builder.state('history', [1, 2, 4]);
      const joined = builder.apply('concat', [history, x], { axis: 2 });
      const inputs = [joined, builder.weights('w', 3, 2, 5)];
      builder.out(builder.apply('conv1d', inputs, convAttributes(), { names: ['y'] }));
      builder.setState('history', next(builder, x, joined));
    });
  }

  it('becomes one op when x, which others use, is the new history', () => {
    const graph = after(4, (builder, x) => {
      builder.out(x, 'spy');
      return x;
    });
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(`
x [1, 2, 4] = neg(a)
y [1, 3, 4], history.next [1, 2, 4] = cached_conv1d(x, history, w, –, –)
`);
  });

  it('becomes one op when the hop is shorter than the history', () => {
    const graph = after(3, (builder, _x, joined) =>
      builder.apply('slice', [joined], column(3, 7), { names: ['last'] }),
    );
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(`
x [1, 2, 3] = neg(a)
y [1, 3, 3], last [1, 2, 4] = cached_conv1d(x, history, w, –, –)
`);
  });

  it('keeps what was stored of its history', () => {
    const graph = build((builder) => streaming(builder, 'joined'));
    const stored = Float32Array.from({ length: 8 }, (_, i) => i - 3);
    const states = graph.states.map((state) => ({ ...state, stored }));
    expect(recogniseCachedConvolutions({ ...graph, states }).states[0]!.stored).toEqual(stored);
  });

  it.each<[string, (builder: TestBuilder) => void]>([
    ['the joined signal', (builder) => builder.out(streaming(builder, 'joined').joined, 'spy')],
    ['the new history', (builder) => builder.out(streaming(builder, 'joined').last, 'spy')],
    [
      'the new history, for a second state',
      (builder) => {
        builder.state('second', [1, 2, 4]);
        builder.setState('second', streaming(builder, 'joined').last);
      },
    ],
  ])('stays as it is when another one uses %s', (_title, describe) => {
    const graph = build(describe);
    expect(recogniseCachedConvolutions(graph)).toBe(graph);
  });

  it('stays as it is when the columns kept are not the last', () => {
    const graph = build((builder) => {
      const x = builder.audio('x', [1, 2, 6]);
      const history = builder.state('history', [1, 2, 4]);
      const joined = builder.apply('concat', [history, x], { axis: 2 });
      builder.out(builder.apply('conv1d', [joined, builder.weights('w', 3, 2, 5)], convAttributes()));
      builder.setState('history', builder.apply('slice', [joined], column(5, 9)));
    });
    expect(recogniseCachedConvolutions(graph)).toBe(graph);
  });
});

describe('a transposed convolution with overlap', () => {
  interface Parts {
    readonly full: ValueId;
    readonly tail: ValueId;
  }

  /** x [1, 2, time] → full [1, 3, (time - 1) · 2 + kernel], and the tail of the hop before. */
  function streaming(builder: TestBuilder, time: number, kernel: number, bias = false): Parts {
    const x = builder.audio('x', [1, 2, time]);
    const inputs = [x, builder.weights('w', 2, 3, kernel), ...(bias ? [builder.weights('b', 3)] : [])];
    const full = builder.apply('conv_transpose1d', inputs, convAttributes({ stride: 2 }), {
      names: ['full'],
    });
    return { full, tail: builder.state('tail', [1, 3, kernel - 2]) };
  }

  const cut = (builder: TestBuilder, x: ValueId, start: number, end: number): ValueId =>
    builder.apply('slice', [x], column(start, end));

  /** Head + tail, then the middle; the rest is kept. hop 6, tail 4. */
  function inParts(builder: TestBuilder, bias = false): Parts & { head: ValueId; rest: ValueId } {
    const parts = streaming(builder, 3, 6, bias);
    const head = builder.apply('add', [cut(builder, parts.full, 0, 4), parts.tail], {});
    builder.out(
      builder.apply('concat', [head, cut(builder, parts.full, 4, 6)], { axis: 2 }, { names: ['y'] }),
    );
    const rest = builder.apply('slice', [parts.full], column(6, 10), { names: ['rest'] });
    builder.setState('tail', rest);
    return { ...parts, head, rest };
  }

  const fused = (time: number): string => `
y [1, 3, ${2 * time}], rest [1, 3, 4] = cached_conv_transpose1d(x, tail, w, –, stride=2)
`;

  it('becomes one op when written as head + tail, then middle', () => {
    const graph = build((builder) => inParts(builder));
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(fused(3));
  });

  it('becomes one op when the tail is as long as the hop', () => {
    const graph = build((builder) => {
      const { full, tail } = streaming(builder, 2, 6);
      builder.out(builder.apply('add', [cut(builder, full, 0, 4), tail], {}, { names: ['y'] }));
      builder.setState('tail', builder.apply('slice', [full], column(4, 8), { names: ['rest'] }));
    });
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(fused(2));
  });

  it.each(['pad', 'zeros'] as const)(
    'becomes one op when the whole is added to a tail lengthened by %s',
    (by) => {
      const graph = build((builder) => {
        // hop 2, tail 4: the tail reaches over more than one hop.
        const { full, tail } = streaming(builder, 1, 6);
        const zeros = builder.constant('zeros', [1, 3, 2], new Float32Array(6));
        const long =
          by === 'pad'
            ? builder.apply('pad', [tail], { axis: 2, before: 0, after: 2 })
            : builder.apply('concat', [tail, zeros], { axis: 2 });
        const sum = builder.apply('add', [long, full], {});
        builder.out(builder.apply('slice', [sum], column(0, 2), { names: ['y'] }));
        builder.setState('tail', builder.apply('slice', [sum], column(2, 6), { names: ['rest'] }));
      });
      expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(fused(1));
    },
  );

  /** As `inParts`, with the bias in the convolution and taken off the tail afterwards. */
  function withBias(builder: TestBuilder, takenOff: number): void {
    const { full, tail } = streaming(builder, 3, 6, true);
    const head = builder.apply('add', [cut(builder, full, 0, 4), tail], {});
    const sum = builder.apply('concat', [head, cut(builder, full, 4, 10)], { axis: 2 });
    const bias = [...builder.constantOf(2)!].map((number) => -takenOff * number);
    const rest = cut(builder, sum, 6, 10);
    const negated = builder.constant('negated', [1, 3, 1], bias);
    builder.setState('tail', builder.apply('add', [rest, negated], {}, { names: ['rest'] }));
    builder.out(builder.apply('slice', [sum], column(0, 6), { names: ['y'] }));
  }

  it('becomes one op when the bias is taken off the tail again', () => {
    const graph = build((builder) => withBias(builder, 1));
    // The bias is added and taken away in another order than the op does.
    expect(nodesAfter(graph, recogniseCachedConvolutions, 1e-6)).toBe(`
y [1, 3, 6], rest [1, 3, 4] = cached_conv_transpose1d(x, tail, w, b, stride=2)
`);
  });

  it('becomes one op when others use a part of the output, which they get from it', () => {
    const graph = build((builder) => {
      const { full, head } = inParts(builder);
      builder.out(head, 'head');
      builder.out(builder.apply('slice', [full], column(4, 5), { names: ['middle'] }), 'middle');
    });
    const text = nodesAfter(graph, recogniseCachedConvolutions);
    expect(text).toContain('cached_conv_transpose1d');
    expect(text).toContain('add [1, 3, 4] = slice(y, axis=2, columns=0:4)');
    expect(text).toContain('middle [1, 3, 1] = slice(y, axis=2, columns=4:5)');
  });

  it('becomes one op whatever becomes of the output', () => {
    const graph = build((builder) => {
      const { full, tail } = streaming(builder, 3, 6);
      const head = builder.apply('add', [cut(builder, full, 0, 4), tail], {});
      const y = builder.apply('concat', [head, cut(builder, full, 4, 6)], { axis: 2 }, { names: ['y'] });
      builder.setState('tail', builder.apply('slice', [full], column(6, 10), { names: ['rest'] }));
      builder.out(builder.apply('pad', [y], { axis: 2, before: 1, after: 0 }, { names: ['padded'] }));
    });
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(
      `${fused(3)}padded [1, 3, 7] = pad(y, axis=2, before=1, after=0)\n`,
    );
  });

  it('becomes one op when the bias is nothing but zeros', () => {
    const graph = build((builder) => {
      const x = builder.audio('x', [1, 2, 3]);
      const inputs = [x, builder.weights('w', 2, 3, 6), builder.constant('b', [3], [0, 0, 0])];
      const full = builder.apply('conv_transpose1d', inputs, convAttributes({ stride: 2 }));
      const head = builder.apply('add', [cut(builder, full, 0, 4), builder.state('tail', [1, 3, 4])], {});
      const y = builder.apply('concat', [head, cut(builder, full, 4, 6)], { axis: 2 }, { names: ['y'] });
      builder.out(y);
      builder.setState('tail', builder.apply('slice', [full], column(6, 10), { names: ['rest'] }));
    });
    expect(nodesAfter(graph, recogniseCachedConvolutions)).toBe(fused(3));
  });

  it.each<[string, (builder: TestBuilder) => void]>([
    ['another one uses the full output', (builder) => builder.out(inParts(builder).full, 'spy')],
    ['another one uses the tail', (builder) => builder.out(inParts(builder).tail, 'spy')],
    ['another one uses the new tail', (builder) => builder.out(inParts(builder).rest, 'spy')],
    ['a bias is in the tail, so that it counts twice', (builder) => inParts(builder, true)],
    ['a bias is taken off twice', (builder) => withBias(builder, 2)],
    [
      'columns are out of place',
      (builder) => {
        const { full, tail } = streaming(builder, 2, 6);
        builder.out(builder.apply('add', [cut(builder, full, 1, 5), tail], {}));
        builder.setState('tail', cut(builder, full, 4, 8));
      },
    ],
    [
      'the tail is taken away',
      (builder) => {
        const { full, tail } = streaming(builder, 2, 6);
        builder.out(builder.apply('sub', [cut(builder, full, 0, 4), tail], {}));
        builder.setState('tail', cut(builder, full, 4, 8));
      },
    ],
  ])('stays as it is when %s', (_title, describe) => {
    const graph = build(describe);
    const before = nodes(graph);
    expect(recogniseCachedConvolutions(graph)).toBe(graph);
    expect(before).toContain('conv_transpose1d');
  });
});
