/**
 * Seeded random numbers that are the same, bit for bit, on every machine: only integer arithmetic and
 * + − × ÷ √, which IEEE 754 fixes; `Math.log` and its kind differ between engines.
 * Not for secrets. Used to initialise and to train terrains.
 */

export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * xoshiro128** (Blackman and Vigna 2018), its state filled by a Weyl sequence through a 32-bit mixer.
 * @param seed Any number; its low 32 bits count.
 */
export function createRandom(seed: number): Random {
  let weyl = seed | 0;
  const mixed = (): number => {
    weyl = (weyl + 0x9e3779b9) | 0;
    let z = weyl;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let a = mixed();
  let b = mixed();
  let c = mixed();
  let d = mixed();

  const next = (): number => {
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const uniform = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;

  let spare: number | null = null;
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    // Marsaglia's polar method: a point in the unit disc gives two independent normals, without sin and cos.
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * naturalLog(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
  return { uniform, normal };
}

const LN2 = 0.6931471805599453;

/**
 * Natural logarithm of a positive normal number, to about 1e-15, from exactly rounded operations alone.
 * ln(m · 2ᵉ) = e · ln 2 + 2 · artanh((m − 1) / (m + 1)), with m brought into [√½, √2).
 */
export function naturalLog(value: number): number {
  let mantissa = value;
  let exponent = 0;
  while (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  const square = t * t; // at most 0.0295: eleven terms leave an error below 1e-17
  let sum = 0;
  for (let k = 10; k >= 0; k--) sum = sum * square + 1 / (2 * k + 1);
  return exponent * LN2 + 2 * t * sum;
}
