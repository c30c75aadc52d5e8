/**
 * A page's side of the face tests, bundled by `gui.test.ts` and run in Chromium: the plugin as `PluginFace` tells
 * it, without sound. Parameters answer through an event as the plugin's do; telemetry comes when the test says.
 */

import { createFace, destroyFace } from '../../src/gui/index.js';
import type { FactoryTerrain, Notice, PluginFace, PluginFaceEvents } from '../../src/shared/face.js';
import type { PictureStyle } from '../../src/shared/messages.js';
import type { Telemetry } from '../../src/shared/messages.js';
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

export class TestPlugin implements PluginFace {
  readonly instrumentName = 'Built-in';
  readonly latents = 8;
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
