/**
 * The instrument without its thread: parameters in, stereo samples at the context's rate out.
 * Fixes a position at each hop's start, crossfades instruments, fades when play starts and stops.
 * Sees no AudioWorklet global, so it runs in Node; limiting and mixing are `processor.ts`'s.
 * Thread: audio. `render` is called from `process` and does not allocate; the setters are not.
 */

import type { EnginePlan, Instrument } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import type { LatentFill } from '../shared/messages.js';
import { PARAMETERS, PARAMETER_IDS, type ParameterId } from '../shared/parameters.js';
import type { Bounds } from '../shared/terrain.js';
import { decibelsToAmplitude } from './exact.js';
import { Glide } from './glide.js';
import { LatentSource, RunningTerrain } from './latent-source.js';
import type { Network } from './network.js';
import { Sounder } from './sounder.js';

/** Samples that `render` makes at once, at most. */
export const CHUNK = 128;

const CENTRE = Float64Array.of(0.5);
const FADE_SECONDS = 0.02;
/** Mean delay of a gain change: short enough to follow, long enough not to crackle. */
const GAIN_GLIDE_MS = 10;
/** An instrument takes over in this many of its hops, but in these times: shorter would click, longer would drag. */
const CROSSFADE_HOPS = 4;
const LEAST_CROSSFADE_SECONDS = 0.02;
const GREATEST_CROSSFADE_SECONDS = 0.2;

export class Player {
  /** What `render` made: samples [0, count). */
  readonly left = new Float32Array(CHUNK);
  readonly right = new Float32Array(CHUNK);

  readonly #sampleRate: number;
  readonly #source = new LatentSource(CHUNK);
  readonly #x: Glide;
  readonly #y: Glide;
  readonly #gain: Glide;
  readonly #gains = new Float64Array(CHUNK);
  readonly #values: Record<ParameterId, number>;
  #seed = 0;

  #current: Sounder | null = null;
  #waiting: Sounder | null = null;
  /** The instrument that fades out while `#current` fades in. */
  #leaving: Sounder | null = null;
  readonly #leavingLeft = new Float32Array(CHUNK);
  readonly #leavingRight = new Float32Array(CHUNK);
  #crossfadeLength = 1;
  #crossfadeLeft = 0;

  /** 0: silent, nothing is decoded; `#fadeLength`: full level. */
  #fade = 0;
  readonly #fadeLength: number;
  #resetWanted = false;

  /** @param sampleRate Of the context, in Hz. */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#fadeLength = Math.round(FADE_SECONDS * sampleRate);
    const defaults = PARAMETER_IDS.map((id) => [id, PARAMETERS[id].default] as const);
    this.#values = Object.fromEntries(defaults) as Record<ParameterId, number>;
    this.#x = new Glide(sampleRate, this.#values.x);
    this.#y = new Glide(sampleRate, this.#values.y);
    this.#gain = new Glide(sampleRate, 1);
    this.#gain.setTime(GAIN_GLIDE_MS);
    for (const id of PARAMETER_IDS) this.set(id, this.#values[id]);
  }

  /** Latency of the sounding instrument beyond its hop, in samples of the context. */
  get latency(): number {
    return this.#current?.latency ?? 0;
  }

  /** Positions of the last hops that sounded, oldest first: [x0, y0, …]. Allocates. */
  trail(): Float32Array {
    return this.#source.trail();
  }

