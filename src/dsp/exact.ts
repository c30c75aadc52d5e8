/**
 * Elementary functions that give the same bits on every machine: only + - * / and sqrt, in a fixed order.
 * Not faster than `Math`, whose last bits differ between browsers. Used by everything here that shapes the sound.
 * Thread: any; they do not allocate.
 */

const LOG2_E = 1.4426950408889634;
const LN2 = 0.6931471805599453;
const SQRT2 = 1.4142135623730951;

/** 2 to the power x, for |x| < 1000. Relative error below 1e-15. */
export function exp2(x: number): number {
  const whole = Math.floor(x + 0.5);
  const f = (x - whole) * LN2;
  // Taylor series of e^f; |f| < 0.35, so the first term left out is below 1e-17.
  let sum = 1;
  for (let k = 13; k > 0; k--) sum = 1 + (sum * f) / k;
  // Multiplying by powers of two is exact.
  for (let k = whole; k > 0; k--) sum *= 2;
  for (let k = whole; k < 0; k++) sum *= 0.5;
  return sum;
}

/** e to the power x, for |x| < 690. */
export function exp(x: number): number {
  return exp2(x * LOG2_E);
}

/** Natural logarithm of x > 0, finite. Relative error below 1e-14 away from 1, absolute below 1e-16 near it. */
export function log(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa > SQRT2) {
    mantissa *= 0.5;
    exponent++;
  }
  while (mantissa < SQRT2 / 2) {
    mantissa *= 2;
    exponent--;
  }
  // log m = 2 atanh((m - 1) / (m + 1)); |s| < 0.172, so s^25 / 25 is below 1e-20.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 23; k > 0; k -= 2) sum = 1 / k + sum * square;
  return exponent * LN2 + 2 * s * sum;
}

/** sin(π x) for |x| < 2^31. Absolute error below 1e-15. */
export function sinPi(x: number): number {
  const whole = Math.floor(x + 0.5);
  const angle = (x - whole) * Math.PI;
  const square = angle * angle;
  // Taylor series; |angle| <= π/2, so the first term left out is below 1e-17.
  let sum = 1;
  for (let k = 22; k > 0; k -= 2) sum = 1 - (sum * square) / (k * (k + 1));
  return whole % 2 === 0 ? sum * angle : -sum * angle;
}

/** Linear amplitude of a level in dB. */
export function decibelsToAmplitude(decibels: number): number {
  return exp2(decibels * 0.16609640474436813); // log2(10) / 20
}
