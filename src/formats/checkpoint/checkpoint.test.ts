import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../shared/errors.js';
import type { Terrain } from '../../shared/terrain.js';
import { defaultBounds } from '../../terrain/bounds.js';
import { terrainForward } from '../../terrain/forward.js';
import { createTerrainNetwork } from '../../terrain/network.js';
import { openArchive, writeArchive, type ArchiveEntry } from '../archive/index.js';
import { isCheckpoint, readCheckpoint, writeCheckpoint } from './index.js';

const REAL = '../shared/terrains';
const NAMES = ['percussion-terrain-demo', 'stable-audio-terrain-demo', 'm2l-demo'];

/** With what LibTorch computes at five positions; made and printed by `test/fixtures/pytorch/checkpoint.cpp`. */
const MADE = [
  {
    name: 'checkpoint-fourier',
    latents: [
      ...[
        -0.130281746, -0.00233352184, -0.0724340081, -0.155009359, -0.00110785663, -0.0524124503,
        -0.111363947,
      ],
      ...[
        -0.00622428954, -0.0892304182, -0.126103044, -0.00449053943, -0.0768239796, -0.0820299089,
        -0.00971582532,
      ],
      -0.114057273,
    ],
  },
  {
    name: 'checkpoint-plain',
    latents: [
      ...[0.392316818, -0.520746946, 0.390786082, -0.517965317, 0.389329463, -0.515208721, 0.387300968],
      ...[-0.506626844, 0.384782135, -0.496153533],
    ],
  },
];

function worstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

/** Writes again what was read: every record that means something must be the one that LibTorch wrote. */
function expectSameRecords(file: Uint8Array): void {
  const original = openArchive(file);
  const { terrain, scale } = readCheckpoint(original, 'x');
  const written = openArchive(writeCheckpoint(terrain, scale));
  // Where code stood in its maker's sources, and a random number.
  const records = original.names.filter((record) => !/\.debug_pkl$|^\.data\//.test(record));
  expect(written.names).toEqual([...records, 'extra/latent-terrain.json']);
  for (const record of records)
    expect([record, sameBits(written.read(record), original.read(record))]).toEqual([record, true]);
}

function terrain(inputs: number, latents: number, channels: number, features: number, scale = 0.3): Terrain {
  const network = createTerrainNetwork({ inputs, latents, channels, features }, scale, 5);
  return {
    name: 'Mönch 🏔',
    network: { ...network, slopes: [0.25, -0.5, 1.5, 0] },
    bounds: defaultBounds(inputs).map((_, i) => [-i - 1, 2.5 * i + 0.1] as const),
  };
}

/** All that is long in a terrain. */
function arraysOf({ network }: Terrain): Float32Array[] {
  return [
    network.fourier ?? new Float32Array(0),
    ...network.layers.flatMap(({ weight, bias }) => [weight, bias]),
  ];
}

/** All that is short in a terrain; comparing millions of numbers one by one takes minutes. */
function withoutNumbers({ name, bounds, network }: Terrain): unknown {
  const layers = network.layers.map(({ rows, columns, weight }) => [rows, columns, weight.length]);
  return { name, bounds, network: { ...network, fourier: network.fourier?.length ?? null, layers } };
}

function sameBits(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = [a, b].map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength));
  return bytes[0]!.equals(bytes[1]!);
}

/** The records of a written checkpoint, some of them others. */
function altered(file: Uint8Array, changes: Record<string, Uint8Array | null>): Uint8Array {
  const archive = openArchive(file);
  const entries: ArchiveEntry[] = archive.names
    .map((name) => ({ name, bytes: name in changes ? changes[name]! : archive.read(name) }))
    .filter(({ bytes }) => bytes !== null);
  return writeArchive('terrain', entries);
}

