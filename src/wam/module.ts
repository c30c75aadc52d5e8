/**
 * The Web Audio Module that hosts create. It joins node, session and face; each decides its own matters.
 * Thread: main.
 */

import type { WamParameterDataMap, WamParameterInfoMap } from '@webaudiomodules/api';
import { WebAudioModule } from '@webaudiomodules/sdk';
import descriptor from '../descriptor.json';
import { decodeState, type RestoredState } from '../formats/preset/state.js';
import { createFace, destroyFace } from '../gui/index.js';
import { loadBuiltInInstrument, loadFactoryTerrain, loadFactoryTerrains, loadKernels } from './assets.js';
import { Face } from './face.js';
import type { TerrainNode } from './node.js';
import { Models } from './models.js';
import { joinOfflineFlush } from './offline-flush.js';
import { Opener } from './opener.js';
import { createNode } from './processor.js';
import { Session, type FirstSound } from './session.js';

/** Differs between builds, so that two of them on one page do not drive each other's processors. */
declare const BUILD_ID: string;

export default class LatentTerrainModule extends WebAudioModule<TerrainNode> {
  readonly #unique = crypto.randomUUID();
  #face!: Face;

  constructor(groupId: string, audioContext: BaseAudioContext) {
    super(groupId, audioContext);
    // Inlined: a descriptor that is fetched later changes the module's id under way.
    this._descriptor = { ...descriptor, keywords: [...descriptor.keywords] };
  }

  /** Name of processor and module scope. `descriptor.identifier` stays the same for ever; this one follows the build. */
  override get moduleId(): string {
    return `${descriptor.identifier}.${BUILD_ID}`;
  }

  /** The SDK's time stamp is the same for several instances. */
  override get instanceId(): string {
    return `${this.moduleId}.${this.#unique}`;
  }

  /**
   * Ready to sound when it resolves, also in a context that is suspended.
   * @param state A saved state, or nothing. Throws: PluginError.
   */
  override async initialize(state?: unknown): Promise<this> {
    if (this.initialized) return this;
    // Before anything is loaded: a state that cannot be read needs no download.
    const restored = state === undefined || state === null ? { parameters: {} } : decodeState(state);
    const making = createNode(this);
    let session: Session;
    try {
      const [node, builtIn, kernels, list, first] = await Promise.all([
        making,
        loadBuiltInInstrument(),
        loadKernels(),
        loadFactoryTerrains(),
        firstSound(restored),
      ]);
      const opener = new Opener();
      const models = new Models(node, opener, kernels, builtIn);
      session = await Session.begin(node, opener, models, kernels, first);
      node.keeper = session;
      this.#face = new Face(node, session, list.terrains);
      this.audioNode = node;
    } catch (error) {
      making.then(
        (node) => node.destroy(),
        () => {},
      );
      throw error;
    }
    const node = await making;
    const leave = joinOfflineFlush(this.audioContext, async () => {
      await session.settled();
      await node.send({ type: 'ping' });
    });
    node.changes.on('lost', leave);
    this.initialized = true;
    return this;
  }

  /** A new face each time, showing what plays now. */
  override createGui(): Promise<HTMLElement> {
    const element = createFace(this.#face);
    element.addEventListener('pointerdown', () => this.#face.unblock());
    element.addEventListener('keydown', () => this.#face.unblock());
    return Promise.resolve(element);
  }

  /** Also after `destroy()`. */
  override destroyGui(element: HTMLElement): void {
    destroyFace(element);
  }

  // One host calls these on the module instead of on its node.
  getState(): Promise<unknown> {
    return this.audioNode.getState();
  }
  setState(state: unknown): Promise<void> {
    return this.audioNode.setState(state);
  }
  getParameterInfo(...ids: string[]): Promise<WamParameterInfoMap> {
    return this.audioNode.getParameterInfo(...ids);
  }
  setParameterValues(values: WamParameterDataMap): Promise<void> {
    return this.audioNode.setParameterValues(values);
  }
  destroy(): void {
    this.audioNode.destroy();
  }
}

/** What a new plugin plays: its state's terrain, or a factory terrain. */
async function firstSound(restored: RestoredState): Promise<FirstSound> {
  if (restored.terrain)
    return { terrain: restored.terrain, factoryTerrain: restored.factoryTerrain ?? null, restored };
  const id = restored.factoryTerrain ?? (await loadFactoryTerrains()).default;
  return { terrain: await loadFactoryTerrain(id), factoryTerrain: id, restored };
}
