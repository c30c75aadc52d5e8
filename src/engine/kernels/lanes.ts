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

/** Not inlined: one body of each function for all kernels. */
export function activate(v: v128, activation: i32, alpha: f32): v128 {
  if (activation == ACTIVATION_RELU) return f32x4.max(v, f32x4.splat(0));
  if (activation == ACTIVATION_LEAKY_RELU) return leaky4(v, alpha);
  if (activation == ACTIVATION_SIGMOID) return sigmoid4(v);
  if (activation == ACTIVATION_SILU) return silu4(v);
  return tanh4(v);
}

// @ts-ignore: decorator
@inline
export function leaky4(v: v128, alpha: f32): v128 {
  return v128.bitselect(f32x4.mul(v, f32x4.splat(alpha)), v, f32x4.lt(v, f32x4.splat(0)));
}

/** The end of every multiply-accumulate kernel: activation, + residual, flush. */
// @ts-ignore: decorator
@inline
export function finish(v: v128, activation: i32, alpha: f32, residual: usize): v128 {
  if (activation != ACTIVATION_NONE) v = activate(v, activation, alpha);
  if (residual != 0) v = f32x4.add(v, v128.load(residual));
  return flush4(v, f32x4.splat(TINY));
}
