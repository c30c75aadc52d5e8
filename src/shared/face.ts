/**
 * What the face (`src/gui`) sees of the plugin, and all it sees. Implemented by `src/index.ts`;
 * a page that shows the face without a plugin can implement it too.
 * Thread: main.
 */

import type { InstrumentInfo } from './engine-plan.js';
import type { LatentFill, OpeningStage, PictureStyle, Telemetry } from './messages.js';
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

/** A file that is being opened. */
export interface Opening {
  readonly name: string;
  readonly stage: OpeningStage;
  /** 0..1, never falls. */
  readonly fraction: number;
}

/** A model that the restored project needs and that is not here. The rest of the project was restored. */
export interface MissingModel {
  readonly hash: string;
  readonly name: string;
  /** Where it came from, if the project knows. */
  readonly url: string | null;
}

/** A model or terrain kept in this browser. */
export interface LibraryItem {
  readonly kind: 'model' | 'terrain';
  /** SHA-256 of the file, in hex. */
  readonly hash: string;
  readonly name: string;
  readonly bytes: number;
  readonly latents: number;
  /** Hz; models only. */
  readonly sampleRate: number | null;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

/** What is kept in this browser. */
export interface Library {
  /** Newest first. */
  readonly items: readonly LibraryItem[];
  /** Why nothing can be kept here (private mode, storage refused), a sentence; null when all is well. */
  readonly unavailable: string | null;
}

export type { LatentFill };

export interface PluginFaceEvents {
  /** A parameter's value changed, whoever changed it (host, gesture, state). */
  parameter: { readonly id: ParameterId; readonly value: number };
  terrain: Terrain;
  telemetry: Telemetry;
  notice: Notice | null;
  style: PictureStyle;
  /** Another model sounds, or an attribute of it changed. */
  instrument: InstrumentInfo;
  opening: Opening | null;
  missing: MissingModel | null;
  library: Library;
  latentFill: LatentFill;
}

export interface PluginFace {
  /** The instrument that sounds. */
  readonly instrument: InstrumentInfo;
  /** Whether it is the built-in one. */
  readonly builtIn: boolean;
  readonly opening: Opening | null;
  readonly missing: MissingModel | null;
  readonly library: Library;
  readonly latentFill: LatentFill;
  readonly terrain: Terrain;
  /** Factory terrain that `terrain` is, if it is one. */
  readonly factoryTerrainId: string | null;
  /** Hash of the library's terrain that `terrain` is, if it is known to be one. */
  readonly terrainHash: string | null;
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

  /*
   * Files. None of these rejects: a refusal or a cancelled opening ends in a notice, and the old sound goes on.
   * A new opening cancels the one in progress.
   */
  /** A model (`.ts`, `.onnx`) or a terrain (`.pt`): plays it and keeps it in the library. */
  openFile(file: File): Promise<void>;
  openUrl(url: string): Promise<void>;
  cancelOpening(): void;
  /** Plays a model or terrain of the library; null is the built-in model. */
  openFromLibrary(hash: string | null): Promise<void>;
  renameInLibrary(hash: string, name: string): Promise<void>;
  /** What sounds goes on sounding. */
  deleteFromLibrary(hash: string): Promise<void>;
  /** The terrain that plays as nn.terrain's checkpoint. */
  exportTerrain(): Promise<{ readonly name: string; readonly blob: Blob }>;
  setLatentFill(fill: LatentFill): void;
  /** Traces the model again with this value; crossfades as a new model does. */
  setAttribute(name: string, value: boolean | number): Promise<void>;

  dismissNotice(): void;
  /** Adds a listener; returns the function that removes it. Telemetry flows only while somebody listens to it. */
  on<K extends keyof PluginFaceEvents>(event: K, listener: (value: PluginFaceEvents[K]) => void): () => void;
}
