/**
 * Streaming conversion from a model's rate to the context's: a polyphase windowed sinc, stereo.
 * Flat to 0.9 of the lower Nyquist frequency, images and aliases below -80 dB from that Nyquist frequency on.
 * Time is counted in whole numbers, so it never drifts. Equal rates pass through unchanged, without latency.
 * Knows nothing of hops. Used by `sounder.ts`. Thread: audio, the constructor outside `process`.
 */

import { sinPi } from './exact.js';

/** Kaiser window for a stop band of 90 dB: 10 dB of reserve. Kaiser 1974: 0.1102 (A - 8.7). */
const STOP_DECIBELS = 90;
const KAISER_BETA = 0.1102 * (STOP_DECIBELS - 8.7);
/** Edges of the transition band, as shares of the lower Nyquist frequency. */
const PASS_EDGE = 0.9;
const STOP_EDGE = 1;
/** Ratios with more phases than this interpolate between this many; linear error there is below -100 dB. */
const GREATEST_PHASES = 1024;

export class Resampler {
  /** Delay of the output behind the input, in samples at the output's rate. */
  readonly latency: number;

  /** Output rate and input rate without their common divisor: `#down` inputs make `#up` outputs. */
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #phases: number;
  /** [phases + 1, taps]: a row per fraction of an input sample, newest input first. */
  readonly #rows: Float32Array;
  /** The last inputs, newest first, written twice so that any `taps` of them are adjacent: [2 * taps]. */
  readonly #left: Float32Array;
  readonly #right: Float32Array;
  /** Where the newest input lies in the first copy. */
  #newest = 0;
  /** Time of the next output since the newest input, in 1 / up input samples. */
  #fraction = 0;
  /** Inputs that the next output still waits for. */
  #due = 1;

  /** Both rates in Hz, 8,000 to 192,000; fractions of a Hertz are rounded off. */
  constructor(fromRate: number, toRate: number) {
    const inputRate = Math.round(fromRate);
    const outputRate = Math.round(toRate);
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.#up = outputRate / divisor;
    this.#down = inputRate / divisor;
    if (this.#up === this.#down) {
      this.#taps = 2;
      this.#phases = 1;
      this.#rows = new Float32Array([1, 0, 1, 0]);
      this.latency = 0;
    } else {
      const bandwidth = Math.min(1, outputRate / inputRate);
      const transition = Math.PI * (STOP_EDGE - PASS_EDGE) * bandwidth;
      // An even number.
      this.#taps = 2 * Math.ceil(((STOP_DECIBELS - 8) / (2.285 * transition) + 1) / 2);
      this.#phases = Math.min(this.#up, GREATEST_PHASES);
      this.#rows = makeRows(this.#phases, this.#taps, (bandwidth * (PASS_EDGE + STOP_EDGE)) / 2);
      this.latency = ((this.#taps / 2) * outputRate) / inputRate;
    }
    this.#left = new Float32Array(2 * this.#taps);
    this.#right = new Float32Array(2 * this.#taps);
  }

  /** State as after construction. */
  reset(): void {
    this.#left.fill(0);
    this.#right.fill(0);
    this.#newest = 0;
    this.#fraction = 0;
    this.#due = 1;
  }

  /** Inputs that must be pushed before the next output can be made. */
  get due(): number {
    return this.#due;
  }

  /** Output samples that `available` further inputs suffice for. */
  producible(available: number): number {
    if (available < this.#due) return 0;
    return Math.ceil(((available - this.#due + 1) * this.#up - this.#fraction) / this.#down);
  }

  /** Takes the next input sample. */
  push(left: number, right: number): void {
    const taps = this.#taps;
    const at = this.#newest === 0 ? taps - 1 : this.#newest - 1;
    this.#newest = at;
    this.#left[at] = left;
    this.#left[at + taps] = left;
    this.#right[at] = right;
    this.#right[at + taps] = right;
    this.#due--;
  }

  /** Writes the next output sample to both channels at `index`. Only when nothing is due. */
  pull(left: Float32Array, right: Float32Array, index: number): void {
    this.#filter(left, right, index);
    this.#fraction += this.#down;
    while (this.#fraction >= this.#up) {
      this.#fraction -= this.#up;
      this.#due++;
    }
  }

  #filter(outputLeft: Float32Array, outputRight: Float32Array, index: number): void {
    const taps = this.#taps;
    const rows = this.#rows;
    const leftInputs = this.#left;
    const rightInputs = this.#right;
    const newest = this.#newest;
    const scaled = this.#fraction * this.#phases;
    const phase = Math.floor(scaled / this.#up);
    const between = (scaled - phase * this.#up) / this.#up;
    const row = phase * taps;
    // Two sums per channel, of even and odd taps: additions that wait for each other would take most of the time.
    let left = 0;
    let right = 0;
    let leftOdd = 0;
    let rightOdd = 0;
    if (between === 0) {
      for (let k = 0; k < taps; k += 2) {
        const even = rows[row + k]!;
        const odd = rows[row + k + 1]!;
        left += even * leftInputs[newest + k]!;
        right += even * rightInputs[newest + k]!;
        leftOdd += odd * leftInputs[newest + k + 1]!;
        rightOdd += odd * rightInputs[newest + k + 1]!;
      }
    } else {
      for (let k = 0; k < taps; k++) {
        const weight = rows[row + k]! + between * (rows[row + taps + k]! - rows[row + k]!);
        left += weight * leftInputs[newest + k]!;
        right += weight * rightInputs[newest + k]!;
      }
    }
    outputLeft[index] = left + leftOdd;
    outputRight[index] = right + rightOdd;
  }
}

/**
 * Rows of the low-pass at each fraction of an input sample.
 * @param cutoff Share of the input's Nyquist frequency.
 */
function makeRows(phases: number, taps: number, cutoff: number): Float32Array {
  const rows = new Float32Array((phases + 1) * taps);
  const half = taps / 2;
  const peak = besselI0(KAISER_BETA);
  const weights = new Float64Array(taps);
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const time = k + phase / phases - half;
      const edge = time / half;
      const window = edge * edge < 1 ? besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge)) / peak : 0;
      const sinc = time === 0 ? cutoff : sinPi(cutoff * time) / (Math.PI * time);
      weights[k] = window * sinc;
      sum += weights[k]!;
    }
    // Every fraction passes a constant with gain 1 exactly: no tone at the rate of the phases.
    for (let k = 0; k < taps; k++) rows[phase * taps + k] = weights[k]! / sum;
  }
  return rows;
}

/** Modified Bessel function of the first kind, order 0, by its series; x < 20. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 60; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
