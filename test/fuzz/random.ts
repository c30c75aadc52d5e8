/**
 * Seeded choices for the fuzzers: the same words give the same choices on every machine. Not for sound.
 */

/** Numbers at which sizes, offsets and counts tend to break. */
export const INTERESTING: readonly number[] = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  9,
  15,
  16,
  63,
  64,
  127,
  128,
  255,
  256,
  1023,
  4096,
  32767,
  32768,
  65535,
  65536,
  1e6,
  2 ** 24,
  2 ** 28,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  -1,
  -2,
  -3,
  -128,
  -65536,
  -(2 ** 31),
];

export class Random {
  private state: number;

  /** @param words What the choices depend on: seed, reader, number of the case. */
  constructor(...words: readonly (string | number)[]) {
    // FNV-1a.
    let hash = 0x811c9dc5;
    for (const character of words.join('/')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    this.state = hash >>> 0;
    for (let warm = 0; warm < 4; warm++) this.next();
  }

  /** 0 ≤ n < 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to but without `end`. */
  int(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Small numbers more often than large ones: 1…most. */
  small(most: number): number {
    return 1 + Math.floor(this.next() ** 3 * most);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error('nothing to choose from');
    return choices[this.int(choices.length)]!;
  }

  /** How many changes one case makes: mostly one. */
  changes(): number {
    return this.chance(0.6) ? 1 : this.small(6);
  }
}
