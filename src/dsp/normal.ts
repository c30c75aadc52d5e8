/**
 * Seeded normal and uniform numbers, the same on every machine: xoshiro128** for bits, the ziggurat method for the shape.
 * Fast enough for thousands of draws a hop; not for cryptography. Used by `noise.ts`.
 * Sources: Blackman & Vigna 2018 (xoshiro); Marsaglia & Tsang 2000 with Doornik's 2005 layout (ziggurat).
 */

import { exp, log } from './exact.js';

const LAYERS = 128;
/** Where the tail begins, and the area of each layer, for 128 layers (Doornik 2005). */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;

/** Right edges of the layers; [0] is the width the base layer would have without its tail. */
const EDGE = new Float64Array(LAYERS + 1);
/** Share of a layer that lies under the curve for sure. */
const SURE = new Float64Array(LAYERS);

EDGE[0] = AREA / exp(-0.5 * TAIL * TAIL);
EDGE[1] = TAIL;
for (let i = 2, height = exp(-0.5 * TAIL * TAIL); i < LAYERS; i++) {
  EDGE[i] = Math.sqrt(-2 * log(AREA / EDGE[i - 1]! + height));
  height = exp(-0.5 * EDGE[i]! * EDGE[i]!);
}
for (let i = 0; i < LAYERS; i++) SURE[i] = EDGE[i + 1]! / EDGE[i]!;

const TO_SIGNED_UNIT = 1 / (1 << 24);
const TO_UNIT = 1 / 4294967296;
const TO_UNIT_24 = 1 / (1 << 24);

/** A stream of independent numbers: N(0, 1), or uniform if asked. */
export class Normal {
  readonly #state = new Int32Array(4);

  /** @param seed Any finite number; the same seed gives the same stream. */
  constructor(seed: number) {
    this.seed(seed);
  }

  /** Starts the stream of `seed` from its beginning. Thread: audio. Allocates: no. */
  seed(seed: number): void {
    const state = this.#state;
    // splitmix32 spreads the seed over the state: similar seeds give unrelated streams, never an all-zero state.
    let mix = (seed ^ Math.imul(Math.floor(seed / 4294967296) | 0, 0x85ebca6b)) | 0;
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) | 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      state[i] = z ^ (z >>> 15);
    }
  }

  /** Fills target[start..end) with independent N(0, 1). Thread: audio. Allocates: no. */
  fill(target: Float32Array | Float64Array, start: number, end: number): void {
    const state = this.#state;
    // The generator of `#next`, written out with its state in locals: more than twice as fast.
    let s0 = state[0]!;
    let s1 = state[1]!;
    let s2 = state[2]!;
    let s3 = state[3]!;
    for (let i = start; i < end; i++) {
      const scaled = Math.imul(s1, 5);
      const bits = Math.imul((scaled << 7) | (scaled >>> 25), 9);
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = (s3 << 11) | (s3 >>> 21);

      const layer = bits & (LAYERS - 1);
      // The 25 bits that did not choose the layer, centred: never exactly 0, symmetric.
      const u = ((bits >> 7) + 0.5) * TO_SIGNED_UNIT;
      const sure = SURE[layer]!;
      if (u < sure && u > -sure) {
        target[i] = u * EDGE[layer]!;
      } else {
        state[0] = s0;
        state[1] = s1;
        state[2] = s2;
        state[3] = s3;
        target[i] = this.#atTheEdge(u, layer);
        s0 = state[0]!;
        s1 = state[1]!;
        s2 = state[2]!;
        s3 = state[3]!;
      }
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = s3;
  }

  /** Fills the target with independent numbers, evenly spread over 0 <= u < 1. Thread: audio. Allocates: no. */
  fillUniform(target: Float32Array): void {
    // 24 bits: as many as a float32 below 1 holds, so that none is rounded up to 1.
    for (let i = 0; i < target.length; i++) target[i] = (this.#next() >>> 8) * TO_UNIT_24;
  }

  /** The 1.2 % of draws that fall outside the sure part of their layer. */
  #atTheEdge(firstU: number, firstLayer: number): number {
    let u = firstU;
    let layer = firstLayer;
    for (;;) {
      if (layer === 0) return this.#tail(u < 0);
      const x = u * EDGE[layer]!;
      const outer = exp(-0.5 * (EDGE[layer]! * EDGE[layer]! - x * x));
      const inner = exp(-0.5 * (EDGE[layer + 1]! * EDGE[layer + 1]! - x * x));
      if (inner + this.#uniform() * (outer - inner) < 1) return x;
      const bits = this.#next();
      layer = bits & (LAYERS - 1);
      u = ((bits >> 7) + 0.5) * TO_SIGNED_UNIT;
      if ((u < 0 ? -u : u) < SURE[layer]!) return u * EDGE[layer]!;
    }
  }

  /** Beyond TAIL (Marsaglia 1964). */
  #tail(negative: boolean): number {
    for (;;) {
      const x = -log(this.#uniform()) / TAIL;
      const y = -log(this.#uniform());
      if (y + y > x * x) return negative ? -TAIL - x : TAIL + x;
    }
  }

  /** Uniform in (0, 1). */
  #uniform(): number {
    return ((this.#next() >>> 0) + 0.5) * TO_UNIT;
  }

  /** 32 random bits. */
  #next(): number {
    const state = this.#state;
    const s0 = state[0]!;
    let s1 = state[1]!;
    let s2 = state[2]!;
    let s3 = state[3]!;
    const scaled = Math.imul(s1, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    s2 ^= s0;
    s3 ^= s1;
    state[0] = s0 ^ s3;
    state[2] = s2 ^ (s1 << 9);
    s1 ^= s2;
    state[1] = s1;
    state[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }
}
