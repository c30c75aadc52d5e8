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
  if (end === 'low') {
    const moved = Math.min(value, RANGE.max - LEAST_RANGE);
    return [moved, round(Math.max(high, moved + LEAST_RANGE))];
  }
  const moved = Math.max(value, RANGE.min + LEAST_RANGE);
  return [round(Math.min(low, moved - LEAST_RANGE)), moved];
}

/** Without what binary fractions add: the range is saved, and shown as it is. */
function round(value: number): number {
  return Number(value.toFixed(RANGE.decimals));
}
