/**
 * One lane on the page: draws the curve and the playhead, and lets it be drawn by pointer and by keys.
 * Knows the lane and nothing of the clock: the page tells it where the playhead is.
 */
import { BEATS_PER_BAR, STEPS_PER_BEAT, unit } from './lanes.js';
import type { Lane } from './lanes.js';

export interface LaneViewEvents {
  /** Before the first change of a stroke. */
  begin(): void;
  /** After each change. */
  edited(): void;
}

/** Beats to each side that a key bends. */
const BEND_BEATS = 1;
const PAD = 6;

export class LaneView {
  private cursor = 0;
  private playhead: number | null = null;
  private stroke: { beat: number; value: number } | null = null;
  private bending = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly lane: Lane,
    name: string,
    private readonly events: LaneViewEvents,
  ) {
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'slider');
    canvas.setAttribute('aria-label', `Lane ${name}`);
    canvas.setAttribute('aria-orientation', 'vertical');
    canvas.setAttribute('aria-valuemin', '0');
    canvas.setAttribute('aria-valuemax', '1');
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const type of ['pointerup', 'pointercancel'] as const)
      canvas.addEventListener(type, () => (this.stroke = null));
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('keyup', () => (this.bending = false));
    for (const type of ['focus', 'blur'] as const) canvas.addEventListener(type, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.announce();
  }

  /** Moves the playhead, to nowhere if null; draws only if that shows. */
  show(beat: number | null): void {
    if (beat === this.playhead) return;
    this.playhead = beat;
    this.draw();
  }

  /** Draws everything again: the lane has changed. */
  refresh(): void {
    this.cursor = Math.min(this.cursor, this.lane.beats - 1 / 4);
    this.announce();
    this.draw();
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.focus({ preventScroll: true });
    event.preventDefault();
    this.events.begin();
    this.stroke = this.point(event);
    this.write(this.stroke);
  }

  private move(event: PointerEvent): void {
    if (!this.stroke) return;
    const points = event.getCoalescedEvents();
    for (const point of points.length > 0 ? points : [event]) this.write(this.point(point));
  }

  /** Writes a line from where the stroke was. */
  private write(to: { beat: number; value: number }): void {
    const from = this.stroke ?? to;
    this.lane.line(from.beat, from.value, to.beat, to.value);
    this.stroke = to;
    this.cursor = Math.floor(Math.min(to.beat, this.lane.beats - 1 / 4) * 4) / 4;
    this.edited();
  }

  private point(event: PointerEvent): { beat: number; value: number } {
    const box = this.canvas.getBoundingClientRect();
    return {
      beat: unit((event.clientX - box.left) / box.width) * this.lane.beats,
      value: unit(1 - (event.clientY - box.top - PAD) / (box.height - 2 * PAD)),
    };
  }

  private key(event: KeyboardEvent): void {
    const last = this.lane.beats - 1 / 4;
    const step = event.shiftKey ? 1 / 4 : 1;
    const amount = event.shiftKey ? 0.01 : 0.05;
    const moves: Record<string, number> = {
      ArrowLeft: this.cursor - step,
      ArrowRight: this.cursor + step,
      Home: 0,
      End: last,
    };
    const bends: Record<string, number> = {
      ArrowUp: amount,
      ArrowDown: -amount,
      PageUp: 0.2,
      PageDown: -0.2,
    };
    const move = moves[event.key];
    const bend = bends[event.key];
    if (move !== undefined) {
      this.cursor = Math.min(last, Math.max(0, move));
      this.announce();
      this.draw();
    } else if (bend !== undefined) {
      // One held key is one change to undo.
      if (!this.bending) this.events.begin();
      this.bending = true;
      this.lane.bend(this.cursor, bend, BEND_BEATS);
      this.edited();
    } else return;
    event.preventDefault();
  }

  private edited(): void {
    this.announce();
    this.draw();
    this.events.edited();
  }

  private announce(): void {
    const value = this.lane.at(this.cursor);
    const bar = Math.floor(this.cursor / BEATS_PER_BAR) + 1;
    const beat = (this.cursor % BEATS_PER_BAR) + 1;
    this.canvas.setAttribute('aria-valuenow', value.toFixed(2));
    this.canvas.setAttribute('aria-valuetext', `${value.toFixed(2)} at bar ${bar}, beat ${beat}`);
  }

  private draw(): void {
    const { canvas, lane } = this;
    const ratio = window.devicePixelRatio;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const g = canvas.getContext('2d');
    if (!g) return;
    const style = getComputedStyle(canvas);
    const colour = (name: string): string => style.getPropertyValue(name);
    const pad = PAD * ratio;
    const xOf = (beat: number): number => (beat / lane.beats) * width;
    const yOf = (value: number): number => pad + (1 - value) * (height - 2 * pad);

    g.clearRect(0, 0, width, height);
    const beatsPerLine = lane.beats > 32 ? BEATS_PER_BAR : 1;
    for (let beat = beatsPerLine; beat < lane.beats; beat += beatsPerLine) {
      g.fillStyle = colour(beat % BEATS_PER_BAR === 0 ? '--edge' : '--line');
      g.fillRect(Math.round(xOf(beat)), 0, ratio, height);
    }

    g.beginPath();
    lane.values.forEach((value, step) => g.lineTo(xOf(step / STEPS_PER_BEAT), yOf(value)));
    g.lineTo(width, yOf(lane.values[lane.values.length - 1] ?? 0));
    g.lineWidth = 1.75 * ratio;
    g.lineJoin = 'round';
    g.strokeStyle = colour('--accent');
    g.stroke();
    g.lineTo(width, height);
    g.lineTo(0, height);
    g.globalAlpha = 0.12;
    g.fillStyle = colour('--accent');
    g.fill();
    g.globalAlpha = 1;

    if (this.playhead !== null) {
      const x = xOf(this.playhead);
      g.fillStyle = colour('--text');
      g.fillRect(x - ratio / 2, 0, ratio, height);
      g.beginPath();
      g.arc(x, yOf(lane.at(this.playhead)), 4 * ratio, 0, 2 * Math.PI);
      g.fill();
    }
    if (canvas.matches(':focus-visible')) {
      const x = xOf(this.cursor);
      g.setLineDash([3 * ratio, 3 * ratio]);
      g.strokeStyle = colour('--soft');
      g.lineWidth = ratio;
      g.beginPath();
      g.moveTo(x, 0);
      g.lineTo(x, height);
      g.arc(x, yOf(lane.at(this.cursor)), 5 * ratio, 0, 2 * Math.PI);
      g.stroke();
      g.setLineDash([]);
    }
  }
}
