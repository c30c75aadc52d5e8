import { describe, expect, it } from 'vitest';
import { Glide } from './glide.js';

const RATE = 48_000;

function glide(milliseconds: number, from: number) {
  const result = new Glide(RATE, from);
  result.setTime(milliseconds);
  return {
    fill(values: Float64Array, target: number, start: number, end: number) {
      result.setTarget(target);
      result.fill(values, start, end);
    },
  };
}

describe('glide', () => {
  it('follows at once, from the very sample, when its time is 0', () => {
    const values = new Float64Array(8);
    const still = glide(0, 0.25);
    still.fill(values, 0.25, 0, 3);
    still.fill(values, 0.75, 3, 8);
    expect([...values]).toEqual([0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75, 0.75]);
  });

  it('answers a step as two equal one-pole stages do, without overshoot', () => {
    const values = new Float64Array(RATE);
    glide(80, 0).fill(values, 1, 0, RATE);
    const tau = 0.04;
    for (const seconds of [0.01, 0.04, 0.08, 0.16, 0.3]) {
      const expected = 1 - (1 + seconds / tau) * Math.exp(-seconds / tau);
      // Backward Euler at 48 kHz: the error is of the order of one sample's share of the time constant.
      expect(values[Math.round(seconds * RATE) - 1]).toBeCloseTo(expected, 3);
    }
    expect(values.every((v, i) => i === 0 || v >= values[i - 1]!)).toBe(true);
    expect(values[RATE - 1]).toBeLessThanOrEqual(1);
  });

  it('gives the same values however time is cut into calls', () => {
    const whole = new Float64Array(4800);
    glide(30, 0.2).fill(whole, 0.9, 0, 4800);
    const cut = new Float64Array(4800);
    const other = glide(30, 0.2);
    for (let i = 0, step = 1; i < 4800; i += step, step = ((step * 5) % 127) + 1) {
      other.fill(cut, 0.9, i, Math.min(4800, i + step));
    }
    expect(cut).toEqual(whole);
  });

  it('turns automation that steps ten times a second into movement that never stops', () => {
    // A ramp over one second, sampled every 100 ms, at the default glide.
    const values = new Float64Array(RATE);
    const smooth = glide(80, 0);
    for (let step = 0; step < 10; step++) smooth.fill(values, step / 10, step * 4800, (step + 1) * 4800);
    let slowest = Infinity;
    let fastest = 0;
    // From the fourth step on, when the glide follows at the ramp's speed.
    for (let i = 4 * 4800; i < RATE; i++) {
      const speed = (values[i]! - values[i - 1]!) * RATE;
      slowest = Math.min(slowest, speed);
      fastest = Math.max(fastest, speed);
    }
    // Harmonics of the steps, 2 / (1 + (2 pi k 10 Hz 40 ms)^2): 27 + 8 + 3 + 2 ... = 42 % of the mean speed at most.
    expect(slowest).toBeGreaterThan(0.55);
    expect(fastest).toBeLessThan(1.45);
  });

  it('comes to rest exactly on its target', () => {
    const values = new Float64Array(10 * RATE);
    glide(100, 1).fill(values, 0, 0, values.length);
    expect(values[values.length - 1]).toBe(0);
    expect(values.every((v) => v === 0 || v > 1e-30)).toBe(true);
  });
});
