import { describe, expect, it } from 'vitest';
import { KNEE, limit } from './limiter.js';

describe('limiter', () => {
  it('passes everything below the knee bit for bit', () => {
    for (let i = -1000; i <= 1000; i++) expect(limit((KNEE * i) / 1000)).toBe((KNEE * i) / 1000);
    expect(20 * Math.log10(KNEE)).toBeGreaterThan(-3);
  });

  it('never passes 0 dBFS, as a 32-bit sample either', () => {
    for (const x of [0.8, 1, 1.5, 10, 1e6, 1e30, 1e300, Number.MAX_VALUE]) {
      expect(Math.abs(Math.fround(limit(x)))).toBeLessThanOrEqual(1);
      expect(limit(-x)).toBe(-limit(x));
    }
  });

  it('is increasing and smooth: value and slope continue across the knee', () => {
    const step = 1e-5;
    let slope = 1;
    let least = Infinity;
    let bend = 0;
    for (let x = KNEE - 10 * step; x < 4; x += step) {
      const next = (limit(x + step) - limit(x)) / step;
      least = Math.min(least, next);
      bend = Math.max(bend, Math.abs(next - slope));
      slope = next;
    }
    expect(least).toBeGreaterThan(0);
    // The second derivative is at most 2 / (1 - KNEE) = 8.
    expect(bend).toBeLessThan(9 * step);
  });

  it('turns non-finite samples into silence', () => {
    for (const x of [NaN, Infinity, -Infinity]) expect(limit(x)).toBe(0);
  });
});
