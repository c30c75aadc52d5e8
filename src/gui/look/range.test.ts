import { describe, expect, it } from 'vitest';
import { lastLatent, moveRange } from './range.js';

describe('look', () => {
  it('starts a map of four latents where four are left', () => {
    expect(lastLatent('colour', 8)).toBe(4);
    expect(lastLatent('colour', 2)).toBe(0);
    expect(lastLatent('grey', 8)).toBe(7);
  });

  it('moves one end and lets the other give way', () => {
    expect(moveRange([-3, 3], 'low', -1)).toEqual([-1, 3]);
    expect(moveRange([-3, 3], 'low', 5)).toEqual([5, 5.1]);
    expect(moveRange([-3, 3], 'high', -4)).toEqual([-4.1, -4]);
  });

  it('never lets the ends meet or leave their limits', () => {
    for (const end of ['low', 'high'] as const)
      for (const value of [-10, 10]) {
        const [low, high] = moveRange([-3, 3], end, value);
        expect(high - low).toBeGreaterThan(0.09);
        expect(low).toBeGreaterThanOrEqual(-10);
        expect(high).toBeLessThanOrEqual(10);
      }
  });
});
