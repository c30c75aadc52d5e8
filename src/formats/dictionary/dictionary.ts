/**
 * nn.terrain's dictionaries: JSON as Max exports it, with the drawn trajectories (`coordinates`, `anchors`) and what was
 * recorded along them (`latents`). Reads strangers' files and writes files for Max. It pairs nothing: nn.terrain takes
 * trajectory k of both for training, cut to the shorter, and that is the caller's to do.
 * Source: nn.terrain.gui, nn.terrain.record and nn.terrain.encode, version 1.6.
 */

import { strFromU8 } from 'fflate';
import { PluginError } from '../../shared/errors.js';
import { TERRAIN_LIMITS } from '../../terrain/validate.js';

/** Vectors of equal size one after the other: a sampled trajectory, its anchors, or the latents along it. */
export interface VectorList {
  readonly count: number;
  readonly dimensions: number;
  /** [count, dimensions], row-major. */
  readonly values: Float64Array;
}

/** By number, counted from 1 as in nn.terrain, ascending; numbers may be missing. */
export type VectorLists = ReadonlyMap<number, VectorList>;

/** Each part is empty if the file does not have it. */
export interface Dictionary {
  /** Trajectories as they are sampled for training, in control space. */
  readonly coordinates: VectorLists;
  /** Their corners, in control space; two dimensions. */
  readonly anchors: VectorLists;
  /** Values raw, never normalised. */
  readonly latents: VectorLists;
}

type Part = keyof Dictionary;

const PARTS: readonly Part[] = ['coordinates', 'anchors', 'latents'];
const MOST_DIMENSIONS = { coordinates: TERRAIN_LIMITS.inputs, anchors: 2, latents: TERRAIN_LIMITS.latents };

/** A million numbers with all of their digits; more is no dictionary that somebody made by hand or ear. */
const MOST_BYTES = 2 ** 24;
/** File, part, trajectory, dimension; what Max may put besides is not deep. */
const GREATEST_DEPTH = 16;
/** Lists and dictionaries in the file: each takes memory even when it is empty. */
const MOST_NESTED = 200_000;

/**
 * @param file The whole file, UTF-8.
 * @returns What is in it; other keys (a plotted terrain, buffers) are passed over.
 * @throws PluginError 'dictionary/unreadable'
 */
export function readDictionary(file: Uint8Array): Dictionary {
  if (file.length > MOST_BYTES)
    throw unreadable(`it has ${file.length} bytes, where ${MOST_BYTES} are possible`);
  refuseNesting(file);
  let json: unknown;
  try {
    json = JSON.parse(strFromU8(file));
  } catch (error) {
    throw unreadable('it is not JSON, or it is incomplete', error);
  }
  const parts = recordOf(json, 'it is not a dictionary');
  if (!PARTS.some((part) => part in parts))
    throw unreadable('it has neither coordinates nor anchors nor latents');
  const read = (part: Part): VectorLists => (part in parts ? readPart(part, parts[part]) : new Map());
  return { coordinates: read('coordinates'), anchors: read('anchors'), latents: read('latents') };
}

/**
 * @returns JSON text that Max's `dict` imports; parts without lists are left out.
 * @throws PluginError 'dictionary/unreadable' if a value is not finite, which JSON cannot say.
 */
export function writeDictionary(dictionary: Partial<Dictionary>): string {
  const json: Record<string, Record<string, Record<string, number[]>>> = {};
  for (const part of PARTS) {
    const lists = dictionary[part];
    if (!lists || lists.size === 0) continue;
    json[part] = {};
    for (const [number, { count, dimensions, values }] of lists) {
      const axes: Record<string, number[]> = {};
      for (let axis = 0; axis < dimensions; axis++) {
        const column = Array.from({ length: count }, (_, i) => values[i * dimensions + axis]!);
        if (!column.every(Number.isFinite))
          throw unreadable(`${part} ${number} holds a value that is no number`);
        axes[keyOf(part, axis)] = column;
      }
      json[part][number] = axes;
    }
  }
  return JSON.stringify(json);
}

function keyOf(part: Part, axis: number): string {
  return part === 'anchors' ? (axis === 0 ? 'anchor_x' : 'anchor_y') : String(axis);
}

function readPart(part: Part, json: unknown): VectorLists {
  const source = recordOf(json, `its ${part} are no dictionary`);
  const numbers = Object.keys(source).map((key) => {
    if (!/^[1-9][0-9]{0,8}$/.test(key)) throw unreadable(`its ${part} have one called ${shown(key)}`);
    return Number(key);
  });
  const lists = new Map<number, VectorList>();
  let dimensions = 0;
  // JavaScript keeps keys that are whole numbers in their order.
  for (const number of numbers) {
    const list = readList(part, number, source[number]);
    if (dimensions !== 0 && list.dimensions !== dimensions)
      throw unreadable(`${part} ${number} has ${list.dimensions} dimensions, others have ${dimensions}`);
    dimensions = list.dimensions;
    lists.set(number, list);
  }
  return lists;
}

/** One trajectory: a list of numbers for each dimension, all of one length. */
function readList(part: Part, number: number, json: unknown): VectorList {
  const what = `${part} ${number}`;
  const source = recordOf(json, `${what} is no dictionary`);
  const dimensions = Object.keys(source).length;
  const most = MOST_DIMENSIONS[part];
  if (dimensions === 0 || dimensions > most || (part === 'anchors' && dimensions !== 2))
    throw unreadable(
      `${what} has ${dimensions} dimensions, where ${part === 'anchors' ? '' : '1 to '}${most} are possible`,
    );
  const columns = Array.from({ length: dimensions }, (_, axis) => {
    const key = keyOf(part, axis);
    const column = source[key];
    if (column === undefined) throw unreadable(`${what} lacks ${shown(key)}`);
    // Max writes a list of one as a number.
    return Array.isArray(column) ? (column as unknown[]) : [column];
  });
  const count = columns[0]!.length;
  const values = new Float64Array(count * dimensions);
  columns.forEach((column, axis) => {
    if (column.length !== count)
      throw unreadable(
        `${what} has ${column.length} numbers in ${shown(keyOf(part, axis))}, others have ${count}`,
      );
    column.forEach((value, i) => {
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw unreadable(`${what} holds something that is no number in ${shown(keyOf(part, axis))}`);
      values[i * dimensions + axis] = value;
    });
  });
  return { count, dimensions, values };
}

/** Before the parser sees it: a few bytes of brackets take a hundred times their memory. */
function refuseNesting(file: Uint8Array): void {
  let depth = 0;
  let nested = 0;
  let inText = false;
  for (let at = 0; at < file.length; at++) {
    const byte = file[at]!;
    if (inText) {
      if (byte === 0x5c)
        at++; // a backslash and what it escapes
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > GREATEST_DEPTH) throw unreadable('it is nested too deeply');
      if (++nested > MOST_NESTED) throw unreadable(`it has more than ${MOST_NESTED} lists`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

function recordOf(json: unknown, why: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unreadable(why);
  return json as Record<string, unknown>;
}

/** A key from a file, short enough for a message. */
function shown(key: string): string {
  return JSON.stringify(key.length > 30 ? `${key.slice(0, 30)}…` : key);
}

/** @param why Completes «This dictionary can't be used: …». */
function unreadable(why: string, cause?: unknown): PluginError {
  return new PluginError(
    'dictionary/unreadable',
    `This dictionary can't be used: ${why}. Export it from nn.terrain.gui or nn.terrain.record again; your lines and ` +
      'your current sound stay.',
    [],
    cause,
  );
}
