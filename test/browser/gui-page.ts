/**
 * A page's side of the face tests, bundled by `gui.test.ts` and run in Chromium: the plugin as `PluginFace` tells
 * it, without sound. Parameters answer through an event as the plugin's do; telemetry comes when the test says.
 */

import { createFace, destroyFace } from '../../src/gui/index.js';
import type {
  FaceStyle,
  FactoryTerrain,
  Notice,
  PluginFace,
  PluginFaceEvents,
} from '../../src/shared/face.js';
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
  style: FaceStyle = { map: 'colour', latent: 0, range: [-3, 3] };
  notice: Notice | null = null;
  readonly audioContext = null as unknown as BaseAudioContext;
  pictureWorkerUrl = new URL('workers/picture.js', location.href).href;
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

  setStyle(style: FaceStyle): void {
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

/** The element's own name, without the build. */
function find(root: ParentNode, name: string): HTMLElement {
  for (const element of root.querySelectorAll<HTMLElement>('*'))
    if (element.localName.startsWith(`latent-terrain-${name}-`)) return element;
  throw new Error(`No element ${name}`);
}

const page = {
  TestPlugin,
  createFace,
  destroyFace,
  find,
  /** A face in a container of this size; the newest is also `page.face`, its plugin `page.plugin`. */
  open(width: number, height: number): HTMLElement {
    const container = document.createElement('div');
    container.className = 'slot';
    container.style.cssText = `width:${width}px;height:${height}px`;
    document.querySelector('main')!.append(container);
    page.plugin = new TestPlugin();
    page.face = createFace(page.plugin);
    container.append(page.face);
    return page.face;
  },
  plugin: null as unknown as TestPlugin,
  face: null as unknown as HTMLElement,
  /** The element of a kind in the newest face. */
  part(name: string): HTMLElement {
    return find(page.face.shadowRoot!, name);
  },
};

export type Page = typeof page;
Object.assign(globalThis, { page });
