/**
 * What every kernel shares: reading a job's words, storing part of a vector, activations, and the flush of tiny values.
 *
 * Why tiny values are flushed: a product below 2^-126 is a denormal, which costs many processors a hundred cycles.
 * Whatever a multiply-accumulate kernel may read is kept either 0 or at least 2^-63 in magnitude (weights when packed,
 * activations when written), so that no product can be one. The error, 1e-19, is far below float32's of any sum heard.
 */

import {
  ACTIVATION_LEAKY_RELU,
  ACTIVATION_NONE,
  ACTIVATION_RELU,
  ACTIVATION_SIGMOID,
  ACTIVATION_SILU,
  ACTIVATION_TANH,
} from './job-codes';
import { sigmoid4, silu4, tanh4 } from './maths';

/** 2^-63 */
export const TINY: f32 = 1.0842021724855044e-19;

// @ts-ignore: decorator
@inline
export function word(job: usize, index: i32): i32 {
  return load<i32>(job + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function address(job: usize, index: i32): usize {
  return load<usize>(job + (<usize>index << 2));
}

/** A word that counts floats, in bytes. */
// @ts-ignore: decorator
@inline
export function bytes(job: usize, index: i32): usize {
  return load<usize>(job + (<usize>index << 2)) << 2;
}

// @ts-ignore: decorator
@inline
export function real(job: usize, index: i32): f32 {
  return load<f32>(job + (<usize>index << 2));
}

/** Zero where the magnitude is below the threshold; NaN stays. */
// @ts-ignore: decorator
@inline
export function flush4(v: v128, threshold: v128): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), threshold));
}

/** Stores the first `lanes` (1..4) lanes. */
// @ts-ignore: decorator
@inline
export function storeLanes(target: usize, v: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(target, v);
    return;
  }
  v128.store_lane<f32>(target, v, 0);
  if (lanes > 1) v128.store_lane<f32>(target, v, 1, 4);
  if (lanes > 2) v128.store_lane<f32>(target, v, 2, 8);
}

// @ts-ignore: decorator
@inline
export function leaky4(v: v128, alpha: f32): v128 {
  return v128.bitselect(f32x4.mul(v, f32x4.splat(alpha)), v, f32x4.lt(v, f32x4.splat(0)));
}

/** The end of every multiply-accumulate kernel without activation: + residual, flush. */
// @ts-ignore: decorator
@inline
export function finish(v: v128, residual: usize): v128 {
  if (residual != 0) v = f32x4.add(v, v128.load(residual));
  return flush4(v, f32x4.splat(TINY));
}

/** `activation` is a constant at every call. */
// @ts-ignore: decorator
@inline
function activate(v: v128, activation: i32, alpha: f32): v128 {
  if (activation == ACTIVATION_NONE) return v;
  if (activation == ACTIVATION_RELU) return f32x4.max(v, f32x4.splat(0));
  if (activation == ACTIVATION_LEAKY_RELU) return leaky4(v, alpha);
  if (activation == ACTIVATION_SIGMOID) return sigmoid4(v);
  if (activation == ACTIVATION_SILU) return silu4(v);
  return tanh4(v);
}

// @ts-ignore: decorator
@inline
function eachRow(
  target: usize, residual: usize, rows: i32, columns: i32, pitch: usize, residualPitch: usize,
  activation: i32, alpha: f32,
): void {
  for (let row = 0; row < rows; row++) {
    let out = target + <usize>row * pitch;
    let add = residual != 0 ? residual + <usize>row * residualPitch : 0;
    for (let left = columns; left > 0; left -= 4) {
      storeLanes(out, finish(activate(v128.load(out), activation, alpha), add), left);
      out += 16;
      if (add != 0) add += 16;
    }
  }
}

/**
 * In place: activation, + residual, flush. A pass of its own over rows that are still in the first-level cache: within
 * the tiles, each vector would set up the polynomials' constants anew.
 */
export function finishRows(
  target: usize, residual: usize, rows: i32, columns: i32, pitch: usize, residualPitch: usize,
  activation: i32, alpha: f32,
): void {
  switch (activation) {
    case ACTIVATION_NONE: return eachRow(target, residual, rows, columns, pitch, residualPitch, ACTIVATION_NONE, 0);
    case ACTIVATION_RELU: return eachRow(target, residual, rows, columns, pitch, residualPitch, ACTIVATION_RELU, 0);
    case ACTIVATION_LEAKY_RELU:
      return eachRow(target, residual, rows, columns, pitch, residualPitch, ACTIVATION_LEAKY_RELU, alpha);
    case ACTIVATION_SIGMOID: return eachRow(target, residual, rows, columns, pitch, residualPitch, ACTIVATION_SIGMOID, 0);
    case ACTIVATION_SILU: return eachRow(target, residual, rows, columns, pitch, residualPitch, ACTIVATION_SILU, 0);
    case ACTIVATION_TANH: return eachRow(target, residual, rows, columns, pitch, residualPitch, ACTIVATION_TANH, 0);
  }
}
