/**
 * The plugin as its face sees it (`PluginFace`): one object for all faces of an instance.
 * It passes on; what a state or a terrain means is the session's business. Thread: main.
 */

import type { FactoryTerrain, Notice, PluginFace, PluginFaceEvents } from '../shared/face.js';
import type { AutomationEvent, PictureStyle, Telemetry } from '../shared/messages.js';
import { clampParameter, type ParameterId } from '../shared/parameters.js';
import type { Terrain } from '../shared/terrain.js';
import { PICTURE_WORKER_URL } from './assets.js';
import { Emitter } from './emitter.js';
import type { TerrainNode } from './node.js';
import type { Session } from './session.js';

const BLOCKED: Notice = {
  kind: 'info',
  text: 'The browser lets no sound start by itself. Click here to start it.',
};

export class Face implements PluginFace {
  readonly factoryTerrains: readonly FactoryTerrain[];
  readonly audioContext: BaseAudioContext;
  readonly pictureWorkerUrl = PICTURE_WORKER_URL;
  readonly #node: TerrainNode;
  readonly #session: Session;
  readonly #changes = new Emitter<PluginFaceEvents>();

  constructor(node: TerrainNode, session: Session, factoryTerrains: readonly FactoryTerrain[]) {
    this.factoryTerrains = factoryTerrains.map(({ id, name, description }) => ({ id, name, description }));
    this.audioContext = node.context;
    this.#node = node;
    this.#session = session;
    const end = new AbortController();
    node.changes.on('parameter', (change) => this.#changes.emit('parameter', change));
    node.changes.on('fault', (error) =>
      session.tell({ kind: 'error', text: error.message, details: error.details }),
    );
    node.changes.on('lost', (error) => {
      end.abort();
      // Who removes the plugin knows it.
      if (!node.destroyed) session.tell({ kind: 'error', text: error.message });
    });
    session.changes.on('terrain', (terrain) => this.#changes.emit('terrain', terrain));
    session.changes.on('style', (style) => this.#changes.emit('style', style));
    session.changes.on('notice', () => this.#changes.emit('notice', this.notice));
    this.audioContext.addEventListener('statechange', () => this.#changes.emit('notice', this.notice), {
      signal: end.signal,
    });
  }

  get instrumentName(): string {
    return this.#session.instrument.name;
  }
  get latents(): number {
    return this.#session.instrument.latents;
  }
  get terrain(): Terrain {
    return this.#session.terrain;
  }
  get factoryTerrainId(): string | null {
    return this.#session.factoryTerrainId;
  }
  get style(): PictureStyle {
    return this.#session.style;
  }
  get notice(): Notice | null {
    return this.#session.notice ?? (this.#blocked ? BLOCKED : null);
  }

  value(id: ParameterId): number {
    return this.#node.value(id);
  }

  gesture(values: Partial<Record<ParameterId, number>>): void {
    const time = this.audioContext.currentTime;
    const events = (Object.entries(values) as [ParameterId, number][]).map(
      ([id, value]): AutomationEvent => ({
        type: 'wam-automation',
        time,
        data: { id, value: clampParameter(id, value), normalized: false },
      }),
    );
    this.#node.scheduleEvents(...events);
    // For whoever the host connected to us. Incoming automation is never sent on: two plugins would feed each other.
    this.#node.send({ type: 'emit', events }).catch(() => {});
  }

  /** Never rejects: a refusal is shown as a notice, and the sound stays. */
  async selectFactoryTerrain(id: string): Promise<void> {
    await this.#session.selectFactoryTerrain(id).catch(() => {});
  }

  setStyle(style: PictureStyle): void {
    this.#session.setStyle(style);
  }

  dismissNotice(): void {
    this.#session.tell(null);
  }

  on<K extends keyof PluginFaceEvents>(event: K, listener: (value: PluginFaceEvents[K]) => void): () => void {
    // The node asks for telemetry only while somebody wants it.
    if (event === 'telemetry') return this.#node.watch(listener as (value: Telemetry) => void);
    return this.#changes.on(event, listener);
  }

  /**
   * The musician clicked into a face: the browser now allows sound.
   * Only before the first sound: a context that was suspended later was suspended by its host.
   */
  unblock(): void {
    if (this.#blocked) (this.audioContext as AudioContext).resume().catch(() => {});
  }

  get #blocked(): boolean {
    const { state, currentTime } = this.audioContext;
    return (
      state === 'suspended' &&
      currentTime === 0 &&
      'resume' in this.audioContext &&
      !('startRendering' in this.audioContext)
    );
  }
}
