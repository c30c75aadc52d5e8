/**
 * What lies over the terrain's picture: scale ticks, the trail, the sounding point, the wanted position.
 * Plain canvas calls, once per animation frame; keeps nothing. Used by `terrain-view.ts`.
 */

import type { Bounds } from '../../shared/terrain.js';
import type { Trail } from './trail.js';

export interface OverlayState {
  /** CSS px. */
  readonly width: number;
  readonly height: number;
  readonly bounds: Bounds;
  /** Wanted position, 0..1, y upward. */
  readonly x: number;
  readonly y: number;
  readonly held: boolean;
  readonly playing: boolean;
  readonly trail: Trail;
  /** False: the sounding point only. */
  readonly showTrail: boolean;
  readonly now: number;
}

const LIGHT = '255, 255, 255';
const DARK = '8, 9, 12';
/** Space that keeps the ring whole at the edges. */
const RING = 9;
/** Least length of a piece of the trail, in px. */
const LEAST_PIECE = 3;

export function drawOverlay(canvas: CanvasRenderingContext2D, state: OverlayState): void {
  const { width, height } = state;
  canvas.clearRect(0, 0, width, height);
  drawTicks(canvas, state);
  if (state.showTrail) drawTrail(canvas, state);
  drawPosition(canvas, state);
  const { head } = state.trail;
  if (head && state.playing) {
    dot(canvas, head[0] * width, (1 - head[1]) * height, 6, `rgba(${DARK}, 0.55)`);
    dot(canvas, head[0] * width, (1 - head[1]) * height, 4.2, `rgb(${LIGHT})`);
  }
}

/** Distance between ticks: 1, 2 or 5 times a power of ten, so that at most `most` fit. */
export function tickStep(low: number, high: number, most: number): number {
  const rough = Math.abs(high - low) / Math.max(1, most);
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 5]) if (rough <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

/** Fractions 0..1 of the way from `low` to `high` at which ticks stand, edges excluded. */
export function tickFractions(low: number, high: number, most: number): number[] {
  const step = tickStep(low, high, most);
  const from = Math.min(low, high);
  const to = Math.max(low, high);
  const fractions: number[] = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) {
    const fraction = (n * step - low) / (high - low);
    if (fraction > 0.001 && fraction < 0.999) fractions.push(fraction);
  }
  return fractions;
}

function drawTicks(canvas: CanvasRenderingContext2D, { width, height, bounds }: OverlayState): void {
  const [left, right] = bounds[0] ?? [0, 1];
  const [bottom, top] = bounds[1] ?? [0, 1];
  canvas.lineWidth = 1;
  canvas.strokeStyle = `rgba(${LIGHT}, 0.5)`;
  canvas.beginPath();
  for (const fraction of tickFractions(left, right, width / 44)) {
    const x = Math.round(fraction * width) + 0.5;
    canvas.moveTo(x, height);
    canvas.lineTo(x, height - 5);
  }
  for (const fraction of tickFractions(bottom, top, height / 44)) {
    const y = Math.round((1 - fraction) * height) + 0.5;
    canvas.moveTo(0, y);
    canvas.lineTo(5, y);
  }
  canvas.stroke();
}

function drawTrail(canvas: CanvasRenderingContext2D, { width, height, trail, now }: OverlayState): void {
  // Round ends would overlap, and show as beads where the line is translucent.
  canvas.lineCap = 'butt';
  // First all of the dark edge, then the light line: else each piece would cut into its neighbour.
  for (const [colour, extra, strength] of [
    [DARK, 2.5, 0.45],
    [LIGHT, 0, 0.95],
  ] as const) {
    let fromX = NaN;
    let fromY = NaN;
    trail.forEach(now, (x, y, freshness) => {
      const toX = x * width;
      const toY = (1 - y) * height;
      // Ends of very short pieces would show as stripes.
      if (Math.hypot(toX - fromX, toY - fromY) < LEAST_PIECE && freshness < 1) return;
      if (!Number.isNaN(fromX)) {
        canvas.strokeStyle = `rgba(${colour}, ${(strength * freshness ** 1.6).toFixed(3)})`;
        canvas.lineWidth = 0.8 + 2.4 * freshness + extra;
        canvas.beginPath();
        canvas.moveTo(fromX, fromY);
        canvas.lineTo(toX, toY);
        canvas.stroke();
      }
      fromX = toX;
      fromY = toY;
    });
  }
}

function drawPosition(canvas: CanvasRenderingContext2D, { width, height, x, y, held }: OverlayState): void {
  const centreX = x * width;
  const centreY = (1 - y) * height;
  const radius = held ? RING + 3 : RING;
  const hairX = Math.round(centreX - 0.5) + 0.5;
  const hairY = Math.round(centreY - 0.5) + 0.5;
  for (const [style, lineWidth] of [
    [`rgba(${DARK}, 0.2)`, 3],
    [`rgba(${LIGHT}, ${held ? 0.75 : 0.5})`, 1],
  ] as const) {
    canvas.strokeStyle = style;
    canvas.lineWidth = lineWidth;
    canvas.beginPath();
    canvas.moveTo(0, hairY);
    canvas.lineTo(centreX - radius, hairY);
    canvas.moveTo(centreX + radius, hairY);
    canvas.lineTo(width, hairY);
    canvas.moveTo(hairX, 0);
    canvas.lineTo(hairX, centreY - radius);
    canvas.moveTo(hairX, centreY + radius);
    canvas.lineTo(hairX, height);
    canvas.stroke();
  }
  for (const [style, lineWidth] of [
    [`rgba(${DARK}, 0.6)`, 4.5],
    [`rgb(${LIGHT})`, 2],
  ] as const) {
    canvas.strokeStyle = style;
    canvas.lineWidth = lineWidth;
    canvas.beginPath();
    canvas.arc(centreX, centreY, radius, 0, 2 * Math.PI);
    canvas.stroke();
  }
}

function dot(canvas: CanvasRenderingContext2D, x: number, y: number, radius: number, style: string): void {
  canvas.fillStyle = style;
  canvas.beginPath();
  canvas.arc(x, y, radius, 0, 2 * Math.PI);
  canvas.fill();
}
