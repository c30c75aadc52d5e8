import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import { openArchive, type Archive } from '../archive/index.js';
import { readTensor, unpickle, type PickledObject, type PickleValue } from './index.js';

/** A pickle from opcodes (characters), bytes (numbers below 256) and lines of text (`global`). */
function assemble(...parts: (string | number | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? Array.from(part, (each) => each.charCodeAt(0)) : part,
    ),
  );
}

const [PROTO, NEWOBJ, TUPLE1, TUPLE2, TUPLE3, NEWTRUE, LONG1] = [0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x8a];
/** BINUNICODE */
const text = (value: string): number[] => [...assemble('X', value.length, 0, 0, 0, value)];
const name = (module: string, attribute: string): string => `c${module}\n${attribute}\n`;

/** Plain JavaScript of a value without tensors. */
function plain(value: PickleValue): unknown {
  switch (value.kind) {
    case 'none':
      return null;
    case 'list':
    case 'tuple':
      return value.items.map(plain);
    case 'dict':
      return value.entries.map(([key, each]) => [plain(key), plain(each)]);
    case 'object':
      return Object.fromEntries([...value.attributes].map(([key, each]) => [key, plain(each)]));
    case 'tensor':
      return value;
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
      return value.value;
  }
}

function refusal(bytes: Uint8Array): { code: string; detail: string } {
  try {
    unpickle(bytes, 'data.pkl');
  } catch (error) {
    if (error instanceof PluginError) return { code: error.code, detail: error.details.join('\n') };
    throw error;
  }
  throw new Error('The pickle was accepted.');
}

const INFINITIES = new Map<number, string>([
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
]);

/** As the fixture's generator writes a value: tensors with shape and numbers, modules as their tensors. */
function asInTruth(archive: Archive, value: PickleValue): unknown {
  if (value.kind === 'tensor') {
    const numbers = Array.from(readTensor(archive, value), (v) => INFINITIES.get(v) ?? v);
    return { shape: value.shape, numbers };
  }
  if (value.kind === 'list') return value.items.map((item) => asInTruth(archive, item));
  if (value.kind === 'dict') return Object.fromEntries(plain(value) as [string, unknown][]);
  if (value.kind === 'object')
    return Object.fromEntries(
      [...value.attributes]
        .filter(([, { kind }]) => kind === 'tensor')
        .map(([key, each]) => [key, asInTruth(archive, each)]),
    );
  return plain(value);
}

/**
 * Python's `pickle.dumps(value, protocol).hex()` of VALUE, whose last two items are one list.
 * Protocol 3 differs from 2, and 5 from 4, in the number only.
 */
const FROM_PYTHON = {
  2:
    '80025d7100284e88894b004bff4d00014affffffff4affffff7f4a000000808a060000000000018a07000000000000f0473fe0000000000000' +
    '47fe37e43c8800759c58000000007101580b0000007a77c3b66c6620f09fa5817102294b018571034b014b028671044b014b024b03877105' +
    '284b014b024b034b047471065d71075d71084b01615d7109284b014b02657d710a7d710b580100000061710c4b01737d710d28680c4b0158' +
    '0100000062710e5d710f4b0261755d7110680c616810652e',
  4:
    '800495a2000000000000005d94284e88894b004bff4d00014affffffff4affffff7f4a000000808a060000000000018a07000000000000f047' +
    '3fe000000000000047fe37e43c8800759c8c00948c0b7a77c3b66c6620f09fa58194294b0185944b014b0286944b014b024b038794284b01' +
    '4b024b034b0474945d945d944b01615d94284b014b02657d947d948c0161944b01737d9428680c4b018c0162945d944b0261755d94680c61' +
    '6810652e',
};
const VALUE = [
  ...[null, true, false, 0, 255, 256, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, -(2 ** 52), 0.5, -1e300],
  ...['', 'zwölf 🥁', [], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [], [1], [1, 2]],
  ...[
    [],
    [['a', 1]],
    [
      ['a', 1],
      ['b', [2]],
    ],
  ],
  ...[['a'], ['a']],
];

