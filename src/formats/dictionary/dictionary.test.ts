import fc from 'fast-check';
import { strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import { readDictionary, writeDictionary, type VectorList } from './index.js';

const read = (json: unknown): ReturnType<typeof readDictionary> =>
  readDictionary(strToU8(JSON.stringify(json)));

function vectors(...rows: number[][]): VectorList {
  return { count: rows.length, dimensions: rows[0]!.length, values: Float64Array.from(rows.flat()) };
}

function refusal(file: Uint8Array): string {
  try {
    readDictionary(file);
  } catch (error) {
    if (error instanceof PluginError) {
      expect(error.code).toBe('dictionary/unreadable');
      return error.message;
    }
    throw error;
  }
  throw new Error('The dictionary was accepted.');
}

describe('a dictionary', () => {
  it('of nn.terrain.gui is read: sampled lines and their anchors', () => {
    const { coordinates, anchors, latents } = readDictionary(
      strToU8(`{
        "coordinates" : { "1" : { "0" : [ -16.0, -15.6, 4 ], "1" : [ 0.5, 0.25, -1e-1 ] } },
        "anchors" : { "1" : { "anchor_x" : [ -16.0, 4.0 ], "anchor_y" : [ 0.5, -0.1 ] } }
      }`),
    );
    expect([...coordinates]).toEqual([[1, vectors([-16, 0.5], [-15.6, 0.25], [4, -0.1])]]);
    expect([...anchors]).toEqual([[1, vectors([-16, 0.5], [4, -0.1])]]);
    expect(latents.size).toBe(0);
  });

  it('keeps numbers and order: 10 comes behind 2, what is missing stays missing', () => {
    const point = { '0': [1], '1': [2] };
    expect([...read({ coordinates: { '10': point, '2': point, '1': point } }).coordinates.keys()]).toEqual([
      1, 2, 10,
    ]);
  });

  it('may have a single number where a list has one, as Max writes it', () => {
    expect([...read({ latents: { '1': { '0': 0.5, '1': 2, '2': -1 } } }).latents]).toEqual([
      [1, vectors([0.5, 2, -1])],
    ]);
  });

  it('is passed over where it holds other things', () => {
    expect(read({ terrain: { width: 3 }, coordinates: {} }).coordinates.size).toBe(0);
  });

  it('comes back as it was written', () => {
    const list = (dimensions: number): fc.Arbitrary<VectorList> =>
      fc
        .array(
          fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
            minLength: dimensions,
            maxLength: dimensions,
          }),
          {
            minLength: 1,
            maxLength: 5,
          },
        )
        // JSON knows no -0.
        .map((rows) => vectors(...rows.map((row) => row.map((v) => v + 0))));
    const lists = (dimensions: number) =>
      fc
        .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99 }), list(dimensions)), {
          maxLength: 4,
          selector: ([k]) => k,
        })
        .map((pairs) => new Map(pairs.sort(([a], [b]) => a - b)));
    fc.assert(
      fc.property(lists(2), lists(2), lists(7), (coordinates, anchors, latents) => {
        fc.pre(coordinates.size + anchors.size + latents.size > 0);
        const original = { coordinates, anchors, latents };
        expect(readDictionary(strToU8(writeDictionary(original)))).toEqual(original);
      }),
    );
  });

  it('is written as Max exports it', () => {
    expect(
      JSON.parse(
        writeDictionary({
          coordinates: new Map([[1, vectors([1, 2], [3, 4])]]),
          anchors: new Map([[1, vectors([1, 2])]]),
        }),
      ),
    ).toEqual({
      coordinates: { 1: { 0: [1, 3], 1: [2, 4] } },
      anchors: { 1: { anchor_x: [1], anchor_y: [2] } },
    });
    expect(() => writeDictionary({ latents: new Map([[1, vectors([NaN])]]) })).toThrow(PluginError);
  });

  it('takes the greatest terrain', () => {
    const latent = Object.fromEntries(Array.from({ length: 1024 }, (_, i) => [i, [i, -i]]));
    expect(read({ latents: { 1: latent } }).latents.get(1)).toMatchObject({ count: 2, dimensions: 1024 });
  });

  it.each<[string, unknown, RegExp]>([
    ['that is a list', [], /not a dictionary/],
    ['that is nothing', null, /not a dictionary/],
    ['of something else', { lyrics: 'la' }, /neither/],
    ['whose part is a list', { coordinates: [1] }, /no dictionary/],
    ['that counts from 0', { coordinates: { '0': { '0': [1] } } }, /called "0"/],
    ['that counts oddly', { coordinates: { '1e3': { '0': [1] } } }, /called "1e3"/],
    ['that counts by itself', { coordinates: { ['x'.repeat(99)]: 1 } }, /called "x{30}…"/],
    ['without dimensions', { latents: { 1: {} } }, /0 dimensions/],
    ['of seven inputs', { coordinates: { 1: { 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1 } } }, /1 to 6/],
    ['whose anchors have one side', { anchors: { 1: { anchor_x: [1] } } }, /1 dimensions, where 2/],
    [
      'whose anchors have other sides',
      { anchors: { 1: { anchor_x: [1], anchor_z: [1] } } },
      /lacks "anchor_y"/,
    ],
    ['that lacks a dimension', { latents: { 1: { 0: [1], 2: [1] } } }, /lacks "1"/],
    [
      'whose own keys are inherited ones',
      JSON.parse('{"latents":{"1":{"__proto__":{"0":[1]}}}}'),
      /lacks "0"/,
    ],
    ['of uneven dimensions', { latents: { 1: { 0: [1, 2], 1: [1] } } }, /1 numbers in "1", others have 2/],
    [
      'of different sizes',
      { latents: { 1: { 0: [1] }, 2: { 0: [1], 1: [1] } } },
      /latents 2 has 2 dimensions/,
    ],
    ['of words', { latents: { 1: { 0: ['loud'] } } }, /no number/],
  ])('%s is refused', (_, json, reason) => {
    expect(refusal(strToU8(JSON.stringify(json)))).toMatch(reason);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['that is empty', '', /not JSON/],
    ['that ends early', '{"latents":{"1":{"0":[1', /not JSON/],
    ['beyond all numbers', '{"latents":{"1":{"0":[1e999]}}}', /no number/],
    ['nested without end', '['.repeat(2 ** 23), /deeply/],
    ['of a million lists', `{"latents":[${'[],'.repeat(1_000_000)}1]}`, /more than 200000 lists/],
    ['that is huge', new Uint8Array(2 ** 24 + 1), /16777217 bytes/],
  ])('%s is refused', (_, file, reason) => {
    expect(refusal(typeof file === 'string' ? strToU8(file) : file)).toMatch(reason);
  });

  it('may have brackets in its texts', () => {
    expect(read({ note: `\\"${'['.repeat(100)}`, latents: {} }).latents.size).toBe(0);
  });

  it('is either read or refused in words, whatever its bytes', () => {
    const original = strToU8(
      writeDictionary({
        coordinates: new Map([[1, vectors([1, 2], [3, 4])]]),
        latents: new Map([[1, vectors([1, 2, 3], [3, 4, 5])]]),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = original.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            writeDictionary(readDictionary(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(PluginError);
          }
        },
      ),
      { numRuns: 2000, seed: 13 },
    );
  });
});
