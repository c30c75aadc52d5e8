/**
 * Weights in the order in which the matrix kernel reads them: panels of 8 columns, k after k, the last one filled up
 * with zeros. Magnitudes below 2^-63 become 0 (see kernels/lanes.ts).
 */

import { TINY } from '../jobs.js';

const PANEL = 8;

/** Stands for a column of zeros. */
export const NO_COLUMN = -1;

/** Floats from one panel to the next. */
export function panelPitch(depth: number): number {
  return depth * PANEL;
}

/**
 * @param rows For each k where its numbers begin, [depth].
 * @param columns How far beyond that each column lies, or NO_COLUMN, [columns].
 */
export function packPanels(numbers: Float32Array, rows: Int32Array, columns: Int32Array): Float32Array {
  const packed = new Float32Array(Math.ceil(columns.length / PANEL) * PANEL * rows.length);
  let position = 0;
  for (let first = 0; first < columns.length; first += PANEL) {
    const lanes = Math.min(PANEL, columns.length - first);
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k]!;
      for (let lane = 0; lane < lanes; lane++) {
        const column = columns[first + lane]!;
        if (column !== NO_COLUMN) packed[position + lane] = withoutTiny(numbers[row + column]!);
      }
      position += PANEL;
    }
  }
  return packed;
}

/** `count` offsets, `step` apart. */
export function offsets(count: number, step: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i * step);
}

export function withoutTiny(weight: number): number {
  return weight < TINY && weight > -TINY ? 0 : weight;
}
