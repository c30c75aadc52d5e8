/**
 * Where on the control space the parameters X and Y lie. A scale, not a clamp.
 */

import type { Bounds } from '../shared/terrain.js';

/** −1..1 on every input: the bounds of new and of factory terrains. */
export function defaultBounds(inputs: number): Bounds {
  return Array.from({ length: inputs }, () => [-1, 1] as const);
}

/**
 * Coordinate in control space at a fraction of the way between the edges of one axis.
 * Axis 0 goes from left to right, axis 1 from bottom to top.
 * Thread: any; allocates nothing.
 */
export function coordinateAt(bounds: Bounds, axis: number, fraction: number): number {
  const [least, greatest] = bounds[axis]!;
  return least + fraction * (greatest - least);
}
