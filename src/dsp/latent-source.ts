/**
 * From a position to the latents of a hop: terrain, latent scale, jitter, and the fade from one terrain to the next.
 * Knows neither time nor decoders; `player.ts` says when, `sounder.ts` asks for the values of its hops.
 * Thread: audio; constructors and `setTerrain` outside `process`.
 */

import type { EnginePlan } from '../shared/engine-plan.js';
import type { LatentFill } from '../shared/messages.js';
import { LATENT_CLAMP, type Bounds } from '../shared/terrain.js';
import { onlyPort, type Network } from './network.js';

/** Hops over which a new terrain takes over. */
const FADE_HOPS = 4;
const TRAIL_HOPS = 64;

/** A terrain that runs. */
export class RunningTerrain {
  readonly latents: number;
  /** Latents of the last step, [latents], as the network gave them. */
  readonly output: Float32Array;
  readonly #network: Network;
  readonly #bounds: Bounds;
  readonly #position: Float32Array;

  /** Throws PluginError `model/invalid` if the plan is not a terrain's. */
  constructor(network: Network, plan: EnginePlan, bounds: Bounds, latents: number) {
    const voice = plan.voices[0];
    this.#network = network;
    this.#bounds = bounds;
    this.#position = network.input(onlyPort(voice, 'inputs', 'position').name, 0);
    this.output = network.output(onlyPort(voice, 'outputs', 'latent').name, 0);
    this.latents = Math.min(latents, this.output.length);
  }

  /**
   * Latents of the position x[index], y[index]: 0..1, left to right and bottom to top of the bounds. Further inputs
   * rest in the middle of theirs.
   */
  step(x: Float64Array, y: Float64Array, index: number): void {
    for (let i = 0; i < this.#position.length; i++) {
      const edges = this.#bounds[i];
      const share = i === 0 ? x[index]! : i === 1 ? y[index]! : 0.5;
      this.#position[i] = edges ? edges[0] + share * (edges[1] - edges[0]) : 0;
    }
    this.#network.step(0);
  }
}

export class LatentSource {
  /** Position 0..1 at each sample of the chunk being rendered; a hop takes the one at its first sample. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Parameters that count for hops that begin from now on. */
  scale = 1;
  jitter = 0;
  width = 1;
  /** What latents beyond the terrain's are. */
  fill: LatentFill = 'noise';

  #current: RunningTerrain | null = null;
  /** The terrain that fades in over `#current`. */
  #next: RunningTerrain | null = null;
  #waiting: RunningTerrain | null = null;
  #fadedHops = 0;
  /** Positions of the last hops, a ring: [x0, y0, x1, y1, …]. */
  readonly #trail = new Float32Array(2 * TRAIL_HOPS);
  #trailHops = 0;
  /** Latents of the fading terrain; as many as any terrain has. */
  readonly #scratch = new Float64Array(1024);

  /** @param chunk Samples that are rendered at once, at most. */
  constructor(chunk: number) {
    this.x = new Float64Array(chunk);
    this.y = new Float64Array(chunk);
  }

  get ready(): boolean {
    return this.#current !== null || this.#waiting !== null;
  }

  /** Takes over at the next hop; after the fade in progress, if there is one. The last one given wins. */
  setTerrain(terrain: RunningTerrain): void {
    this.#waiting = terrain;
  }

  /** Ends fades: the newest terrain alone remains. For moments of silence. */
  settle(): void {
    this.#current = this.#waiting ?? this.#next ?? this.#current;
    this.#next = null;
    this.#waiting = null;
    this.#fadedHops = 0;
  }

  clearTrail(): void {
    this.#trailHops = 0;
  }

  /**
   * Computes the latents of the hop that begins at sample `index` of the chunk.
   * @param lead Whether this is the instrument that counts: it drives the terrains' fade and leaves the trail.
   */
  step(index: number, lead: boolean): void {
    if (lead) this.#advance();
    this.#current?.step(this.x, this.y, index);
    this.#next?.step(this.x, this.y, index);
    if (lead) {
      const at = 2 * (this.#trailHops % TRAIL_HOPS);
      this.#trail[at] = this.x[index]!;
      this.#trail[at + 1] = this.y[index]!;
      this.#trailHops++;
    }
  }

  /**
   * Writes the latents of the last `step`.
   * @param target [latents of the instrument]
   * @param named Latents of the instrument that a terrain may set; those beyond are filled.
   * @param movement N(0, 1) per latent, the same for all channels: what jitter scales.
   * @param missing N(0, 1) per latent, per channel: what latents beyond the terrain's are, unless they are zeros.
   */
  write(target: Float32Array, named: number, movement: Float32Array, missing: Float32Array): void {
    this.#write(this.#current, target, named, movement, missing);
    if (!this.#next) return;
    const from = this.#scratch;
    for (let j = 0; j < target.length; j++) from[j] = target[j]!;
    this.#write(this.#next, target, named, movement, missing);
    // A straight path through latent space: neighbouring latents sound alike, and the decoder never restarts.
    const share = this.#fadedHops / FADE_HOPS;
    for (let j = 0; j < target.length; j++) target[j] = from[j]! + share * (target[j]! - from[j]!);
  }

  /** Positions of the last hops, oldest first. Allocates: outside `process` only. */
  trail(): Float32Array {
    const hops = Math.min(this.#trailHops, TRAIL_HOPS);
    const positions = new Float32Array(2 * hops);
    for (let i = 0; i < hops; i++) {
      const at = 2 * ((this.#trailHops - hops + i) % TRAIL_HOPS);
      positions[2 * i] = this.#trail[at]!;
      positions[2 * i + 1] = this.#trail[at + 1]!;
    }
    return positions;
  }

  #advance(): void {
    if (this.#next) {
      this.#fadedHops++;
      if (this.#fadedHops === FADE_HOPS) {
        this.#current = this.#next;
        this.#next = null;
      }
    }
    if (this.#waiting && !this.#next) {
      if (this.#current) {
        this.#next = this.#waiting;
        this.#fadedHops = 1;
      } else {
        this.#current = this.#waiting;
      }
      this.#waiting = null;
    }
  }

  #write(
    terrain: RunningTerrain | null,
    target: Float32Array,
    named: number,
    movement: Float32Array,
    missing: Float32Array,
  ): void {
    const given = terrain ? Math.min(terrain.latents, named) : 0;
    for (let j = 0; j < given; j++) {
      const value = terrain!.output[j]!;
      let clamped = value > LATENT_CLAMP ? LATENT_CLAMP : value;
      // The first comparison is false for NaN, which becomes the least.
      clamped = clamped >= -LATENT_CLAMP ? clamped : -LATENT_CLAMP;
      target[j] = clamped * this.scale + this.jitter * movement[j]!;
    }
    const noise = this.fill === 'noise';
    for (let j = given; j < target.length; j++) target[j] = noise ? missing[j]! : 0;
  }
}
