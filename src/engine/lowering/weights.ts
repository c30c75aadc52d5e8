/**
 * Weights in the order in which the matrix kernel reads them: panels of 8 columns, k after k, the last one filled up
 * with zeros. Magnitudes below 2^-63 become 0 (see kernels/lanes.ts).
 */

import { TINY } from '../jobs.js';

const PANEL = 8;

const ROWS_AT_ONCE = 32;

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
  const depth = rows.length;
  const packed = new Float32Array(Math.ceil(columns.length / PANEL) * PANEL * depth);
  // Blocks of rows for all panels: whichever way the numbers lie, a block of them stays in the cache.
  for (let start = 0; start < depth; start += ROWS_AT_ONCE) {
    const block = rows.subarray(start, start + ROWS_AT_ONCE);
    for (let first = 0; first < columns.length; first += PANEL) {
      const panel = columns.subarray(first, first + PANEL);
      const isWhole = panel.length === PANEL && !panel.includes(NO_COLUMN);
      const pack = isWhole ? packWhole : packPart;
      pack(packed, first * depth + start * PANEL, numbers, block, panel);
    }
  }
  return packed;
}

/** Eight columns that are all there; written out, since models have millions of weights. */
function packWhole(
  packed: Float32Array,
  target: number,
  numbers: Float32Array,
  rows: Int32Array,
  panel: Int32Array,
): void {
  const [c0, c1, c2, c3, c4, c5, c6, c7] = panel as unknown as readonly [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  let position = target;
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k]!;
    packed[position] = withoutTiny(numbers[row + c0]!);
    packed[position + 1] = withoutTiny(numbers[row + c1]!);
    packed[position + 2] = withoutTiny(numbers[row + c2]!);
    packed[position + 3] = withoutTiny(numbers[row + c3]!);
    packed[position + 4] = withoutTiny(numbers[row + c4]!);
    packed[position + 5] = withoutTiny(numbers[row + c5]!);
    packed[position + 6] = withoutTiny(numbers[row + c6]!);
    packed[position + 7] = withoutTiny(numbers[row + c7]!);
    position += PANEL;
  }
}

/** The last columns, or a panel with gaps. */
function packPart(
  packed: Float32Array,
  target: number,
  numbers: Float32Array,
  rows: Int32Array,
  panel: Int32Array,
): void {
  rows.forEach((row, k) =>
    panel.forEach((column, lane) => {
      if (column !== NO_COLUMN) packed[target + k * PANEL + lane] = withoutTiny(numbers[row + column]!);
    }),
  );
}

/** `count` offsets, `step` apart. */
export function offsets(count: number, step: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i * step);
}

export function withoutTiny(weight: number): number {
  return weight < TINY && weight > -TINY ? 0 : weight;
}
