/**
 * Elementary functions on four float32 lanes, from + - * / and integer operations only: the same bits on every
 * machine, which `Math.*` does not promise. Errors stay within about 2 units in the last place (exp, log, tanh, sigmoid)
 * or 1e-7 (sin, cos). The polynomials are minimax fits made for these ranges. Used by the other kernels.
 *
 * Infinities and NaN go through as IEEE 754 says; nothing here can trap.
 */

const LOG2_E: f32 = 1.44269504;
/** ln 2 in two parts; the first has 9 significant bits, so that n * LN2_HIGH is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

// @ts-ignore: decorator
@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
function fma(a: v128, b: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(a, b), splat(c));
}

/** e^x. Results below the least normal number are 0, so that no denormal enters the network here. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const c = f32x4.max(f32x4.min(x, splat(89)), splat(-104));
  const n = f32x4.nearest(f32x4.mul(c, splat(LOG2_E)));
  const r = f32x4.sub(f32x4.sub(c, f32x4.mul(n, splat(LN2_HIGH))), f32x4.mul(n, splat(LN2_LOW)));
  let p = fma(r, splat(1.991797287948e-4), 1.394619000943e-3);
  p = fma(r, p, 8.333265163340e-3);
  p = fma(r, p, 4.166626825980e-2);
  p = fma(r, p, 1.666666685688e-1);
  p = fma(r, p, 5.000000078435e-1);
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), splat(1));
  // 2^n in two factors: n reaches 128 and -150.
  const i = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(i, 1);
  const bias = i32x4.splat(127);
  p = f32x4.mul(p, i32x4.shl(i32x4.add(half, bias), 23));
  p = f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.sub(i, half), bias), 23));
  return v128.andnot(p, f32x4.lt(x, splat(-87.33654)));
}

/** Natural logarithm: -Infinity at 0, NaN below. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, splat(8388608)), x, tiny);
  let m = v128.or(v128.and(scaled, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000));
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(scaled, 23), i32x4.splat(127)));
  e = f32x4.sub(e, v128.and(tiny, splat(23)));
  const high = f32x4.gt(m, splat(1.41421356));
  m = v128.bitselect(f32x4.mul(m, splat(0.5)), m, high);
  e = f32x4.add(e, v128.and(high, splat(1)));
  const f = f32x4.sub(m, splat(1));
  let p = fma(f, splat(6.9151688331e-2), -1.17938896527e-1);
  p = fma(f, p, 1.18751606253e-1);
  p = fma(f, p, -1.23838403131e-1);
  p = fma(f, p, 1.42183202121e-1);
  p = fma(f, p, -1.66692674269e-1);
  p = fma(f, p, 2.00022425045e-1);
  p = fma(f, p, -2.49999864919e-1);
  p = fma(f, p, 3.33333102283e-1);
  const square = f32x4.mul(f, f);
  let y = f32x4.mul(f32x4.mul(square, f), p);
  y = f32x4.add(y, f32x4.mul(e, splat(LN2_LOW)));
  y = f32x4.sub(y, f32x4.mul(square, splat(0.5)));
  y = f32x4.add(f32x4.add(y, f), f32x4.mul(e, splat(LN2_HIGH)));
  y = v128.bitselect(splat(-Infinity), y, f32x4.eq(x, splat(0)));
  y = v128.bitselect(splat(NaN), y, f32x4.lt(x, splat(0)));
  // Infinity and NaN are their own logarithms.
  return v128.bitselect(y, x, f32x4.lt(x, splat(Infinity)));
}

/** sin(x + quarter * pi / 2). The argument is reduced in float64, so that large phases stay accurate. */
// @ts-ignore: decorator
@inline
export function sine4(x: v128, quarter: i32): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const inverse = f64x2.splat(0.6366197723675814);
  const nLow = f64x2.nearest(f64x2.mul(low, inverse));
  const nHigh = f64x2.nearest(f64x2.mul(high, inverse));
  // pi / 2 in two parts; the first has 33 bits.
  const first = f64x2.splat(1.5707963267341256);
  const second = f64x2.splat(6.077100506506192e-11);
  const rLow = f64x2.sub(f64x2.sub(low, f64x2.mul(nLow, first)), f64x2.mul(nLow, second));
  const rHigh = f64x2.sub(f64x2.sub(high, f64x2.mul(nHigh, first)), f64x2.mul(nHigh, second));
  const four = f64x2.splat(4);
  const fourth = f64x2.splat(0.25);
  const qLow = f64x2.sub(nLow, f64x2.mul(four, f64x2.floor(f64x2.mul(nLow, fourth))));
  const qHigh = f64x2.sub(nHigh, f64x2.mul(four, f64x2.floor(f64x2.mul(nHigh, fourth))));
  let r = i8x16.shuffle(
    f32x4.demote_f64x2_zero(rLow),
    f32x4.demote_f64x2_zero(rHigh),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  );
  let q = i8x16.shuffle(
    i32x4.trunc_sat_f64x2_s_zero(qLow),
    i32x4.trunc_sat_f64x2_s_zero(qHigh),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  );
  // Beyond 1e15 the remainder means nothing any more, but the result must stay within -1..1.
  r = f32x4.max(f32x4.min(r, splat(0.785398185)), splat(-0.785398185));
  q = i32x4.add(q, i32x4.splat(quarter));
  const z = f32x4.mul(r, r);
  let s = fma(z, splat(2.718237099289e-6), -1.983932711596e-4);
  s = fma(z, s, 8.333329362207e-3);
  s = fma(z, s, -1.666666664143e-1);
  s = f32x4.add(r, f32x4.mul(f32x4.mul(r, z), s));
  let c = fma(z, splat(-2.720954568581e-7), 2.479951173638e-5);
  c = fma(z, c, -1.388888372251e-3);
  c = fma(z, c, 4.166666662248e-2);
  c = f32x4.add(f32x4.sub(splat(1), f32x4.mul(z, splat(0.5))), f32x4.mul(f32x4.mul(z, z), c));
  const odd = i32x4.eq(v128.and(q, i32x4.splat(1)), i32x4.splat(1));
  const sign = i32x4.shl(v128.and(q, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(c, s, odd), sign);
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp4(f32x4.neg(x))));
}

