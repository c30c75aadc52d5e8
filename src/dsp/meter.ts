/**
 * What the face is told of the output: peaks and the load of the audio thread. Never used in rendering.
 * The audio thread has no clock but `Date.now()`, in whole milliseconds: too coarse for one quantum, but the mean
 * of its differences is right. Used by `processor.ts`. Thread: audio.
 */

/** Time constant of the load, in seconds: over 2 s its standard error is about one per cent. */
const LOAD_SECONDS = 2;

const LEFT = 0;
const RIGHT = 1;
const LOAD = 2;
const BEGUN = 3;

export class Meter {
  /** Peaks, load, start of the quantum; numbers in fields may be boxed anew at each store. */
  readonly #values = new Float64Array(4);
  #missedDeadlines = 0;

  /** @param sampleRate Of the context, in Hz. @param now Clock in whole ms. */
  constructor(
    private readonly sampleRate: number,
    private readonly now: () => number = Date.now,
  ) {}

  get load(): number {
    return this.#values[LOAD]!;
  }

  /** Quanta that certainly took longer than they last. */
  get missedDeadlines(): number {
    return this.#missedDeadlines;
  }

  /** Notes samples [start, end) of both channels. Allocates: no. */
  listen(left: Float32Array, right: Float32Array, start: number, end: number): void {
    let greatestLeft = this.#values[LEFT]!;
    let greatestRight = this.#values[RIGHT]!;
    for (let i = start; i < end; i++) {
      const a = left[i]!;
      const b = right[i]!;
      if (a > greatestLeft) greatestLeft = a;
      else if (-a > greatestLeft) greatestLeft = -a;
      if (b > greatestRight) greatestRight = b;
      else if (-b > greatestRight) greatestRight = -b;
    }
    this.#values[LEFT] = greatestLeft;
    this.#values[RIGHT] = greatestRight;
  }

  /** Before a quantum is rendered. Allocates: at most what `Date.now` itself does. */
  begin(): void {
    this.#values[BEGUN] = this.now();
  }

  /** After it. */
  end(samples: number): void {
    const quantum = (1000 * samples) / this.sampleRate;
    const values = this.#values;
    const elapsed = this.now() - values[BEGUN]!;
    // Negative when the clock was set back.
    const measured = elapsed > 0 ? elapsed : 0;
    const share = quantum / (1000 * LOAD_SECONDS);
    values[LOAD]! += (share < 1 ? share : 1) * (measured / quantum - values[LOAD]!);
    // A reading of n ms means more than n - 1: only what must have been too long counts.
    if (measured - 1 >= quantum) this.#missedDeadlines++;
  }

  /** Greatest magnitudes since the last call. */
  takePeaks(): readonly [number, number] {
    const peaks = [this.#values[LEFT]!, this.#values[RIGHT]!] as const;
    this.#values[LEFT] = 0;
    this.#values[RIGHT] = 0;
    return peaks;
  }
}
