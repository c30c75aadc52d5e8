/**
 * What plays and what is saved: terrain, seed, look, and how a state becomes sound.
 * All checks happen here, before anything is posted; the processor gets only what was found good.
 * Thread: main.
 */

import { compileTerrain } from '../engine/terrain.js';
import { decodeState, encodeState, type RestoredState, type StateJson } from '../formats/preset/state.js';
import { quantiseTerrain } from '../formats/preset/terrain.js';
import type { Instrument } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import type { Notice } from '../shared/face.js';
import type { PictureStyle } from '../shared/messages.js';
import type { Terrain } from '../shared/terrain.js';
import type { ParameterId } from '../shared/parameters.js';
import { loadFactoryTerrain } from './assets.js';
import { Emitter } from './emitter.js';
import type { Order, TerrainNode } from './node.js';

/** What a plugin without a state has. One seed for all: two new plugins render the same. */
const DEFAULT_SEED = 1;
export const DEFAULT_STYLE: PictureStyle = { map: 'colour', latent: 0, range: [-3, 3] };

interface SessionEvents {
  terrain: Terrain;
  style: PictureStyle;
  /** Something to tell the musician; null takes it back. */
  notice: Notice | null;
}

export interface FirstSound {
  readonly terrain: Terrain;
  readonly factoryTerrainId: string | null;
  /** What else the state of `createInstance` holds. */
  readonly restored: RestoredState;
}

export class Session {
  readonly changes = new Emitter<SessionEvents>();
  readonly #node: TerrainNode;
  readonly #instrument: Instrument;
  readonly #kernels: WebAssembly.Module;
  #terrain: Terrain;
  #factoryTerrainId: string | null;
  #seed = DEFAULT_SEED;
  #style = DEFAULT_STYLE;
  /** Counts what was asked to play, so that a slow download cannot overtake a later wish. */
  #wishes = 0;
  #notice: Notice | null = null;

  private constructor(
    node: TerrainNode,
    instrument: Instrument,
    kernels: WebAssembly.Module,
    first: FirstSound,
  ) {
    this.#node = node;
    this.#instrument = instrument;
    this.#kernels = kernels;
    this.#terrain = first.terrain;
    this.#factoryTerrainId = first.factoryTerrainId;
  }

  /**
   * Give the processor everything it needs to sound; resolves when it has it.
   * Throws: PluginError from the checks or the processor.
   */
  static async begin(
    node: TerrainNode,
    instrument: Instrument,
    kernels: WebAssembly.Module,
    first: FirstSound,
  ): Promise<Session> {
    const session = new Session(node, instrument, kernels, first);
    const { terrain, factoryTerrainId: factoryTerrain, restored } = first;
    await Promise.all([
      node.send({ type: 'instrument', instrument, kernels }),
      session.#play({ ...restored, terrain, factoryTerrain }, true),
    ]);
    session.#compareInstrument(restored);
    return session;
  }

  get instrument(): Instrument['info'] {
    return this.#instrument.info;
  }
  get terrain(): Terrain {
    return this.#terrain;
  }
  get factoryTerrainId(): string | null {
    return this.#factoryTerrainId;
  }
  get style(): PictureStyle {
    return this.#style;
  }

  get notice(): Notice | null {
    return this.#notice;
  }

  setStyle(style: PictureStyle): void {
    this.#style = style;
    this.changes.emit('style', style);
  }

  /** Fresh plain JSON. Never waits for a processor that is gone. */
  async getState(): Promise<StateJson> {
    const parameters = await this.#node.readValues();
    return encodeState({
      instrument: this.#instrument.info,
      terrain: this.#terrain,
      factoryTerrain: this.#factoryTerrainId,
      parameters,
      seed: this.#seed,
      style: this.#style,
    });
  }

  /**
   * Restore a state. What it lacks stays as it is. Everything is posted before this returns its promise (unless a
   * factory terrain must be fetched), so that events scheduled afterwards count afterwards.
   * Throws: PluginError; then everything plays as before.
   */
  async setState(json: unknown): Promise<void> {
    await this.#orTell(async () => {
      const state = decodeState(json);
      if (state.terrain) {
        this.#wishes++;
        await this.#play({ ...state, factoryTerrain: state.factoryTerrain ?? null }, true);
      } else if (state.factoryTerrain) {
        await this.#fetchAndPlay(state.factoryTerrain, state, true);
      } else {
        await this.#play(state, true);
      }
      this.#compareInstrument(state);
    });
  }

  /** Play a factory terrain; the rest goes on without a break. Throws: PluginError; then the old one goes on. */
  async selectFactoryTerrain(id: string): Promise<void> {
    await this.#orTell(() => this.#fetchAndPlay(id, { parameters: {} }, false));
  }

  tell(notice: Notice | null): void {
    this.#notice = notice;
    this.changes.emit('notice', notice);
  }

  async #orTell(act: () => Promise<void>): Promise<void> {
    try {
      this.tell(null);
      await act();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.tell({ kind: 'error', text, details: error instanceof PluginError ? error.details : [] });
      throw error;
    }
  }

  async #fetchAndPlay(id: string, state: RestoredState, restart: boolean): Promise<void> {
    const wish = ++this.#wishes;
    const terrain = await loadFactoryTerrain(id);
    if (wish === this.#wishes) await this.#play({ ...state, terrain, factoryTerrain: id }, restart);
  }

  /**
   * Post what is given in one go; take it as ours when the processor has it all.
   * @param restart As after creation: noise from its seed, no ramps, no history. Otherwise a crossfade.
   */
  async #play(state: RestoredState, restart: boolean): Promise<void> {
    // What plays is what is saved, to the bit.
    const terrain = state.terrain && quantiseTerrain(state.terrain);
    const { parameters, seed = this.#seed, factoryTerrain = null, style } = state;
    // Throws before anything is posted.
    const orders: Order[] = terrain ? [this.#terrainOrder(terrain)] : [];
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
    if (terrain) {
      this.#terrain = terrain;
      this.#factoryTerrainId = factoryTerrain;
      this.changes.emit('terrain', terrain);
    }
    if (style) this.setStyle(style);
  }

  #compareInstrument({ instrument }: RestoredState): void {
    const { hash, name } = this.#instrument.info;
    if (instrument && instrument.hash !== hash)
      this.tell({
        kind: 'info',
        text: `This sound was made for the instrument «${instrument.name}», which is not here. «${name}» plays it, so it sounds different.`,
      });
  }

  #terrainOrder({ network, bounds }: Terrain): Order {
    const { latents } = this.#instrument.info;
    if (network.latents > latents || network.inputs !== 2)
      throw new PluginError(
        'terrain/mismatch',
        `This terrain does not fit the instrument «${this.#instrument.info.name}»: it gives ${network.latents} latents from ${network.inputs} positions, and the instrument takes at most ${latents} from 2. The sound stays as it was. Choose a terrain made for this instrument.`,
      );
    return {
      type: 'terrain',
      plan: compileTerrain(network, 1),
      bounds,
      latents: network.latents,
      kernels: this.#kernels,
    };
  }
}
