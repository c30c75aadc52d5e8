/**
 * A page's side of the face tests, bundled by `gui.test.ts` and run in Chromium: the plugin as `PluginFace` tells
 * it, without sound. Parameters answer through an event as the plugin's do; telemetry comes when the test says.
 */

import { createFace, destroyFace } from '../../src/gui/index.js';
import type { InstrumentInfo, ModelAttribute } from '../../src/shared/engine-plan.js';
import type {
  FactoryTerrain,
  LatentFill,
  Library,
  LibraryItem,
  MissingModel,
  Notice,
  Opening,
  PluginFace,
  PluginFaceEvents,
} from '../../src/shared/face.js';
import type { OpeningStage, PictureStyle, Telemetry } from '../../src/shared/messages.js';
import { clampParameter, PARAMETER_IDS, PARAMETERS, type ParameterId } from '../../src/shared/parameters.js';
import type { Terrain } from '../../src/shared/terrain.js';
import { terrainForward } from '../../src/terrain/forward.js';
import { createTerrainNetwork } from '../../src/terrain/network.js';

type Listeners = {
  [K in keyof PluginFaceEvents]: Set<(value: PluginFaceEvents[K]) => void>;
};

const FACTORY: readonly (FactoryTerrain & { readonly scale: number; readonly seed: number })[] = [
  { id: 'tides', name: 'Slow Tides', description: 'Soft pads that turn into breath', scale: 0.4, seed: 1 },
  {
    id: 'gravel',
    name: 'Gravel',
    description: 'Steep and percussive, every step another hit',
    scale: 1.4,
    seed: 2,
  },
  { id: 'tabla', name: 'Tabla Field', description: 'Hands on skins, near to far', scale: 0.7, seed: 3 },
  {
    id: 'strings',
    name: 'Plucked Ridge',
    description: 'Guitar and bass along a ridge',
    scale: 0.55,
    seed: 4,
  },
  { id: 'glass', name: 'Glass Plain', description: 'Bells, thin and tonal', scale: 0.3, seed: 5 },
  { id: 'noise', name: 'Weather', description: 'Noise in all its colours', scale: 0.9, seed: 6 },
];

/** A seeded terrain whose latents spread as a trained one's do: mean 0, deviation 1. */
function terrain({ name, scale, seed }: (typeof FACTORY)[number]): Terrain {
  const network = createTerrainNetwork({ inputs: 2, latents: 8, channels: 80, features: 64 }, scale, seed);
  const side = 15;
  const samples = Array.from({ length: side * side }, (_, i) =>
    terrainForward(network, [((i % side) / (side - 1)) * 4 - 2, (Math.floor(i / side) / (side - 1)) * 2 - 1]),
  );
  const { rows, columns, weight, bias } = network.layers[4];
  for (let row = 0; row < rows; row++) {
    const mean = samples.reduce((sum, latent) => sum + latent[row]!, 0) / samples.length;
    const deviation = Math.sqrt(
      samples.reduce((sum, latent) => sum + (latent[row]! - mean) ** 2, 0) / samples.length,
    );
    bias[row] = (bias[row]! - mean) / deviation;
    for (let column = 0; column < columns; column++) weight[row * columns + column]! /= deviation;
  }
  return {
    name,
    network,
    bounds: [
      [-2, 2],
      [-1, 1],
    ],
  };
}

const BUILT_IN: InstrumentInfo = {
  name: 'Sonic Pi samples',
  hash: '00',
  sampleRate: 44_100,
  hop: 1024,
  latents: 8,
  channels: 1,
};

/** What a test lets a file be. */
export const MODEL: InstrumentInfo = {
  name: 'darbouka',
  hash: 'd1',
  sampleRate: 48_000,
  hop: 2048,
  latents: 16,
  channels: 1,
};

