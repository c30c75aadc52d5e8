/**
 * The plugin as its face sees it (`PluginFace`): one object for all faces of an instance.
 * It passes on; what a state or a terrain means is the session's business. Thread: main.
 */

import type { InstrumentInfo } from '../shared/engine-plan.js';
import type {
  FactoryTerrain,
  LatentFill,
  Library,
  MissingModel,
  Notice,
  Opening,
  PluginFace,
  PluginFaceEvents,
} from '../shared/face.js';
import type { AutomationEvent, PictureStyle, Telemetry } from '../shared/messages.js';
import { clampParameter, type ParameterId } from '../shared/parameters.js';
import type { Terrain } from '../shared/terrain.js';
import { PICTURE_WORKER_URL } from './assets.js';
import { Emitter } from './emitter.js';
import { Files } from './files.js';
import { library } from './library.js';
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
  readonly #files: Files;
  readonly #changes = new Emitter<PluginFaceEvents>();

  constructor(node: TerrainNode, session: Session, factoryTerrains: readonly FactoryTerrain[]) {
    this.factoryTerrains = factoryTerrains.map(({ id, name, description }) => ({ id, name, description }));
    this.audioContext = node.context;
    this.#node = node;
    this.#session = session;
    this.#files = new Files(session);
    this.#passOn();
  }

  #passOn(): void {
    const node = this.#node;
    const { changes, models, opener, notices } = this.#session;
    const pass =
      <K extends keyof PluginFaceEvents>(event: K) =>
      (value: PluginFaceEvents[K]) =>
        this.#changes.emit(event, value);
    const passNotice = () => this.#changes.emit('notice', this.notice);
    node.changes.on('parameter', pass('parameter'));
    changes.on('terrain', pass('terrain'));
    changes.on('style', pass('style'));
    changes.on('latentFill', pass('latentFill'));
    models.changes.on('instrument', pass('instrument'));
    models.changes.on('missing', pass('missing'));
    opener.changes.on('opening', pass('opening'));
    notices.changes.on('notice', passNotice);
    node.changes.on('fault', (error) => notices.tellError(error));
    const end = new AbortController();
    this.audioContext.addEventListener('statechange', passNotice, { signal: end.signal });
    // The library outlives this plugin.
    const forgetLibrary = library.changes.on('library', pass('library'));
    void library.refresh();
    node.changes.on('lost', (error) => {
      end.abort();
      forgetLibrary();
      // Who removes the plugin knows it.
      if (!node.destroyed) notices.tellError(error);
    });
  }

  get instrument(): InstrumentInfo {
    return this.#session.models.info;
  }
  get builtIn(): boolean {
    return this.#session.models.origin === null;
  }
  get opening(): Opening | null {
    return this.#session.opener.opening;
  }
  get missing(): MissingModel | null {
    return this.#session.models.missing;
  }
  get library(): Library {
    return library.contents;
  }
  get latentFill(): LatentFill {
    return this.#session.latentFill;
  }
  get terrain(): Terrain {
    return this.#session.terrain;
  }
  get factoryTerrainId(): string | null {
    return this.#session.factoryTerrainId;
  }
  get terrainHash(): string | null {
    return this.#session.terrainHash;
  }
  get style(): PictureStyle {
    return this.#session.style;
  }
  get notice(): Notice | null {
    return this.#session.notices.notice ?? (this.#blocked ? BLOCKED : null);
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

  openFile(file: File): Promise<void> {
    return this.#files.openFile(file);
  }
  openUrl(url: string): Promise<void> {
    return this.#files.openUrl(url);
  }
  cancelOpening(): void {
    this.#files.cancel();
  }
  openFromLibrary(hash: string | null): Promise<void> {
    return this.#files.openFromLibrary(hash);
  }
  renameInLibrary(hash: string, name: string): Promise<void> {
    return this.#files.rename(hash, name);
  }
  deleteFromLibrary(hash: string): Promise<void> {
    return this.#files.delete(hash);
  }
  exportTerrain(): Promise<{ readonly name: string; readonly blob: Blob }> {
    return this.#files.exportTerrain();
  }
  setLatentFill(fill: LatentFill): void {
    this.#session.setLatentFill(fill);
  }
  setAttribute(name: string, value: boolean | number): Promise<void> {
    return this.#files.setAttribute(name, value);
  }

  dismissNotice(): void {
    this.#session.notices.tell(null);
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
