/**
 * target[row][column] = activation(bias[column] + sum over taps, k of source[row][tap][k] * weight[tap][k][column])
 * + residual. Convolutions (taps are rows of the source, im2col is free), matrix products and transposed
 * convolutions are all this one kernel.
 *
 * Weights lie in panels of 8 columns, k after k (or, unpacked, as plain rows: the two pitches say which). The inner loop
 * does one k: unrolling it makes V8 spill registers and halves the speed. Each tap is summed by itself and the taps' sums
 * then added, which keeps float32's error small in long sums. Every tile sums in the same order, so a row's result does
 * not depend on how many rows are computed together.
 */

import { ACTIVATION_NONE } from './job-codes';
import { address, bytes, finish, finishRows, real, storeLanes, word } from './lanes';

// The words of the current job that tiles need; globals, because a wasm call with 20 arguments is slower.
let taps: i32 = 0;
let depth: usize = 0;
let tapPitch: usize = 0;
let sourcePitch: usize = 0;
let targetPitch: usize = 0;
let residualPitch: usize = 0;
let weightPitch: usize = 0;
let plain: bool = true;

// @ts-ignore: decorator
@inline
function mac(sum: v128, x: v128, w: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, w));
}

// @ts-ignore: decorator
@inline
function startingBias(bias: usize, lane: usize): v128 {
  return bias != 0 ? v128.load(bias + lane) : f32x4.splat(0);
}

/** With an activation, what follows the sum waits until the rows are whole: see `finishRows`. */
// @ts-ignore: decorator
@inline
function put(target: usize, residual: usize, low: v128, high: v128, lanes: i32): void {
  if (plain) {
    low = finish(low, residual);
    high = finish(high, right(residual, 16));
  }
  storeLanes(target, low, lanes);
  if (lanes > 4) storeLanes(target + 16, high, lanes - 4);
}

// @ts-ignore: decorator
@inline
function right(residual: usize, shift: usize): usize {
  return residual != 0 ? residual + shift : 0;
}

// @ts-ignore: decorator
@inline
function below(residual: usize, row: usize): usize {
  return residual != 0 ? residual + row * residualPitch : 0;
}

/** 4 rows × 8 columns. */
function tile4(target: usize, source: usize, weight: usize, bias: usize, residual: usize, lanes: i32): void {
  let a0 = startingBias(bias, 0);
  let a1 = startingBias(bias, 16);
  let b0 = a0, b1 = a1;
  let c0 = a0, c1 = a1;
  let d0 = a0, d1 = a1;
  const pitch = sourcePitch;
  const step = weightPitch;
  for (let tap = 0; tap < taps; tap++) {
    let a0s = f32x4.splat(0), a1s = f32x4.splat(0);
    let b0s = f32x4.splat(0), b1s = f32x4.splat(0);
    let c0s = f32x4.splat(0), c1s = f32x4.splat(0);
    let d0s = f32x4.splat(0), d1s = f32x4.splat(0);
    let p0 = source;
    const end = p0 + depth;
    let p1 = p0 + pitch;
    let p2 = p1 + pitch;
    let p3 = p2 + pitch;
    while (p0 < end) {
      const w0 = v128.load(weight);
      const w1 = v128.load(weight, 16);
      let x = v128.load_splat<f32>(p0);
      a0s = mac(a0s, x, w0);
      a1s = mac(a1s, x, w1);
      x = v128.load_splat<f32>(p1);
      b0s = mac(b0s, x, w0);
      b1s = mac(b1s, x, w1);
      x = v128.load_splat<f32>(p2);
      c0s = mac(c0s, x, w0);
      c1s = mac(c1s, x, w1);
      x = v128.load_splat<f32>(p3);
      d0s = mac(d0s, x, w0);
      d1s = mac(d1s, x, w1);
      weight += step;
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
    }
    a0 = f32x4.add(a0, a0s);
    a1 = f32x4.add(a1, a1s);
    b0 = f32x4.add(b0, b0s);
    b1 = f32x4.add(b1, b1s);
    c0 = f32x4.add(c0, c0s);
    c1 = f32x4.add(c1, c1s);
    d0 = f32x4.add(d0, d0s);
    d1 = f32x4.add(d1, d1s);
    source += tapPitch;
  }
  put(target, residual, a0, a1, lanes);
  put(target + targetPitch, below(residual, 1), b0, b1, lanes);
  put(target + 2 * targetPitch, below(residual, 2), c0, c1, lanes);
  put(target + 3 * targetPitch, below(residual, 3), d0, d1, lanes);
}