export class TestPlugin implements PluginFace {
  instrument = BUILT_IN;
  builtIn = true;
  opening: Opening | null = null;
  missing: MissingModel | null = null;
  library: Library = { items: [], unavailable: null };
  latentFill: LatentFill = 'noise';
  terrainHash: string | null = null;
  /** What the face asked to be opened, in order, and attributes. */
  readonly asked: string[] = [];
  #answer: (() => void) | null = null;
  readonly factoryTerrains = FACTORY;
  factoryTerrainId: string | null = 'tides';
  terrain: Terrain = terrain(FACTORY[0]!);
  style: PictureStyle = { map: 'colour', latent: 0, range: [-3, 3] };
  notice: Notice | null = null;
  readonly audioContext = null as unknown as BaseAudioContext;
  pictureWorkerUrl = new URLSearchParams(location.search).get('worker')!;
  /** All that the face did. */
  readonly gestures: Partial<Record<ParameterId, number>>[] = [];
  readonly #values = new Map<ParameterId, number>(PARAMETER_IDS.map((id) => [id, PARAMETERS[id].default]));
  readonly listeners: Listeners = {
    parameter: new Set(),
    terrain: new Set(),
    telemetry: new Set(),
    notice: new Set(),
    style: new Set(),
    instrument: new Set(),
    opening: new Set(),
    missing: new Set(),
    library: new Set(),
    latentFill: new Set(),
  };

  value(id: ParameterId): number {
    return this.#values.get(id)!;
  }

  /** What a host's automation does. */
  automate(values: Partial<Record<ParameterId, number>>): void {
    for (const [key, value] of Object.entries(values)) {
      const id = key as ParameterId;
      this.#values.set(id, clampParameter(id, value));
      this.emit('parameter', { id, value: this.value(id) });
    }
  }

  gesture(values: Partial<Record<ParameterId, number>>): void {
    this.gestures.push(values);
    this.automate(values);
  }

  async selectFactoryTerrain(id: string): Promise<void> {
    const found = FACTORY.find((each) => each.id === id);
    if (!found) throw new Error(`No terrain is called ${id}.`);
    await Promise.resolve();
    this.factoryTerrainId = id;
    this.terrain = terrain(found);
    this.emit('terrain', this.terrain);
  }

  setStyle(style: PictureStyle): void {
    this.style = style;
    this.emit('style', style);
  }

  notify(notice: Notice | null): void {
    this.notice = notice;
    this.emit('notice', notice);
  }

  dismissNotice(): void {
    this.notify(null);
  }

  /* Files: nothing is read. An opening goes on until the test calls `play`, `refuse`, or the face cancels. */

  #open(what: string, name: string): Promise<void> {
    this.asked.push(what);
    this.#answer?.();
    this.notify(null);
    this.progress('read', 0, name);
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #close(): void {
    this.opening = null;
    this.emit('opening', null);
    this.#answer?.();
    this.#answer = null;
  }

  openFile(file: File): Promise<void> {
    return this.#open(`file ${file.name} ${file.size}`, file.name);
  }

  openUrl(url: string): Promise<void> {
    return this.#open(`url ${url}`, url.split('/').at(-1));
  }

  openFromLibrary(hash: string | null): Promise<void> {
    const name = this.library.items.find((item) => item.hash === hash)?.name ?? 'Built-in';
    return this.#open(`library ${hash}`, name);
  }

  cancelOpening(): void {
    this.asked.push('cancel');
    this.notify({ kind: 'info', text: 'Opening was stopped.' });
    this.#close();
  }

  /** What the loader reports. */
  progress(stage: OpeningStage, fraction: number, name = this.opening!.name): void {
    this.opening = { name, stage, fraction };
    this.emit('opening', this.opening);
  }

  /** The file turned out to be this, and plays. */
  play(instrument: Partial<InstrumentInfo>, builtIn = false): void {
    this.instrument = { ...MODEL, ...instrument };
    this.builtIn = builtIn;
    this.emit('instrument', this.instrument);
    this.lack(null);
    this.#close();
  }

  /** The file turned out to be a terrain, and plays. */
  playTerrain(name: string, hash: string): void {
    this.terrain = { ...this.terrain, name };
    this.factoryTerrainId = null;
    this.terrainHash = hash;
    this.emit('terrain', this.terrain);
    this.#close();
  }

  refuse(text: string, details: readonly string[] = []): void {
    this.notify({ kind: 'error', text, details });
    this.#close();
  }

  lack(missing: MissingModel | null): void {
    this.missing = missing;
    this.emit('missing', missing);
  }

  keep(items: readonly Partial<LibraryItem>[], unavailable: string | null = null): void {
    this.library = {
      items: items.map((item, i) => ({
        kind: 'model',
        hash: `h${i}`,
        name: `Model ${i}`,
        bytes: 148_700_000,
        latents: 16,
        sampleRate: item.kind === 'terrain' ? null : 44_100,
        addedAt: 0,
        ...item,
      })),
      unavailable,
    };
    this.emit('library', this.library);
  }

  async renameInLibrary(hash: string, name: string): Promise<void> {
    await Promise.resolve();
    this.keep(this.library.items.map((item) => (item.hash === hash ? { ...item, name } : item)));
  }

  async deleteFromLibrary(hash: string): Promise<void> {
    await Promise.resolve();
    this.keep(this.library.items.filter((item) => item.hash !== hash));
  }

  exportTerrain(): Promise<{ readonly name: string; readonly blob: Blob }> {
    return Promise.resolve({ name: `${this.terrain.name}.pt`, blob: new Blob(['a terrain']) });
  }

  setLatentFill(fill: LatentFill): void {
    this.latentFill = fill;
    this.emit('latentFill', fill);
  }

  setAttribute(name: string, value: boolean | number): Promise<void> {
    this.asked.push(`attribute ${name} ${value}`);
    const attributes = this.instrument.attributes!.map((attribute) =>
      attribute.name === name ? ({ ...attribute, value } as ModelAttribute) : attribute,
    );
    this.instrument = { ...this.instrument, attributes };
    this.emit('instrument', this.instrument);
    return Promise.resolve();
  }

  on<K extends keyof PluginFaceEvents>(event: K, listener: (value: PluginFaceEvents[K]) => void): () => void {
    this.listeners[event].add(listener);
    return () => this.listeners[event].delete(listener);
  }

  emit<K extends keyof PluginFaceEvents>(event: K, value: PluginFaceEvents[K]): void {
    for (const listener of this.listeners[event]) listener(value);
  }

  hear(positions: readonly number[], telemetry: Partial<Telemetry> = {}): void {
    this.emit('telemetry', {
      time: 0,
      trail: Float32Array.from(positions),
      peaks: [0.4, 0.3],
      load: 0.12,
      missedDeadlines: 0,
      ...telemetry,
    });
  }

  get listenerCount(): number {
    return Object.values(this.listeners).reduce((sum, set) => sum + set.size, 0);
  }
}

