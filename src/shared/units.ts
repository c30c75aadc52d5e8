/**
 * Units that get confused when they are bare numbers.
 * Convert here and nowhere else. Used by every room.
 */

declare const unit: unique symbol;
/** A duration or a point in time, in seconds. */
export type Seconds = number & { readonly [unit]?: 'seconds' };
/** A duration or a position, in samples at a rate that the name says. */
export type Samples = number & { readonly [unit]?: 'samples' };
/** Samples per second. */
export type Hertz = number & { readonly [unit]?: 'hertz' };

/** Linear amplitude of a level in dB. */
export function decibelsToGain(decibels: number): number {
  return 10 ** (decibels / 20);
}

/** Level in dB of a linear amplitude; -Infinity for 0. */
export function gainToDecibels(gain: number): number {
  return 20 * Math.log10(gain);
}