function refusal(bytes: Uint8Array): string {
  try {
    readCheckpoint(bytes, 'x');
  } catch (error) {
    if (error instanceof PluginError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('The checkpoint was accepted.');
}

describe('a checkpoint', () => {
  it.each([
    ['the default size', terrain(2, 8, 80, 64)],
    ['the smallest size', terrain(1, 1, 1, 1)],
    ['the greatest size', terrain(6, 1024, 1024, 2048)],
    ['no Fourier features', terrain(3, 5, 16, 64, 0)],
    ['one input and one channel', terrain(1, 3, 1, 0, 0)],
  ])('of %s comes back bit for bit', (_, original) => {
    const { terrain: read } = readCheckpoint(writeCheckpoint(original, 0.3), 'another name');
    expect(withoutNumbers(read)).toEqual(withoutNumbers(original));
    const pairs = arraysOf(read).map((values, i) => [values, arraysOf(original)[i]!] as const);
    for (const [values, expected] of pairs) expect(sameBits(values, expected)).toBe(true);
  });

  it('keeps the scale that its maker chose, or tells it from the frequencies', () => {
    const original = terrain(2, 4, 8, 2048, 0.7);
    expect(readCheckpoint(writeCheckpoint(original, 0.5), '').scale).toBe(0.5);
    expect(readCheckpoint(writeCheckpoint(original), '').scale).toBeCloseTo(0.7, 1);
    expect(readCheckpoint(writeCheckpoint(terrain(2, 4, 8, 8, 0)), '').scale).toBe(0);
  });

  it('is the same for the same terrain', () => {
    expect(writeCheckpoint(terrain(2, 4, 8, 8))).toEqual(writeCheckpoint(terrain(2, 4, 8, 8)));
  });

  it('shares no memory with its file', () => {
    const file = writeCheckpoint(terrain(2, 4, 8, 8));
    const { network } = readCheckpoint(file, '').terrain;
    for (const values of [network.fourier!, ...network.layers.flatMap(({ weight, bias }) => [weight, bias])])
      expect(values.buffer.byteLength).toBe(values.byteLength);
  });

  it('of another plugin lies in the bounds of nn.terrain.gui, and has the name of its file', () => {
    const made = (inputs: number): Terrain =>
      readCheckpoint(
        altered(writeCheckpoint(terrain(inputs, 4, 8, 8)), { 'extra/latent-terrain.json': null }),
        'Drums',
      ).terrain;
    expect(made(2)).toMatchObject({
      name: 'Drums',
      bounds: [
        [-16, 16],
        [-4, 4],
      ],
    });
    expect(made(3).bounds).toEqual(defaultBounds(3));
  });

  it('is told from a model', () => {
    expect(isCheckpoint(openArchive(writeCheckpoint(terrain(2, 4, 8, 8))))).toBe(true);
    expect(isCheckpoint(openArchive(readFileSync('test/fixtures/pytorch/torch-2.13.pt')))).toBe(false);
  });

  it.each(MADE)('that LibTorch made gives what LibTorch computes: $name', ({ name, latents }) => {
    const { network } = readCheckpoint(readFileSync(`test/fixtures/pytorch/${name}.pt`), name).terrain;
    const count = 5 * network.inputs;
    const positions = Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
    // LibTorch computes in float32.
    expect(worstDifference(terrainForward(network, positions), latents)).toBeLessThan(1e-6);
  });

  it.skipIf(!existsSync(REAL)).each(NAMES)(
    'of nn.terrain gives the expected latents: %s (skipped without ../shared)',
    (name) => {
      const { network } = readCheckpoint(readFileSync(`${REAL}/${name}.pt`), name).terrain;
      if (!existsSync(`${REAL}/${name}.expected.json`)) {
        expect(network).toMatchObject({ inputs: 2, latents: 64, channels: 256, features: 512 });
        return;
      }
      const { coordinates, latents } = JSON.parse(readFileSync(`${REAL}/${name}.expected.json`, 'utf8')) as {
        coordinates: number[][];
        latents: number[][];
      };
      // PyTorch computed them in float32.
      expect(worstDifference(terrainForward(network, coordinates.flat()), latents.flat())).toBeLessThan(1e-4);
    },
  );

  it.each(MADE)('that LibTorch made is written again record by record: $name', ({ name }) => {
    expectSameRecords(readFileSync(`test/fixtures/pytorch/${name}.pt`));
  });

  it.skipIf(!existsSync(REAL)).each(NAMES)(
    'of nn.terrain is written again record by record: %s (skipped without ../shared)',
    (name) => {
      expectSameRecords(readFileSync(`${REAL}/${name}.pt`));
    },
  );
});

describe('a checkpoint from a stranger', () => {
  const original = terrain(2, 4, 8, 16);
  const file = writeCheckpoint(original, 0.3);
  /** Storages in their order: two_pi, B_T, then weight, bias, slope of each layer … */
  const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
  const whole = (value: number): Uint8Array => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const lastBias = 'data/15';

  it.each<[string, Uint8Array, RegExp]>([
    ['that is a model', readFileSync('test/fixtures/pytorch/torch-2.13.pt'), /terrain\/unreadable/],
    ['that is no archive', new Uint8Array(100), /model\/unreadable/],
    ['without a pickle', altered(file, { 'data.pkl': null }), /model\/unreadable/],
    [
      'of another value',
      altered(file, { 'data.pkl': Uint8Array.of(0x80, 2, 0x29, 0x2e) }),
      /not a checkpoint/,
    ],
    ['without some numbers', altered(file, { [lastBias]: null }), /model\/unreadable/],
    ['with too few numbers', altered(file, { [lastBias]: floats(1, 2) }), /model\/unreadable/],
    ['with NaN', altered(file, { [lastBias]: floats(1, 2, NaN, 4) }), /not-finite/],
    [
      'with infinity',
      altered(file, { 'data/1': floats(...original.network.fourier!.map(() => Infinity)) }),
      /not-finite/,
    ],
    [
      'that says it has other inputs',
      altered(file, { 'data/16': whole(3) }),
      /m_in_dim is 3, but its numbers make 2/,
    ],
    ['that says it has other latents', altered(file, { 'data/17': whole(5) }), /m_out_dim/],
    ['that says it has other channels', altered(file, { 'data/18': whole(9) }), /m_cmax/],
    ['that says it has other features', altered(file, { 'data/20': whole(0) }), /m_mapping_size/],
    ['of other angles', altered(file, { 'data/0': floats(6) }), /2π/],
    [
      'with damaged bounds',
      altered(file, { 'extra/latent-terrain.json': json({ name: '', bounds: [[1]] }) }),
      /bounds/,
    ],
    [
      'with no bounds',
      altered(file, { 'extra/latent-terrain.json': json({ name: '', bounds: [] }) }),
      /bounds/,
    ],
    [
      'with turned bounds',
      altered(file, {
        'extra/latent-terrain.json': json({
          name: '',
          bounds: [
            [1, 0],
            [0, 1],
          ],
        }),
      }),
      /bounds/,
    ],
    ['with damaged facts', altered(file, { 'extra/latent-terrain.json': Uint8Array.of(123) }), /bounds/],
  ])('%s is refused', (_, bytes, reason) => {
    expect(refusal(bytes)).toMatch(reason);
  });

  it('of another shape is refused by what is wrong with it', () => {
    const pickle = openArchive(file).read('data.pkl');
    /** Changes one number of the pickle, told by what stands before it. */
    const patched = (before: string, value: number, skip = 0): Uint8Array => {
      const at = Buffer.from(pickle).indexOf(Buffer.from(before, 'hex')) + before.length / 2 + skip;
      return altered(file, { 'data.pkl': pickle.map((byte, i) => (i === at ? value : byte)) });
    };
    // BININT1 2, BININT1 16, TUPLE: the shape of B_T.
    expect(refusal(patched('284b024b1074', 16, -4))).toMatch(/16 inputs, where 1 to 6/);
    // BININT1 8, BININT1 8, TUPLE: the shape of fc2's weight, first of its kind.
    expect(refusal(patched('284b084b0874', 4, -2))).toMatch(/layer 2 has 8 × 4 weights instead of 8 × 8/);
  });

  it('whose Fourier features are off is taken by its other first layer', () => {
    const pickle = openArchive(file).read('data.pkl');
    // SETITEMS, BUILD, BINPUT, STOP end it.
    const end = pickle.length - 5;
    const choose = (opcode: number): Uint8Array =>
      altered(file, {
        'data.pkl': Uint8Array.of(
          ...pickle.subarray(0, end),
          ...[0x58, 11, 0, 0, 0, ...Buffer.from('use_fourier'), opcode],
          ...pickle.subarray(end),
        ),
      });
    expect(readCheckpoint(choose(0x88), '').terrain.network.features).toBe(16);
    // It has no other.
    expect(refusal(choose(0x89))).toMatch(/no layer 1/);
  });

  it('is either read or refused in words, whatever its bytes', () => {
    const archive = openArchive(file);
    fc.assert(
      fc.property(
        fc.constantFrom('data.pkl', 'data.pkl', 'data.pkl', 'extra/latent-terrain.json', 'data/16', lastBias),
        fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (record, changes) => {
          const bytes = archive.read(record).slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            const { network } = readCheckpoint(altered(file, { [record]: bytes }), 'x').terrain;
            expect(terrainForward(network, [0.1, 0.2]).every(Number.isFinite)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(PluginError);
          }
        },
      ),
      { numRuns: 1500, seed: 11 },
    );
  });
});

it('a checkpoint opens in any zip reader', () => {
  expect(Object.keys(unzipSync(writeCheckpoint(terrain(2, 4, 8, 8))))).toContain('terrain/data.pkl');
});
