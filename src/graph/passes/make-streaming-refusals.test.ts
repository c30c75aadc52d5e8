import { describe, expect, it } from 'vitest';
import { cut, named, network, oneShot, padded, streamingOf } from '../../../test/streaming-testing.js';
import { convAttributes } from '../builder.js';
import { print } from '../print.js';
import { makeStreaming } from './make-streaming.js';

describe('what cannot be followed', () => {
  type Layers = Parameters<typeof network>[0];

  const refusals: [string, Layers, string][] = [
    [
      'a mean over time',
      (b, x) => b.apply('sub', [x, b.apply('reduce_mean', [x], { axis: 2 }, named('m'))], {}),
      'reduce_mean (m): looks at all of time at once',
    ],
    [
      'time that runs backwards',
      (b, x) => b.apply('flip', [x], { axis: 2 }, named('m')),
      'flip (m): looks at all of time at once',
    ],
    [
      'a product along time',
      (b, x) => {
        const turned = b.apply('transpose', [x], { permutation: [0, 2, 1] });
        return b.apply('matmul', [x, turned], {}, named('m'));
      },
      'matmul (m): looks at all of time at once',
    ],
    [
      'every moment with every other',
      (b, x) => {
        const turned = b.apply('transpose', [x], { permutation: [0, 2, 1] });
        return b.apply('matmul', [turned, x], {}, named('m'));
      },
      'matmul (m): gives no whole number of columns for each hop',
    ],
    [
      'time joined with channels',
      (b, x, hops) => b.apply('reshape', [x], { shape: [1, 1, 8 * hops] }, named('m')),
      'reshape (m): joins time with an axis before it',
    ],
    [
      'two signals in a row',
      (b, x) => b.apply('concat', [x, x], { axis: 2 }, named('m')),
      'concat (m): joins in time what is not silence',
    ],
    [
      'a ramp over the whole signal',
      (b, x) => {
        const columns = b.shape(x)[2]!;
        const ramp = b.constant(
          'ramp',
          [columns],
          Float32Array.from({ length: columns }, (_, t) => t),
        );
        return b.apply('mul', [x, ramp], {});
      },
      'constant (ramp): changes in time without repeating in every hop',
    ],
    [
      'a mask that repeats, but not in hops',
      (b, x) => {
        const columns = b.shape(x)[2]!;
        const mask = b.constant(
          'mask',
          [columns],
          Float32Array.from({ length: columns }, (_, t) => t % 3),
        );
        return b.apply('mul', [x, mask], {});
      },
      'constant (mask): changes in time without repeating in every hop',
    ],
    [
      'a mask that nobody has seen repeat',
      (b, x, hops) => {
        const columns = 4 * hops - 5;
        const mask = b.constant(
          'mask',
          [columns],
          Float32Array.from({ length: columns }, (_, t) => t % 4),
        );
        return b.apply('mul', [b.apply('slice', [x], cut(0, columns)), mask], {});
      },
      'constant (mask): changes in time without repeating in every hop',
    ],
    [
      'a stride that hops are no multiple of',
      (b, x) =>
        padded(b, b.apply('slice', [x], cut(0, b.shape(x)[2]!, 4)), [1, 0], { stride: 2 }, { kernel: 2 }),
      'conv1d (y): takes steps of 2 columns in hops of 1',
    ],
    [
      'weights made from the signal',
      (b, x, hops) => {
        const weight = b.apply('reshape', [x], { shape: [4 * hops, 2, 1] });
        return b.apply('conv1d', [b.weights('z', 1, 2, 3), weight], convAttributes(), named('m'));
      },
      'reshape (reshape): joins time with an axis before it',
    ],
    [
      'the length as a number',
      (b, x) => b.apply('mul', [x, b.constant('length', [], [b.shape(x)[2]!])], {}, named('m')),
      'mul (m): does something else for a longer signal',
    ],
    [
      'a cut in the middle',
      (b, x, hops) => b.apply('slice', [x], cut(2 * hops, 4 * hops), named('m')),
      'slice (m): depends on how long the signal is',
    ],
    [
      'a loop over time',
      (b, x, hops) => {
        let y = x;
        for (let hop = 0; hop < hops; hop++) y = b.apply('tanh', [y], {});
        return y;
      },
      'graph (test): does other things for a longer signal',
    ],
  ];

  it.each(refusals)('is named: %s', (_title, layers, expected) => {
    const result = streamingOf(network(layers));
    expect(result.kind).toBe('not-plain');
    const found = result.kind === 'not-plain' ? result.findings : [];
    expect(found.map(({ op, origin, reason }) => `${op} (${origin}): ${reason}`)).toEqual([expected]);
  });

  it('is named completely, but not for what follows from it', () => {
    const layers = network((b, x) => {
      const mean = b.apply('reduce_mean', [x], { axis: 2 }, named('mean'));
      const flipped = b.apply('flip', [x], { axis: 2 }, named('flipped'));
      return b.apply('tanh', [b.apply('add', [mean, b.apply('flip', [flipped], { axis: 2 })], {})], {});
    });
    expect(streamingOf(layers)).toMatchObject({
      kind: 'not-plain',
      findings: [{ origin: 'mean' }, { origin: 'flipped' }],
    });
  });

  it('changes nothing of the network it was found in', () => {
    const graph = oneShot(
      network((b, x) => b.apply('flip', [x], { axis: 2 })),
      2,
    );
    const before = print(graph);
    makeStreaming({ graph, hops: 2 }, { graph, hops: 3 });
    expect(print(graph)).toBe(before);
  });
});
