import { describe, expect, it } from 'vitest';
import * as elementary from './elementary.js';

/** Points spread evenly over [from, to]. */
function spread(from: number, to: number, count = 20_001): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}

/** Largest difference to `Math`'s, relative to values above 1. */
function worst(ours: (x: number) => number, truth: (x: number) => number, points: readonly number[]): number {
  return Math.max(...points.map((x) => Math.abs(ours(x) - truth(x)) / Math.max(1, Math.abs(truth(x)))));
}

describe('elementary functions agree with Math', () => {
  // A few units in the last place of float64; float32 needs 6e-8.
  it.each([
    ['sin', elementary.sin, Math.sin, spread(-1000, 1000)],
    ['cos', elementary.cos, Math.cos, spread(-1000, 1000)],
    ['exp', elementary.exp, Math.exp, spread(-700, 700)],
    ['log', elementary.log, Math.log, spread(1e-3, 1000)],
    ['tanh', elementary.tanh, Math.tanh, spread(-20, 20)],
    ['sigmoid', elementary.sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), spread(-50, 50)],
    [
      'softplus',
      elementary.softplus,
      (x: number) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
      spread(-50, 50),
    ],
  ])('%s', (_name, ours, truth, points) => {
    expect(worst(ours, truth, points)).toBeLessThan(2e-14);
  });

  it('erf agrees with its integral', () => {
    // Simpson's rule on 2 / √π · exp(-t²), fine enough for 1e-13.
    for (const x of [-4, -2.6, -2.4, -1, -0.3, 0, 1e-3, 0.5, 1.7, 2.4, 2.6, 3.5, 5]) {
      const steps = 4000;
      const h = x / steps;
      let sum = 0;
      for (let i = 0; i <= steps; i++)
        sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2));
      expect(elementary.erf(x)).toBeCloseTo((sum * h * 2) / (3 * Math.sqrt(Math.PI)), 12);
    }
    expect([Infinity, -Infinity, 7].map(elementary.erf)).toEqual([1, -1, 1]);
    expect(elementary.erf(NaN)).toBeNaN();
    expect(elementary.erf(1e-20) / 1e-20).toBeCloseTo(2 / Math.sqrt(Math.PI), 14);
  });

  it('acos agrees with Math, also in relative terms near 1', () => {
    expect(worst(elementary.acos, Math.acos, spread(-1, 1))).toBeLessThan(2e-15);
    for (const x of [0.5, 0.9, 0.999999, 1 - 1e-12])
      expect(elementary.acos(x) / Math.acos(x)).toBeCloseTo(1, 14);
    for (const x of [1.0000001, -2, Infinity, NaN]) expect(elementary.acos(x)).toBeNaN();
  });

  it('rounds halves to the even number', () => {
    const given = [
      -2.5,
      -1.5,
      -0.5,
      0.5,
      1.5,
      2.5,
      0.49999999999999994,
      -0.6,
      7,
      2 ** 52 + 1,
      Infinity,
      -Infinity,
    ];
    const expected = [-2, -2, 0, 0, 2, 2, 0, -1, 7, 2 ** 52 + 1, Infinity, -Infinity];
    expect(given.map((x) => elementary.round(x) + 0)).toEqual(expected);
  });

  it('keeps the relative error of small results small', () => {
    for (const x of [1e-9, 1e-5, 0.01]) {
      expect(elementary.tanh(x) / Math.tanh(x)).toBeCloseTo(1, 13);
      expect(elementary.sin(x) / Math.sin(x)).toBeCloseTo(1, 13);
      expect(elementary.log(1 + x) / Math.log(1 + x)).toBeCloseTo(1, 13);
    }
    expect(elementary.exp(-600) / Math.exp(-600)).toBeCloseTo(1, 12);
  });

  it('knows the ends: zero, infinity, NaN, the smallest numbers', () => {
    expect(elementary.exp(-Infinity)).toBe(0);
    expect(elementary.exp(Infinity)).toBe(Infinity);
    expect(elementary.log(0)).toBe(-Infinity);
    expect(elementary.log(-1)).toBeNaN();
    expect(elementary.log(Infinity)).toBe(Infinity);
    expect(elementary.log(5e-324)).toBeCloseTo(Math.log(5e-324), 10);
    expect(elementary.sin(Infinity)).toBeNaN();
    expect(elementary.tanh(Infinity)).toBe(1);
    expect(elementary.sigmoid(-1000)).toBe(0);
  });

  it('raises to powers', () => {
    expect(elementary.pow(3, 4)).toBe(81);
    expect(elementary.pow(2, -2)).toBe(0.25);
    expect(elementary.pow(2, 0.5)).toBe(Math.SQRT2);
    expect(elementary.pow(-2, 3)).toBe(-8);
    expect(elementary.pow(-2, 0.3)).toBeNaN();
    expect(elementary.pow(0, 1.5)).toBe(0);
    expect(elementary.pow(7.5, 1.25)).toBeCloseTo(Math.pow(7.5, 1.25), 12);
    expect(elementary.pow(0, 0)).toBe(1);
  });
});