/** Animation frames asked for and not run or taken back, and workers that run: what a face must not leave behind. */
const pending = new Set<number>();
const workers = new Set<Worker>();

const { requestAnimationFrame: request, cancelAnimationFrame: cancel, Worker: PlainWorker } = globalThis;
globalThis.requestAnimationFrame = (frame): number => {
  const id = request((now) => {
    pending.delete(id);
    page.frames++;
    frame(now);
  });
  pending.add(id);
  return id;
};
globalThis.cancelAnimationFrame = (id): void => {
  pending.delete(id);
  cancel(id);
};
globalThis.Worker = class extends PlainWorker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    workers.add(this);
  }
  override terminate(): void {
    workers.delete(this);
    super.terminate();
  }
};

const page = {
  TestPlugin,
  createFace,
  destroyFace,
  plugin: null as unknown as TestPlugin,
  face: null as unknown as HTMLElement,
  /** Frames that ran so far. */
  frames: 0,
  get pendingFrames(): number {
    return pending.size;
  },
  get workers(): number {
    return workers.size;
  },
  /** A face in a container of this size; it and its plugin become `page.face` and `page.plugin`. */
  open(width: number, height: number, plugin = new TestPlugin()): void {
    const container = document.createElement('div');
    container.style.cssText = `width:${width}px;height:${height}px`;
    document.querySelector('main')!.append(container);
    page.plugin = plugin;
    page.face = createFace(plugin);
    container.append(page.face);
  },
  /** Ends all faces. */
  clear(): void {
    for (const container of [...document.querySelector('main')!.children]) {
      if (container.firstElementChild) destroyFace(container.firstElementChild);
      container.remove();
    }
  },
  /** RGB of the overlay's canvas at a position 0..1, and how opaque it is. */
  overlayAt(x: number, y: number): number[] {
    const canvas = page.face
      .shadowRoot!.querySelector('.view')!
      .shadowRoot!.querySelector<HTMLCanvasElement>('.overlay')!;
    const pixel = canvas.getContext('2d')!;
    const column = Math.floor(x * canvas.width);
    return [...pixel.getImageData(column, Math.floor((1 - y) * canvas.height), 1, 1).data];
  },
};

export type Page = typeof page;
Object.assign(globalThis, { page });
