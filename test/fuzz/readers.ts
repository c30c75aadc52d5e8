/**
 * Every reader of files from strangers, with seeds and mutators. Seeds are archives of our own, the built-in instrument
 * and what is generated here; mutated files go all the way: read, trace, optimise, compile, play two hops.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/engine/compile.js';
import { EngineInstance } from '../../src/engine/instance.js';
import { compileTerrain } from '../../src/engine/terrain.js';
import { openArchive } from '../../src/formats/archive/index.js';
import { writeCheckpoint } from '../../src/formats/checkpoint/index.js';
import { readDictionary, writeDictionary } from '../../src/formats/dictionary/index.js';
import { readOnnx } from '../../src/formats/onnx/index.js';
import { unpickle } from '../../src/formats/pickle/index.js';
import { decodeState, encodeState } from '../../src/formats/preset/state.js';
import { decodeTerrain, encodeTerrain } from '../../src/formats/preset/terrain.js';
import { openTorchScript } from '../../src/formats/torchscript/index.js';
import { parseSource } from '../../src/formats/torchscript/parser.js';
import type { Graph } from '../../src/graph/graph.js';
import { optimise } from '../../src/graph/passes/index.js';
import type { EnginePlan } from '../../src/shared/engine-plan.js';
import { PluginError } from '../../src/shared/errors.js';
import { PARAMETER_IDS } from '../../src/shared/parameters.js';
import type { Terrain } from '../../src/shared/terrain.js';
import { defaultBounds } from '../../src/terrain/bounds.js';
import { createTerrainNetwork } from '../../src/terrain/network.js';
import { checkTerrain } from '../../src/terrain/validate.js';
import { openFile } from '../../src/workers/open-file.js';
import { readTorchScript } from '../../src/workers/read-torchscript.js';
import { writeOnnx } from '../onnx-writer.js';
import { streamingDecoder } from '../streaming-model.js';
import { entriesOf, mutateArchive } from './mutate-archive.js';
import { mutateJson } from './mutate-json.js';
import { mutatePickle } from './mutate-pickle.js';
import { mutateProtobuf } from './mutate-protobuf.js';
import { mutateText, wordsOf } from './mutate-text.js';
import type { Reader } from './reader.js';

/** Runs from build/fuzz/ too, so it goes by where it was started. */
const root = process.cwd();
/** Larger networks are compiled but not played: they are slow, not wrong. */
const MOST_PLAYED_MACS = 2e7;
const MOST_PLAYED_BYTES = 2 ** 27;

let kernels: WebAssembly.Module | undefined;

/** What the processor does with a plan: an instance, and trial hops. */
function play(plan: EnginePlan): void {
  if (plan.macs > MOST_PLAYED_MACS || plan.memoryBytes > MOST_PLAYED_BYTES) return;
  kernels ??= new WebAssembly.Module(readFileSync(join(root, 'build/kernels.wasm')));
  const engine = new EngineInstance(kernels, plan);
  for (let hop = 0; hop < 2; hop++) plan.voices.forEach((_, voice) => engine.step(voice));
}

/** Once a reader has built a Graph, it is ours: passes or compiler that call it invalid are wrong. */
function prepare(graph: Graph): void {
  try {
    play(compile(optimise(graph)));
  } catch (error) {
    if (error instanceof PluginError && error.code === 'model/invalid')
      throw new Error(`a Graph that was built is called invalid: ${error.details.join('; ')}`, {
        cause: error,
      });
    throw error;
  }
}

async function openAndPlay(
  bytes: Uint8Array,
  name: string,
  read: () => Graph | Promise<Graph>,
): Promise<void> {
  try {
    const opened = await openFile(bytes, name);
    if (opened.kind === 'model') play(opened.instrument.decoder);
    else playTerrain(opened.terrain);
  } catch (error) {
    // Find out who said it.
    if (error instanceof PluginError && error.code === 'model/invalid') prepare(await read());
    throw error;
  }
}

/** As a musician's model, then every other method, since any may be asked for. Refused if none of them plays. */
async function openArchiveAndPlay(bytes: Uint8Array): Promise<void> {
  const attempts = [
    () =>
      openAndPlay(bytes, 'fuzz.ts', async () => {
        const { graph } = await readTorchScript(openArchive(bytes), 'fuzz', {}, () => Promise.resolve());
        return graph;
      }),
  ];
  const model = await openTorchScript(bytes);
  for (const { name } of model.info.methods.slice(0, 4))
    if (name !== 'decode') attempts.push(() => Promise.resolve().then(() => prepare(model.trace(name))));
  let refusal: PluginError | null = null;
  let played = false;
  for (const attempt of attempts) {
    try {
      await attempt();
      played = true;
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      refusal ??= error;
    }
  }
  if (!played && refusal) throw refusal;
}

function playTerrain(terrain: Terrain): void {
  play(compileTerrain(terrain.network, 1));
}

