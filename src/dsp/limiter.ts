/**
 * The last thing that touches a sample: bit-transparent up to -2.5 dBFS, then a soft knee that never passes 0 dBFS.
 * A waveshaper without memory, so without latency; not a loudness limiter. Non-finite samples become silence.
 * Used by `processor.ts`. Thread: audio.
 */

/** Up to here samples pass unchanged; about -2.5 dBFS. */
export const KNEE = 0.75;

/** One sample; the result is finite and within -1..1. */
export function limit(sample: number): number {
  const magnitude = sample < 0 ? -sample : sample;
  if (magnitude <= KNEE) return sample;
  // Also catches NaN, which compares false to everything.
  if (!(magnitude < Infinity)) return 0;
  // Slope 1 at the knee, 1 / (1 + u)^2 beyond it: continuous in value and slope, 1 at most.
  const over = (magnitude - KNEE) / (1 - KNEE);
  const shaped = 1 - (1 - KNEE) / (1 + over);
  return sample < 0 ? -shaped : shaped;
}
