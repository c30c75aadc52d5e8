/**
 * A terrain that plays, with where it came from, and what that means for saving it and for posting it to the processor.
 * Used by `session.ts`. Thread: main.
 */

import { compileTerrain } from '../engine/terrain.js';
import { fitsState, type FileReference } from '../formats/preset/state.js';
import { quantiseTerrain } from '../formats/preset/terrain.js';
import { PluginError } from '../shared/errors.js';
import type { Terrain } from '../shared/terrain.js';
import type { Order } from './node.js';

export interface TerrainFile extends FileReference {
  readonly blob: Blob;
}

export interface TerrainChoice {
  readonly terrain: Terrain;
  /** Factory terrain that it is, if it is one. */
  readonly factoryTerrain: string | null;
  /** What a state names instead of a terrain that is too large for it. */
  readonly file: TerrainFile | null;
  /** SHA-256 of the file that it was opened from, in hex, if it was. */
  readonly hash?: string;
}

/** The terrain of a file: a small one goes into states, so that projects play on other computers. */
export function choiceOfFile(terrain: Terrain, file: TerrainFile): TerrainChoice {
  return { terrain, factoryTerrain: null, file: fitsState(terrain) ? null : file, hash: file.hash };
}

/** The form in which a state brings it back, to the bit: rounded inside a state, exact from its file. */
export function savable(choice: TerrainChoice): TerrainChoice {
  return choice.file ? choice : { ...choice, terrain: quantiseTerrain(choice.terrain) };
}

/** Throws: PluginError `terrain/mismatch`. */
export function terrainOrder({ name, network, bounds }: Terrain, kernels: WebAssembly.Module): Order {
  if (network.inputs !== 2)
    throw new PluginError(
      'terrain/mismatch',
      `«${name}» cannot be played: it wants positions in ${network.inputs} dimensions, and here are two, X and Y. The sound stays as it was. Choose another terrain.`,
    );
  return { type: 'terrain', plan: compileTerrain(network, 1), bounds, latents: network.latents, kernels };
}