// @ts-ignore: decorator
@inline
export function silu4(x: v128): v128 {
  return f32x4.mul(x, sigmoid4(x));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = fma(z, splat(2.14420622e-3), -8.179164114e-3);
  p = fma(z, p, 2.1701603548e-2);
  p = fma(z, p, -5.3946966421e-2);
  p = fma(z, p, 1.33332079779e-1);
  p = fma(z, p, -3.33333308639e-1);
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, z), p));
  const magnitude = f32x4.abs(x);
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(exp4(f32x4.add(magnitude, magnitude)), splat(1))));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, splat(0.625)));
}

/** ln(1 + e^x), without overflow. */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  const tail = log4(f32x4.add(splat(1), exp4(f32x4.neg(f32x4.abs(x)))));
  return f32x4.add(f32x4.max(x, splat(0)), tail);
}

/** Relative error about 2e-7. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = fma(z, splat(8.46772891507e-5), -8.1659248735e-4);
  p = fma(z, p, 5.20309724895e-3);
  p = fma(z, p, -2.68602420005e-2);
  p = fma(z, p, 1.12837110284e-1);
  p = fma(z, p, -3.76126347782e-1);
  const near = f32x4.mul(x, fma(z, p, 1.12837916675));
  // Further out, a polynomial in |x| for the logarithm of what is missing to 1.
  const magnitude = f32x4.abs(x);
  const m = f32x4.min(magnitude, splat(4));
  let q = fma(m, splat(7.70614106314e-7), 1.08339658397e-5);
  q = fma(m, q, -3.75908103306e-4);
  q = fma(m, q, 3.98396983663e-3);
  q = fma(m, q, -2.47531808829e-2);
  q = fma(m, q, 1.0783009471e-1);
  q = fma(m, q, 6.33685975501e-1);
  q = fma(m, q, 1.12937159603);
  q = fma(m, q, -1.48641974698e-4);
  const far = f32x4.sub(splat(1), exp4(f32x4.neg(q)));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  const result = v128.bitselect(near, signed, f32x4.lt(magnitude, splat(0.9)));
  return v128.bitselect(result, x, f32x4.eq(x, x));
}

/** NaN outside -1..1. Relative error about 2e-7. */
// @ts-ignore: decorator
@inline
export function acos4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const outer = f32x4.gt(magnitude, splat(0.5));
  // acos x = 2 arcsin √((1 - x) / 2): near 1 nothing cancels. The root of a negative number is the NaN wanted.
  const half = f32x4.mul(f32x4.sub(splat(1), magnitude), splat(0.5));
  const z = v128.bitselect(half, f32x4.mul(x, x), outer);
  const s = v128.bitselect(f32x4.sqrt(half), x, outer);
  let p = fma(z, splat(3.83372698767e-2), 2.64294236477e-2);
  p = fma(z, p, 4.50207456921e-2);
  p = fma(z, p, 7.49875939267e-2);
  p = fma(z, p, 1.66666731501e-1);
  const arcsine = f32x4.add(s, f32x4.mul(f32x4.mul(s, z), p));
  const doubled = f32x4.add(arcsine, arcsine);
  // π in two parts.
  const far = f32x4.sub(f32x4.sub(splat(3.14159274), doubled), splat(8.74227766e-8));
  const middle = f32x4.sub(f32x4.sub(splat(1.57079637), arcsine), splat(4.37113883e-8));
  return v128.bitselect(v128.bitselect(far, doubled, f32x4.lt(x, splat(0))), middle, outer);
}

