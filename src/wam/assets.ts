/**
 * Where the plugin's files are and how they are fetched: everything lies beside `index.js`, whatever origin that is.
 * What never changes is fetched and compiled once a page: kernels, instrument, list of terrains.
 * Thread: main.
 */

import type { Instrument } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import type { FactoryTerrain } from '../shared/face.js';
import type { Terrain } from '../shared/terrain.js';
import { decodeTerrain } from '../formats/preset/terrain.js';
import { openInLoader } from './opening.js';

/** Address of a file of the plugin. @param path Relative to `index.js`. */
export function assetUrl(path: string): string {
  return new URL(path, import.meta.url).href;
}

export const PROCESSOR_URL = assetUrl('processor.js');
export const PICTURE_WORKER_URL = assetUrl('workers/picture.js');
export const LOADER_URL = assetUrl('workers/loader.js');
const DECODER_URL = assetUrl('assets/instrument/decoder.onnx');
const KERNELS_URL = assetUrl('engine.wasm');
const TERRAINS_URL = assetUrl('assets/terrains/');

/** The refusal that a missing file ends in: names the file and the cure. */
export function missingAsset(url: string, why: string, cause?: unknown): PluginError {
  return new PluginError(
    'asset/missing',
    `The plugin's file ${url} could not be loaded: ${why}. Copy the whole folder of the plugin to the server, let it send «Access-Control-Allow-Origin: *», and load the plugin again.`,
    [],
    cause,
  );
}

/** A file of the plugin. Throws: PluginError `asset/missing`. */
export async function fetchAsset(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw missingAsset(url, 'there was no answer, or it may not be used by this page', error);
  }
  if (!response.ok) throw missingAsset(url, `the server answered ${response.status}`);
  return response;
}

/** The same promise for every caller; forgotten when it fails, so that a later attempt can succeed. */
function oncePerPage<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

/** The SIMD kernels, compiled. */
export const loadKernels = oncePerPage(async (): Promise<WebAssembly.Module> => {
  const response = await fetchAsset(KERNELS_URL);
  // Streaming compilation insists on the type; servers that do not know .wasm get the slower way.
  if (response.headers.get('Content-Type')?.startsWith('application/wasm'))
    return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
});

/** The built-in instrument, ready to be posted to processors. */
export const loadBuiltInInstrument = oncePerPage(async (): Promise<Instrument> => {
  const response = await fetchAsset(DECODER_URL);
  const bytes = await response.arrayBuffer();
  const { opened } = await openInLoader(LOADER_URL, { kind: 'bytes', name: 'decoder.onnx', bytes });
  if (opened.kind !== 'model') throw missingAsset(DECODER_URL, 'it holds no model');
  return opened.instrument;
});

export interface FactoryTerrains {
  readonly terrains: readonly (FactoryTerrain & { readonly file: string })[];
  /** Id of the one that a new plugin plays. */
  readonly default: string;
}

export const loadFactoryTerrains = oncePerPage(async (): Promise<FactoryTerrains> => {
  const response = await fetchAsset(`${TERRAINS_URL}index.json`);
  // The plugin's own file, built with it: trusted, unlike states.
  return (await response.json()) as FactoryTerrains;
});

/** One factory terrain. Throws: PluginError `asset/missing`, `terrain/…`. */
export async function loadFactoryTerrain(id: string): Promise<Terrain> {
  const list = await loadFactoryTerrains();
  const entry = list.terrains.find((terrain) => terrain.id === id);
  if (!entry)
    throw new PluginError(
      'terrain/unreadable',
      `There is no factory terrain «${id}». The sound stays as it was. Choose one from the list.`,
      list.terrains.map((terrain) => terrain.id),
    );
  const response = await fetchAsset(new URL(entry.file, TERRAINS_URL).href);
  return decodeTerrain(await response.json());
}
