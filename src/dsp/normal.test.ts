import { describe, expect, it } from 'vitest';
import { Normal } from './normal.js';

function draw(seed: number, count: number): Float64Array {
  const values = new Float64Array(count);
  new Normal(seed).fill(values, 0, count);
  return values;
}

/** Standard normal distribution function (Abramowitz & Stegun 7.1.26 is too coarse; series and fraction). */
function distribution(x: number): number {
  if (x < 0) return 1 - distribution(-x);
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

describe('normal numbers', () => {
  const count = 1_000_000;
  const values = draw(1, count);

  it('have the moments of the normal distribution', () => {
    const moment = (power: number) => values.reduce((sum, v) => sum + v ** power, 0) / count;
    // Five standard errors each: var(x^k) is 1, 2, 15, 96, 10170 for k = 1, 2, 3, 4, 6 (about mean of x^k).
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
    expect(Math.abs(moment(6) - 15)).toBeLessThan(5 * Math.sqrt(10170 / count));
  });

  it('follow the distribution function everywhere, the tail beyond the last layer included', () => {
    const sorted = values.slice().sort();
    let distance = 0;
    for (let i = 0; i < count; i += 10) {
      distance = Math.max(distance, Math.abs(distribution(sorted[i]!) - i / count));
    }
    // Kolmogorov-Smirnov at significance 1e-6: 2.7 / sqrt(n).
    expect(distance).toBeLessThan(2.7 / Math.sqrt(count));
    for (const edge of [3, 3.442619855899, 4]) {
      const expected = count * 2 * (1 - distribution(edge));
      const found = values.filter((v) => Math.abs(v) > edge).length;
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  it('are independent of their neighbours and of the stream of the next seed', () => {
    const other = draw(2, count);
    for (const lag of [1, 2, 3, 7, 64, 1024]) {
      let sum = 0;
      let square = 0;
      for (let i = lag; i < count; i++) {
        sum += values[i]! * values[i - lag]!;
        square += (values[i]! ** 2 - 1) * (values[i - lag]! ** 2 - 1);
      }
      expect(Math.abs(sum / count)).toBeLessThan(5 / Math.sqrt(count));
      expect(Math.abs(square / count)).toBeLessThan((5 * 2) / Math.sqrt(count));
    }
    const across = values.reduce((sum, v, i) => sum + v * other[i]!, 0) / count;
    expect(Math.abs(across)).toBeLessThan(5 / Math.sqrt(count));
  });

  it('repeat with the same seed, however the draws are cut into calls', () => {
    const whole = draw(123456789, 5000);
    const generator = new Normal(0);
    generator.seed(123456789);
    const cut = new Float64Array(5000);
    for (let i = 0, step = 1; i < 5000; i += step, step = (step * 7) % 131) {
      generator.fill(cut, i, Math.min(5000, i + step));
    }
    expect(cut).toEqual(whole);
    expect(draw(123456790, 10)).not.toEqual(whole.slice(0, 10));
    expect(draw(123456789 + 2 ** 40, 10)).not.toEqual(whole.slice(0, 10));
  });

  it('are the same on every machine', () => {
    // Found on this code; a change of any bit changes every saved sound, so it must be deliberate.
    const first = draw(42, 4);
    expect([...first]).toMatchInlineSnapshot(`
      [
        0.4841033717529352,
        -0.5085865350533993,
        0.04863630230393734,
        0.8503210651368599,
      ]
    `);
    let hash = 0;
    const bits = new Int32Array(values.slice(0, 100_000).buffer);
    for (const word of bits) hash = (Math.imul(hash, 31) + word) | 0;
    expect(hash).toMatchInlineSnapshot(`1269006450`);
  });

  it('are drawn fast enough for a hop (printed)', () => {
    const target = new Float32Array(4128);
    const generator = new Normal(5);
    for (let i = 0; i < 500; i++) generator.fill(target, 0, target.length);
    const start = performance.now();
    for (let i = 0; i < 500; i++) generator.fill(target, 0, target.length);
    const microseconds = ((performance.now() - start) / 500) * 1000;
    console.log(`4128 normal numbers: ${microseconds.toFixed(1)} µs`);
    expect(target.every(Number.isFinite)).toBe(true);
  });
});
