/**
 * Smoothing of a control value, sample by sample: two equal one-pole stages (critically damped, no overshoot).
 * The coefficient is a plain quotient and the recurrence plain arithmetic, so every machine gives the same bits
 * and any cutting of time into calls gives the same values. Used by `player.ts`. Thread: audio.
 */

/** Below this distance a stage takes its target: no endless creeping towards it, no denormals. */
const SETTLED = 1e-12;

const FIRST = 0;
const SECOND = 1;

export class Glide {
  readonly #sampleRate: number;
  /** Both stages' values. A typed array, because numbers in fields may be boxed anew at each store. */
  readonly #stages = new Float64Array(2);
  #coefficient = 1;

  /** @param sampleRate Rate at which `fill` is called for, in Hz. */
  constructor(sampleRate: number, value: number) {
    this.#sampleRate = sampleRate;
    this.jump(value);
  }

  /**
   * @param milliseconds Mean delay of the output behind the target (the sum of both stages' time constants);
   *   0 follows at once. After twice this time nine tenths of a step are done.
   */
  setTime(milliseconds: number): void {
    const samples = (milliseconds / 2000) * this.#sampleRate;
    this.#coefficient = 1 / (1 + samples);
  }

  /** Goes to a value without gliding. */
  jump(value: number): void {
    this.#stages[FIRST] = value;
    this.#stages[SECOND] = value;
  }

  /** Writes the value at each sample of [start, end) towards a target that holds from `start` on. */
  fill(values: Float64Array, target: number, start: number, end: number): void {
    const stages = this.#stages;
    const coefficient = this.#coefficient;
    let first = stages[FIRST]!;
    let second = stages[SECOND]!;
    if (coefficient === 1 || (first === target && second === target)) {
      if (end > start) this.jump(target);
      values.fill(target, start, end);
      return;
    }
    for (let i = start; i < end; i++) {
      first += coefficient * (target - first);
      if (Math.abs(target - first) < SETTLED) first = target;
      second += coefficient * (first - second);
      if (Math.abs(target - second) < SETTLED) second = target;
      values[i] = second;
    }
    stages[FIRST] = first;
    stages[SECOND] = second;
  }
}
