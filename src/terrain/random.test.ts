import { describe, expect, it } from 'vitest';
import { createRandom, naturalLog } from './random.js';

describe('random numbers', () => {
  it('are the same bits for the same seed, on every machine', () => {
    // Computed by a separate transcription of the two published algorithms (in Python).
    const random = createRandom(1);
    expect([random.uniform(), random.uniform(), random.normal(), random.normal()]).toEqual([
      0.5686059948349658, 0.8893939367683266, -0.4306001110039095, -2.152186588185823,
    ]);
  });

  it('differ for neighbouring seeds', () => {
    expect(createRandom(1).uniform()).not.toBe(createRandom(2).uniform());
  });

  it('are uniform: mean and variance are those of U(0, 1)', () => {
    const random = createRandom(5);
    const values = Array.from({ length: 100_000 }, random.uniform);
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    // Four standard errors of the mean (0.289 / √n) and of the variance.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.0037);
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(0.001);
  });

  it('are normal: four moments and the tails are those of N(0, 1)', () => {
    const random = createRandom(6);
    const values = Array.from({ length: 100_000 }, random.normal);
    expect(Math.abs(mean(values))).toBeLessThan(0.0127);
    expect(Math.abs(variance(values) - 1)).toBeLessThan(0.018);
    expect(Math.abs(mean(values.map((v) => v ** 3)))).toBeLessThan(0.05);
    expect(Math.abs(mean(values.map((v) => v ** 4)) - 3)).toBeLessThan(0.13);
    const beyondTwo = values.filter((v) => Math.abs(v) > 2).length / values.length;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.0027);
  });

  it('take their logarithm right', () => {
    for (const value of [1e-300, 1e-17, 0.1, 0.5, Math.SQRT1_2, 0.9999999, 1, 1.3, Math.SQRT2, 2, 7e200]) {
      const expected = Math.log(value);
      expect(Math.abs(naturalLog(value) - expected)).toBeLessThanOrEqual(
        1e-15 * Math.max(1, Math.abs(expected)),
      );
    }
  });
});

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function variance(values: number[]): number {
  const centre = mean(values);
  return mean(values.map((v) => (v - centre) ** 2));
}