/** x^y of one lane, in float64; whole exponents of negative numbers keep their sign, others give NaN. */
export function power(x: f32, y: f32): f32 {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return NaN;
  const whole = y == floor(y);
  const odd = whole && abs(y) < 16777216 && (<i32>y & 1) != 0;
  const magnitude = abs(x);
  let result: f64;
  if (x < 0 && !whole && magnitude != Infinity) return NaN;
  if (magnitude == 0) result = y > 0 ? 0 : Infinity;
  else if (magnitude == 1) result = 1;
  else if (magnitude == Infinity) result = y > 0 ? Infinity : 0;
  else if (abs(y) == Infinity) result = magnitude > 1 == y > 0 ? Infinity : 0;
  else result = exponential(<f64>y * logarithm(magnitude));
  return <f32>(x < 0 && odd ? -result : result);
}

function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let e = <f64>((bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  // 2 artanh((m - 1) / (m + 1)); the argument is at most 0.172.
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let sum: f64 = 1.0 / 19;
  sum = sum * z + 1.0 / 17;
  sum = sum * z + 1.0 / 15;
  sum = sum * z + 1.0 / 13;
  sum = sum * z + 1.0 / 11;
  sum = sum * z + 1.0 / 9;
  sum = sum * z + 1.0 / 7;
  sum = sum * z + 1.0 / 5;
  sum = sum * z + 1.0 / 3;
  sum = sum * z + 1;
  return e * 0.6931471805599453 + 2 * s * sum;
}

function exponential(x: f64): f64 {
  if (x > 700) return Infinity;
  if (x < -700) return 0;
  const n = nearest(x * 1.4426950408889634);
  const r = x - n * 0.6931471805599453;
  // The Taylor series; |r| is at most 0.35.
  let sum: f64 = 1.0 / 6227020800;
  sum = sum * r + 1.0 / 479001600;
  sum = sum * r + 1.0 / 39916800;
  sum = sum * r + 1.0 / 3628800;
  sum = sum * r + 1.0 / 362880;
  sum = sum * r + 1.0 / 40320;
  sum = sum * r + 1.0 / 5040;
  sum = sum * r + 1.0 / 720;
  sum = sum * r + 1.0 / 120;
  sum = sum * r + 1.0 / 24;
  sum = sum * r + 1.0 / 6;
  sum = sum * r + 1.0 / 2;
  sum = sum * r + 1;
  sum = sum * r + 1;
  return sum * reinterpret<f64>((<i64>n + 1023) << 52);
}
