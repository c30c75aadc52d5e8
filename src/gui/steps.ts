/**
 * How far a key moves something. Pure: keys in, steps out; knows no element.
 * One grammar everywhere: arrows step, Shift is fine, Ctrl or Alt is coarse, Page keys are coarse.
 */

export interface Keys {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** Parts of the whole range. */
export const STEP = { fine: 0.002, normal: 0.02, coarse: 0.1 } as const;

function stepOf(keys: Keys): number {
  if (keys.shiftKey) return STEP.fine;
  return keys.ctrlKey || keys.altKey ? STEP.coarse : STEP.normal;
}

/** What a key does to a slider: a move relative to its range, an end of it, or null for nothing. */
export type SliderMove = { readonly by: number } | { readonly to: 'least' | 'greatest' | 'default' } | null;

export function sliderMove(keys: Keys): SliderMove {
  if (keys.metaKey) return null;
  switch (keys.key) {
    case 'ArrowUp':
    case 'ArrowRight':
      return { by: stepOf(keys) };
    case 'ArrowDown':
    case 'ArrowLeft':
      return { by: -stepOf(keys) };
    case 'PageUp':
      return { by: STEP.coarse };
    case 'PageDown':
      return { by: -STEP.coarse };
    case 'Home':
      return { to: 'least' };
    case 'End':
      return { to: 'greatest' };
    case 'Delete':
    case 'Backspace':
      return { to: 'default' };
    default:
      return null;
  }
}

/**
 * Where a key moves a position (x, y in 0..1, y upward), or null if it is no such key.
 * Home and End go to the left and right edge, Page keys far up and down, Delete to the middle.
 */
export function positionMove(
  keys: Keys,
  x: number,
  y: number,
): { readonly x: number; readonly y: number } | null {
  if (keys.metaKey) return null;
  const step = stepOf(keys);
  const at = (newX: number, newY: number): { x: number; y: number } => ({
    x: clamp01(newX),
    y: clamp01(newY),
  });
  switch (keys.key) {
    case 'ArrowLeft':
      return at(x - step, y);
    case 'ArrowRight':
      return at(x + step, y);
    case 'ArrowDown':
      return at(x, y - step);
    case 'ArrowUp':
      return at(x, y + step);
    case 'PageUp':
      return at(x, y + STEP.coarse);
    case 'PageDown':
      return at(x, y - STEP.coarse);
    case 'Home':
      return at(0, y);
    case 'End':
      return at(1, y);
    case 'Delete':
    case 'Backspace':
      return at(0.5, 0.5);
    default:
      return null;
  }
}

export function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/**
 * How a control's travel 0..1 maps to its value: `curve` above 1 gives the upper end more room, below 1 the lower.
 */
export interface Travel {
  readonly min: number;
  readonly max: number;
  readonly curve: number;
  /** Decimals that a gesture keeps, so that values stay readable. */
  readonly decimals: number;
}

export function toTravel({ min, max, curve }: Travel, value: number): number {
  return clamp01((value - min) / (max - min)) ** curve;
}

export function fromTravel({ min, max, curve, decimals }: Travel, travel: number): number {
  return roundTo(min + (max - min) * clamp01(travel) ** (1 / curve), decimals);
}

/** The value after a move; a step is never too small to change it. */
export function moveValue(travel: Travel, value: number, by: number): number {
  const moved = fromTravel(travel, toTravel(travel, value) + by);
  if (moved !== roundTo(value, travel.decimals)) return moved;
  const least = Math.sign(by) * 10 ** -travel.decimals;
  return Math.min(travel.max, Math.max(travel.min, roundTo(value + least, travel.decimals)));
}

function roundTo(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
