/**
 * Kernels that go through rows of contiguous floats: element by element, normalisation, reductions, strided copies.
 */

import {
  BINARY_ADD, BINARY_DIV, BINARY_EQUAL, BINARY_LESS, BINARY_LESS_OR_EQUAL, BINARY_MAXIMUM, BINARY_MINIMUM,
  BINARY_MUL, BINARY_POW, BINARY_SUB,
  UNARY_ABS, UNARY_ACOS, UNARY_CLIP, UNARY_COS, UNARY_ERF, UNARY_EXP, UNARY_FLOOR, UNARY_LEAKY_RELU, UNARY_LOG,
  UNARY_NEG, UNARY_RECIPROCAL, UNARY_RELU, UNARY_ROUND, UNARY_SIGMOID, UNARY_SILU, UNARY_SIN, UNARY_SOFTPLUS, UNARY_SQRT, UNARY_TANH,
} from './job-codes';
import { address, bytes, flush4, leaky4, real, storeLanes, TINY, word } from './lanes';
import { acos4, erf4, exp4, log4, power, sigmoid4, silu4, sine4, softplus4, tanh4 } from './maths';

/** `code` is a constant at every call, so that only one branch is left in each inlined copy. */
// @ts-ignore: decorator
@inline
function apply1(code: i32, v: v128, a: f32, b: f32): v128 {
  if (code == UNARY_NEG) return f32x4.neg(v);
  if (code == UNARY_ABS) return f32x4.abs(v);
  if (code == UNARY_EXP) return exp4(v);
  if (code == UNARY_LOG) return log4(v);
  if (code == UNARY_SQRT) return f32x4.sqrt(v);
  if (code == UNARY_SIN) return sine4(v, 0);
  if (code == UNARY_COS) return sine4(v, 1);
  if (code == UNARY_FLOOR) return f32x4.floor(v);
  if (code == UNARY_RECIPROCAL) return f32x4.div(f32x4.splat(1), v);
  if (code == UNARY_RELU) return f32x4.max(v, f32x4.splat(0));
  if (code == UNARY_SIGMOID) return sigmoid4(v);
  if (code == UNARY_SILU) return silu4(v);
  if (code == UNARY_TANH) return tanh4(v);
  if (code == UNARY_SOFTPLUS) return softplus4(v);
  if (code == UNARY_LEAKY_RELU) return leaky4(v, a);
  if (code == UNARY_ACOS) return acos4(v);
  if (code == UNARY_ERF) return erf4(v);
  if (code == UNARY_ROUND) return f32x4.nearest(v);
  return f32x4.min(f32x4.max(v, f32x4.splat(a)), f32x4.splat(b));
}

// @ts-ignore: decorator
@inline
function each1(code: i32, job: usize): void {
  const target = address(job, 1);
  const source = address(job, 2);
  const rows = <usize>word(job, 3);
  const columns = word(job, 4);
  const targetPitch = bytes(job, 5);
  const sourcePitch = bytes(job, 6);
  const a = real(job, 8);
  const b = real(job, 9);
  const threshold = f32x4.splat(real(job, 10));
  for (let row: usize = 0; row < rows; row++) {
    let out = target + row * targetPitch;
    let x = source + row * sourcePitch;
    for (let left = columns; left > 0; left -= 4) {
      storeLanes(out, flush4(apply1(code, v128.load(x), a, b), threshold), left);
      out += 16;
      x += 16;
    }
  }
}

export function unary(job: usize): void {
  switch (word(job, 7)) {
    case UNARY_NEG: return each1(UNARY_NEG, job);
    case UNARY_ABS: return each1(UNARY_ABS, job);
    case UNARY_EXP: return each1(UNARY_EXP, job);
    case UNARY_LOG: return each1(UNARY_LOG, job);
    case UNARY_SQRT: return each1(UNARY_SQRT, job);
    case UNARY_SIN: return each1(UNARY_SIN, job);
    case UNARY_COS: return each1(UNARY_COS, job);
    case UNARY_FLOOR: return each1(UNARY_FLOOR, job);
    case UNARY_RECIPROCAL: return each1(UNARY_RECIPROCAL, job);
    case UNARY_RELU: return each1(UNARY_RELU, job);
    case UNARY_SIGMOID: return each1(UNARY_SIGMOID, job);
    case UNARY_SILU: return each1(UNARY_SILU, job);
    case UNARY_TANH: return each1(UNARY_TANH, job);
    case UNARY_SOFTPLUS: return each1(UNARY_SOFTPLUS, job);
    case UNARY_LEAKY_RELU: return each1(UNARY_LEAKY_RELU, job);
    case UNARY_CLIP: return each1(UNARY_CLIP, job);
    case UNARY_ACOS: return each1(UNARY_ACOS, job);
    case UNARY_ERF: return each1(UNARY_ERF, job);
    case UNARY_ROUND: return each1(UNARY_ROUND, job);
  }
}

