import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOAT16, INT64, type ModelSpec, type NodeSpec, writeOnnx } from '../../../test/onnx-writer.js';
import { streamingDecoder } from '../../../test/streaming-model.js';
import { optimise } from '../../graph/passes/index.js';
import { PluginError } from '../../shared/errors.js';
import { readOnnx } from './index.js';

/** One node from x to y, with the fields that a test gives replaced. */
function model(nodes: readonly NodeSpec[], changes: Partial<ModelSpec> = {}): Uint8Array {
  return writeOnnx({
    inputs: [{ name: 'x', dims: [1, 3, 6] }],
    outputs: [{ name: 'y', dims: [1, 3, 6] }],
    nodes,
    metadata: { 'role:x': 'latent', 'role:y': 'audio' },
    ...changes,
  });
}

const relu: NodeSpec = { op: 'Relu', inputs: ['x'], outputs: ['y'] };

function refusal(bytes: Uint8Array): PluginError {
  try {
    readOnnx(bytes);
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('the model was read');
}

describe('what is not supported', () => {
  it('is refused once, with every node by name and op', () => {
    const error = refusal(
      model([
        { op: 'STFT', inputs: ['x'], outputs: ['a'], name: 'spectrum' },
        { op: 'Relu', inputs: ['a'], outputs: ['b'], name: 'fine' },
        { op: 'LSTM', inputs: ['b'], outputs: ['c'], name: 'memory' },
        {
          op: 'Pad',
          inputs: ['x'],
          outputs: ['d'],
          name: 'mirror',
          attributes: { mode: { text: 'reflect' } },
        },
        { op: 'Gelu', inputs: ['d'], outputs: ['y'], name: 'gelu', domain: 'com.microsoft' },
      ]),
    );
    expect(error.code).toBe('model/unsupported');
    expect(error.details).toEqual([
      'spectrum (STFT): this op is not supported',
      'memory (LSTM): this op is not supported',
      'mirror (Pad): padding by reflect',
      'gelu (Gelu): this op is not supported',
    ]);
    expect(error.message).toContain('4 things');
    expect(error.message).toContain('Your current sound goes on.');
  });

  it.each<[string, Partial<ModelSpec>, RegExp]>([
    ['an operator set of the future', { opset: 99 }, /operator set 99/],
    [
      'a port without a role',
      { metadata: { 'role:x': 'latent' } },
      /y \(output\): nothing says what it carries/,
    ],
    [
      'a role that does not exist',
      { metadata: { 'role:x': 'smell', 'role:y': 'audio' } },
      /x \(input\): the role "smell"/,
    ],
    [
      'noise for a third channel',
      { metadata: { 'role:x': 'noise:2', 'role:y': 'audio' } },
      /the role "noise:2"/,
    ],
    ['two open lengths', { inputs: [{ name: 'x', dims: [1, 'H', 'W'] }] }, /\[1, \?, \?\]/],
    [
      'an open length beside states',
      {
        inputs: [
          { name: 'x', dims: [1, 3, 'T'] },
          { name: 'state_in:s', dims: [1, 3, 6] },
        ],
        outputs: [
          { name: 'y', dims: [1, 3, 6] },
          { name: 'state_out:s', dims: [1, 3, 6] },
        ],
      },
      /open size "T" on axis 2/,
    ],
    ['an input of integers', { inputs: [{ name: 'x', dims: [1, 3, 6], type: INT64 }] }, /ONNX type 7/],
  ])('%s', (_title, changes, finding) => {
    const error = refusal(model([relu, { op: 'Neg', inputs: ['x'], outputs: ['state_out:s'] }], changes));
    expect(error.code).toBe('model/unsupported');
    expect(error.details.join('\n')).toMatch(finding);
  });

  it('weights in a second file, with what to do', () => {
    // Field 14 of a tensor is where its numbers are; appended to an empty run of bytes, which comes last.
    const bytes = model([{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }], {
      initializers: [{ name: 'w', dims: [6], raw: new Uint8Array(2) }],
    });
    const raw = bytes.findIndex((_, i) => bytes.subarray(i, i + 4).join() === '74,2,0,0');
    bytes.set([14 << 3, 1], raw + 2);
    bytes[raw + 1] = 0;
    const error = refusal(bytes);
    expect(error.code).toBe('model/unsupported');
    expect(error.message).toMatch(/second file[^]*external_data=False/);
    expect(error.details).toEqual(['w: weights in a second file']);
  });

  it('arithmetic in half precision, whose rounding would be lost', () => {
    const half = { name: 'h', dims: [1], type: FLOAT16, raw: new Uint8Array(2) };
    const error = refusal(
      model([{ op: 'Mul', inputs: ['x', 'h'], outputs: ['y'] }], { initializers: [half] }),
    );
    expect(error.details).toEqual(['y (Mul): arithmetic in half precision']);
  });
});

describe('a file that contradicts itself', () => {
  const weight = (dims: readonly number[], numbers: number[]): Partial<ModelSpec> => ({
    initializers: [{ name: 'w', dims, numbers }],
  });
  const add: NodeSpec = { op: 'Add', inputs: ['x', 'w'], outputs: ['y'] };
  const state = { name: 'state_in:s', dims: [1, 3, 6] };

  it.each<[string, Uint8Array, string, RegExp]>([
    [
      'fewer bytes than its sizes',
      model([add], weight([6], [1])),
      'model/invalid',
      /expected 24 bytes, got 4/,
    ],
    ['negative sizes', model([add], weight([-6], [1])), 'model/invalid', /sizes are \[-6\]/],
    ['huge sizes', model([add], weight([2 ** 40], [1])), 'model/too-large', /w: \[1099511627776\]/],
    ['sizes whose product overflows', model([add], weight([2 ** 52, 2 ** 52], [1])), 'model/too-large', /w/],
    [
      'a huge input',
      model([relu], { inputs: [{ name: 'x', dims: [1, 2 ** 20, 2 ** 20] }] }),
      'model/invalid',
      /too large/,
    ],
    [
      'shapes that do not fit',
      model([add], weight([5], [1, 2, 3, 4, 5])),
      'model/invalid',
      /\[1, 3, 6\] and \[5\] do not broadcast/,
    ],
    ['a missing weight', model([add]), 'model/invalid', /y \(Add\): uses "w" before anything defines it/],
    [
      'nodes in a circle',
      model([
        { op: 'Relu', inputs: ['y'], outputs: ['a'] },
        { op: 'Relu', inputs: ['a'], outputs: ['y'] },
      ]),
      'model/invalid',
      /uses "y" before/,
    ],
    ['a name defined twice', model([relu, relu]), 'model/invalid', /defines "y" a second time/],
    ['an output that nothing computes', model([]), 'model/invalid', /uses "y" before/],
    [
      'a state without its next value',
      model([relu], { inputs: [{ name: 'x', dims: [1, 3, 6] }, state] }),
      'model/invalid',
      /expected an output state_out:s/,
    ],
    [
      'a state that changes shape',
      model([relu, { op: 'Transpose', inputs: ['x'], outputs: ['state_out:s'] }], {
        inputs: [{ name: 'x', dims: [1, 3, 6] }, state],
        outputs: [
          { name: 'y', dims: [] },
          { name: 'state_out:s', dims: [] },
        ],
      }),
      'model/invalid',
      /s\): expected \[1, 3, 6\] for the next hop, got \[6, 3, 1\]/,
    ],
    [
      'a state that held too little',
      model([relu, { op: 'Neg', inputs: ['x'], outputs: ['state_out:s'] }], {
        inputs: [{ name: 'x', dims: [1, 3, 6] }, state],
        outputs: [
          { name: 'y', dims: [] },
          { name: 'state_out:s', dims: [] },
        ],
        metadata: { 'role:x': 'latent', 'role:y': 'audio', 'stored:s': 'AAAAAA==' },
      }),
      'model/invalid',
      /s \(state\): what it held is not 18 numbers/,
    ],
    ['NaN weights', model([add], weight([1], [NaN])), 'model/not-finite', /w: NaN/],
    ['infinite weights', model([add], weight([1], [Infinity])), 'model/not-finite', /w: NaN or infinity/],
    [
      'a vast ConstantOfShape',
      model([{ op: 'ConstantOfShape', inputs: ['s'], outputs: ['y'] }], {
        initializers: [{ name: 's', dims: [2], type: INT64, numbers: [2 ** 30, 2 ** 30] }],
      }),
      'model/too-large',
      /ConstantOfShape/,
    ],
    [
      'an Expand to less than nothing',
      model([{ op: 'Expand', inputs: ['x', 's'], outputs: ['y'] }], {
        initializers: [{ name: 's', dims: [3], type: INT64, numbers: [1, -3, 1] }],
      }),
      'model/invalid',
      /sizes are \[1, -3, 1\]/,
    ],
    [
      'an endless Range',
      model([{ op: 'Range', inputs: ['a', 'b', 'a'], outputs: ['y'] }], {
        initializers: [
          { name: 'a', dims: [], numbers: [0] },
          { name: 'b', dims: [], numbers: [1] },
        ],
      }),
      'model/too-large',
      /Range/,
    ],
    [
      'a vast convolution',
      model(
        [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { pads: { ints: [2 ** 40, 0] } } }],
        weight([1, 3, 1], [1, 2, 3]),
      ),
      'model/invalid',
      /too large/,
    ],
    [
      'a stride of zero',
      model(
        [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: { ints: [0] } } }],
        weight([1, 3, 1], [1, 2, 3]),
      ),
      'model/invalid',
      /stride is 0/,
    ],
    [
      'a permutation that repeats',
      model([{ op: 'Transpose', inputs: ['x'], outputs: ['y'], attributes: { perm: { ints: [0, 1, 1] } } }]),
      'model/invalid',
      /no permutation/,
    ],
  ])('is refused: %s', (_title, bytes, code, finding) => {
    const error = refusal(bytes);
    expect([error.code, error.details.join('\n')]).toEqual([code, expect.stringMatching(finding)]);
  });
});

