/**
 * Every message that crosses a thread, as discriminated unions. Close a switch over them with `satisfies never`.
 * Not the SDK's own messages (parameters, events), which have their own channel.
 */

import type { AttributeValues, Instrument } from './engine-plan.js';
import type { ErrorRecord } from './errors.js';
import type { Bounds, Terrain, TerrainNetwork } from './terrain.js';
import type { EnginePlan } from './engine-plan.js';

/*
 * Main thread → processor. Each carries an `id`; the processor answers `done` or `failed` with the same one
 * (`telemetry` is answered by `telemetry`).
 *
 * `process` posts nothing: what it has to tell waits for the next message of any kind. Then the processor posts the
 * SDK's acknowledgements of the events that came due since (from which the node dispatches `wam-automation` and
 * the like) and a fault, if there was one. So the node asks for `telemetry` about 30 times a second while a face is
 * open, while events that it scheduled are pending, or while somebody listens to its events.
 */
export type ToProcessor =
  | {
      readonly type: 'instrument';
      readonly id: number;
      readonly instrument: Instrument;
      readonly kernels: WebAssembly.Module;
    }
  | {
      readonly type: 'terrain';
      readonly id: number;
      readonly plan: EnginePlan;
      readonly bounds: Bounds;
      readonly latents: number;
      readonly kernels: WebAssembly.Module;
    }
  | { readonly type: 'seed'; readonly id: number; readonly seed: number }
  | { readonly type: 'latentFill'; readonly id: number; readonly fill: LatentFill }
  /** DSP memory as after creation: what `setState` ends with, so that a state renders the same every time. */
  | { readonly type: 'reset'; readonly id: number }
  /**
   * A gesture's automation for the WAMs connected to this one (`emitEvents` exists on the audio thread only);
   * the same events reach the plugin itself through `scheduleEvents`.
   */
  | { readonly type: 'emit'; readonly id: number; readonly events: readonly AutomationEvent[] }
  | { readonly type: 'telemetry'; readonly id: number }
  /** A round trip, nothing else. */
  | { readonly type: 'ping'; readonly id: number };

/** What the decoder's latents beyond the terrain's become; the same choice for every model. */
export type LatentFill = 'noise' | 'zeros';

/** WAM automation of one parameter, value in the parameter's own unit. */
export interface AutomationEvent {
  readonly type: 'wam-automation';
  /** Seconds of the context's clock. */
  readonly time: number;
  readonly data: { readonly id: string; readonly value: number; readonly normalized: false };
}

export type FromProcessor =
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorRecord }
  | { readonly type: 'telemetry'; readonly id: number; readonly telemetry: Telemetry }
  /** The instrument broke while it played (a trap in its program): it was dropped and the output is silent. */
  | { readonly type: 'fault'; readonly error: ErrorRecord };

/** What the audio thread tells the face, each time it is asked. */
export interface Telemetry {
  /** Seconds of the context's clock at which this was true. */
  readonly time: number;
  /** Positions 0..1 that the last hops (up to 64) sounded at, oldest first: [x0, y0, x1, y1, …]. */
  readonly trail: Float32Array;
  /** Greatest sample magnitude since the last telemetry, per output channel, linear. */
  readonly peaks: readonly [number, number];
  /** Share of the available time that rendering took, 0..1 (more when too slow), smoothed. */
  readonly load: number;
  /** Quanta that took longer than they last, since creation. */
  readonly missedDeadlines: number;
}

/** Where the loader gets a file from. A `Blob` crosses threads without being copied. */
export type FileSource =
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: ArrayBuffer }
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob }
  | { readonly kind: 'url'; readonly url: string };

/** The steps of opening a file, in this order; a terrain needs only the first two. */
export type OpeningStage = 'read' | 'parse' | 'trace' | 'plan' | 'pack';

/** Main thread → loader worker. To cancel, the worker is ended. */
export type ToLoader = {
  readonly type: 'open';
  readonly id: number;
  readonly source: FileSource;
  /** For models that offer attributes. */
  readonly attributes?: AttributeValues;
};

/** What a file turned out to be. */
export type OpenedFile =
  | { readonly kind: 'model'; readonly instrument: Instrument }
  /** nn.terrain's checkpoint; a state's terrain has its own way. `hash` is the file's SHA-256, in hex. */
  | { readonly kind: 'terrain'; readonly name: string; readonly hash: string; readonly terrain: Terrain };

export type FromLoader =
  | {
      readonly type: 'progress';
      readonly id: number;
      readonly stage: OpeningStage;
      /** Share of the whole opening that is done, 0..1; never falls. */
      readonly fraction: number;
    }
  /** `file` comes back for sources that were fetched, so that it can be kept. */
  | {
      readonly type: 'opened';
      readonly id: number;
      readonly opened: OpenedFile;
      readonly file: Blob | null;
    }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorRecord };

/** How latents become colours; saved with the state. */
export interface PictureStyle {
  /** 'grey' shows one latent; 'colour' shows four: brightness, red, green, blue. */
  readonly map: 'grey' | 'colour' | 'viridis' | 'magma';
  /** First latent shown. */
  readonly latent: number;
  /** Latent values shown as darkest and brightest. */
  readonly range: readonly [number, number];
}

/* Face → picture worker. A new `draw` replaces the one in progress. */
export type ToPicture =
  | { readonly type: 'terrain'; readonly network: TerrainNetwork; readonly bounds: Bounds }
  | {
      readonly type: 'draw';
      readonly id: number;
      readonly width: number;
      readonly height: number;
      readonly style: PictureStyle;
    };
export type FromPicture =
  /** Passes come coarse first; each fills the whole picture. `step` is the size of its pixels. */
  | {
      readonly type: 'pass';
      readonly id: number;
      readonly step: number;
      readonly width: number;
      readonly height: number;
      /** RGBA, top row first. */
      readonly pixels: Uint8ClampedArray;
      readonly last: boolean;
    }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorRecord };
