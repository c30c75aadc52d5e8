/**
 * Runs a network over a whole signal on the engine, call by call. How many hops a call takes does not change the result,
 * noise included: every noise input has its own stream of numbers, drawn hop by hop. Used by decode, encode, sample.
 */

import { readFileSync } from 'node:fs';
import { Normal } from '../src/dsp/normal.js';
import { compile } from '../src/engine/compile.js';
import { EngineInstance } from '../src/engine/instance.js';
import type { Graph, GraphPort } from '../src/graph/graph.js';
import { optimise } from '../src/graph/passes/index.js';
import { elementCount, type Shape } from '../src/graph/tensor-shape.js';
import { UsageError } from './command.js';
import type { Signal } from './files.js';
import { type Network, signalSize } from './models.js';

/** A seed, or zeros instead of noise. */
export type Noise = number | 'zero';

export interface StreamOptions {
  readonly kernels: string;
  readonly noise: Noise;
  /** Begin from what the file stored instead of from silence. */
  readonly storedStates?: boolean;
  /** Hops per call; 1 if not given. */
  readonly chunk?: number;
}

/** Streams of one seed lie this far apart: beyond what a seed can be. */
const SEED_SPACING = 2 ** 32;

/**
 * @param signal Channels as many as the network takes or fewer: those that are missing are noise.
 * @returns As many frames as the input stands for; the last hop is filled up with zeros.
 */
export function runNetwork(network: Network, signal: Signal, options: StreamOptions): Signal {
  const { chunk = 1, noise } = options;
  const graph = chunk > 1 && network.forHops !== null ? network.forHops(chunk) : network.graph;
  const hops = graph === network.graph ? 1 : chunk;
  const plan = compile(optimise(graph), { storedStates: options.storedStates ?? false });
  const engine = new EngineInstance(new WebAssembly.Module(readFileSync(options.kernels)), plan);
  const sources = noiseSources(network.graph, graph, hops, noise);
  const { channels, frames } = signalSize(graph, network.input);
  const given = engine.input(network.input.name);
  const missing = new MissingChannels(channels - signal.channels, noise, sources.length);
  const out = signalSize(graph, network.output);
  const produced = engine.output(network.output.name);
  const calls = Math.ceil(signal.frames / frames);
  const total = Math.ceil((signal.frames * out.frames) / frames);
  const samples = new Float32Array(total * out.channels);
  for (let call = 0; call < calls; call++) {
    for (let t = 0; t < frames; t++) {
      const frame = call * frames + t;
      for (let c = 0; c < signal.channels; c++)
        given[c * frames + t] = frame < signal.frames ? signal.samples[frame * signal.channels + c]! : 0;
      missing.fill(given, signal.channels, frames, t);
    }
    for (const { name, fill } of sources) fill(engine.input(name));
    engine.step();
    for (let t = 0; t < out.frames && call * out.frames + t < total; t++)
      for (let c = 0; c < out.channels; c++)
        samples[(call * out.frames + t) * out.channels + c] = produced[c * out.frames + t]!;
  }
  return { channels: out.channels, frames: total, samples };
}

/** Latents that the file of latents does not have. */
class MissingChannels {
  private readonly stream: Normal | null;
  private readonly drawn: Float32Array;

  constructor(count: number, noise: Noise, index: number) {
    this.drawn = new Float32Array(Math.max(count, 0));
    this.stream = noise === 'zero' ? null : new Normal(noise + index * SEED_SPACING);
  }

  /** The column `t` of the channels from `first` on. */
  fill(target: Float32Array, first: number, frames: number, t: number): void {
    this.stream?.fill(this.drawn, 0, this.drawn.length);
    this.drawn.forEach((number, c) => (target[(first + c) * frames + t] = number));
  }
}

interface NoiseSource {
  readonly name: string;
  readonly fill: (target: Float32Array) => void;
}

/** One source for each noise input of `graph`, which is `single` written for so many hops. */
function noiseSources(single: Graph, graph: Graph, hops: number, noise: Noise): NoiseSource[] {
  const ports = graph.inputs.filter(({ role }) => role === 'noise');
  if (noise === 'zero') return ports.map(({ name }) => ({ name, fill: (target) => target.fill(0) }));
  const singles = single.inputs.filter(({ role }) => role === 'noise');
  return ports.map((port, index) => {
    const shape = graph.values[port.value]!.shape;
    const one = singles[index] && single.values[singles[index].value]!.shape;
    return { name: port.name, fill: filler(port, noise + index * SEED_SPACING, shape, one ?? shape, hops) };
  });
}

function filler(port: GraphPort, seed: number, whole: Shape, hop: Shape, hops: number): NoiseSource['fill'] {
  const stream = new Normal(seed);
  const drawn = new Float32Array(elementCount(hop));
  const axis = hops === 1 ? 0 : timeAxis(port.name, whole, hop, hops);
  // The elements of one step of the axis and all after it, in a hop.
  const run = elementCount(hop.slice(axis));
  const rows = drawn.length / run;
  return (target) => {
    for (let h = 0; h < hops; h++) {
      if (port.distribution === 'uniform') stream.fillUniform(drawn);
      else stream.fill(drawn, 0, drawn.length);
      for (let row = 0; row < rows; row++)
        target.set(drawn.subarray(row * run, (row + 1) * run), (row * hops + h) * run);
    }
  };
}

/** The axis along which noise for several hops lies one hop after the other. */
function timeAxis(name: string, whole: Shape, hop: Shape, hops: number): number {
  const axes = hop.flatMap((size, axis) => (whole[axis] === size ? [] : [axis]));
  const [axis] = axes;
  if (
    axis === undefined ||
    axes.length > 1 ||
    whole.length !== hop.length ||
    whole[axis] !== hop[axis]! * hops
  )
    throw new UsageError(
      `The noise of this model (${name}) cannot be cut into hops: use --chunk 1 or --noise zero.`,
    );
  return axis;
}