describe('a damaged file', () => {
  const whole = writeOnnx(streamingDecoder());

  it('is refused when it is empty, text, or cut anywhere', () => {
    expect(refusal(new Uint8Array(0)).code).toBe('model/unreadable');
    expect(refusal(new TextEncoder().encode('<!doctype html><title>404</title>')).code).toBe(
      'model/unreadable',
    );
    for (let end = 1; end < whole.length; end += 97)
      expect(refusal(whole.subarray(0, end))).toBeInstanceOf(PluginError);
  });

  it.each([
    ['streaming', whole],
    [
      'one-shot',
      new Uint8Array(readFileSync(new URL('../../../test/fixtures/one-shot/causal.onnx', import.meta.url))),
    ],
  ])('is refused or read as another sound model, whatever bits flip (%s)', (_kind, whole) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(7)), { minLength: 1, maxLength: 8 }),
        (flips) => {
          const bytes = whole.slice();
          for (const [at, bit] of flips) bytes[at]! ^= 1 << bit;
          try {
            optimise(readOnnx(bytes));
          } catch (error) {
            if (!(error instanceof PluginError)) throw error;
          }
        },
      ),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('is refused when it promises more nodes than it may', () => {
    const nodes = Array.from({ length: 20_001 }, (_, i) => ({ ...relu, outputs: [`y${i}`] }));
    expect(refusal(model(nodes)).code).toBe('model/too-large');
  });
});
