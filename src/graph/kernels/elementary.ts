/**
 * sin, cos, exp, log and their kin from + - * / and square roots alone, in float64: unlike `Math`'s they give the same
 * bits in every browser, so bases folded at load render the same sound everywhere.
 * Relative error about 1e-15; angles up to a million radians. Not for the audio thread.
 */

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
// π/2 in three pieces of 33 bits, so that a multiple of each is exact (the constants of fdlibm's e_rem_pio2).
const HALF_PI_1 = 1.57079632673412561417;
const HALF_PI_2 = 6.0771005063039659766e-11;
const HALF_PI_3 = 2.0222662487959505973e-21;

const bits = new DataView(new ArrayBuffer(8));

/** 2 to the power of a whole number from -1022 to 1023. */
function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** Sum of x^n / n! over n = first, first + 2, … with alternating signs: the Taylor series of sine and cosine. */
function alternatingSeries(x: number, first: number): number {
  let term = first === 0 ? 1 : x;
  let sum = term;
  for (let n = first + 2; n <= 20; n += 2) {
    term *= -(x * x) / (n * (n - 1));
    sum += term;
  }
  return sum;
}

/** sin(x + quarters · π/2). */
function sineOfQuarter(x: number, quarters: number): number {
  if (!Number.isFinite(x)) return NaN;
  const turns = Math.round(x * (2 / Math.PI));
  const rest = x - turns * HALF_PI_1 - turns * HALF_PI_2 - turns * HALF_PI_3;
  const quarter = (((turns + quarters) % 4) + 4) % 4;
  const value = alternatingSeries(rest, quarter % 2 === 0 ? 1 : 0);
  return quarter < 2 ? value : -value;
}

export function sin(x: number): number {
  return sineOfQuarter(x, 0);
}

export function cos(x: number): number {
  return sineOfQuarter(x, 1);
}

export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x > 709.8) return Infinity;
  if (x < -708) return 0;
  const exponent = Math.round(x / Math.LN2);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (rest / n) * sum;
  return exponent > 1023 ? sum * 2 * powerOfTwo(exponent - 1) : sum * powerOfTwo(exponent);
}

/** 2 · artanh(x) for |x| below about a third. */
function doubledArtanh(x: number): number {
  let sum = 0;
  for (let n = 35; n >= 1; n -= 2) sum = sum * x * x + 1 / n;
  return 2 * x * sum;
}

export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return Infinity;
  const scaled = x < 1e-300 ? x * powerOfTwo(60) : x;
  bits.setFloat64(0, scaled);
  let exponent = (bits.getUint32(0) >>> 20) - 1023;
  let mantissa = scaled / powerOfTwo(exponent);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  if (scaled !== x) exponent -= 60;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + doubledArtanh((mantissa - 1) / (mantissa + 1)));
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x: number): number {
  const e = exp(-Math.abs(x));
  return Math.max(x, 0) + doubledArtanh(e / (2 + e));
}

export function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

export function tanh(x: number): number {
  if (Math.abs(x) < 0.5) {
    // Lambert's continued fraction: no cancellation near zero.
    let denominator = 21;
    for (let n = 19; n >= 1; n -= 2) denominator = n + (x * x) / denominator;
    return x / denominator;
  }
  const e = exp(-2 * Math.abs(x));
  const value = (1 - e) / (1 + e);
  return x < 0 ? -value : value;
}

/** x to the power of y; whole powers up to 64 by multiplication, others exp(y · log x). */
export function pow(x: number, y: number): number {
  if (y === 0.5) return Math.sqrt(x);
  if (Number.isInteger(y) && Math.abs(y) <= 64) {
    let product = 1;
    for (let n = Math.abs(y); n > 0; n--) product *= x;
    return y < 0 ? 1 / product : product;
  }
  if (x === 0) return y > 0 ? 0 : Infinity;
  if (x < 0 && Number.isInteger(y)) return (y % 2 === 0 ? 1 : -1) * exp(y * log(-x));
  return exp(y * log(x));
}

/** The whole number nearest to x; halves go to the even one. */
export function round(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest > 0.5 ? below + 1 : below;
  return below % 2 === 0 ? below : below + 1;
}

const TWO_OVER_ROOT_PI = 1.1283791670955126;

export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude < 6)) return Number.isNaN(x) ? NaN : Math.sign(x);
  const scale = TWO_OVER_ROOT_PI * exp(-magnitude * magnitude);
  if (magnitude < 2.5) {
    // Kummer's form of the series: all terms have one sign, nothing cancels.
    let term = x;
    let sum = x;
    for (let n = 3; n <= 111; n += 2) {
      term *= (2 * x * x) / n;
      sum += term;
    }
    return scale * sum;
  }
  // 1 - erf as a continued fraction, from the inside out.
  let denominator = magnitude;
  for (let n = 60; n >= 1; n--) denominator = magnitude + n / 2 / denominator;
  const rest = scale / 2 / denominator;
  return x < 0 ? rest - 1 : 1 - rest;
}

/** arcsin(x) for |x| at most a half. */
function arcsineSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n <= 51; n += 2) {
    term *= (x * x * n) / (n + 1);
    sum += term / (n + 2);
  }
  return sum;
}

export function acos(x: number): number {
  if (!(Math.abs(x) <= 1)) return NaN;
  if (x > 0.5) return 2 * arcsineSeries(Math.sqrt((1 - x) / 2));
  if (x < -0.5) return Math.PI - 2 * arcsineSeries(Math.sqrt((1 + x) / 2));
  return Math.PI / 2 - arcsineSeries(x);
}
