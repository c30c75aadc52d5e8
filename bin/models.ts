/**
 * From a file to the networks that the commands run: the decoder as the plugin plays it, the encoder likewise. The reading
 * itself is that of the plugin. Used by the commands.
 */

import { basename } from 'node:path';
import { openArchive } from '../src/formats/archive/index.js';
import { isCheckpoint, readCheckpoint } from '../src/formats/checkpoint/index.js';
import { readOnnx } from '../src/formats/onnx/index.js';
import { decodeTerrain } from '../src/formats/preset/terrain.js';
import { openTorchScript, type TorchScriptModel } from '../src/formats/torchscript/index.js';
import type { Graph, GraphPort } from '../src/graph/graph.js';
import { makeStreaming } from '../src/graph/passes/make-streaming.js';
import { PluginError } from '../src/shared/errors.js';
import type { Terrain } from '../src/shared/terrain.js';
import { HEAD_BYTES, kindOf } from '../src/workers/file-kind.js';
import { readTorchScript } from '../src/workers/read-torchscript.js';
import { FileError } from './command.js';
import { readBytes } from './files.js';

export type Direction = 'decode' | 'encode';

/** One direction of a model, for one hop at a time. */
export interface Network {
  readonly graph: Graph;
  readonly input: GraphPort;
  readonly output: GraphPort;
  /** Hz; the usual one where the file does not say it. */
  readonly sampleRate: number;
  /** Samples per latent. */
  readonly hop: number;
  /** Latents that the maker meant to be played; the network may take more. */
  readonly namedLatents: number;
  readonly notes: readonly string[];
  /** The same for several hops in one call; null where the file has it for one hop only. */
  readonly forHops: ((hops: number) => Graph) | null;
}

export type OpenedModel = {
  readonly title: string;
  readonly network: (direction: Direction) => Promise<Network>;
} & ({ readonly kind: 'torchscript'; readonly model: TorchScriptModel } | { readonly kind: 'onnx' });

export type Opened =
  OpenedModel | { readonly kind: 'terrain'; readonly title: string; readonly terrain: Terrain };

const USUAL_RATE = 44_100;
const NO_STREAM =
  'This model was exported without streaming, in a way that cannot be mended: expect a click wherever two hops meet.';

/** @throws PluginError as the readers do, FileError when there is no such file. */
export async function open(path: string): Promise<Opened> {
  const bytes = readBytes(path);
  const name = basename(path);
  const title = name.replace(/\.[a-z0-9]{1,5}$/i, '');
  const kind = kindOf(bytes.subarray(0, HEAD_BYTES), name);
  if (kind === 'terrain') return { kind: 'terrain', title, terrain: decodeTerrain(readJson(bytes, path)) };
  if (kind === 'onnx') {
    return { kind: 'onnx', title, network: (direction) => Promise.resolve(onnxNetwork(bytes, direction)) };
  }
  const archive = openArchive(bytes);
  if (isCheckpoint(archive))
    return { kind: 'terrain', title, terrain: readCheckpoint(archive, title).terrain };
  const model = await openTorchScript(archive, title);
  const decoder = async (): Promise<Network> => {
    const { graph, facts } = await readTorchScript(archive, title, {}, () => Promise.resolve());
    return torchScriptNetwork(model, graph, 'decode', facts.notes ?? []);
  };
  return {
    kind: 'torchscript',
    title,
    model,
    network: (direction) => (direction === 'decode' ? decoder() : Promise.resolve(encoder(model))),
  };
}

/** @throws FileError for a terrain. */
export async function openModel(path: string): Promise<OpenedModel> {
  const opened = await open(path);
  if (opened.kind === 'terrain')
    throw new FileError(`«${path}» is a terrain; a model is wanted (.ts or .onnx).`);
  return opened;
}

