/**
 * The plugin's state as hosts save it: plain JSON, versioned, and its strict reader.
 * Not the terrain's own form (`terrain.ts` beside this) and not the act of restoring (`src/wam/session.ts`).
 * A state comes from a stranger's project file: everything is checked before anything of it is used.
 */

import type { AttributeValues } from '../../shared/engine-plan.js';
import { PluginError } from '../../shared/errors.js';
import type { LatentFill, PictureStyle } from '../../shared/messages.js';
import { clampParameter, PARAMETER_IDS, type ParameterId } from '../../shared/parameters.js';
import type { Terrain } from '../../shared/terrain.js';
import { decodeTerrain, encodeTerrain, type TerrainJson } from './terrain.js';

/** Raise it when an older plugin could no longer read the state rightly. */
export const STATE_VERSION = 1;

export const STYLE_MAPS = [
  'grey',
  'colour',
  'viridis',
  'magma',
] as const satisfies readonly PictureStyle['map'][];

/** A file by its SHA-256 in hex, and what to call it where it is missing. */
export interface FileReference {
  readonly hash: string;
  readonly name: string;
}

/** The model that a state was made with. */
export interface ModelReference extends FileReference {
  /** Where it was fetched from, if it was: http or https. */
  readonly url: string | null;
  /** Chosen values; what is absent is as in the file. */
  readonly attributes: AttributeValues;
}

/** Stands for a terrain that is too large for a state. A plugin that does not know this form refuses the state. */
export interface TerrainFileJson extends FileReference {
  readonly format: 'latent-terrain-file';
}

/** What `getState()` returns. Under 60 kB as JSON: one host refuses large projects. */
export interface StateJson {
  readonly version: typeof STATE_VERSION;
  readonly instrument: FileReference & { readonly url?: string; readonly attributes?: AttributeValues };
  readonly terrain: TerrainJson | TerrainFileJson;
  /** Factory terrain that `terrain` is, if it is one. */
  readonly factoryTerrain: string | null;
  readonly parameters: Readonly<Record<ParameterId, number>>;
  /** Seed of all noise, 0..2³²−1. */
  readonly seed: number;
  readonly style: PictureStyle;
  readonly latentFill: LatentFill;
}

/** What a readable state holds. What is absent stays as it is in the plugin (in a new plugin: the default). */
export interface RestoredState {
  readonly instrument?: ModelReference;
  readonly terrain?: Terrain;
  /** Instead of `terrain`: where it lies. */
  readonly terrainFile?: FileReference;
  readonly factoryTerrain?: string | null;
  /** Within their ranges. */
  readonly parameters: Partial<Record<ParameterId, number>>;
  readonly seed?: number;
  readonly style?: PictureStyle;
  readonly latentFill?: LatentFill;
}

/** Everything a state holds, in the plugin's own terms. */
export interface StateParts {
  readonly instrument: ModelReference;
  /** A reference for a terrain that `fitsState` refuses. */
  readonly terrain: Terrain | FileReference;
  readonly factoryTerrain: string | null;
  readonly parameters: Readonly<Record<ParameterId, number>>;
  readonly seed: number;
  readonly style: PictureStyle;
  readonly latentFill: LatentFill;
}

/** What a terrain may take of a state's 60 kB, as JSON. */
const MOST_TERRAIN_CHARACTERS = 50_000;

/**
 * Whether a terrain is small enough to be saved inside a state. If not, the state names the terrain's file.
 * Throws: PluginError as `encodeTerrain`.
 */
export function fitsState(terrain: Terrain): boolean {
  return JSON.stringify(encodeTerrain(terrain)).length <= MOST_TERRAIN_CHARACTERS;
}

/** A state from its parts: a fresh object, all the way down. Thread: any. */
export function encodeState(parts: StateParts): StateJson {
  const { map, latent, range } = parts.style;
  const { hash, name, url, attributes } = parts.instrument;
  const { terrain } = parts;
  return {
    version: STATE_VERSION,
    instrument: {
      hash,
      name: name.slice(0, LONGEST_NAME),
      ...(url !== null && url.length <= LONGEST_URL && { url }),
      ...(Object.keys(attributes).length > 0 && { attributes: { ...attributes } }),
    },
    terrain:
      'network' in terrain
        ? encodeTerrain(terrain)
        : { format: TERRAIN_FILE, hash: terrain.hash, name: terrain.name.slice(0, LONGEST_NAME) },
    factoryTerrain: parts.factoryTerrain,
    parameters: { ...parts.parameters },
    seed: parts.seed,
    style: { map, latent, range: [range[0], range[1]] },
    latentFill: parts.latentFill,
  };
}

/**
 * Read a state. Parts may be missing, also `version`; what is there must be right. Numbers beyond a parameter's range
 * are clamped, parameters of other names are ignored.
 * Thread: any. Throws: PluginError `state/unreadable`, or the terrain's own refusal.
 */
