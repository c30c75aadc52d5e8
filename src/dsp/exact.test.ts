import { describe, expect, it } from 'vitest';
import { decibelsToAmplitude, exp, exp2, log, sinPi } from './exact.js';

/** Greatest error of `ours` against `truth` over evenly spaced arguments, divided by `scale(truth)`. */
function worst(
  ours: (x: number) => number,
  truth: (x: number) => number,
  from: number,
  to: number,
  relative: boolean,
): number {
  let greatest = 0;
  for (let i = 0; i <= 20_000; i++) {
    const x = from + ((to - from) * i) / 20_000;
    const expected = truth(x);
    const error = Math.abs(ours(x) - expected);
    greatest = Math.max(greatest, relative ? error / Math.abs(expected) : error);
  }
  return greatest;
}

describe('exact', () => {
  // Tolerances: a few units in the last place of either side; `Math` is the truth here, not part of the sound.
  it('exp and exp2 agree with the true functions to rounding', () => {
    expect(worst(exp2, (x) => 2 ** x, -40, 40, true)).toBeLessThan(2e-15);
    expect(worst(exp, Math.exp, -30, 30, true)).toBeLessThan(1e-14);
    expect(exp2(10)).toBe(1024);
    expect(exp2(0)).toBe(1);
  });

  it('log agrees with the true function to rounding, down to the smallest uniform draw', () => {
    expect(worst(log, Math.log, 1e-9, 3, false)).toBeLessThan(1e-14);
    expect(log(2 ** -32)).toBeCloseTo(-32 * Math.LN2, 12);
    expect(log(1)).toBe(0);
  });

  it('sinPi agrees with the true sine and is exactly zero at whole numbers', () => {
    expect(worst(sinPi, (x) => Math.sin(Math.PI * x), -4, 4, false)).toBeLessThan(3e-15);
    for (const x of [-3, -1, 0, 1, 2, 1000]) expect(Math.abs(sinPi(x))).toBe(0);
  });

  it('decibels become amplitudes', () => {
    expect(decibelsToAmplitude(0)).toBe(1);
    expect(decibelsToAmplitude(-60)).toBeCloseTo(0.001, 12);
    expect(decibelsToAmplitude(12)).toBeCloseTo(10 ** 0.6, 12);
  });
});
