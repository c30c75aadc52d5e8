import { describe, expect, it } from 'vitest';
import {
  engineStep,
  greatestError,
  instantiate,
  kernels,
  randomArray,
  randomInputs,
  randomNumbers,
} from '../../test/support/engine.js';
import { convAttributes, GraphBuilder } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { optimise } from '../graph/passes/index.js';
import { ReferenceInterpreter } from '../graph/reference.js';
import { elementCount } from '../graph/tensor-shape.js';
import { PluginError } from '../shared/errors.js';
import type { EnginePlan } from '../shared/engine-plan.js';
import { compile, layOut } from './compile.js';
import { EngineInstance } from './instance.js';

/** A small decoder: transposed convolution, cached depthwise convolution, normalisation, a phase state. */
function streamingGraph(): Graph {
  const random = randomNumbers(11);
  const builder = new GraphBuilder('streaming');
  const weight = (name: string, shape: readonly number[]): number =>
    builder.constant(
      name,
      shape,
      randomArray(
        random,
        shape.reduce((a, b) => a * b, 1),
        0.4,
      ),
    );
  const latent = builder.input('latent', [1, 5, 1], 'latent');
  const noise = builder.input('noise', [1, 6, 4], 'noise', 0);
  const tail = builder.state('tail', [1, 6, 3]);
  const up = convAttributes({ stride: 4 });
  const [x, nextTail] = builder.node(
    'cached_conv_transpose1d',
    [latent, tail, weight('u', [5, 6, 7]), null],
    up,
  );
  builder.setState('tail', nextTail!);
  const history = builder.state('history', [1, 6, 4]);
  const depthwise = convAttributes({ groups: 6, activation: { kind: 'silu' } });
  const inputs = [x!, history, weight('d', [6, 1, 5]), weight('b', [6])];
  const [y, nextHistory] = builder.node('cached_conv1d', inputs, depthwise);
  builder.setState('history', nextHistory!);
  const phase = builder.state('phase', [1, 6, 1]);
  const ahead = builder.apply(
    'add',
    [phase, builder.constant('step', [1, 6, 1], randomArray(random, 6))],
    {},
  );
  const cycle = builder.apply('sub', [ahead, builder.apply('floor', [ahead], {})], {});
  builder.setState('phase', cycle);
  const wave = builder.apply('mul', [builder.apply('sin', [cycle], {}), y!], {});
  const mixed = builder.apply('concat', [wave, builder.apply('mul', [noise, y!], {})], { axis: 1 });
  builder.output('audio', builder.apply('tanh', [mixed], {}), 'audio');
  return builder.build();
}

const graph = streamingGraph();

/** The same network as a model file that stored its states. */
const stored: Graph = {
  ...graph,
  states: graph.states.map((state, index) => ({
    ...state,
    stored: randomArray(randomNumbers(40 + index), elementCount(graph.values[state.input]!.shape)),
  })),
};

function run(engine: EngineInstance, seed: number, hops: number, voice = 0): Float32Array[] {
  const random = randomNumbers(seed);
  return Array.from(
    { length: hops },
    () => engineStep(graph, engine, randomInputs(graph, random), voice)['audio']!,
  );
}