export function decodeState(json: unknown): RestoredState {
  const state = asRecord(json, 'it');
  if (state.version !== undefined) {
    if (typeof state.version !== 'number') throw unreadable('its version is not a number');
    if (state.version > STATE_VERSION)
      throw unreadable(
        `it was saved by a newer version of the plugin (state version ${state.version}, this one reads ${STATE_VERSION})`,
      );
    if (state.version !== STATE_VERSION) throw unreadable(`its version ${state.version} never existed`);
  } else if (Object.keys(state).length > 0 && !KNOWN_KEYS.some((key) => key in state)) {
    throw unreadable('it holds nothing that this plugin saves; it may belong to another plugin');
  }
  return {
    ...(state.instrument !== undefined && { instrument: readInstrument(state.instrument) }),
    ...(state.terrain !== undefined && readTerrain(state.terrain)),
    ...(state.factoryTerrain !== undefined && { factoryTerrain: readFactoryId(state.factoryTerrain) }),
    parameters: state.parameters === undefined ? {} : readParameters(state.parameters),
    ...(state.seed !== undefined && { seed: readSeed(state.seed) }),
    ...(state.style !== undefined && { style: readStyle(state.style) }),
    ...(state.latentFill !== undefined && { latentFill: readLatentFill(state.latentFill) }),
  };
}

const KNOWN_KEYS = ['instrument', 'terrain', 'factoryTerrain', 'parameters', 'seed', 'style', 'latentFill'];
const TERRAIN_FILE = 'latent-terrain-file';
const LONGEST_NAME = 200;
const LONGEST_URL = 2000;
const MOST_ATTRIBUTES = 64;

function unreadable(why: string): PluginError {
  return new PluginError(
    'state/unreadable',
    `This saved state cannot be loaded: ${why}. The sound stays as it was. Load another state or choose a terrain from the list.`,
  );
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (value === null || value === undefined) throw unreadable(`${what} is empty`);
  if (typeof value !== 'object' || Array.isArray(value))
    throw unreadable(`${what} is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not an object`);
  return value as Record<string, unknown>;
}

function readInstrument(value: unknown): ModelReference {
  const { hash, name, url, attributes } = asRecord(value, '«instrument»');
  return {
    hash: readText(hash, 'instrument.hash'),
    name: readText(name, 'instrument.name'),
    url: url === undefined ? null : readUrl(url),
    attributes: attributes === undefined ? {} : readAttributes(attributes),
  };
}

function readText(value: unknown, what: string, longest = LONGEST_NAME): string {
  if (typeof value !== 'string' || value.length > longest)
    throw unreadable(`«${what}» is not a text of at most ${longest} characters`);
  return value;
}

function readUrl(value: unknown): string {
  const url = readText(value, 'instrument.url', LONGEST_URL);
  if (!/^https?:\/\//i.test(url)) throw unreadable('«instrument.url» is no address on the web');
  return url;
}

function readAttributes(value: unknown): AttributeValues {
  const entries = Object.entries(asRecord(value, '«instrument.attributes»'));
  if (entries.length > MOST_ATTRIBUTES) throw unreadable('«instrument.attributes» has too many entries');
  for (const [name, one] of entries) {
    readText(name, 'instrument.attributes');
    if (typeof one !== 'boolean' && !Number.isFinite(one))
      throw unreadable(`«instrument.attributes.${name}» is neither a number nor on or off`);
  }
  return Object.fromEntries(entries) as AttributeValues;
}

function readTerrain(value: unknown): Pick<RestoredState, 'terrain' | 'terrainFile'> {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== TERRAIN_FILE)
    return { terrain: decodeTerrain(value) };
  const { hash, name } = value as Record<string, unknown>;
  return { terrainFile: { hash: readText(hash, 'terrain.hash'), name: readText(name, 'terrain.name') } };
}

function readLatentFill(value: unknown): LatentFill {
  if (value !== 'noise' && value !== 'zeros') throw unreadable('«latentFill» is neither noise nor zeros');
  return value;
}

function readFactoryId(value: unknown): string | null {
  return value === null ? null : readText(value, 'factoryTerrain');
}

function readParameters(value: unknown): Partial<Record<ParameterId, number>> {
  const saved = asRecord(value, '«parameters»');
  const values: Partial<Record<ParameterId, number>> = {};
  for (const id of PARAMETER_IDS) {
    const one = saved[id];
    if (one === undefined) continue;
    // NaN becomes null in JSON, so both mean a damaged state.
    if (typeof one !== 'number' || Number.isNaN(one)) throw unreadable(`«parameters.${id}» is not a number`);
    values[id] = clampParameter(id, one);
  }
  return values;
}

function readSeed(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw unreadable('«seed» is not a whole number from 0 to 4294967295');
  return value;
}

function readStyle(value: unknown): PictureStyle {
  const { map, latent, range } = asRecord(value, '«style»');
  const known = STYLE_MAPS.find((name) => name === map);
  if (known === undefined) throw unreadable(`«style.map» is none of ${STYLE_MAPS.join(', ')}`);
  if (typeof latent !== 'number' || !Number.isInteger(latent) || latent < 0 || latent > 1023)
    throw unreadable('«style.latent» is not a whole number from 0 to 1023');
  if (
    !Array.isArray(range) ||
    range.length !== 2 ||
    !range.every((edge) => Number.isFinite(edge)) ||
    range[0] >= range[1]
  )
    throw unreadable('«style.range» is not two rising numbers');
  return { map: known, latent, range: [range[0], range[1]] };
}
