/**
 * Networks that tests play instead of the engine's: their output says what they were asked.
 * Only for tests in this room; nothing that ships imports it.
 */

import type {
  EnginePlan,
  Instrument,
  InstrumentInfo,
  NoiseDistribution,
  PortLayout,
  PortRole,
} from '../shared/engine-plan.js';
import type { Network } from './network.js';

interface PortSpec {
  readonly name: string;
  readonly role: PortRole;
  readonly size: number;
  readonly channel?: number;
  readonly distribution?: NoiseDistribution;
}

type Step = (voice: number, hop: number, port: (name: string) => Float32Array) => void;

/** A network with the given ports; `onStep` fills its outputs. `hop` counts from 1 since the last reset. */
export class FakeNetwork implements Network {
  readonly plan: EnginePlan;
  /** Hops since the last reset, per voice. */
  readonly hops: number[];
  resets = 0;
  readonly #ports: Map<string, Float32Array>[];
  readonly #onStep: Step;
  /** Made once: a step must not allocate, as the engine's does not. */
  readonly #lookups: ((name: string) => Float32Array)[];

  constructor(voices: number, inputs: readonly PortSpec[], outputs: readonly PortSpec[], onStep: Step) {
    this.#onStep = onStep;
    this.hops = Array.from({ length: voices }, () => 0);
    this.#ports = this.hops.map(
      () => new Map([...inputs, ...outputs].map(({ name, size }) => [name, new Float32Array(size)])),
    );
    this.#lookups = this.#ports.map((ports) => (name) => ports.get(name)!);
    const layout = ({ name, role, size, channel, distribution }: PortSpec): PortLayout => ({
      name,
      role,
      shape: [1, size, 1],
      offset: 0,
      ...(channel === undefined ? {} : { channel }),
      ...(distribution === undefined ? {} : { distribution }),
    });
    const voice = {
      inputs: inputs.map(layout),
      outputs: outputs.map(layout),
      jobs: 0,
      jobCount: 0,
      stateOffset: 0,
      stateBytes: 0,
    };
    this.plan = { name: 'fake', memoryBytes: 0, image: [], voices: this.hops.map(() => voice), macs: 0 };
  }

  input(name: string, voice: number): Float32Array {
    return this.#ports[voice]!.get(name)!;
  }

  output(name: string, voice: number): Float32Array {
    return this.#ports[voice]!.get(name)!;
  }

  step(voice: number): void {
    this.hops[voice]!++;
    this.#onStep(voice, this.hops[voice]!, this.#lookups[voice]!);
  }

  reset(): void {
    this.hops.fill(0);
    this.resets++;
  }
}

export interface FakeInstrument {
  readonly instrument: Instrument;
  readonly decoder: FakeNetwork;
}

/** A decoder with the ports `latent`, `noise` (as long as a hop) and `audio`. */
export function fakeInstrument(
  given: Partial<InstrumentInfo> & { voices?: number; distribution?: NoiseDistribution },
  onStep: Step,
): FakeInstrument {
  const { voices = 2, distribution, ...described } = given;
  const kind = distribution === undefined ? {} : { distribution };
  const info: InstrumentInfo = {
    name: 'fake',
    hash: '',
    sampleRate: 48_000,
    hop: 100,
    latents: 4,
    channels: 1,
    ...described,
  };
  const noise: readonly PortSpec[] =
    info.channels === 2
      ? [
          { name: 'noise0', role: 'noise', size: info.hop, channel: 0, ...kind },
          { name: 'noise1', role: 'noise', size: info.hop, channel: 1, ...kind },
        ]
      : [{ name: 'noise', role: 'noise', size: info.hop, ...kind }];
  const decoder = new FakeNetwork(
    info.channels === 2 ? 1 : voices,
    [{ name: 'latent', role: 'latent', size: info.latents }, ...noise],
    [{ name: 'audio', role: 'audio', size: info.channels * info.hop }],
    onStep,
  );
  return { instrument: { info, decoder: decoder.plan }, decoder };
}

/** Writes the number of the hop and, as a fraction, the place in it: lost, doubled and swapped hops show. */
export const countingStep: Step = (_voice, hop, port) => {
  const audio = port('audio');
  for (let i = 0; i < audio.length; i++) audio[i] = hop + i / 1024;
};

/** Writes the latent into the whole hop. */
export const latentStep =
  (latent = 0): Step =>
  (_voice, _hop, port) => {
    port('audio').fill(port('latent')[latent]!);
  };

/** A terrain whose latents are the position itself, then zeros; with an offset if given. */
export function fakeTerrain(latents: number, offset = 0, inputs = 2): FakeNetwork {
  return new FakeNetwork(
    1,
    [{ name: 'position', role: 'position', size: inputs }],
    [{ name: 'latent', role: 'latent', size: latents }],
    (_voice, _hop, port) => {
      const position = port('position');
      const latent = port('latent');
      for (let j = 0; j < latents; j++) latent[j] = (j < inputs ? position[j]! : 0) + offset;
    },
  );
}

/** A small repeatable source of numbers in [0, 1) for choosing slices. */
export function slicer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 4294967296;
  };
}