describe('EngineInstance', () => {
  it('after reset, gives the hops of a fresh instance bit for bit', () => {
    const engine = instantiate(graph);
    run(engine, 1, 9);
    engine.reset();
    expect(run(engine, 2, 9)).toEqual(run(instantiate(graph), 2, 9));
  });

  it('without reset, remembers the past', () => {
    const engine = instantiate(graph);
    run(engine, 1, 9);
    expect(run(engine, 2, 1)).not.toEqual(run(instantiate(graph), 2, 1));
  });

  it('starts from stored states if asked to, in every voice, and returns to them', () => {
    const random = randomNumbers(3);
    const hops = Array.from({ length: 4 }, () => randomInputs(stored, random));
    const reference = new ReferenceInterpreter(stored, { storedStates: true });
    const expected = hops.map((inputs) => reference.step(inputs)['audio']!);
    for (const form of [stored, optimise(stored)]) {
      const engine = instantiate(form, { voices: 2, storedStates: true });
      for (const voice of [0, 1, 0]) {
        hops.forEach((inputs, hop) => {
          const got = engineStep(form, engine, inputs, voice)['audio']!;
          expect(greatestError(got, expected[hop]!)).toBeLessThan(2e-6);
        });
        if (voice === 1) engine.reset();
      }
    }
  });

  it('starts from zeros unless asked otherwise', () => {
    expect(run(instantiate(stored), 1, 3)).toEqual(run(instantiate(graph), 1, 3));
  });

  it('keeps voices independent, whatever the order', () => {
    const engine = instantiate(graph, { voices: 2 });
    const first = run(engine, 1, 3, 0);
    const second = run(engine, 2, 6, 1);
    const random = randomNumbers(1);
    const alone = instantiate(graph);
    expect(first).toEqual(run(alone, 1, 3));
    expect(second).toEqual(run(instantiate(graph), 2, 6));
    const next = randomInputs(graph, random);
    expect(engineStep(graph, engine, next, 0)).toEqual(engineStep(graph, alone, next));
  });

  it('keeps the weights once for all voices', () => {
    const bytes = (voices: number): number => {
      const { image } = compile(graph, { voices });
      return image.reduce((sum, piece) => sum + piece.bytes.length, 0) - image.at(-1)!.bytes.length * voices;
    };
    expect(bytes(3)).toBe(bytes(1));
  });

  it('writes nowhere but into the regions of its plan', () => {
    const { plan, regions } = layOut(graph, { voices: 2, guardBytes: 256 });
    const engine = new EngineInstance(kernels(), plan);
    const memory = new Uint8Array(engine.memory.buffer);
    const owned = new Uint8Array(memory.length);
    for (const { offset, bytes } of regions) owned.fill(1, offset, offset + bytes);
    for (const { jobs, jobCount } of plan.voices) owned.fill(1, jobs, jobs + jobCount * 96);
    const canary = 0xa5;
    for (let i = 0; i < memory.length; i++) if (!owned[i]) memory[i] = canary;
    for (let voice = 0; voice < 2; voice++) run(engine, voice, 5, voice);
    let stray = 0;
    for (let i = 0; i < memory.length; i++) if (!owned[i] && memory[i] !== canary) stray++;
    expect(stray).toBe(0);
    // Weights and jobs are read only.
    for (const { offset, bytes } of plan.image)
      expect(memory.subarray(offset, offset + bytes.length)).toEqual(bytes);
  });

  it('survives huge, tiny, infinite and missing numbers without a trap, and recovers after reset', () => {
    const engine = instantiate(graph);
    for (const value of [1e38, -1e38, 1e-42, Infinity, -Infinity, NaN]) {
      engine.input('latent').fill(value);
      engine.input('noise').fill(value);
      for (let hop = 0; hop < 4; hop++) engine.step();
    }
    engine.reset();
    expect(run(engine, 2, 3)).toEqual(run(instantiate(graph), 2, 3));
  });

  it('gives the same object for a port each time, and says when there is none', () => {
    const engine = instantiate(graph);
    expect(engine.input('latent')).toBe(engine.input('latent'));
    expect(() => engine.input('audio')).toThrow(PluginError);
    expect(() => engine.output('audio', 1)).toThrow(PluginError);
  });

  const plan = compile(graph);
  const [voice] = plan.voices;
  it.each<[string, Partial<EnginePlan>]>([
    ['no memory', { memoryBytes: NaN }],
    ['more memory than any model needs', { memoryBytes: 2 ** 40 }],
    ['weights outside memory', { image: [{ offset: plan.memoryBytes, bytes: new Uint8Array(1) }] }],
    ['weights in the reserved bytes', { image: [{ offset: 0, bytes: new Uint8Array(1) }] }],
    ['no voices', { voices: [] }],
    ['endless jobs', { voices: [{ ...voice!, jobCount: 2 ** 40 }] }],
    ['jobs at no address', { voices: [{ ...voice!, jobs: -96 }] }],
    ['state outside memory', { voices: [{ ...voice!, stateBytes: plan.memoryBytes }] }],
    ['half an initial state', { voices: [{ ...voice!, initialState: new Uint8Array(4) }] }],
    ['a crooked port', { voices: [{ ...voice!, inputs: [{ ...voice!.inputs[0]!, offset: 4099 }] }] }],
    [
      'a port outside memory',
      { voices: [{ ...voice!, outputs: [{ ...voice!.outputs[0]!, shape: [1e9] }] }] },
    ],
  ])('refuses a plan with %s', (_name, nonsense) => {
    expect(() => new EngineInstance(kernels(), { ...plan, ...nonsense })).toThrow(PluginError);
  });
});