/** @throws FileError for a model. */
export async function openTerrain(path: string): Promise<Terrain> {
  const opened = await open(path);
  if (opened.kind !== 'terrain')
    throw new FileError(
      `«${path}» is a model; a terrain is wanted (.pt of nn.terrain, or .json of this plugin).`,
    );
  return opened.terrain;
}

function readJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FileError(`«${path}» begins as a terrain but is damaged. Save it again.`, { cause: error });
  }
}

function onnxNetwork(bytes: Uint8Array, direction: Direction): Network {
  const graph = readOnnx(bytes);
  const notes = graph.metadata['notes'];
  return networkOf(graph, direction, notes ? notes.split('\n') : [], null);
}

function encoder(model: TorchScriptModel): Network {
  if (!model.info.methods.some(({ name }) => name === 'encode'))
    throw new PluginError(
      'model/unsupported',
      'This model has no encoder: nothing in it turns sound into latents.',
      [],
    );
  const graph = model.trace('encode');
  if (graph.states.length > 0) return torchScriptNetwork(model, graph, 'encode', []);
  const at = (hops: number) => ({ graph: model.trace('encode', { steps: hops }), hops });
  const result = makeStreaming(at(2), at(3));
  if (result.kind === 'streaming')
    return networkOf({ ...result.graph, metadata: graph.metadata }, 'encode', [], null);
  return networkOf(graph, 'encode', result.kind === 'not-plain' ? [NO_STREAM] : [], null);
}

function torchScriptNetwork(
  model: TorchScriptModel,
  graph: Graph,
  direction: Direction,
  notes: readonly string[],
): Network {
  const { method = direction, latents } = graph.metadata;
  const inputChannels = direction === 'decode' ? { inputChannels: Number(latents) } : {};
  // What was made streaming here has no form for several hops.
  const ownStates = model.trace(method, inputChannels).states.length === graph.states.length;
  const forHops = (hops: number): Graph => model.trace(method, { steps: hops, ...inputChannels });
  return networkOf(graph, direction, notes, ownStates ? forHops : null);
}

function networkOf(
  graph: Graph,
  direction: Direction,
  notes: readonly string[],
  forHops: Network['forHops'],
): Network {
  const [from, to] = direction === 'decode' ? (['latent', 'audio'] as const) : (['audio', 'latent'] as const);
  const input = graph.inputs.find(({ role }) => role === from);
  const output = graph.outputs.find(({ role }) => role === to);
  if (input === undefined || output === undefined)
    throw new PluginError(
      'model/unsupported',
      direction === 'decode'
        ? 'This model has no decoder: nothing in it turns latents into sound.'
        : 'This model has no encoder: nothing in it turns sound into latents.',
      [],
    );
  const shapeOf = ({ value }: GraphPort) => graph.values[value]!.shape;
  const [latents, audio] = direction === 'decode' ? [input, output] : [output, input];
  if (shapeOf(latents).length !== 3 || shapeOf(audio).length !== 3)
    throw new PluginError(
      'model/unsupported',
      'This model takes or gives signals of a form that is not known here.',
      [`${latents.name} [${shapeOf(latents).join(', ')}], ${audio.name} [${shapeOf(audio).join(', ')}]`],
    );
  const { sampleRate, namedLatents } = graph.metadata;
  return {
    graph,
    input,
    output,
    sampleRate: Number(sampleRate) > 0 ? Number(sampleRate) : USUAL_RATE,
    hop: shapeOf(audio)[2]! / shapeOf(latents)[2]!,
    namedLatents: Number(namedLatents) > 0 ? Number(namedLatents) : shapeOf(latents)[1]!,
    notes,
    forHops,
  };
}

/** Size of a port's signal, by the port's name: the ids of values are each graph's own. */
export function signalSize(
  graph: Graph,
  { name }: GraphPort,
): { readonly channels: number; readonly frames: number } {
  const port = [...graph.inputs, ...graph.outputs].find((other) => other.name === name)!;
  const [, channels, frames] = graph.values[port.value]!.shape as [number, number, number];
  return { channels, frames };
}
