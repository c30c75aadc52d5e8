/**
 * Where the sound has been: the last positions with the time they were heard of. Pure; drawn by `overlay.ts`.
 */

/** How long a position stays visible, in ms. */
export const TRAIL_MS = 2400;
const CAPACITY = 512;
/** Nearer than this to the last one, a position adds nothing to see. */
const LEAST_DISTANCE = 5e-4;
/** Fresh positions are spread over the time since the last telling, but not over more than this, in ms. */
const LONGEST_GAP_MS = 100;

export class Trail {
  readonly #x = new Float32Array(CAPACITY);
  readonly #y = new Float32Array(CAPACITY);
  readonly #at = new Float64Array(CAPACITY);
  #oldest = 0;
  #length = 0;
  /** Where the sound is now, or null. */
  #head: readonly [number, number] | null = null;
  /** What the last telemetry told. */
  #told: Float32Array = new Float32Array(0);
  #toldAt = 0;

  /**
   * Takes what telemetry tells: the last hops' positions, of which most were already in the telling before.
   * @param positions [x0, y0, x1, y1, …] in 0..1, oldest first. @param now ms.
   */
  add(positions: Float32Array, now: number): void {
    // The first telling is of a time that nobody watched: only its end counts.
    const fresh = this.#head ? freshPositions(this.#told, positions) : Math.min(1, positions.length / 2);
    const since = Math.max(this.#toldAt, now - LONGEST_GAP_MS);
    const first = positions.length / 2 - fresh;
    for (let i = 0; i < fresh; i++)
      this.#go(
        positions[2 * (first + i)] as number,
        positions[2 * (first + i) + 1] as number,
        since + ((i + 1) / fresh) * (now - since),
      );
    this.#told = positions;
    this.#toldAt = now;
  }

  #go(x: number, y: number, at: number): void {
    const head = this.#head;
    if (head && Math.hypot(x - head[0], y - head[1]) < LEAST_DISTANCE) return;
    this.#head = [x, y];
    // After a rest the line starts where the sound rested, not where it was last seen moving.
    if (head && this.#length === 0) this.#push(head[0], head[1], at);
    this.#push(x, y, at);
  }

  #push(x: number, y: number, now: number): void {
    const slot = (this.#oldest + this.#length) % CAPACITY;
    this.#x[slot] = x;
    this.#y[slot] = y;
    this.#at[slot] = now;
    if (this.#length < CAPACITY) this.#length++;
    else this.#oldest = (this.#oldest + 1) % CAPACITY;
  }

  /** Forgets what has faded. */
  expire(now: number): void {
    while (this.#length > 0 && now - (this.#at[this.#oldest] as number) >= TRAIL_MS) {
      this.#oldest = (this.#oldest + 1) % CAPACITY;
      this.#length--;
    }
  }

  clear(): void {
    this.#length = 0;
    this.#head = null;
    this.#told = new Float32Array(0);
  }

  get length(): number {
    return this.#length;
  }

  get head(): readonly [number, number] | null {
    return this.#head;
  }

  /** Calls back for each position, oldest first, with its freshness: 1 is now, 0 is gone. */
  forEach(now: number, visit: (x: number, y: number, freshness: number) => void): void {
    for (let i = 0; i < this.#length; i++) {
      const slot = (this.#oldest + i) % CAPACITY;
      const age = (now - (this.#at[slot] as number)) / TRAIL_MS;
      visit(this.#x[slot] as number, this.#y[slot] as number, Math.min(1, Math.max(0, 1 - age)));
    }
  }
}

/**
 * How many positions at the end of `now` are new, if `now` is `before` moved on.
 * At rest all are alike, and the answer is 0: nothing new can be seen.
 */
export function freshPositions(before: Float32Array, now: Float32Array): number {
  const count = now.length / 2;
  for (let fresh = 0; fresh < count; fresh++) {
    const common = Math.min(before.length, now.length - 2 * fresh);
    let equal = common > 0;
    for (let i = 1; equal && i <= common; i++)
      equal = before[before.length - i] === now[now.length - 2 * fresh - i];
    if (equal) return fresh;
  }
  return count;
}