function archives(): Uint8Array[] {
  const folder = join(root, 'test/fixtures/torchscript');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.torchscript'))
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

/** The entries of all archives whose names match. */
function entries(wanted: RegExp): Uint8Array[] {
  return archives().flatMap((archive) =>
    entriesOf(archive).flatMap(({ name, bytes }) => (wanted.test(name) ? [bytes.slice()] : [])),
  );
}

/** Small networks of every kind of size, one of them without Fourier features. */
function terrains(): Terrain[] {
  const sizes = [
    { inputs: 2, latents: 8, channels: 16, features: 8, scale: 0.3 },
    { inputs: 1, latents: 1, channels: 1, features: 1, scale: 1 },
    { inputs: 6, latents: 40, channels: 3, features: 0, scale: 0 },
  ];
  return sizes.map(({ scale, ...size }, seed) => ({
    name: `Terrain ${seed}`,
    bounds: defaultBounds(size.inputs),
    network: createTerrainNetwork(size, scale, seed),
  }));
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** @throws PluginError: a text that is no JSON never comes as far as the reader. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PluginError('state/unreadable', 'This is no JSON.', [], error);
  }
}

function states(): Uint8Array[] {
  return terrains().map((terrain) =>
    json(
      encodeState({
        instrument: {
          hash: 'a'.repeat(64),
          name: 'Instrument',
          url: 'https://example.org/a.ts',
          attributes: { gain: 1, mute: false },
        },
        terrain,
        factoryTerrain: null,
        parameters: Object.fromEntries(PARAMETER_IDS.map((id) => [id, 0.5])) as Parameters<
          typeof encodeState
        >[0]['parameters'],
        seed: 7,
        style: { map: 'viridis', latent: 0, range: [-1, 1] },
        latentFill: 'noise',
      }),
    ),
  );
}

function dictionaries(): Uint8Array[] {
  const list = (count: number, dimensions: number) => ({
    count,
    dimensions,
    values: Float64Array.from({ length: count * dimensions }, (_, index) => index / 7 - 1),
  });
  const written = writeDictionary({
    coordinates: new Map([
      [1, list(5, 2)],
      [2, list(3, 3)],
    ]),
    anchors: new Map([[1, list(4, 2)]]),
    latents: new Map([
      [1, list(5, 8)],
      [7, list(1, 1)],
    ]),
  });
  return [written, '{"coordinates": {"1": {"0": [0, 1]}}}'].map((text) => new TextEncoder().encode(text));
}

export const readers: Readonly<Record<string, Reader>> = {
  torchscript: { extension: 'ts', seeds: archives, mutate: mutateArchive, open: openArchiveAndPlay },
  checkpoint: {
    extension: 'pt',
    seeds: () => terrains().map((terrain) => writeCheckpoint(terrain)),
    mutate: mutateArchive,
    open: async (bytes) => {
      const opened = await openFile(bytes, 'fuzz.pt');
      if (opened.kind === 'terrain') playTerrain(opened.terrain);
    },
  },
  dictionary: {
    extension: 'json',
    seeds: dictionaries,
    mutate: mutateJson,
    open: (bytes) => void writeDictionary(readDictionary(bytes)),
  },
  source: {
    extension: 'py',
    seeds: () => entries(/\.py$/),
    mutate: (seed, random, others) => {
      const decoder = new TextDecoder();
      const words = wordsOf(decoder.decode(random.pick(others)));
      return new TextEncoder().encode(mutateText(decoder.decode(seed), random, words));
    },
    open: (bytes) => void parseSource(new TextDecoder().decode(bytes), 'code/fuzz.py'),
  },
  pickle: {
    extension: 'pkl',
    seeds: () => entries(/^data\.pkl$/),
    mutate: mutatePickle,
    open: (bytes) => void unpickle(bytes),
  },
  onnx: {
    extension: 'onnx',
    seeds: () => [1, 2, 3].map((seed) => writeOnnx(streamingDecoder(seed))),
    mutate: mutateProtobuf,
    open: (bytes) => openAndPlay(bytes, 'fuzz.onnx', () => readOnnx(bytes)),
  },
  instrument: {
    extension: 'onnx',
    seeds: () =>
      ['decoder', 'encoder'].map(
        (name) => new Uint8Array(readFileSync(join(root, `assets/instrument/${name}.onnx`))),
      ),
    mutate: mutateProtobuf,
    open: (bytes) => openAndPlay(bytes, 'fuzz.onnx', () => readOnnx(bytes)),
  },
  terrain: {
    extension: 'json',
    seeds: () => [
      ...terrains().map((terrain) => json(encodeTerrain(terrain))),
      new Uint8Array(readFileSync(join(root, 'assets/terrains/fog.json'))),
    ],
    mutate: mutateJson,
    open: async (bytes) => {
      await openFile(bytes, 'fuzz.json').catch((error: unknown) => {
        if (!(error instanceof PluginError)) throw error;
      });
      const terrain = decodeTerrain(parsed(bytes));
      checkTerrain(terrain);
      playTerrain(terrain);
    },
  },
  state: {
    extension: 'json',
    seeds: states,
    mutate: mutateJson,
    open: (bytes) => {
      const { terrain } = decodeState(parsed(bytes));
      if (terrain) playTerrain(terrain);
    },
  },
};
