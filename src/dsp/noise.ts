/**
 * The random numbers that two channels need for a hop, alike, independent or in between. Used by `sounder.ts`.
 * Thread: audio, the constructor outside `process`.
 */

import type { NoiseDistribution } from '../shared/engine-plan.js';
import type { Normal } from './normal.js';

/** The greatest number that `fillUniform` gives. */
const GREATEST_UNIFORM = 1 - 2 ** -24;

type Pair = readonly [left: Float32Array, right: Float32Array];

function pair(length: number): Pair {
  return [new Float32Array(length), new Float32Array(length)];
}

export class StereoNoise {
  /** Per channel, refilled by each `draw`. */
  readonly #normal: Pair;
  readonly #uniform: Pair;
  /** Says for each uniform number of the right channel whether it is the left one's. */
  readonly #whose: Float32Array;

  /** @param lengths Numbers of each distribution that a channel needs. */
  constructor(lengths: Readonly<Record<NoiseDistribution, number>>) {
    this.#normal = pair(lengths.normal);
    this.#uniform = pair(lengths.uniform);
    this.#whose = new Float32Array(lengths.uniform);
  }

  /** A view of a stretch of a channel's numbers, valid for good. */
  stretch(distribution: NoiseDistribution, channel: 0 | 1, start: number, length: number): Float32Array {
    const numbers = distribution === 'uniform' ? this.#uniform : this.#normal;
    return numbers[channel].subarray(start, start + length);
  }

  /** Takes the numbers of the next hop from the stream, independent for both channels. */
  draw(stream: Normal): void {
    for (let channel = 0; channel < 2; channel++) {
      const target = this.#normal[channel as 0 | 1];
      stream.fill(target, 0, target.length);
    }
    if (this.#whose.length === 0) return;
    stream.fillUniform(this.#uniform[0]);
    stream.fillUniform(this.#uniform[1]);
    stream.fillUniform(this.#whose);
  }

  /**
   * Makes the right channel as like the left one as `width` says, 0 (equal), 1 (independent) or 2 (rather opposite),
   * without changing how its numbers are distributed: normal ones are mixed at constant power; of uniform ones, whose
   * mixtures are not uniform, so large a share is taken over (or mirrored) that the correlation is the same.
   */
  widen(width: number): void {
    const level = 1 / Math.sqrt((1 - width) * (1 - width) + width * width);
    const same = (1 - width) * level;
    const own = width * level;
    const [left, right] = this.#normal;
    for (let i = 0; i < right.length; i++) right[i] = same * left[i]! + own * right[i]!;
    const [leftUniform, rightUniform] = this.#uniform;
    const whose = this.#whose;
    const share = same < 0 ? -same : same;
    for (let i = 0; i < whose.length; i++)
      if (whose[i]! < share)
        rightUniform[i] = same < 0 ? GREATEST_UNIFORM - leftUniform[i]! : leftUniform[i]!;
  }
}
