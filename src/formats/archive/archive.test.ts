import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import { openArchive, writeArchive } from './index.js';

const CODE = strToU8('class Module(Module):\n'.repeat(200));
const WEIGHTS = new Uint8Array(new Float32Array([1, -2, 3.5]).buffer);

/** As PyTorch writes: weights stored, code packed. */
function sample(extra: Record<string, Uint8Array> = {}): Uint8Array {
  return zipSync({
    'net/data/0': [WEIGHTS, { level: 0 }],
    'net/code/__torch__.py': [CODE, { level: 9 }],
    ...extra,
  });
}

/** The refusal of a file, by whatever is asked of it first. */
function refusal(bytes: Uint8Array): { code: string; detail: string } {
  try {
    const archive = openArchive(bytes);
    for (const name of archive.names) archive.read(name);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    return { code: error.code, detail: error.details.join('\n') };
  }
  throw new Error('The file was accepted.');
}

/** A copy in which the little-endian numbers at these places are others: [place, bytes, value]. */
function patched(bytes: Uint8Array, ...changes: [number, 2 | 4 | 8, number][]): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const [at, width, value] of changes) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
  }
  return copy;
}

/** Where the directory's records and their local headers begin. */
function places(bytes: Uint8Array): { record: number; local: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = bytes.length - 22;
  const found = [];
  let at = view.getUint32(end + 16, true);
  while (at < end && view.getUint32(at, true) === 0x02014b50) {
    found.push({ record: at, local: view.getUint32(at + 42, true) });
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return found;
}

describe('an archive', () => {
  it('gives stored entries as views of the file, packed ones inflated', () => {
    const file = sample();
    const archive = openArchive(file);
    expect(archive.names).toEqual(['data/0', 'code/__torch__.py']);
    expect(archive.size('code/__torch__.py')).toBe(CODE.length);
    const weights = archive.read('data/0');
    expect(weights.buffer).toBe(file.buffer);
    expect(weights).toEqual(WEIGHTS);
    expect(archive.read('code/__torch__.py')).toEqual(CODE);
    expect(archive.has('code')).toBe(false);
    expect(() => archive.read('data/1')).toThrow(PluginError);
  });

  it('inflates an entry once', () => {
    const archive = openArchive(sample());
    expect(archive.read('code/__torch__.py')).toBe(archive.read('code/__torch__.py'));
  });

  it('is found whatever its root folder is called, and whatever else lies beside it', () => {
    const archive = openArchive(
      zipSync({
        'tëst [3] (1)/': [new Uint8Array(0), { level: 0 }],
        'tëst [3] (1)/version': strToU8('3\n'),
        'tëst [3] (1)/extra/ü': strToU8('x'),
        '__MACOSX/._version': strToU8('x'),
      }),
    );
    expect(archive.names).toEqual(['version', 'extra/ü']);
  });

  it('may lie anywhere in memory', () => {
    const file = sample();
    const within = new Uint8Array(file.length + 7);
    within.set(file, 3);
    const archive = openArchive(within.subarray(3, 3 + file.length));
    expect(archive.read('data/0')).toEqual(WEIGHTS);
    expect(archive.read('code/__torch__.py')).toEqual(CODE);
  });

  it.each(['torch-1.13', 'torch-2.13'])(
    'of %s opens, with its 64-bit directory and aligned tensors',
    (name) => {
      const file = readFileSync(`test/fixtures/pytorch/${name}.pt`);
      const archive = openArchive(file);
      expect(archive.names).toContain('code/__torch__.py');
      const truth = unzipSync(file);
      expect(Object.keys(truth).sort()).toEqual(archive.names.map((each) => `${name}/${each}`).sort());
      for (const each of archive.names) {
        expect(archive.read(each)).toEqual(truth[`${name}/${each}`]);
        if (each.startsWith('data/')) expect((archive.read(each).byteOffset - file.byteOffset) % 64).toBe(0);
      }
    },
  );

  it('of a class that was packed anew opens too', () => {
    const packed = zipSync(unzipSync(readFileSync('test/fixtures/pytorch/torch-2.13.pt')), { level: 6 });
    expect(strFromU8(openArchive(packed).read('code/__torch__.py'))).toContain('class Zoo(Module)');
  });

  it('is accepted without a checksum, which PyTorch may leave out', () => {
    const file = sample();
    expect(openArchive(patched(file, [places(file)[0]!.record + 16, 4, 0])).read('data/0')).toEqual(WEIGHTS);
  });

  it('counts the copies that are made of what it holds', () => {
    const archive = openArchive(sample());
    archive.charge(2 ** 26);
    expect(() => archive.charge(2 ** 14)).toThrow(PluginError);
    expect(() => openArchive(sample()).charge(NaN)).toThrow(PluginError);
  });
});

describe('a written archive', () => {
  const entries = [
    { name: 'data/0', bytes: WEIGHTS },
    { name: 'data/1', bytes: new Uint8Array(0) },
    { name: 'data/2', bytes: CODE },
    { name: 'version', bytes: strToU8('3\n') },
  ];

  it('is what another zip reader reads, and what was written', () => {
    const file = writeArchive('Ünter rain', entries);
    const read = unzipSync(file);
    const archive = openArchive(file);
    expect(archive.names).toEqual(entries.map(({ name }) => name));
    for (const { name, bytes } of entries) {
      expect(read[`Ünter rain/${name}`]).toEqual(bytes);
      expect(archive.read(name)).toEqual(bytes);
    }
  });

  it('has every payload at a multiple of 64 bytes', () => {
    for (let length = 1; length < 70; length++) {
      const archive = openArchive(writeArchive('r'.repeat(length), entries));
      for (const { name } of entries) expect(archive.read(name).byteOffset % 64).toBe(0);
    }
  });

  it('is the same for the same content', () => {
    expect(writeArchive('a', entries)).toEqual(writeArchive('a', entries));
  });
});

describe('an archive from a stranger', () => {
  const file = sample();
  const [weights, code] = places(file) as [
    { record: number; local: number },
    { record: number; local: number },
  ];
  const end = file.length - 22;
  const zip64 = new Uint8Array(readFileSync('test/fixtures/pytorch/torch-1.13.pt'));
  const locator = zip64.length - 42;

  it.each<[string, Uint8Array, string, RegExp]>([
    ['that is empty', new Uint8Array(0), 'model/unreadable', /no zip/],
    ['that is a web page', strToU8('<!doctype html>'.repeat(10)), 'model/unreadable', /no zip/],
    ['that lost its end', file.subarray(0, file.length - 1), 'model/unreadable', /end of the file/],
    ['that lost its beginning', file.subarray(10), 'model/unreadable', /.*/],
    ['with something behind its end', Uint8Array.of(...file, 0), 'model/unreadable', /end of the file/],
    ['without a root folder', zipSync({ version: CODE }), 'model/unreadable', /root/],
    ['with no entries', zipSync({}), 'model/unreadable', /root/],
    ['with an encrypted entry', patched(file, [code.record + 8, 2, 1]), 'model/unsupported', /encrypted/],
    ['packed by bzip2', patched(file, [code.record + 10, 2, 12]), 'model/unsupported', /method 12/],
    ['in several parts', patched(file, [end + 4, 2, 1]), 'model/unsupported', /several/],
    ['with a damaged weight', patched(file, [weights.local + 40, 2, 77]), 'model/unreadable', /checksum/],
    ['with damaged code', patched(file, [code.local + 60, 4, 0xffffffff]), 'model/unreadable', /__torch__/],
    ['with two names', patched(file, [weights.local + 30, 2, 0x2020]), 'model/unreadable', /two names/],
    ['packed in two ways', patched(file, [code.local + 8, 2, 0]), 'model/unreadable', /two ways/],
    ['whose stored size lies', patched(file, [weights.record + 24, 4, 1000]), 'model/unreadable', /says/],
    [
      'whose packed size reaches into the next',
      patched(file, [weights.record + 20, 4, 100], [weights.record + 24, 4, 100]),
      'model/unreadable',
      /overlap/,
    ],
    [
      'whose packed size leaves the file',
      patched(file, [code.record + 20, 4, 1e6]),
      'model/unreadable',
      /leaves/,
    ],
    ['that is longer than it says', patched(file, [code.record + 24, 4, 100]), 'model/unreadable', /longer/],
    [
      'that is shorter than it says',
      patched(file, [code.record + 24, 4, 5000]),
      'model/unreadable',
      /shorter/,
    ],
    ['that says it is endless', patched(file, [code.record + 24, 4, 2 ** 27]), 'model/unreadable', /lies/],
    ['beyond 4 GB', patched(file, [code.record + 42, 4, 0xffffffff]), 'model/too-large', /4 GB/],
    [
      'whose two entries are one',
      patched(file, [code.record + 42, 4, weights.local]),
      'model/unreadable',
      /leaves|two names/,
    ],
    [
      'with more entries than bytes',
      patched(file, [end + 8, 2, 999], [end + 10, 2, 999]),
      'model/unreadable',
      /999/,
    ],
    [
      'with fewer entries than told',
      patched(file, [end + 8, 2, 1], [end + 10, 2, 1]),
      'model/unreadable',
      /belong/,
    ],
    ['whose directory is elsewhere', patched(file, [end + 16, 4, 20]), 'model/unreadable', /directory/],
    [
      'whose directory is beyond it',
      patched(file, [end + 16, 4, 0x7fffffff]),
      'model/unreadable',
      /directory/,
    ],
    [
      'whose 64-bit record is beyond all numbers',
      patched(zip64, [locator + 8, 8, Number.MAX_SAFE_INTEGER]),
      'model/unreadable',
      /64-bit/,
    ],
    [
      'whose 64-bit count is beyond all numbers',
      patched(zip64, [locator - 56 + 32, 8, Number.MAX_SAFE_INTEGER]),
      'model/unreadable',
      /entries/,
    ],
    [
      'of a big-endian machine',
      zipSync({ 'net/byteorder': strToU8('big') }),
      'model/unsupported',
      /little-endian/,
    ],
    [
      'with two entries of one name',
      writeArchive('net', [
        { name: 'data/0', bytes: WEIGHTS },
        { name: 'data/0', bytes: CODE },
      ]),
      'model/unreadable',
      /two entries/,
    ],
    [
      'with a name of absurd length',
      writeArchive('n'.repeat(2000), [{ name: 'a', bytes: CODE }]),
      'model/too-large',
      /name/,
    ],
    [
      'with more entries than any model',
      writeArchive(
        'n',
        Array.from({ length: 20_001 }, (_, i) => ({ name: `${i}`, bytes: new Uint8Array(0) })),
      ),
      'model/too-large',
      /20001/,
    ],
  ])('%s is refused', (_, bytes, code, detail) => {
    expect(refusal(bytes)).toEqual({ code, detail: expect.stringMatching(detail) as string });
  });

  it('cannot inflate without end: neither one entry nor all together', () => {
    const zeros = deflateRawSync(new Uint8Array(2 ** 26), { level: 9 });
    const bomb = (count: number, claimed: number): Uint8Array => {
      // Stored by the writer, then called packed.
      const made = writeArchive(
        'n',
        Array.from({ length: count }, (_, i) => ({ name: `${i}`, bytes: zeros })),
      );
      return patched(
        made,
        ...places(made).flatMap(({ record, local }): [number, 2 | 4, number][] => [
          [record + 10, 2, 8],
          [local + 8, 2, 8],
          [record + 24, 4, claimed],
        ]),
      );
    };
    expect(refusal(bomb(1, 1000))).toMatchObject({
      code: 'model/unreadable',
      detail: expect.stringMatching(/longer/),
    });
    expect(refusal(bomb(5, 2 ** 26))).toMatchObject({ code: 'model/too-large' });
  });

  it('is never read beyond a cut', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(refusal(file.subarray(0, length)).code).toBe('model/unreadable');
      }),
    );
  });

  it('is either read or refused in words, whatever its bytes', () => {
    const originals = [file, zip64, writeArchive('n', [{ name: 'version', bytes: strToU8('3\n') }])];
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 8,
        }),
        (original, changes) => {
          const bytes = Uint8Array.from(original);
          // Towards the end, where the directory is.
          for (const [place, value] of changes)
            bytes[bytes.length - 1 - Math.floor(place ** 2 * bytes.length)] = value;
          try {
            const archive = openArchive(bytes);
            for (const name of archive.names) expect(archive.read(name)).toHaveLength(archive.size(name));
          } catch (error) {
            expect(error).toBeInstanceOf(PluginError);
          }
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});
