import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import { openArchive, writeArchive, type Archive } from '../archive/index.js';
import { bfloat16ToFloat, float16ToFloat } from './half.js';
import { readTensor, type PickledTensor, type StorageType } from './index.js';

/** An archive of one storage; `shift` moves everything by so many bytes in memory. */
function archiveOf(storage: ArrayBufferView, shift = 0): Archive {
  const bytes = new Uint8Array(storage.buffer, storage.byteOffset, storage.byteLength);
  const file = writeArchive('t', [{ name: 'data/0', bytes }]);
  const shifted = new Uint8Array(file.length + shift);
  shifted.set(file, shift);
  return openArchive(shifted.subarray(shift));
}

function tensor(
  shape: number[],
  strides: number[],
  more: Partial<PickledTensor> & { storageElements: number },
): PickledTensor {
  return { kind: 'tensor', storageType: 'float32', key: '0', offset: 0, shape, strides, ...more };
}

function refusal(archive: Archive, pickled: PickledTensor): string {
  try {
    readTensor(archive, pickled);
  } catch (error) {
    if (error instanceof PluginError) return `${error.code}: ${error.details.join()}`;
    throw error;
  }
  throw new Error('The tensor was accepted.');
}

const RAMP = Float32Array.from({ length: 24 }, (_, i) => i);

