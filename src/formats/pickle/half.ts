/** The two 16-bit floating-point forms in which models may be saved, as numbers. Source: IEEE 754; bfloat16 is the upper half of a float32. */

const HALVES = new Float32Array(1);
const HALVES_BITS = new Uint32Array(HALVES.buffer);

/** @param bits 0..65535: sign, 5 bits of exponent, 10 of fraction. Exact. */
export function float16ToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** @param bits 0..65535: sign, 8 bits of exponent, 7 of fraction. Exact. */
export function bfloat16ToFloat(bits: number): number {
  HALVES_BITS[0] = bits << 16;
  return HALVES[0]!;
}
