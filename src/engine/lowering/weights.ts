/**
 * Weights in the order in which the matrix kernel reads them: panels of 8 columns, k after k, the last one filled up
 * with zeros. Magnitudes below 2^-63 become 0 (see kernels/lanes.ts).
 */

import { TINY } from '../jobs.js';

const PANEL = 8;

/** Floats from one panel to the next. */
export function panelPitch(depth: number): number {
  return depth * PANEL;
}

export function packPanels(
  depth: number,
  columns: number,
  at: (k: number, column: number) => number,
): Float32Array {
  const packed = new Float32Array(Math.ceil(columns / PANEL) * PANEL * depth);
  for (let column = 0; column < columns; column++) {
    const start = Math.floor(column / PANEL) * PANEL * depth + (column % PANEL);
    for (let k = 0; k < depth; k++) packed[start + k * PANEL] = withoutTiny(at(k, column));
  }
  return packed;
}

export function withoutTiny(weight: number): number {
  return Math.abs(weight) < TINY ? 0 : weight;
}
