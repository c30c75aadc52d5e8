import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { randomArray, randomNumbers } from '../../../test/onnx-truth.js';
import { INT64, type ModelSpec, type NodeSpec, writeOnnx } from '../../../test/onnx-writer.js';
import type { Graph } from '../../graph/graph.js';
import { optimise } from '../../graph/passes/index.js';
import { ReferenceInterpreter } from '../../graph/reference.js';
import { PluginError } from '../../shared/errors.js';
import { readOnnx } from './index.js';

/** Models that PyTorch exported; `test/fixtures/one-shot/generate.py` made them. */
function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../../test/fixtures/one-shot/${name}.onnx`, import.meta.url));
}

/** What onnxruntime-web gives for a whole signal, [1, channels, columns], in one pass. */
async function onePass(bytes: Uint8Array, dims: number[], numbers: Float32Array): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const { y } = await session.run({ z: new ort.Tensor('float32', numbers, dims) });
  await session.release();
  return y!;
}

/** Columns `start` … of a signal [channels, columns], row-major. */
function columnsOf(signal: ArrayLike<number>, channels: number, start: number, count: number): Float32Array {
  const columns = signal.length / channels;
  const part = new Float32Array(channels * count);
  for (let c = 0; c < channels; c++)
    for (let t = 0; t < count; t++) part[c * count + t] = signal[c * columns + start + t]!;
  return part;
}

/** Plays a signal hop by hop; the output as [channels, columns]. */
function streamed(graph: Graph, signal: Float32Array, hops: number): Float64Array {
  const [input, output] = [graph.inputs[0]!, graph.outputs[0]!];
  const [, channels, columns] = graph.values[input.value]!.shape as [number, number, number];
  const [, outChannels, outColumns] = graph.values[output.value]!.shape as [number, number, number];
  const interpreter = new ReferenceInterpreter(graph);
  const whole = new Float64Array(outChannels * outColumns * hops);
  for (let hop = 0; hop < hops; hop++) {
    const part = interpreter.step({ [input.name]: columnsOf(signal, channels, hop * columns, columns) });
    for (let c = 0; c < outChannels; c++)
      whole.set(
        part[output.name]!.subarray(c * outColumns, (c + 1) * outColumns),
        c * outColumns * hops + hop * outColumns,
      );
  }
  return whole;
}

/** Samples or latents that a note says the stream is late. */
function lateness(graph: Graph): number {
  return Number(/it is (\d+) /.exec(graph.metadata['notes']!)?.[1] ?? 0);
}

interface Case {
  readonly name: string;
  readonly hop: number;
  readonly channels: number;
}

const decoders: readonly Case[] = [
  { name: 'decoder', hop: 32, channels: 1 },
  { name: 'stereo', hop: 32, channels: 2 },
  { name: 'causal', hop: 8, channels: 1 },
  { name: 'bands', hop: 4, channels: 1 },
];

describe('a decoder exported for one pass', () => {
  it.each(decoders)(
    '$name streams what onnxruntime-web gives at once, late',
    async ({ name, hop, channels }) => {
      const bytes = fixture(name);
      const graph = readOnnx(bytes);
      expect(graph.inputs.map(({ value, role }) => [role, graph.values[value]!.shape])).toEqual([
        ['latent', [1, 4, 1]],
      ]);
      expect(graph.outputs.map(({ value, role }) => [role, graph.values[value]!.shape])).toEqual([
        ['audio', [1, channels, hop]],
      ]);
      expect(graph.metadata).toMatchObject({ hop: String(hop), latents: '4', sampleRate: '44100' });
      expect(graph.metadata['notes']).toMatch(/made streaming/);

      const frames = 48;
      const latents = randomArray(4 * frames, randomNumbers(3));
      const truth = (await onePass(bytes, [1, 4, frames], latents)).data as Float32Array;
      const late = lateness(graph);
      for (const form of [graph, optimise(graph)]) {
        const got = streamed(form, latents, frames);
        const columns = frames * hop;
        // From the middle on: one pass begins with zeros at every layer, the stream with silence at its input.
        for (let c = 0; c < channels; c++)
          for (let t = columns / 2; t < columns; t++)
            expect(Math.abs(got[c * columns + t]! - truth[c * columns + t - late]!)).toBeLessThan(1e-5);
      }
    },
  );

  it.each([
    ['fixed', 'decoder', 32],
    ['fixed-one', 'decoder', 32],
  ])('%s: for one length, as %s for any, since nothing inside depends on it', (name, _open, hop) => {
    const graph = readOnnx(fixture(name));
    expect(graph.states.length).toBeGreaterThan(0);
    expect(graph.metadata).toMatchObject({ hop: String(hop), latents: '4' });
  });

  it('for one length that is written down inside holds each latent for as long, and says so', async () => {
    const bytes = fixture('bands-fixed');
    const graph = readOnnx(bytes);
    expect(graph.metadata).toMatchObject({ hop: '128', latents: '4' });
    expect(graph.metadata['notes']).toMatch(/32 latents at a time: expect a click[^]*each one is held/);
    const latent = randomArray(4, randomNumbers(5));
    const held = Float32Array.from({ length: 4 * 32 }, (_, i) => latent[Math.floor(i / 32)]!);
    const truth = (await onePass(bytes, [1, 4, 32], held)).data as Float32Array;
    const got = streamed(graph, latent, 1);
    truth.forEach((sample, t) => expect(Math.abs(got[t]! - sample)).toBeLessThan(1e-5));
  });

  it('of single latents plays a hop for each', async () => {
    const bytes = fixture('single');
    const graph = readOnnx(bytes);
    expect(graph.metadata).toMatchObject({ hop: '64', latents: '4' });
    const latent = randomArray(4, randomNumbers(6));
    const truth = (await onePass(bytes, [1, 4], latent)).data as Float32Array;
    const got = streamed(graph, latent, 1);
    truth.forEach((sample, t) => expect(Math.abs(got[t]! - sample)).toBeLessThan(1e-5));
  });

  it('that draws random numbers asks for them as noise', () => {
    const graph = readOnnx(fixture('noisy'));
    expect(
      graph.inputs.map(({ role, value, distribution }) => [role, distribution, graph.values[value]!.shape]),
    ).toEqual([
      ['latent', undefined, [1, 4, 1]],
      ['noise', 'uniform', [1, 1, 8]],
      ['noise', 'normal', [1, 1, 8]],
    ]);
    const outputs = (uniform: number, normal: number): Float64Array => {
      const [z, u, n] = graph.inputs.map(({ name }) => name);
      const inputs = {
        [z!]: new Float32Array(4),
        [u!]: Array<number>(8).fill(uniform),
        [n!]: Array<number>(8).fill(normal),
      };
      return new ReferenceInterpreter(graph).step(inputs)['y']!;
    };
    const base = outputs(0.5, 0);
    outputs(1, 0).forEach((sample, t) => expect(sample - base[t]!).toBeCloseTo(0.1, 7));
    outputs(0.5, 2).forEach((sample, t) => expect(sample - base[t]!).toBeCloseTo(0.2, 7));
  });
});

describe('an encoder exported for one pass', () => {
  it('streams what onnxruntime-web gives at once, late', async () => {
    const bytes = fixture('encoder');
    const graph = readOnnx(bytes);
    expect(graph.inputs.map(({ value, role }) => [role, graph.values[value]!.shape])).toEqual([
      ['audio', [1, 1, 32]],
    ]);
    expect(graph.metadata).toMatchObject({ hop: '32', latents: '3' });
    const hops = 16;
    const audio = randomArray(32 * hops, randomNumbers(4));
    const truth = (await onePass(bytes, [1, 1, 32 * hops], audio)).data as Float32Array;
    const got = streamed(graph, audio, hops);
    const late = lateness(graph);
    expect(late).toBeGreaterThan(0);
    for (let c = 0; c < 3; c++)
      for (let t = 8; t < hops; t++)
        expect(Math.abs(got[c * hops + t]! - truth[c * hops + t - late]!)).toBeLessThan(1e-5);
  });
});

function refusal(bytes: Uint8Array): PluginError {
  try {
    readOnnx(bytes);
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('the model was read');
}

const up: NodeSpec = {
  op: 'Resize',
  inputs: ['z', '', 'scales'],
  outputs: ['y'],
  attributes: { nearest_mode: { text: 'round_prefer_ceil' } },
};

function model(changes: Partial<ModelSpec>): Uint8Array {
  return writeOnnx({
    inputs: [{ name: 'z', dims: ['batch', 4, 'time'] }],
    outputs: [{ name: 'y', dims: ['batch', 4, 'samples'] }],
    nodes: [up],
    initializers: [{ name: 'scales', dims: [3], numbers: [1, 1, 8] }],
    ...changes,
  });
}

describe('a model of unnamed ports', () => {
  it('is refused with all that cannot be played, once, by node', () => {
    const { code, details } = refusal(fixture('recurrent'));
    expect(code).toBe('model/unsupported');
    expect(details).toEqual([expect.stringMatching(/^\/memory\/LSTM \(LSTM\): /)]);
  });

  it('takes the sample rate that the file gives under another name', () => {
    const graph = readOnnx(model({ metadata: { sample_rate: '48000' } }));
    expect(graph.metadata['sampleRate']).toBe('48000');
    expect(graph.metadata['notes']).not.toMatch(/assumed/);
  });

  it('may have time before channels', async () => {
    const bytes = model({
      inputs: [{ name: 'z', dims: [1, 'time', 4] }],
      nodes: [
        { op: 'Transpose', inputs: ['z'], outputs: ['first'], attributes: { perm: { ints: [0, 2, 1] } } },
        { ...up, inputs: ['first', '', 'scales'], outputs: ['second'] },
        { op: 'Transpose', inputs: ['second'], outputs: ['y'], attributes: { perm: { ints: [0, 2, 1] } } },
      ],
    });
    const graph = readOnnx(bytes);
    expect(graph.metadata).toMatchObject({ hop: '8', latents: '4' });
    const latents = randomArray(4 * 3, randomNumbers(8));
    const turned = Float32Array.from(latents, (_, i) => latents[(i % 4) * 3 + Math.floor(i / 4)]!);
    const truth = (await onePass(bytes, [1, 3, 4], turned)).data as Float32Array;
    const got = streamed(graph, latents, 3);
    got.forEach((sample, i) =>
      expect(Math.abs(sample - truth[(i % 24) * 4 + Math.floor(i / 24)]!)).toBeLessThan(1e-6),
    );
  });

  it.each<[string, Partial<ModelSpec>, string, RegExp]>([
    [
      'two inputs',
      {
        inputs: [
          { name: 'z', dims: [1, 4, 'time'] },
          { name: 'speaker', dims: [1, 16] },
        ],
      },
      'model/unsupported',
      /speaker \(input\): one of 2/,
    ],
    [
      'no inputs',
      { inputs: [], nodes: [{ op: 'Identity', inputs: ['scales'], outputs: ['y'] }] },
      'model/unsupported',
      /no signal/,
    ],
    [
      'two open lengths',
      { inputs: [{ name: 'z', dims: [1, 'height', 'width'] }] },
      'model/unsupported',
      /\[1, \?, \?\]/,
    ],
    ['an image', { inputs: [{ name: 'z', dims: [1, 3, 64, 64] }] }, 'model/unsupported', /\[1, 3, 64, 64\]/],
    ['a batch', { inputs: [{ name: 'z', dims: [8, 4, 'time'] }] }, 'model/unsupported', /\[8, 4, \?\]/],
    [
      'integers',
      { inputs: [{ name: 'z', dims: [1, 4, 'time'], type: INT64 }] },
      'model/unsupported',
      /ONNX type 7/,
    ],
    [
      'sound to sound',
      { nodes: [{ op: 'Relu', inputs: ['z'], outputs: ['y'] }] },
      'model/invalid',
      /neither a decoder nor an encoder/,
    ],
    [
      'hops of seconds',
      {
        nodes: [
          {
            op: 'ConvTranspose',
            inputs: ['z', 'w'],
            outputs: ['y'],
            attributes: { strides: { ints: [2 ** 17] } },
          },
        ],
        initializers: [{ name: 'w', dims: [4, 1, 1], numbers: [1, 1, 1, 1] }],
      },
      'model/too-large',
      /131072 samples a hop/,
    ],
    [
      'endless copies',
      { initializers: [{ name: 'scales', dims: [3], numbers: [1, 1, 2 ** 18] }] },
      'model/too-large',
      /262144 integers or copies/,
    ],
    ['a size of zero', { inputs: [{ name: 'z', dims: [1, 0, 'time'] }] }, 'model/invalid', /\[1, 0, \?\]/],
  ])('is refused with %s', (_title, changes, code, finding) => {
    const error = refusal(model(changes));
    expect([error.code, error.details.join('\n')]).toEqual([code, expect.stringMatching(finding)]);
  });
});