  /**
   * The instrument takes over at the next hop boundary, in a crossfade; the last one given wins.
   * Throws PluginError and changes nothing if the instrument cannot be played. Not from `process`.
   */
  setInstrument(instrument: Instrument, decoder: Network): void {
    const sounder = new Sounder(instrument, decoder, this.#sampleRate, this.#seed);
    if (!sounder.tryOut(this.#seed)) {
      throw new PluginError(
        'model/not-finite',
        'This instrument makes samples that are not finite, so it cannot be played. The current sound stays on.',
      );
    }
    this.#waiting = sounder;
  }

  /** Likewise for a terrain, in a fade of its latents. Throws PluginError. Not from `process`. */
  setTerrain(plan: EnginePlan, network: Network, bounds: Bounds, latents: number): void {
    const terrain = new RunningTerrain(network, plan, bounds, latents);
    terrain.step(CENTRE, CENTRE, 0);
    if (!terrain.output.every(Number.isFinite)) {
      throw new PluginError(
        'terrain/not-finite',
        'This terrain holds numbers that are not finite, so it cannot be played. The current terrain stays on.',
      );
    }
    this.#source.setTerrain(terrain);
  }

  /** Seed of all random numbers; starts their streams anew. */
  setSeed(seed: number): void {
    this.#seed = seed;
    this.#current?.seed(seed);
    this.#waiting?.seed(seed);
  }

  /** What the latents beyond the terrain's are, from the next hop on. */
  setLatentFill(fill: LatentFill): void {
    this.#source.fill = fill;
  }

  /** Sets a parameter from the next sample on. `value` must be in the parameter's range. Allocates: no. */
  set(id: ParameterId, value: number): void {
    this.#values[id] = value;
    if (id === 'x') {
      this.#x.setTarget(value);
    } else if (id === 'y') {
      this.#y.setTarget(value);
    } else if (id === 'glide') {
      this.#x.setTime(value);
      this.#y.setTime(value);
    } else if (id === 'gain') {
      this.#gain.setTarget(decibelsToAmplitude(value));
    } else if (id === 'latentScale') {
      this.#source.scale = value;
    } else if (id === 'jitter') {
      this.#source.jitter = value;
    } else if (id === 'width') {
      this.#source.width = value;
    }
  }

  /** The position goes to its parameters' values without gliding; the level too, where nobody hears it jump. */
  jump(): void {
    this.#x.jump();
    this.#y.jump();
    if (this.#fade === 0) this.#gain.jump();
  }

  /** As after creation with the parameters, instrument, terrain and seed of now: every render of it is the same. */
  reset(): void {
    this.#resetWanted = false;
    this.#settle();
    this.#current?.reset(this.#seed);
    this.#source.clearTrail();
    this.#fade = 0;
    this.jump();
  }

  /** `reset` as soon as it makes no click: at once in silence, after a short fade otherwise. */
  resetSoftly(): void {
    if (this.#fade === 0) this.reset();
    else this.#resetWanted = true;
  }

  /** Drops the instrument, for one that failed while it played. Silence until the next one. */
  drop(): void {
    this.#current = null;
    this.#waiting = null;
    this.#leaving = null;
    this.#fade = 0;
  }

  /** Makes the next `count` samples, at most CHUNK. The result does not depend on how time is cut into calls. */
  render(count: number): void {
    let at = 0;
    while (at < count) {
      if (this.#fade === 0) {
        if (this.#resetWanted) this.reset();
        this.#settle();
        if (!this.#wanted()) {
          this.#rest(at, count);
          return;
        }
        this.#current?.cut();
      }
      at = this.#sound(at, count);
    }
  }

  #wanted(): boolean {
    return this.#values.playing === 1 && !this.#resetWanted && this.#current !== null && this.#source.ready;
  }

  /** In silence new instruments and terrains need no fade. */
  #settle(): void {
    this.#current = this.#waiting ?? this.#current;
    this.#waiting = null;
    this.#leaving = null;
    this.#source.settle();
  }

  /** Silence; the position goes on gliding. */
  #rest(start: number, end: number): void {
    this.#glide(start, end);
    this.left.fill(0, start, end);
    this.right.fill(0, start, end);
  }

  #glide(start: number, end: number): void {
    this.#x.fill(this.#source.x, start, end);
    this.#y.fill(this.#source.y, start, end);
    this.#gain.fill(this.#gains, start, end);
  }

  /** Renders from `start` to the next change of who sounds, at most to `limit`; returns where it stopped. */
  #sound(start: number, limit: number): number {
    const wanted = this.#wanted();
    let end = wanted ? limit : Math.min(limit, start + this.#fade);
    if (this.#waiting && this.#current && !this.#leaving) {
      const until = this.#current.untilHop();
      if (until === 0) this.#startCrossfade(this.#current, this.#waiting);
      else end = Math.min(end, start + until);
    }
    if (this.#leaving) end = Math.min(end, start + this.#crossfadeLeft);

    this.#glide(start, end);
    this.#current?.render(this.#source, true, this.left, this.right, start, end);
    if (this.#leaving) this.#crossfade(this.#leaving, start, end);
    this.#applyLevel(wanted, start, end);
    return end;
  }

  #startCrossfade(from: Sounder, to: Sounder): void {
    this.#leaving = from;
    this.#current = to;
    this.#waiting = null;
    const shortest = Math.round(LEAST_CROSSFADE_SECONDS * this.#sampleRate);
    const longest = Math.round(GREATEST_CROSSFADE_SECONDS * this.#sampleRate);
    this.#crossfadeLength = Math.max(shortest, Math.min(longest, CROSSFADE_HOPS * to.hopSamples));
    this.#crossfadeLeft = this.#crossfadeLength;
  }

  /** Two instruments are unrelated sounds, so their powers add up: the gains' squares sum to 1. */
  #crossfade(leaving: Sounder, start: number, end: number): void {
    const { left, right } = this;
    leaving.render(this.#source, false, this.#leavingLeft, this.#leavingRight, start, end);
    for (let i = start; i < end; i++) {
      const out = smoothStep(this.#crossfadeLeft / this.#crossfadeLength);
      const inGain = Math.sqrt(1 - out);
      const outGain = Math.sqrt(out);
      left[i] = inGain * left[i]! + outGain * this.#leavingLeft[i]!;
      right[i] = inGain * right[i]! + outGain * this.#leavingRight[i]!;
      this.#crossfadeLeft--;
    }
    if (this.#crossfadeLeft === 0) this.#leaving = null;
  }

  #applyLevel(wanted: boolean, start: number, end: number): void {
    const { left, right } = this;
    for (let i = start; i < end; i++) {
      if (wanted && this.#fade < this.#fadeLength) this.#fade++;
      else if (!wanted && this.#fade > 0) this.#fade--;
      const level = this.#gains[i]! * smoothStep(this.#fade / this.#fadeLength);
      left[i] = left[i]! * level;
      right[i] = right[i]! * level;
    }
  }
}

/** 0..1 to 0..1 with level ends. */
function smoothStep(t: number): number {
  return t * t * (3 - 2 * t);
}
