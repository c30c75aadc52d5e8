/**
 * What a look may be: which latents a map can start at, and how the two ends of the value range move. Pure.
 * Used by `look.ts`.
 */

import { COLOUR_LATENTS, type ColourMap } from '../../shared/colour-maps.js';

/** Values that the ends of the range take. */
export const RANGE = { min: -10, max: 10, decimals: 1 } as const;
/** Least distance between darkest and brightest. */
const LEAST_RANGE = 0.1;

/** First latent that a map can start at, counted from 0. */
export function lastLatent(map: ColourMap, latents: number): number {
  return Math.max(0, latents - (map === 'colour' ? COLOUR_LATENTS : 1));
}

/** A range with one end moved; the other gives way. */
export function moveRange(
  [low, high]: readonly [number, number],
  end: 'low' | 'high',
  value: number,
): readonly [number, number] {
  return end === 'low'
    ? [
        Math.min(value, RANGE.max - LEAST_RANGE),
        Math.max(high, Math.min(value, RANGE.max - LEAST_RANGE) + LEAST_RANGE),
      ]
    : [
        Math.min(low, Math.max(value, RANGE.min + LEAST_RANGE) - LEAST_RANGE),
        Math.max(value, RANGE.min + LEAST_RANGE),
      ];
}
