/**
 * What plays and what is saved: terrain, seed, look, and how a state becomes sound; which model plays is `models.ts`'s.
 * All checks happen here, before anything is posted; the processor gets only what was found good.
 * Thread: main.
 */

import { decodeState, encodeState, type RestoredState, type StateJson } from '../formats/preset/state.js';
import type { LatentFill } from '../shared/face.js';
import type { PictureStyle } from '../shared/messages.js';
import type { ParameterId } from '../shared/parameters.js';
import type { Terrain } from '../shared/terrain.js';
import { loadFactoryTerrain } from './assets.js';
import { Emitter } from './emitter.js';
import { holdFile, releaseFiles } from './files-in-use.js';
import type { Models } from './models.js';
import type { Order, TerrainNode } from './node.js';
import { Notices } from './notices.js';
import type { Opener } from './opener.js';
import {
  choiceOfFile,
  savable,
  terrainOrder,
  type TerrainChoice,
  type TerrainFile,
} from './terrain-choice.js';
import { TerrainFiles } from './terrain-files.js';

/** What a plugin without a state has. One seed for all: two new plugins render the same. */
const DEFAULT_SEED = 1;
export const DEFAULT_STYLE: PictureStyle = { map: 'colour', latent: 0, range: [-3, 3] };

interface SessionEvents {
  terrain: Terrain;
  style: PictureStyle;
  latentFill: LatentFill;
}

/** What changes with one post to the processor. */
interface Change extends Omit<RestoredState, 'terrain' | 'factoryTerrain'> {
  readonly choice?: TerrainChoice;
}

export interface FirstSound {
  readonly terrain: Terrain;
  readonly factoryTerrain: string | null;
  /** What else the state of `createInstance` holds. */
  readonly restored: RestoredState;
}

export class Session {
  readonly changes = new Emitter<SessionEvents>();
  readonly notices = new Notices();
  readonly models: Models;
  readonly opener: Opener;
  readonly #node: TerrainNode;
  readonly #kernels: WebAssembly.Module;
  #choice: TerrainChoice;
  readonly #terrainFiles: TerrainFiles;
  #seed = DEFAULT_SEED;
  #style = DEFAULT_STYLE;
  #latentFill: LatentFill = 'noise';
  /** Count what was asked to play, so that a slow download cannot overtake a later wish. */
  #terrainWishes = 0;
  #stateWishes = 0;
  readonly #restoring = new Set<Promise<void>>();

