/**
 * A terrain's picture, made in passes: coarse first, each pass a whole picture of its own, smaller the coarser it
 * is. Work is cut into small steps so that its thread can hear of a newer wish in between. Keeps the latents it
 * has computed, so that another colour map or range only repaints. Used by `picture.ts`; knows no thread.
 */

import { COLOUR_LATENTS, paintLatents } from '../shared/colour-maps.js';
import type { PictureStyle } from '../shared/messages.js';
import type { Bounds } from '../shared/terrain.js';
import { coordinateAt } from '../terrain/bounds.js';

/** Sizes of a pass's cells, in pixels of the wished picture. */
export const PASS_STEPS: readonly number[] = [16, 8, 4, 2, 1];

/** Latents kept of each cell: enough to page through a few maps without computing again. */
const KEPT_LATENTS = 8;

/** Evaluates a terrain at many positions at once. */
export interface TerrainEvaluator {
  readonly inputs: number;
  readonly latents: number;
  /** Positions of one run. */
  readonly batch: number;
  /**
   * @param positions [inputs, batch] in the control space.
   * @returns [latents, batch], overwritten by the next run.
   */
  run(positions: Float32Array): Float32Array;
}

export interface PictureWish {
  readonly width: number;
  readonly height: number;
  readonly style: PictureStyle;
}

export interface PicturePass {
  readonly step: number;
  /** Cells of this pass, not pixels of the wish. */
  readonly width: number;
  readonly height: number;
  /** RGBA, top row first. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly last: boolean;
}

interface Grid {
  readonly step: number;
  readonly width: number;
  readonly height: number;
  /** [height · width, kept] */
  readonly latents: Float32Array;
}

export class TerrainPicture {
  readonly #evaluator: TerrainEvaluator;
  readonly #bounds: Bounds;
  readonly #positions: Float32Array;
  readonly #kept: number;
  #wish: PictureWish | null = null;
  /** First latent that is kept. */
  #first = 0;
  #pass = PASS_STEPS.length;
  #grid: Grid | null = null;
  #filled = 0;
  #finest: Grid | null = null;

  constructor(evaluator: TerrainEvaluator, bounds: Bounds) {
    this.#evaluator = evaluator;
    this.#bounds = bounds;
    this.#positions = new Float32Array(evaluator.batch * evaluator.inputs);
    this.#kept = Math.min(KEPT_LATENTS, evaluator.latents);
  }

  get done(): boolean {
    return this.#pass >= PASS_STEPS.length;
  }

  /**
   * Takes a newer wish. Where only colours differ, work goes on where it was.
   * @returns The finest finished pass in the new colours, if it is of use for this wish.
   */
  draw(wish: PictureWish): PicturePass | null {
    const latents = this.#evaluator.latents;
    const first = Math.min(Math.max(0, Math.floor(wish.style.latent)), latents - 1);
    const end = Math.min(latents, wish.style.map === 'colour' ? first + COLOUR_LATENTS : first + 1);
    const sameSize = this.#wish?.width === wish.width && this.#wish.height === wish.height;
    const kept = first >= this.#first && end <= this.#first + this.#kept;
    this.#wish = { ...wish, style: { ...wish.style, latent: first } };
    if (sameSize && kept) return this.#finest && this.#paint(this.#finest);
    this.#first = Math.min(first, latents - this.#kept);
    this.#pass = 0;
    this.#grid = null;
    this.#finest = null;
    return null;
  }

  /** Evaluates one more batch. Returns the pass that this finished, or null. */
  advance(): PicturePass | null {
    if (this.done || !this.#wish) return null;
    this.#grid ??= this.#newGrid(PASS_STEPS[this.#pass] as number, this.#wish);
    const grid = this.#grid;
    const cells = grid.width * grid.height;
    const { batch } = this.#evaluator;
    const count = Math.min(batch, cells - this.#filled);
    for (let i = 0; i < count; i++) this.#place(grid, this.#filled + i, i);
    const values = this.#evaluator.run(this.#positions);
    for (let i = 0; i < count; i++)
      for (let k = 0; k < this.#kept; k++)
        grid.latents[(this.#filled + i) * this.#kept + k] = values[(this.#first + k) * batch + i] as number;
    this.#filled += count;
    if (this.#filled < cells) return null;
    this.#finest = grid;
    this.#grid = null;
    this.#pass++;
    return this.#paint(grid);
  }

  #newGrid(step: number, { width, height }: PictureWish): Grid {
    const columns = Math.max(1, Math.ceil(width / step));
    const rows = Math.max(1, Math.ceil(height / step));
    this.#filled = 0;
    return {
      step,
      width: columns,
      height: rows,
      latents: new Float32Array(columns * rows * this.#kept),
    };
  }

  /** Writes the position of a cell's middle: left to right is X, bottom to top is Y, the rest stays mid-way. */
  #place(grid: Grid, cell: number, slot: number): void {
    const { inputs, batch } = this.#evaluator;
    const column = cell % grid.width;
    const row = (cell - column) / grid.width;
    for (let axis = 0; axis < inputs; axis++) {
      const share =
        axis === 0 ? (column + 0.5) / grid.width : axis === 1 ? 1 - (row + 0.5) / grid.height : 0.5;
      this.#positions[axis * batch + slot] = coordinateAt(this.#bounds, axis, share);
    }
  }

  #paint(grid: Grid): PicturePass {
    const { style } = this.#wish as PictureWish;
    const pixels = new Uint8ClampedArray(grid.width * grid.height * 4);
    paintLatents(grid.latents, this.#kept, style.latent - this.#first, style, pixels);
    return { step: grid.step, width: grid.width, height: grid.height, pixels, last: grid.step === 1 };
  }
}
