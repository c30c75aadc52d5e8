/**
 * What the face (`src/gui`) sees of the plugin, and all it sees. Implemented by `src/index.ts`;
 * a page that shows the face without a plugin can implement it too.
 * Thread: main.
 */

import type { PictureStyle, Telemetry } from './messages.js';
import type { ParameterId } from './parameters.js';
import type { Terrain } from './terrain.js';

export interface FactoryTerrain {
  readonly id: string;
  readonly name: string;
  /** One line: what it sounds like. */
  readonly description: string;
}

export interface Notice {
  readonly kind: 'info' | 'error';
  readonly text: string;
  /** Longer form, shown on demand. */
  readonly details?: readonly string[];
}

export interface PluginFaceEvents {
  /** A parameter's value changed, whoever changed it (host, gesture, state). */
  parameter: { readonly id: ParameterId; readonly value: number };
  terrain: Terrain;
  telemetry: Telemetry;
  notice: Notice | null;
  style: PictureStyle;
}

export interface PluginFace {
  /** Name of the instrument that sounds. */
  readonly instrumentName: string;
  readonly latents: number;
  readonly terrain: Terrain;
  /** Factory terrain that `terrain` is, if it is one. */
  readonly factoryTerrainId: string | null;
  readonly factoryTerrains: readonly FactoryTerrain[];
  readonly style: PictureStyle;
  readonly notice: Notice | null;
  readonly audioContext: BaseAudioContext;
  /** Address of the picture worker's module. */
  readonly pictureWorkerUrl: string;

  value(id: ParameterId): number;
  /**
   * A musician's gesture: schedules the values on the node, tells the connected host and (through the same event)
   * every face. The only way by which the face changes a parameter.
   */
  gesture(values: Partial<Record<ParameterId, number>>): void;
  selectFactoryTerrain(id: string): Promise<void>;
  setStyle(style: PictureStyle): void;
  dismissNotice(): void;
  /** Adds a listener; returns the function that removes it. Telemetry flows only while somebody listens to it. */
  on<K extends keyof PluginFaceEvents>(event: K, listener: (value: PluginFaceEvents[K]) => void): () => void;
}
