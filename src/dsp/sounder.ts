/**
 * One instrument that sounds: decodes hop after hop and gives stereo samples at the context's rate.
 * Each has its own noise, streaming state and resampler, so that two can sound during a crossfade.
 * Does not know positions or levels. Used by `player.ts`. Thread: audio, the constructor outside `process`.
 */

import type { Instrument, PortLayout } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import type { LatentSource } from './latent-source.js';
import { onlyPort, portsOf, type Network } from './network.js';
import { StereoNoise } from './noise.js';
import { Normal } from './normal.js';
import { Resampler } from './resampler.js';

/** Hops that `tryOut` plays: the state of the first must reach the second. */
const TRIAL_HOPS = 2;

/** A stretch of a channel's noise that goes to a port. */
interface NoiseRoute {
  readonly target: Float32Array;
  readonly noise: Float32Array;
}

/** One run of the decoder per hop. */
interface Voice {
  readonly latents: Float32Array;
  /** Noise of this voice's channel that stands for missing latents, [latents]. */
  readonly missing: Float32Array;
  readonly routes: readonly NoiseRoute[];
}

export class Sounder {
  /** Position change to sound, beyond the hop: samples of the resampler, at the context's rate. */
  readonly latency: number;
  /** Length of a hop in samples of the context, rounded. */
  readonly hopSamples: number;

  readonly #decoder: Network;
  readonly #resampler: Resampler;
  readonly #normal: Normal;
  readonly #hop: number;
  readonly #voices: readonly Voice[];
  /** The decoder's output per channel; the same view twice for a single mono voice. */
  readonly #audio: readonly [Float32Array, Float32Array];
  /** N(0, 1) of a hop for jitter, per latent. */
  readonly #movement: Float32Array;
  /** Of a hop, per channel: missing latents followed by the noise ports. */
  readonly #noise: StereoNoise;
  readonly #namedLatents: number;
  /** The hop that is being played, [hop] per channel, and how much of it is. */
  readonly #left: Float32Array;
  readonly #right: Float32Array;
  #read: number;

