/**
 * From a file's bytes to what plays: tells by content what it is, reads it, and for a model lays the decoder out for the
 * engine. Fetches nothing and knows no thread: used by the worker `loader.ts` and by the command line.
 */

import { compile } from '../engine/compile.js';
import { readOnnx } from '../formats/onnx/index.js';
import { decodeTerrain } from '../formats/preset/terrain.js';
import { optimise } from '../graph/passes/index.js';
import type { AttributeValues } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import { wholeFile, type FileBytes } from '../shared/file-bytes.js';
import type { OpenedFile, OpeningStage } from '../shared/messages.js';
import type { Terrain } from '../shared/terrain.js';
import { HEAD_BYTES, kindOf } from './file-kind.js';
import { describeInstrument } from './instrument-info.js';
import type { ReadModel } from './read-torchscript.js';

export interface OpenOptions {
  /** Called as each step begins. @param fraction Of the work after reading that is done, 0..1; never falls. */
  readonly onProgress?: ((stage: OpeningStage, fraction: number) => void) | undefined;
  /** For models that offer attributes; those that the model does not have are ignored. */
  readonly attributes?: AttributeValues | undefined;
  /** The file's SHA-256 in hex, if the caller knows it already. */
  readonly hash?: string | undefined;
}

/** How far the work is when a step begins; measured on full-size models. */
const BEGINS: Readonly<Record<Exclude<OpeningStage, 'read'>, number>> = {
  parse: 0,
  trace: 0.2,
  plan: 0.6,
  pack: 0.8,
};

/**
 * Opens a model or a terrain.
 * @param file The whole file; it may be read bit by bit. Nothing keeps it once the promise is settled.
 * @param name What the file is called: its name for the musician, without the ending, where it brings none itself.
 * Thread: any but the audio thread; long steps of it are synchronous. Throws: PluginError `model/…`, `terrain/…`.
 */
export async function openFile(
  file: Uint8Array | FileBytes,
  name: string,
  { onProgress, attributes = {}, hash }: OpenOptions = {},
): Promise<OpenedFile> {
  const source = file instanceof Uint8Array ? wholeFile(file) : file;
  const stage = (step: Exclude<OpeningStage, 'read'>) => {
    onProgress?.(step, BEGINS[step]);
    return breathe();
  };
  hash ??= await (await import('./file-hash.js')).sha256(allOf(source));
  await stage('parse');
  source.need(0, HEAD_BYTES);
  const kind = kindOf(source.bytes.subarray(0, HEAD_BYTES), name);
  const title = name.replace(/\.(ts|pt|pth|onnx|json|torchscript)$/i, '');
  if (kind === 'terrain')
    return { kind: 'terrain', name: title, hash, terrain: readTerrainJson(source, title) };
  // Half of the loader reads archives: it is fetched when there is one.
  const readers = kind === 'archive' ? await import('./archive-readers.js') : null;
  const archive = readers?.openArchive(source);
  if (readers && archive && readers.isCheckpoint(archive))
    return { kind: 'terrain', name: title, hash, terrain: readers.readCheckpoint(archive, title).terrain };
  const {
    graph,
    facts,
    stereo = true,
  } = readers && archive
    ? await readers.readTorchScript(archive, title, attributes, () => stage('trace'))
    : readOnnxModel(source, title);
  await stage('plan');
  const info = describeInstrument(graph, { ...facts, hash });
  const optimised = optimise(graph);
  await stage('pack');
  // A mono decoder runs twice, each channel with its own noise; one that makes both channels runs once.
  const decoder = compile(optimised, { voices: info.channels === 1 && stereo ? 2 : 1 });
  return { kind: 'model', instrument: { info, decoder } };
}

/** Lets the collector, and on a page the musician, have a turn between two long steps. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function readOnnxModel(source: FileBytes, title: string): ReadModel {
  const graph = readOnnx(allOf(source));
  const { name, notes } = graph.metadata;
  return { graph, facts: { name: name || title, ...(notes && { notes: notes.split('\n') }) } };
}

/** Our own terrains as JSON: what the command line converts checkpoints into. */
function readTerrainJson(source: FileBytes, title: string): Terrain {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(allOf(source)));
  } catch (error) {
    throw new PluginError(
      'terrain/unreadable',
      `«${title}» cannot be opened: it begins as a terrain but is damaged. Download or save it again. Your current sound goes on.`,
      [],
      error,
    );
  }
  return decodeTerrain(json);
}

function allOf({ bytes, need }: FileBytes): Uint8Array {
  need(0, bytes.length);
  return bytes;
}
