/**
 * Whose value an element shows. While a musician moves something, and a moment longer, it shows what the hand did:
 * the plugin's answer comes a little later and would pull it back. Used by controls and the terrain.
 */

/** How long the answer to a gesture may take, in ms: a few quanta, a message and a busy page. */
export const SETTLE_MS = 250;

export class Hold {
  #until = 0;

  /** From now until `release`. */
  grab(): void {
    this.#until = Infinity;
  }

  /** The hand let go, or made a single step. */
  release(now: number = performance.now()): void {
    this.#until = now + SETTLE_MS;
  }

  /** At once: nobody is there any more. */
  drop(): void {
    this.#until = 0;
  }

  active(now: number): boolean {
    return now < this.#until;
  }
}
