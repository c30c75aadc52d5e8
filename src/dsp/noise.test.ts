import { describe, expect, it } from 'vitest';
import { StereoNoise } from './noise.js';
import { Normal } from './normal.js';

const COUNT = 200_000;

/** Uniform numbers of one hop for both channels. */
function uniform(width: number, seed = 1): { left: Float32Array; right: Float32Array } {
  const noise = new StereoNoise({ normal: 3, uniform: COUNT });
  noise.draw(new Normal(seed));
  noise.widen(width);
  return {
    left: noise.stretch('uniform', 0, 0, COUNT),
    right: noise.stretch('uniform', 1, 0, COUNT),
  };
}

function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < COUNT; i++) sum += (a[i]! - 0.5) * (b[i]! - 0.5);
  // The variance of a uniform number is 1 / 12.
  return (12 * sum) / COUNT;
}

describe('uniform noise', () => {
  it.each([0, 0.3, 1, 2])('is evenly spread over 0 <= u < 1 on both channels at width %d', (width) => {
    for (const numbers of Object.values(uniform(width))) {
      const bins = new Array<number>(64).fill(0);
      expect(numbers.every((u) => u >= 0 && u < 1)).toBe(true);
      for (const u of numbers) bins[Math.floor(u * 64)]!++;
      // Chi-square with 63 degrees of freedom: mean 63, deviation 11; five deviations.
      const expected = COUNT / 64;
      const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(63 + 5 * 11.3);
    }
  });

  it.each([0, 0.3, 0.5, 1, 1.5, 2])(
    'correlates between the channels as normal noise does at width %d',
    (width) => {
      const { left, right } = uniform(width);
      const expected = (1 - width) / Math.hypot(1 - width, width);
      // Five standard errors of a correlation over 200,000 numbers, about 1 / sqrt(n) each.
      expect(Math.abs(correlation(left, right) - expected)).toBeLessThan(5 / Math.sqrt(COUNT));
    },
  );

  it('is independent of its neighbours and of the next seed', () => {
    const { left } = uniform(1);
    for (const lag of [1, 2, 16]) {
      const later = new Float32Array(COUNT);
      later.set(left.subarray(lag));
      later.set(left.subarray(0, lag), COUNT - lag);
      expect(Math.abs(correlation(left, later))).toBeLessThan(5 / Math.sqrt(COUNT));
    }
    expect(Math.abs(correlation(left, uniform(1, 2).left))).toBeLessThan(5 / Math.sqrt(COUNT));
  });

  it('is the same on every machine', () => {
    // The stream of seed 1 by the generator's definition (xoshiro128** over splitmix32), its upper 24 bits.
    const { left } = uniform(1);
    expect([...left.subarray(0, 4)].map((u) => u * 2 ** 24)).toMatchInlineSnapshot(`
      [
        13263653,
        15763831,
        7536824,
        15939786,
      ]
    `);
  });
});