/** 3 rows × 8 columns. */
function tile3(target: usize, source: usize, weight: usize, bias: usize, residual: usize, lanes: i32): void {
  let a0 = startingBias(bias, 0);
  let a1 = startingBias(bias, 16);
  let b0 = a0, b1 = a1;
  let c0 = a0, c1 = a1;
  const pitch = sourcePitch;
  const step = weightPitch;
  for (let tap = 0; tap < taps; tap++) {
    let a0s = f32x4.splat(0), a1s = f32x4.splat(0);
    let b0s = f32x4.splat(0), b1s = f32x4.splat(0);
    let c0s = f32x4.splat(0), c1s = f32x4.splat(0);
    let p0 = source;
    const end = p0 + depth;
    let p1 = p0 + pitch;
    let p2 = p1 + pitch;
    while (p0 < end) {
      const w0 = v128.load(weight);
      const w1 = v128.load(weight, 16);
      let x = v128.load_splat<f32>(p0);
      a0s = mac(a0s, x, w0);
      a1s = mac(a1s, x, w1);
      x = v128.load_splat<f32>(p1);
      b0s = mac(b0s, x, w0);
      b1s = mac(b1s, x, w1);
      x = v128.load_splat<f32>(p2);
      c0s = mac(c0s, x, w0);
      c1s = mac(c1s, x, w1);
      weight += step;
      p0 += 4;
      p1 += 4;
      p2 += 4;
    }
    a0 = f32x4.add(a0, a0s);
    a1 = f32x4.add(a1, a1s);
    b0 = f32x4.add(b0, b0s);
    b1 = f32x4.add(b1, b1s);
    c0 = f32x4.add(c0, c0s);
    c1 = f32x4.add(c1, c1s);
    source += tapPitch;
  }
  put(target, residual, a0, a1, lanes);
  put(target + targetPitch, below(residual, 1), b0, b1, lanes);
  put(target + 2 * targetPitch, below(residual, 2), c0, c1, lanes);
}

/** 2 rows × 16 columns: two panels, `panel` bytes apart. */
function tile2(
  target: usize, source: usize, weight: usize, panel: usize, bias: usize, residual: usize, lanes: i32,
): void {
  let a0 = startingBias(bias, 0);
  let a1 = startingBias(bias, 16);
  let a2 = startingBias(bias, 32);
  let a3 = startingBias(bias, 48);
  let b0 = a0, b1 = a1, b2 = a2, b3 = a3;
  // With 8 columns or fewer the second panel may not exist: read the first one twice.
  let second = lanes > 8 ? weight + panel : weight;
  const pitch = sourcePitch;
  const step = weightPitch;
  for (let tap = 0; tap < taps; tap++) {
    let a0s = f32x4.splat(0), a1s = f32x4.splat(0), a2s = f32x4.splat(0), a3s = f32x4.splat(0);
    let b0s = f32x4.splat(0), b1s = f32x4.splat(0), b2s = f32x4.splat(0), b3s = f32x4.splat(0);
    let p0 = source;
    const end = p0 + depth;
    let p1 = p0 + pitch;
    while (p0 < end) {
      const w0 = v128.load(weight);
      const w1 = v128.load(weight, 16);
      const w2 = v128.load(second);
      const w3 = v128.load(second, 16);
      let x = v128.load_splat<f32>(p0);
      a0s = mac(a0s, x, w0);
      a1s = mac(a1s, x, w1);
      a2s = mac(a2s, x, w2);
      a3s = mac(a3s, x, w3);
      x = v128.load_splat<f32>(p1);
      b0s = mac(b0s, x, w0);
      b1s = mac(b1s, x, w1);
      b2s = mac(b2s, x, w2);
      b3s = mac(b3s, x, w3);
      weight += step;
      second += step;
      p0 += 4;
      p1 += 4;
    }
    a0 = f32x4.add(a0, a0s);
    a1 = f32x4.add(a1, a1s);
    a2 = f32x4.add(a2, a2s);
    a3 = f32x4.add(a3, a3s);
    b0 = f32x4.add(b0, b0s);
    b1 = f32x4.add(b1, b1s);
    b2 = f32x4.add(b2, b2s);
    b3 = f32x4.add(b3, b3s);
    source += tapPitch;
  }
  put(target, residual, a0, a1, lanes);
  const next = below(residual, 1);
  put(target + targetPitch, next, b0, b1, lanes);
  if (lanes <= 8) return;
  put(target + 32, right(residual, 32), a2, a3, lanes - 8);
  put(target + targetPitch + 32, right(next, 32), b2, b3, lanes - 8);
}

