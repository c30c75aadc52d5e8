/**
 * The face's end of the picture worker: says what to draw, hears of passes. Starts the worker at the first wish.
 * Thread: main.
 */

import type { ErrorRecord } from '../../shared/errors.js';
import type { FromPicture, PictureStyle, ToPicture } from '../../shared/messages.js';
import type { Terrain, TerrainNetwork } from '../../shared/terrain.js';
import { startModuleWorker } from '../../shared/worker.js';

export type PicturePass = Extract<FromPicture, { type: 'pass' }>;

/** Multiply-accumulates that one whole picture may cost: some seconds of one core, in the background. */
const MOST_WORK = 1.5e10;
const MOST_PIXELS = 400_000;

/** Multiply-accumulates of a terrain at one position. */
export function terrainWork(network: Pick<TerrainNetwork, 'inputs' | 'features' | 'layers'>): number {
  return network.layers.reduce(
    (sum, { rows, columns }) => sum + rows * columns,
    network.inputs * network.features,
  );
}

/** Size of the picture in pixels for a view of this size in CSS px: sharp where the terrain allows it. */
export function pictureSize(
  width: number,
  height: number,
  pixelRatio: number,
  workPerPixel: number,
): { readonly width: number; readonly height: number } {
  const most = Math.min(MOST_PIXELS, MOST_WORK / workPerPixel);
  const scale = Math.min(pixelRatio, Math.sqrt(most / (width * height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export class PictureClient {
  readonly #url: string;
  readonly #onPass: (pass: PicturePass) => void;
  readonly #onFailure: (error: ErrorRecord) => void;
  #worker: Worker | null = null;
  #terrain: Terrain | null = null;
  #id = 0;

  constructor(url: string, onPass: (pass: PicturePass) => void, onFailure: (error: ErrorRecord) => void) {
    this.#url = url;
    this.#onPass = onPass;
    this.#onFailure = onFailure;
  }

  /** Wishes a picture; an older wish is dropped, also when half done. */
  draw(terrain: Terrain, width: number, height: number, style: PictureStyle): void {
    const worker = (this.#worker ??= this.#start());
    if (terrain !== this.#terrain) {
      this.#terrain = terrain;
      this.#post(worker, { type: 'terrain', network: terrain.network, bounds: terrain.bounds });
    }
    const { map, latent, range } = style;
    this.#post(worker, { type: 'draw', id: ++this.#id, width, height, style: { map, latent, range } });
  }

  /** Ends the worker; a later `draw` starts a new one. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#terrain = null;
  }

  #post(worker: Worker, message: ToPicture): void {
    worker.postMessage(message);
  }

  #start(): Worker {
    const worker = startModuleWorker(this.#url);
    worker.onmessage = ({ data }: MessageEvent<FromPicture>): void => {
      if (data.id !== this.#id) return;
      if (data.type === 'pass') this.#onPass(data);
      else this.#onFailure(data.error);
    };
    worker.onerror = (event): void => {
      event.preventDefault();
      this.stop();
      this.#onFailure({
        code: 'asset/missing',
        message:
          'The terrain cannot be drawn: a part of the plugin did not load. Reload the page. The sound goes on.',
        details: [event.message ? `${this.#url}: ${event.message}` : this.#url],
      });
    };
    return worker;
  }
}