describe('unpickling', () => {
  it.each(['torch-1.13', 'torch-2.13'])(
    'gives every attribute of a model of %s as PyTorch has it',
    (version) => {
      const truth = JSON.parse(readFileSync('test/fixtures/pytorch/values.json', 'utf8')) as object;
      const archive = openArchive(readFileSync(`test/fixtures/pytorch/${version}.pt`));
      const model = unpickle(archive.read('data.pkl')) as PickledObject;
      expect(model.className).toBe('__torch__.Zoo');
      for (const [attribute, expected] of Object.entries(truth))
        expect([attribute, asInTruth(archive, model.attributes.get(attribute)!)]).toEqual([
          attribute,
          expected,
        ]);
    },
  );

  it.each([2, 4] as const)("reads what Python's pickler writes, protocol %i", (protocol) => {
    const value = unpickle(Uint8Array.from(Buffer.from(FROM_PYTHON[protocol], 'hex')));
    expect(plain(value)).toEqual(VALUE);
    const items = (value as Extract<PickleValue, { kind: 'list' }>).items;
    expect(items.at(-1)).toBe(items.at(-2));
  });

  it('knows the calls that PyTorch writes', () => {
    const called = (...parts: (string | number | number[])[]): unknown =>
      plain(unpickle(assemble(PROTO, 2, ...parts, 'R.')));
    expect(called(name('torch.jit._pickle', 'build_boollist'), ']', NEWTRUE, 'a', TUPLE1)).toEqual([true]);
    expect(called(name('torch.jit._pickle', 'restore_type_tag'), ')', text('List[str]'), TUPLE2)).toEqual([]);
    expect(called(name('collections', 'OrderedDict'), ')')).toEqual([]);
    expect(called(name('torch', 'device'), text('cuda'), 'K', 0, TUPLE2)).toBe('cuda');
  });

  it('gives tensors of six or seven arguments, and parameters', () => {
    const tensor = [
      ...assemble(name('torch._utils', '_rebuild_tensor_v2'), '((', text('storage')),
      ...assemble(name('torch', 'HalfStorage'), text('7'), text('cpu'), 'K', 12, 'tQK', 3, 'K', 2, 'K', 4),
      ...assemble(TUPLE2, 'K', 4, 'K', 1, TUPLE2, NEWTRUE, name('collections', 'OrderedDict'), ')R'),
    ];
    const expected = {
      kind: 'tensor',
      storageType: 'float16',
      key: '7',
      storageElements: 12,
      offset: 3,
      shape: [2, 4],
      strides: [4, 1],
    };
    expect(unpickle(assemble(tensor, 'tR.'))).toEqual(expected);
    expect(unpickle(assemble(tensor, '}tR.'))).toEqual(expected);
    expect(
      unpickle(
        assemble(name('torch._utils', '_rebuild_parameter'), tensor, 'tR', NEWTRUE, 'N', TUPLE3, 'R.'),
      ),
    ).toEqual(expected);
    // BININT1 3 is the offset: no other number of this tensor is 3.
    const pickle = assemble(tensor, 'tR.');
    const at = pickle.findIndex((byte, i) => byte === 0x4b && pickle[i + 1] === 3);
    const backwards = [...pickle.subarray(0, at), 0x4a, 255, 255, 255, 255, ...pickle.subarray(at + 2)];
    expect(refusal(Uint8Array.from(backwards)).detail).toMatch(/an offset has a bad number/);
    expect(refusal(assemble(tensor, '}', text('conj'), NEWTRUE, 'stR.')).detail).toMatch(/conjugated/);
  });
});

describe('a pickle from a stranger', () => {
  const object = [...assemble(name('__torch__.a', 'B'), ')', NEWOBJ)];

  it.each<[string, Uint8Array, string, RegExp]>([
    ['that is empty', assemble(), 'model/unreadable', /byte 0.*early/],
    ['that ends in a name', assemble('c__torch__'), 'model/unreadable', /name/],
    ['that ends in a text', assemble('X', 255, 255, 255, 255, 'abc'), 'model/unreadable', /early/],
    [
      'that runs a command',
      assemble(name('os', 'system'), text('ls'), TUPLE1, 'R.'),
      'model/unsupported',
      /"os system"/,
    ],
    [
      'that hides a name in a text',
      assemble(text('os'), text('system'), 0x93, text('ls'), TUPLE1, 'R.'),
      'model/unsupported',
      /"os system"/,
    ],
    ['that evaluates', assemble(name('builtins', 'eval'), '.'), 'model/unsupported', /builtins eval/],
    ['with an old opcode', assemble('(ios\nsystem\n.'), 'model/unsupported', /byte 1: opcode 0x69/],
    ['that calls a class', assemble(name('__torch__', 'B'), ')R.'), 'model/unsupported', /made by a call/],
    ['that calls a storage', assemble(name('torch', 'FloatStorage'), ')R.'), 'model/unreadable', /called/],
    [
      'with an object of arguments',
      assemble(name('__torch__', 'B'), 'N', TUPLE1, NEWOBJ, '.'),
      'model/unsupported',
      /B/,
    ],
    ['of a class with a form of its own', assemble(object, 'Nb.'), 'model/unsupported', /form of its own/],
    ['of nameless attributes', assemble(object, '}NNsb.'), 'model/unreadable', /without a name/],
    ['that takes from nothing', assemble('R.'), 'model/unreadable', /stack/],
    ['that takes from below a mark', assemble('N(', TUPLE1, 't.'), 'model/unreadable', /stack/],
    ['that closes no mark', assemble('t.'), 'model/unreadable', /mark/],
    ['that leaves something', assemble('NN.'), 'model/unreadable', /left/],
    ['that leaves a mark', assemble('(N.'), 'model/unreadable', /.*/],
    ['that remembers wrongly', assemble('h', 7, '.'), 'model/unreadable', /remembered as 7/],
    ['that is a name', assemble(name('torch', 'FloatStorage'), '.'), 'model/unreadable', /name stands/],
    [
      'that hides a name',
      assemble(name('torch', 'FloatStorage'), TUPLE1, '.'),
      'model/unreadable',
      /name stands/,
    ],
    ['that appends to a number', assemble('NNa.'), 'model/unreadable', /no list/],
    ['with half an entry', assemble('}(Nu.'), 'model/unreadable', /no dict/],
    [
      'with a huge number',
      assemble(LONG1, 8, 0, 0, 0, 0, 0, 0, 0, 127, '.'),
      'model/unsupported',
      /whole number/,
    ],
    [
      'with a mixed list',
      assemble(name('torch.jit._pickle', 'build_intlist'), ']Na', TUPLE1, 'R.'),
      'model/unreadable',
      /something else/,
    ],
    ['of a storage without type', assemble('(NNNNNtQ.'), 'model/unreadable', /not a storage/],
    ['of a newer protocol', assemble(PROTO, 9, 'N.'), 'model/unsupported', /protocol/],
    ['that contains itself', assemble(']q', 0, 'h', 0, 'a.'), 'model/unreadable', /itself/],
    [
      'whose object owns itself',
      assemble(object, 'q', 0, '}', text('me'), 'h', 0, 'sb.'),
      'model/unreadable',
      /itself/,
    ],
    ['that is deep', assemble(']'.repeat(1000), 'a'.repeat(999), '.'), 'model/too-large', /levels/],
    ['of endless steps', assemble('](', 'N'.repeat(500_000), 'e.'), 'model/too-large', /steps/],
  ])('%s is refused', (_, bytes, code, detail) => {
    expect(refusal(bytes)).toEqual({ code, detail: expect.stringMatching(detail) as string });
  });

  it('cannot make a few bytes stand for a tree of billions', () => {
    // Tuple i + 1 holds tuple i twice.
    const doubling = Array.from({ length: 60 }, (_, i) => [...assemble('q', i, 'h', i, TUPLE2)]);
    expect(refusal(assemble(')', ...doubling, '.'))).toMatchObject({
      code: 'model/too-large',
      detail: expect.stringMatching(/values/) as string,
    });
  });

  it('cannot have a long list looked through again and again', () => {
    const again = [
      ...assemble(name('torch.jit._pickle', 'build_intlist'), 'q', 1, 'h', 0, TUPLE1, 'q', 2, 'R'),
    ];
    const bytes = assemble(
      ']q',
      0,
      '(',
      Array<number[]>(1000).fill([0x4b, 1]).flat(),
      'e',
      again,
      Array<number[]>(3000)
        .fill([...assemble('h', 1, 'h', 2, 'R', TUPLE2)])
        .flat(),
      '.',
    );
    expect(refusal(bytes)).toMatchObject({
      code: 'model/too-large',
      detail: expect.stringMatching(/steps/) as string,
    });
  });

  it('is either read or refused in words, whatever its bytes', () => {
    const original = openArchive(readFileSync('test/fixtures/pytorch/torch-2.13.pt')).read('data.pkl');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = original.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            JSON.stringify(plain(unpickle(bytes)));
          } catch (error) {
            expect(error).toBeInstanceOf(PluginError);
          }
        },
      ),
      { numRuns: 2000, seed: 3 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          unpickle(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(PluginError);
        }
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});