// @ts-ignore: decorator
@inline
function power4(x: v128, y: v128): v128 {
  let v = f32x4.splat(power(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
  v = f32x4.replace_lane(v, 1, power(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
  v = f32x4.replace_lane(v, 2, power(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
  return f32x4.replace_lane(v, 3, power(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
}

// @ts-ignore: decorator
@inline
function apply2(code: i32, x: v128, y: v128): v128 {
  if (code == BINARY_ADD) return f32x4.add(x, y);
  if (code == BINARY_SUB) return f32x4.sub(x, y);
  if (code == BINARY_MUL) return f32x4.mul(x, y);
  if (code == BINARY_DIV) return f32x4.div(x, y);
  if (code == BINARY_MINIMUM) return f32x4.min(x, y);
  if (code == BINARY_MAXIMUM) return f32x4.max(x, y);
  if (code == BINARY_EQUAL) return v128.and(f32x4.eq(x, y), f32x4.splat(1));
  if (code == BINARY_LESS) return v128.and(f32x4.lt(x, y), f32x4.splat(1));
  if (code == BINARY_LESS_OR_EQUAL) return v128.and(f32x4.le(x, y), f32x4.splat(1));
  return power4(x, y);
}

// @ts-ignore: decorator
@inline
function each2(code: i32, job: usize): void {
  const target = address(job, 1);
  const left = address(job, 2);
  const right = address(job, 3);
  const rows = <usize>word(job, 4);
  const columns = word(job, 5);
  const targetPitch = bytes(job, 6);
  const leftPitch = bytes(job, 7);
  const rightPitch = bytes(job, 8);
  const leftMoves = word(job, 9) != 0;
  const rightMoves = word(job, 10) != 0;
  const threshold = f32x4.splat(real(job, 12));
  for (let row: usize = 0; row < rows; row++) {
    let out = target + row * targetPitch;
    let p = left + row * leftPitch;
    let q = right + row * rightPitch;
    let x = v128.load_splat<f32>(p);
    let y = v128.load_splat<f32>(q);
    for (let todo = columns; todo > 0; todo -= 4) {
      if (leftMoves) x = v128.load(p);
      if (rightMoves) y = v128.load(q);
      storeLanes(out, flush4(apply2(code, x, y), threshold), todo);
      out += 16;
      p += 16;
      q += 16;
    }
  }
}

export function binary(job: usize): void {
  switch (word(job, 11)) {
    case BINARY_ADD: return each2(BINARY_ADD, job);
    case BINARY_SUB: return each2(BINARY_SUB, job);
    case BINARY_MUL: return each2(BINARY_MUL, job);
    case BINARY_DIV: return each2(BINARY_DIV, job);
    case BINARY_POW: return each2(BINARY_POW, job);
    case BINARY_MINIMUM: return each2(BINARY_MINIMUM, job);
    case BINARY_MAXIMUM: return each2(BINARY_MAXIMUM, job);
    case BINARY_EQUAL: return each2(BINARY_EQUAL, job);
    case BINARY_LESS: return each2(BINARY_LESS, job);
    case BINARY_LESS_OR_EQUAL: return each2(BINARY_LESS_OR_EQUAL, job);
  }
}

// @ts-ignore: decorator
@inline
function across(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** Lanes from `lanes` on become 0. */
// @ts-ignore: decorator
@inline
function mask(v: v128, lanes: i32): v128 {
  return v128.and(v, i32x4.gt_s(i32x4.splat(lanes), i32x4(0, 1, 2, 3)));
}

/** Each row: (x - mean) / sqrt(variance + epsilon) * weight + bias. The variance is taken around the mean. */
export function normalise(job: usize): void {
  const weight = address(job, 3);
  const bias = address(job, 4);
  const rows = <usize>word(job, 5);
  const columns = word(job, 6);
  const targetPitch = bytes(job, 7);
  const sourcePitch = bytes(job, 8);
  const epsilon = real(job, 9);
  const tiny = f32x4.splat(TINY);
  for (let row: usize = 0; row < rows; row++) {
    const target = address(job, 1) + row * targetPitch;
    const source = address(job, 2) + row * sourcePitch;
    let sum = f32x4.splat(0);
    for (let i = 0; i < columns; i += 4) {
      sum = f32x4.add(sum, mask(v128.load(source + (<usize>i << 2)), columns - i));
    }
    const mean = f32x4.splat(across(sum) / <f32>columns);
    sum = f32x4.splat(0);
    for (let i = 0; i < columns; i += 4) {
      const d = mask(f32x4.sub(v128.load(source + (<usize>i << 2)), mean), columns - i);
      sum = f32x4.add(sum, f32x4.mul(d, d));
    }
    const scale = f32x4.splat(1 / sqrt<f32>(across(sum) / <f32>columns + epsilon));
    for (let i = 0; i < columns; i += 4) {
      const shift = <usize>i << 2;
      const d = f32x4.mul(f32x4.sub(v128.load(source + shift), mean), scale);
      const v = f32x4.add(f32x4.mul(d, v128.load(weight + shift)), v128.load(bias + shift));
      storeLanes(target + shift, flush4(v, tiny), columns - i);
    }
  }
}

/** Sums over the middle of three loops, times `scale`. */
export function reduce(job: usize): void {
  const target = address(job, 1);
  const source = address(job, 2);
  const outer = <usize>word(job, 3);
  const count = word(job, 4);
  const inner = <usize>word(job, 5);
  const targetOuter = bytes(job, 6);
  const targetInner = bytes(job, 7);
  const sourceOuter = bytes(job, 8);
  const pitch = bytes(job, 9);
  const sourceInner = bytes(job, 10);
  const scale = real(job, 11);
  for (let o: usize = 0; o < outer; o++) {
    for (let i: usize = 0; i < inner; i++) {
      let p = source + o * sourceOuter + i * sourceInner;
      let total: f32 = 0;
      let left = count;
      if (pitch == 4) {
        let sum = f32x4.splat(0);
        for (; left >= 4; left -= 4) {
          sum = f32x4.add(sum, v128.load(p));
          p += 16;
        }
        total = across(sum);
      }
      for (; left > 0; left--) {
        total += load<f32>(p);
        p += pitch;
      }
      store<f32>(target + o * targetOuter + i * targetInner, total * scale);
    }
  }
}

/** One row of a copy. Runs upwards, so that rows may move towards lower addresses over themselves. */
function copyRow(target: usize, source: usize, count: i32, step: usize, sourceStep: usize, threshold: v128): void {
  if (step == 4 && sourceStep <= 4) {
    let v = v128.load_splat<f32>(source);
    for (let left = count; left > 0; left -= 4) {
      if (sourceStep != 0) v = v128.load(source);
      storeLanes(target, flush4(v, threshold), left);
      target += 16;
      source += 16;
    }
    return;
  }
  const least = f32x4.extract_lane(threshold, 0);
  for (; count > 0; count--) {
    const x = load<f32>(source);
    store<f32>(target, abs<f32>(x) < least ? 0 : x);
    target += step;
    source += sourceStep;
  }
}

export function copy(job: usize): void {
  const target = address(job, 1);
  const source = address(job, 2);
  const threshold = f32x4.splat(real(job, 15));
  const step = bytes(job, 10);
  const sourceStep = bytes(job, 14);
  const count = word(job, 6);
  for (let i: usize = 0; i < <usize>word(job, 3); i++) {
    for (let j: usize = 0; j < <usize>word(job, 4); j++) {
      let out = target + i * bytes(job, 7) + j * bytes(job, 8);
      let x = source + i * bytes(job, 11) + j * bytes(job, 12);
      for (let k = word(job, 5); k > 0; k--) {
        copyRow(out, x, count, step, sourceStep, threshold);
        out += bytes(job, 9);
        x += bytes(job, 13);
      }
    }
  }
}