describe('reading a tensor', () => {
  it('gives a view of the file where its numbers lie one behind the other', () => {
    const archive = archiveOf(RAMP);
    const numbers = readTensor(archive, tensor([2, 1, 3], [3, 99, 1], { storageElements: 24, offset: 6 }));
    expect(numbers.buffer).toBe(archive.read('data/0').buffer);
    expect([...numbers]).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it.each([1, 2, 3])('copies where they lie %i bytes beside a multiple of four', (shift) => {
    const numbers = readTensor(archiveOf(RAMP, shift), tensor([4], [1], { storageElements: 24, offset: 20 }));
    expect([...numbers]).toEqual([20, 21, 22, 23]);
  });

  it('reads no more of a storage than the few rows it is asked for, but all of it for half of the rows', () => {
    const rows = Float32Array.from({ length: 64 * 1000 }, (_, i) => i);
    const file = writeArchive('t', [{ name: 'data/0', bytes: new Uint8Array(rows.buffer) }]);
    let readBytes = 0;
    const take = (start: number, end: number) => {
      readBytes += end - start;
      return file.subarray(start, end);
    };
    const archive = openArchive({ bytes: file, need: () => {}, take, release: () => {} });
    const window = (count: number) => tensor([count, 1000], [1000, 1], { storageElements: 64_000 });
    expect(readTensor(archive, window(1))).toEqual(rows.subarray(0, 1000));
    expect(readBytes).toBe(4000);
    expect(readTensor(archive, window(32))).toEqual(rows.subarray(0, 32_000));
    expect(readBytes).toBe(4000 + 256_000);
    // What is here already is not read again.
    expect(readTensor(archive, window(2))).toEqual(rows.subarray(0, 2000));
    expect(readBytes).toBe(4000 + 256_000);
    for (const [start, end] of [
      [-1, 4],
      [8, 4],
      [0, 256_001],
      [NaN, 4],
    ] as const)
      expect(() => archive.part('data/0', start, end)).toThrowError(PluginError);
  });

  it('finds every element of any strides', () => {
    const archives = [0, 1].map((shift) => archiveOf(RAMP, shift));
    const axis = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 4 }),
        fc.nat(3),
        fc.constantFrom(...archives),
        (axes, offset, archive) => {
          const [shape, strides] = [axes.map(([size]) => size), axes.map(([, stride]) => stride)];
          const expected: number[] = [];
          const visit = (axis: number, at: number): void => {
            if (axis === shape.length) expected.push(at);
            else for (let i = 0; i < shape[axis]!; i++) visit(axis + 1, at + i * strides[axis]!);
          };
          visit(0, offset);
          fc.pre(Math.max(...expected) < 24);
          const numbers = readTensor(archive, tensor(shape, strides, { storageElements: 24, offset }));
          expect([...numbers]).toEqual(expected);
        },
      ),
    );
  });

  it.each<[StorageType, ArrayBufferView, number[], boolean]>([
    ['float64', Float64Array.of(0.1, -1e300), [0.1, -1e300], true],
    ['int64', BigInt64Array.of(-3n, 2n ** 62n), [-3, 2 ** 62], true],
    ['int32', Int32Array.of(-(2 ** 31), 7), [-(2 ** 31), 7], true],
    ['int16', Int16Array.of(-300, 300), [-300, 300], false],
    ['int8', Int8Array.of(-128, 127), [-128, 127], false],
    ['uint8', Uint8Array.of(0, 255), [0, 255], false],
    ['bool', Uint8Array.of(0, 2), [0, 1], false],
    ['float16', Uint16Array.of(0x3c01, 0x8001), [1 + 2 ** -10, -(2 ** -24)], false],
    ['bfloat16', Uint16Array.of(0x3f81, 0xff80), [1 + 2 ** -7, -Infinity], false],
  ])('gives %s, aligned or not, from either end', (storageType, storage, expected, wide) => {
    for (const shift of [0, 1]) {
      const archive = archiveOf(storage, shift);
      const numbers = readTensor(archive, tensor([2], [1], { storageType, storageElements: 2 }));
      expect(numbers).toBeInstanceOf(wide ? Float64Array : Float32Array);
      expect([...numbers]).toEqual(expected);
      const last = readTensor(archive, tensor([], [], { storageType, storageElements: 2, offset: 1 }));
      expect([...last]).toEqual([expected[1]]);
    }
  });

  it('gives no numbers for a shape without elements, whatever else it claims', () => {
    const archive = archiveOf(RAMP);
    const absurd = { storageElements: 2 ** 50, offset: 2 ** 50, key: 'nowhere' };
    expect(readTensor(archive, tensor([2 ** 50, 0], [2 ** 50, 1], absurd))).toEqual(new Float32Array(0));
    expect(readTensor(archive, tensor([0], [1], { ...absurd, storageType: 'int64' }))).toEqual(
      new Float64Array(0),
    );
  });

  it.each<[string, PickledTensor, RegExp]>([
    [
      'a storage that is not there',
      tensor([1], [1], { storageElements: 1, key: '1' }),
      /unreadable.*data\/1/,
    ],
    ['one element too many', tensor([25], [1], { storageElements: 25 }), /unreadable.*element 25.*has 24/],
    ['more than the storage says it has', tensor([24], [1], { storageElements: 23 }), /unreadable/],
    ['an offset behind the end', tensor([], [], { storageElements: 99, offset: 24 }), /unreadable/],
    ['strides that lead outside', tensor([2, 3], [1, 12], { storageElements: 24 }), /unreadable/],
    [
      'wider elements than it has',
      tensor([13], [1], { storageElements: 13, storageType: 'float64' }),
      /unreadable/,
    ],
    ['billions by stride 0', tensor([2 ** 30, 2 ** 30], [0, 0], { storageElements: 24 }), /too-large/],
    [
      'more than numbers count',
      tensor(Array<number>(60).fill(2 ** 50), Array<number>(60).fill(0), { storageElements: 24 }),
      /too-large/,
    ],
    [
      'places beyond all numbers',
      tensor([2 ** 53 - 1], [2 ** 53 - 1], { storageElements: 24 }),
      /unreadable/,
    ],
  ])('refuses %s', (_, pickled, reason) => {
    expect(refusal(archiveOf(RAMP), pickled)).toMatch(reason);
  });

  it('copies a tensor once, however often it is asked for', () => {
    const archive = archiveOf(RAMP);
    const expanded = tensor([2 ** 22], [0], { storageElements: 24 });
    const first = readTensor(archive, expanded);
    for (let i = 0; i < 100; i++) expect(readTensor(archive, { ...expanded })).toBe(first);
    expect(readTensor(archive, { ...expanded, offset: 1 })[0]).toBe(1);
    expect(readTensor(archive, { ...expanded, shape: [2 ** 21] })).toHaveLength(2 ** 21);
  });

  it('cannot make a small file a huge model by many tensors', () => {
    const archive = archiveOf(RAMP);
    let read = 0;
    expect(() => {
      for (; read < 24; read++)
        readTensor(archive, tensor([2 ** 22], [0], { storageElements: 24, offset: read }));
    }).toThrow(PluginError);
    expect(read).toBe(4); // 16 MB each
  });
});

describe('half precision', () => {
  it('is exact: every step of float16 is one unit of its last place', () => {
    expect(float16ToFloat(1)).toBe(2 ** -24);
    for (let bits = 1; bits < 0x7c00; bits++) {
      const unit = 2 ** (Math.max(1, bits >> 10) - 25);
      expect(float16ToFloat(bits) - float16ToFloat(bits - 1)).toBe(
        bits % 1024 === 0 && bits > 1024 ? unit / 2 : unit,
      );
      expect(float16ToFloat(bits | 0x8000)).toBe(-float16ToFloat(bits));
    }
    expect(float16ToFloat(0x7c00)).toBe(Infinity);
    expect(float16ToFloat(0x7e00)).toBeNaN();
    expect(Object.is(float16ToFloat(0x8000), -0)).toBe(true);
  });

  it('of bfloat16 is the upper half of a float32', () => {
    expect(bfloat16ToFloat(0x3f80)).toBe(1);
    expect(bfloat16ToFloat(0xc2f7)).toBe(-123.5);
    expect(bfloat16ToFloat(0x7fc0)).toBeNaN();
  });
});
