import { describe, expect, it } from 'vitest';
import type { LibraryItem } from '../shared/face.js';
import { instrumentFacts, itemFacts, libraryFacts, libraryRows } from './facts.js';

const info = { name: 'x', hash: 'h', sampleRate: 44_100, hop: 2048, latents: 16, channels: 1 };
const model: LibraryItem = {
  kind: 'model',
  hash: 'a1',
  name: 'darbouka',
  bytes: 148_700_000,
  latents: 16,
  sampleRate: 44_100,
  addedAt: 2,
};
const terrain: LibraryItem = {
  kind: 'terrain',
  hash: 'b2',
  name: 'percussion',
  bytes: 1_120_000,
  latents: 4,
  sampleRate: null,
  addedAt: 1,
};

describe('an instrument in one line', () => {
  it('has latents, hop in samples and time, and rate', () => {
    expect(instrumentFacts(info)).toBe('16 latents · hop 2048, 46 ms · 44.1 kHz');
    expect(instrumentFacts({ ...info, latents: 1, hop: 128, sampleRate: 48_000, channels: 2 })).toBe(
      '1 latent · hop 128, 2.7 ms · 48 kHz · stereo',
    );
  });

  it('says how many of its latents are meant to be played', () => {
    expect(instrumentFacts({ ...info, latents: 128, namedLatents: 16 })).toMatch(/^16 of 128 latents/);
    expect(instrumentFacts({ ...info, namedLatents: 16 })).toMatch(/^16 latents/);
  });
});

describe('the library', () => {
  it('says of each file what and how large it is, and what all take together', () => {
    expect(itemFacts(model)).toBe('16 latents · 44.1 kHz · 149 MB');
    expect(itemFacts(terrain)).toBe('4 latents · 1.1 MB');
    expect(libraryFacts({ items: [model, terrain], unavailable: null })).toBe('1 model · 1 terrain · 150 MB');
    expect(libraryFacts({ items: [], unavailable: null })).toBeNull();
  });

  it('is listed by kind, in the order it comes in, what plays marked', () => {
    const other = { ...model, hash: 'a0', name: 'older' };
    const rows = libraryRows({ items: [model, terrain, other], unavailable: null }, 'model', 'a0');
    expect(rows.map(({ hash, playing }) => [hash, playing])).toEqual([
      ['a1', false],
      ['a0', true],
    ]);
  });
});