  /**
   * @param decoder Runs `instrument.decoder`.
   * @param sampleRate Of the context, in Hz.
   * Throws PluginError `model/invalid` if the plan's ports do not fit its description.
   */
  constructor(instrument: Instrument, decoder: Network, sampleRate: number, seed: number) {
    const { info, decoder: plan } = instrument;
    // Sizes decide how much memory and time is taken before anything else can be checked.
    expectWithin('sample rate', info.sampleRate, 8000, 192_000);
    expectWithin('samples of a hop', info.hop, 1, 65_536);
    expectWithin('latents', info.latents, 1, 1024);
    expectWithin('channels', info.channels, 1, 2);
    this.#decoder = decoder;
    this.#hop = info.hop;
    this.#resampler = new Resampler(info.sampleRate, sampleRate);
    this.latency = this.#resampler.latency;
    this.hopSamples = Math.round((info.hop * sampleRate) / info.sampleRate);
    this.#normal = new Normal(seed);
    this.#left = new Float32Array(info.hop);
    this.#right = new Float32Array(info.hop);
    this.#read = info.hop;

    // A mono decoder makes stereo with two voices; a stereo decoder has one voice with ports for both channels.
    const voices = plan.voices.slice(0, info.channels === 2 ? 1 : 2);
    const channelOf = (port: PortLayout, voice: number) =>
      info.channels === 2 ? (port.channel ?? 0) : voice;
    const needed = { normal: [info.latents, info.latents], uniform: [0, 0] };
    const ranges = voices.map((voice, v) =>
      portsOf(voice.inputs, 'noise').map((port) => {
        const channel = channelOf(port, v) === 1 ? 1 : 0;
        const distribution = port.distribution ?? 'normal';
        const target = decoder.input(port.name, v);
        const from = needed[distribution][channel]!;
        needed[distribution][channel] = from + target.length;
        return { target, channel, distribution, from } as const;
      }),
    );
    const noise = new StereoNoise({
      normal: Math.max(...needed.normal),
      uniform: Math.max(...needed.uniform),
    });
    this.#noise = noise;
    this.#movement = new Float32Array(info.latents);
    this.#namedLatents = Math.min(info.namedLatents ?? info.latents, info.latents);
    this.#voices = voices.map((voice, v) => ({
      latents: decoder.input(onlyPort(voice, 'inputs', 'latent').name, v),
      missing: noise.stretch('normal', v === 1 ? 1 : 0, 0, info.latents),
      routes: ranges[v]!.map(({ target, channel, distribution, from }) => ({
        target,
        noise: noise.stretch(distribution, channel, from, target.length),
      })),
    }));

    const outputs = voices.map((voice, v) => decoder.output(onlyPort(voice, 'outputs', 'audio').name, v));
    for (const { latents } of this.#voices) expectSize('latents', info.latents, latents.length);
    for (const output of outputs) expectSize('samples of a hop', info.channels * info.hop, output.length);
    const [first, second] = outputs;
    if (!first) throw new PluginError('model/invalid', REFUSAL, ['the plan has no voice']);
    this.#audio =
      info.channels === 2
        ? [first.subarray(0, info.hop), first.subarray(info.hop, 2 * info.hop)]
        : [first, second ?? first];
  }

  /** As after construction with `seed`. */
  reset(seed: number): void {
    this.#decoder.reset();
    this.#normal.seed(seed);
    this.cut();
  }

  /**
   * Plays hops into nowhere, so that the first one heard finds warm code, and leaves the state of construction.
   * Returns whether all samples were finite. Not from `process`.
   */
  tryOut(seed: number): boolean {
    let finite = true;
    for (let hop = 0; hop < TRIAL_HOPS; hop++) {
      this.#drawNoise();
      for (const voice of this.#voices) voice.latents.fill(0);
      finite = this.#run() && finite;
    }
    this.reset(seed);
    return finite;
  }

  seed(seed: number): void {
    this.#normal.seed(seed);
  }

  /** Drops what is left of the hop: the next sample begins a new one. For moments of silence. */
  cut(): void {
    this.#resampler.reset();
    this.#read = this.#hop;
  }

  /** Samples of the context until the next hop begins; 0 if the next sample begins one. */
  untilHop(): number {
    return this.#resampler.producible(this.#hop - this.#read);
  }

  /**
   * Renders samples [start, end) of the chunk into left and right. Allocates: no.
   * @param lead Whether this is the instrument that counts; see `LatentSource.step`.
   */
  render(
    source: LatentSource,
    lead: boolean,
    left: Float32Array,
    right: Float32Array,
    start: number,
    end: number,
  ): void {
    const resampler = this.#resampler;
    for (let i = start; i < end; i++) {
      while (resampler.due > 0) {
        if (this.#read === this.#hop) {
          source.step(i, lead);
          this.#decode(source);
        }
        resampler.push(this.#left[this.#read]!, this.#right[this.#read]!);
        this.#read++;
      }
      resampler.pull(left, right, i);
    }
  }

  #decode(source: LatentSource): void {
    this.#drawNoise();
    this.#noise.widen(source.width);
    const voices = this.#voices;
    for (let v = 0; v < voices.length; v++) {
      const { latents, missing } = voices[v]!;
      source.write(latents, this.#namedLatents, this.#movement, missing);
    }
    this.#read = 0;
    // A state that has gone NaN never recovers by itself: one silent hop, then start afresh.
    if (!this.#run()) {
      this.#left.fill(0);
      this.#right.fill(0);
      this.#decoder.reset();
    }
  }

  /** Runs the decoder on the latents and noise at hand; returns whether the hop is finite. */
  #run(): boolean {
    const voices = this.#voices;
    for (let v = 0; v < voices.length; v++) {
      const routes = voices[v]!.routes;
      for (let r = 0; r < routes.length; r++) routes[r]!.target.set(routes[r]!.noise);
      this.#decoder.step(v);
    }
    this.#left.set(this.#audio[0]);
    this.#right.set(this.#audio[1]);
    return isFinite(this.#left) && isFinite(this.#right);
  }

  #drawNoise(): void {
    this.#normal.fill(this.#movement, 0, this.#movement.length);
    this.#noise.draw(this.#normal);
  }
}

const REFUSAL =
  'This instrument cannot be played: its network does not fit its description. The current sound stays on.';

function expectSize(what: string, expected: number, got: number): void {
  if (expected === got) return;
  throw new PluginError('model/invalid', REFUSAL, [`${what}: expected ${expected}, got ${got}`]);
}

function expectWithin(what: string, got: number, least: number, greatest: number): void {
  if (Number.isInteger(got) && got >= least && got <= greatest) return;
  throw new PluginError('model/invalid', REFUSAL, [`${what}: expected ${least} to ${greatest}, got ${got}`]);
}

function isFinite(samples: Float32Array): boolean {
  // One sum catches NaN and infinity: no finite 32-bit samples overflow a 64-bit sum.
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  return sum - sum === 0;
}
