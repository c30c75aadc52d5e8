/**
 * Depthwise convolution and the overlap-add that ends a transposed convolution. Rows are time, columns are channels.
 */

import { address, bytes, finishRows, real, storeLanes, word } from './lanes';

/** target[row][c] = activation(bias[c] + sum over taps of source[row][tap][c] * weight[tap][c]) + residual. */
export function depthwise(job: usize): void {
  const target = address(job, 1);
  const source = address(job, 2);
  const weight = address(job, 3);
  const bias = address(job, 4);
  const residual = address(job, 5);
  const rows = <usize>word(job, 6);
  const columns = word(job, 7);
  const taps = word(job, 8);
  const tapPitch = bytes(job, 9);
  const sourcePitch = bytes(job, 10);
  const targetPitch = bytes(job, 11);
  const residualPitch = bytes(job, 12);
  const activation = word(job, 13);
  const alpha = real(job, 14);
  const weightPitch = <usize>columns << 2;

  for (let row: usize = 0; row < rows; row++) {
    for (let column = 0; column < columns; column += 4) {
      const shift = <usize>column << 2;
      let sum = bias != 0 ? v128.load(bias + shift) : f32x4.splat(0);
      let x = source + row * sourcePitch + shift;
      let w = weight + shift;
      for (let tap = 0; tap < taps; tap++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(x), v128.load(w)));
        x += tapPitch;
        w += weightPitch;
      }
      storeLanes(target + row * targetPitch + shift, sum, columns - column);
    }
  }
  finishRows(target, residual, <i32>rows, columns, targetPitch, residualPitch, activation, alpha);
}

function add(target: usize, source: usize, length: i32): void {
  const end = target + (<usize>length << 2);
  while (target + 16 <= end) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
  if (target < end) {
    storeLanes(target, f32x4.add(v128.load(target), v128.load(source)), <i32>(end - target) >> 2);
  }
}

/**
 * Row t of the source, `columns` long, is added at t * hop to what the last hop left over. The first part of the sum is
 * the target (+ bias, activated), the rest is the new tail, in the place of the old one.
 */
export function overlapAdd(job: usize): void {
  const target = address(job, 1);
  const source = address(job, 2);
  const tail = address(job, 3);
  const bias = address(job, 4);
  const rows = word(job, 5);
  const columns = word(job, 6);
  const hop = word(job, 7);
  const tailLength = word(job, 8);
  const targetLength = word(job, 9);
  const biasLength = word(job, 10);
  const activation = word(job, 11);
  const alpha = real(job, 12);

  const due = min(tailLength, targetLength);
  memory.copy(target, tail, <usize>due << 2);
  memory.fill(target + (<usize>due << 2), 0, <usize>(targetLength - due) << 2);
  const kept = tailLength - due;
  memory.copy(tail, tail + (<usize>due << 2), <usize>kept << 2);
  memory.fill(tail + (<usize>kept << 2), 0, <usize>due << 2);

  for (let row = 0; row < rows; row++) {
    const from = source + ((<usize>row * <usize>columns) << 2);
    const start = row * hop;
    const inside = max(0, min(columns, targetLength - start));
    add(target + (<usize>start << 2), from, inside);
    if (inside == columns) continue;
    const past = start + inside - targetLength;
    add(tail + (<usize>past << 2), from + (<usize>inside << 2), columns - inside);
  }

  if (bias != 0) {
    for (let first = 0; first < targetLength; first += biasLength) {
      add(target + (<usize>first << 2), bias, min(biasLength, targetLength - first));
    }
  }
  finishRows(target, 0, 1, targetLength, 0, 0, activation, alpha);
}
