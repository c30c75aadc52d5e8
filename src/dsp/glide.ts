/**
 * Smoothing of a control value, sample by sample: two equal one-pole stages (critically damped, no overshoot).
 * The coefficient is a plain quotient and the recurrence plain arithmetic, so every machine gives the same bits
 * and any cutting of time into calls gives the same values. Used by `player.ts`. Thread: audio.
 */

/** Below this distance a stage takes its target: no endless creeping towards it, no denormals. */
const SETTLED = 1e-12;

const FIRST = 0;
const SECOND = 1;
const TARGET = 2;

export class Glide {
  readonly #sampleRate: number;
  /** Both stages' values and the target. A typed array, since numbers passed or stored otherwise may be boxed anew. */
  readonly #stages = new Float64Array(3);
  #coefficient = 1;

  /** @param sampleRate Rate at which `fill` is called for, in Hz. */
  constructor(sampleRate: number, value: number) {
    this.#sampleRate = sampleRate;
    this.setTarget(value);
    this.jump();
  }

  /**
   * @param milliseconds Mean delay of the output behind the target (the sum of both stages' time constants);
   *   0 follows at once. After twice this time nine tenths of a step are done.
   */
  setTime(milliseconds: number): void {
    const samples = (milliseconds / 2000) * this.#sampleRate;
    this.#coefficient = 1 / (1 + samples);
  }

  /** Where to go from the next sample on. */
  setTarget(value: number): void {
    this.#stages[TARGET] = value;
  }

  /** Goes to the target without gliding. */
  jump(): void {
    this.#stages[FIRST] = this.#stages[TARGET]!;
    this.#stages[SECOND] = this.#stages[TARGET]!;
  }

  /** Writes the value at each sample of [start, end). */
  fill(values: Float64Array, start: number, end: number): void {
    const stages = this.#stages;
    const coefficient = this.#coefficient;
    const target = stages[TARGET]!;
    let first = stages[FIRST]!;
    let second = stages[SECOND]!;
    if (coefficient === 1 || (first === target && second === target)) {
      if (end > start) this.jump();
      for (let i = start; i < end; i++) values[i] = target;
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