/** 1 row × 24 columns: enough independent sums to hide the latency of an addition. */
function tile1(
  target: usize, source: usize, weight: usize, panel: usize, bias: usize, residual: usize, lanes: i32,
): void {
  let a0 = startingBias(bias, 0);
  let a1 = startingBias(bias, 16);
  let a2 = startingBias(bias, 32);
  let a3 = startingBias(bias, 48);
  let a4 = startingBias(bias, 64);
  let a5 = startingBias(bias, 80);
  let second = lanes > 8 ? weight + panel : weight;
  let third = lanes > 16 ? weight + 2 * panel : weight;
  const step = weightPitch;
  for (let tap = 0; tap < taps; tap++) {
    let a0s = f32x4.splat(0), a1s = f32x4.splat(0), a2s = f32x4.splat(0), a3s = f32x4.splat(0), a4s = f32x4.splat(0), a5s = f32x4.splat(0);
    let p0 = source;
    const end = p0 + depth;
    while (p0 < end) {
      const x = v128.load_splat<f32>(p0);
      a0s = mac(a0s, x, v128.load(weight));
      a1s = mac(a1s, x, v128.load(weight, 16));
      a2s = mac(a2s, x, v128.load(second));
      a3s = mac(a3s, x, v128.load(second, 16));
      a4s = mac(a4s, x, v128.load(third));
      a5s = mac(a5s, x, v128.load(third, 16));
      weight += step;
      second += step;
      third += step;
      p0 += 4;
    }
    a0 = f32x4.add(a0, a0s);
    a1 = f32x4.add(a1, a1s);
    a2 = f32x4.add(a2, a2s);
    a3 = f32x4.add(a3, a3s);
    a4 = f32x4.add(a4, a4s);
    a5 = f32x4.add(a5, a5s);
    source += tapPitch;
  }
  put(target, residual, a0, a1, lanes);
  if (lanes > 8) put(target + 32, right(residual, 32), a2, a3, lanes - 8);
  if (lanes > 16) put(target + 64, right(residual, 64), a4, a5, lanes - 16);
}

export function matrix(job: usize): void {
  const target = address(job, 1);
  const source = address(job, 2);
  const weight = address(job, 3);
  const bias = address(job, 4);
  const residual = address(job, 5);
  const rows = word(job, 6);
  const columns = word(job, 7);
  taps = word(job, 8);
  depth = bytes(job, 9);
  tapPitch = bytes(job, 10);
  sourcePitch = bytes(job, 11);
  targetPitch = bytes(job, 12);
  residualPitch = bytes(job, 13);
  weightPitch = bytes(job, 14);
  const panel = bytes(job, 15);
  const rowsPerPass = word(job, 16);
  const activation = word(job, 17);
  plain = activation == ACTIVATION_NONE;

  // Rows go in passes that fit the cache, panels within a pass: a panel stays in the first-level cache meanwhile.
  for (let first = 0; first < rows; first += rowsPerPass) {
    const last = min(rows, first + rowsPerPass);
    const whole = first + ((last - first) & ~3);
    for (let column = 0; column < columns; column += 8) {
      const w = weight + <usize>(column >> 3) * panel;
      const b = bias != 0 ? bias + (<usize>column << 2) : 0;
      const lanes = min(8, columns - column);
      for (let row = first; row < whole; row += 4) {
        const out = target + <usize>row * targetPitch + (<usize>column << 2);
        const add = right(below(residual, <usize>row), <usize>column << 2);
        tile4(out, source + <usize>row * sourcePitch, w, b, add, lanes);
      }
    }
    if (whole < last) remainder(target, source, weight, panel, bias, residual, whole, last - whole, columns);
    if (plain) continue;
    const start = <usize>first;
    const done = target + start * targetPitch;
    finishRows(done, below(residual, start), last - first, columns, targetPitch, residualPitch, activation, real(job, 18));
  }
}

/** The last 1, 2 or 3 rows; for one latent frame at a time they are all there is. */
function remainder(
  target: usize, source: usize, weight: usize, panel: usize, bias: usize, residual: usize,
  row: i32, count: i32, columns: i32,
): void {
  target += <usize>row * targetPitch;
  source += <usize>row * sourcePitch;
  residual = below(residual, <usize>row);
  const width = count == 1 ? 24 : count == 2 ? 16 : 8;
  for (let column = 0; column < columns; column += width) {
    const w = weight + <usize>(column >> 3) * panel;
    const shift = <usize>column << 2;
    const b = bias != 0 ? bias + shift : 0;
    const add = right(residual, shift);
    const lanes = min(width, columns - column);
    if (count == 1) tile1(target + shift, source, w, panel, b, add, lanes);
    else if (count == 2) tile2(target + shift, source, w, panel, b, add, lanes);
    else tile3(target + shift, source, w, b, add, lanes);
  }
}