  private constructor(
    node: TerrainNode,
    opener: Opener,
    models: Models,
    kernels: WebAssembly.Module,
    first: TerrainChoice,
  ) {
    this.#node = node;
    this.opener = opener;
    this.models = models;
    this.#kernels = kernels;
    this.#choice = first;
    models.changes.on('trouble', (error) => this.notices.tellError(error));
    this.#terrainFiles = new TerrainFiles(opener, this.notices, (terrain, file) =>
      this.playTerrain(terrain, file),
    );
    node.changes.on('lost', () => {
      this.#terrainFiles.end();
      opener.cancel();
      releaseFiles(this);
    });
  }

  /**
   * Give the processor everything it needs to sound; resolves when it has it, also the model that a state names if that
   * is on this machine. Throws: PluginError from the checks or the processor.
   */
  static async begin(
    node: TerrainNode,
    opener: Opener,
    models: Models,
    kernels: WebAssembly.Module,
    { terrain, factoryTerrain, restored }: FirstSound,
  ): Promise<Session> {
    const choice = { terrain, factoryTerrain, file: null };
    const session = new Session(node, opener, models, kernels, choice);
    await Promise.all([models.playBuiltIn(), session.#play({ ...restored, choice }, true)]);
    await session.#restoreFiles(restored, 0);
    return session;
  }

  get terrain(): Terrain {
    return this.#choice.terrain;
  }
  get factoryTerrainId(): string | null {
    return this.#choice.factoryTerrain;
  }
  get terrainHash(): string | null {
    return this.#choice.hash ?? null;
  }
  get style(): PictureStyle {
    return this.#style;
  }
  get latentFill(): LatentFill {
    return this.#latentFill;
  }

  setStyle(style: PictureStyle): void {
    this.#style = style;
    this.changes.emit('style', style);
  }

  setLatentFill(latentFill: LatentFill): void {
    this.#play({ parameters: {}, latentFill }, false).catch((error: unknown) =>
      this.notices.tellError(error),
    );
  }

  /** Fresh plain JSON. Never waits for a processor that is gone. */
  async getState(): Promise<StateJson> {
    const parameters = await this.#node.readValues();
    const { terrain, factoryTerrain, file } = this.#choice;
    const { wanted } = this.#terrainFiles;
    return encodeState({
      instrument: this.models.reference,
      terrain: wanted ?? file ?? terrain,
      factoryTerrain: wanted ? null : factoryTerrain,
      parameters,
      seed: this.#seed,
      style: this.#style,
      latentFill: this.#latentFill,
    });
  }

  /**
   * Restore a state. What it lacks stays as it is. Everything is posted before this returns its promise, so that events
   * scheduled afterwards count afterwards, except what must be fetched or opened first: a factory terrain that is only
   * named, and files. Resolves when all of it plays, or is known to be missing.
   * Throws: PluginError; then everything plays as before.
   */
  setState(json: unknown): Promise<void> {
    const restoring = this.attempt(() => this.#restore(json));
    const forget = () => void this.#restoring.delete(settled);
    const settled: Promise<void> = restoring.then(forget, forget);
    this.#restoring.add(settled);
    return restoring;
  }

  /** Resolves when no state is being restored. */
  async settled(): Promise<void> {
    while (this.#restoring.size > 0) await Promise.all(this.#restoring);
  }

  /** Play a factory terrain; the rest goes on without a break. Throws: PluginError; then the old one goes on. */
  async selectFactoryTerrain(id: string): Promise<void> {
    await this.attempt(() => this.#fetchAndPlay(id, { parameters: {} }, false));
    this.advise();
  }

  /** Play the terrain of a file. Throws: PluginError; then the old one goes on. */
  async playTerrain(terrain: Terrain, file: TerrainFile): Promise<void> {
    this.#terrainWishes++;
    await this.#play({ parameters: {}, choice: choiceOfFile(terrain, file) }, false);
  }

  /** Do something that may be refused: the refusal is told, and thrown. */
  async attempt(act: () => Promise<void>): Promise<void> {
    this.notices.tell(null);
    try {
      await act();
    } catch (error) {
      this.notices.tellError(error);
      throw error;
    }
  }

  /** Tell what the musician should know of the terrain and the model that play together now. */
  advise(): void {
    this.notices.advise(this.terrain, this.models.info, this.#latentFill);
  }

  async #restore(json: unknown): Promise<void> {
    const state = decodeState(json);
    const wish = ++this.#stateWishes;
    const { terrain, terrainFile, factoryTerrain = null } = state;
    if (terrain) {
      this.#terrainWishes++;
      await this.#play({ ...state, choice: { terrain, factoryTerrain, file: null } }, true);
    } else if (factoryTerrain !== null && !terrainFile) {
      await this.#fetchAndPlay(factoryTerrain, state, true);
    } else {
      await this.#play(state, true);
    }
    await this.#restoreFiles(state, wish);
  }

  /** The terrain and the model that a state only names. What cannot be had is told, not thrown. */
  async #restoreFiles({ terrainFile, instrument }: RestoredState, wish: number): Promise<void> {
    try {
      if (terrainFile) {
        if (terrainFile.hash === this.#choice.file?.hash) this.#terrainFiles.forget();
        else await this.#terrainFiles.restore(terrainFile);
      }
      if (instrument && wish === this.#stateWishes) await this.models.restore(instrument);
    } catch (error) {
      this.notices.tellError(error);
    }
  }

  async #fetchAndPlay(id: string, state: RestoredState, restart: boolean): Promise<void> {
    const wish = ++this.#terrainWishes;
    const terrain = await loadFactoryTerrain(id);
    if (wish !== this.#terrainWishes) return;
    await this.#play({ ...state, choice: { terrain, factoryTerrain: id, file: null } }, restart);
  }

  /**
   * Post what is given in one go; take it as ours when the processor has it all.
   * @param restart As after creation: noise from its seed, no ramps, no history. Otherwise a crossfade.
   */
  async #play(change: Change, restart: boolean): Promise<void> {
    // What plays is what is saved, to the bit.
    const choice = change.choice && savable(change.choice);
    const { parameters, seed = this.#seed, style, latentFill } = change;
    // Throws before anything is posted.
    const orders: Order[] = choice ? [terrainOrder(choice.terrain, this.#kernels)] : [];
    if (latentFill) orders.push({ type: 'latentFill', fill: latentFill });
    if (restart) orders.push({ type: 'seed', seed }, { type: 'reset' });
    const ids = Object.keys(parameters) as ParameterId[];
    const before = Object.fromEntries(ids.map((id) => [id, this.#node.value(id)]));
    try {
      await Promise.all([
        ids.length > 0 && this.#node.jump(parameters),
        ...orders.map((order) => this.#node.send(order)),
      ]);
    } catch (error) {
      await this.#node.jump(before).catch(() => {});
      throw error;
    }
    this.#seed = seed;
    if (choice) this.#take(choice);
    if (style) this.setStyle(style);
    if (latentFill) {
      this.#latentFill = latentFill;
      this.changes.emit('latentFill', latentFill);
    }
  }

  #take(choice: TerrainChoice): void {
    this.#choice = choice;
    this.#terrainFiles.forget();
    holdFile(this, 'terrain', choice.file && { hash: choice.file.hash, file: choice.file.blob });
    this.changes.emit('terrain', choice.terrain);
  }
}
