/**
 * What the two automation lanes hold: one value 0..1 per grid step of the loop, drawn, recorded or from a shape.
 * Pure: no clock, no audio, no DOM. Used by the transport (reads), the lane views and the recorder (write),
 * the project file.
 */

/** Grid steps per beat: 21 ms at 120 beats per minute, finer than any hop. */
export const STEPS_PER_BEAT = 24;
export const BEATS_PER_BAR = 4;

export class Lane {
  /** One value 0..1 per grid step. */
  values: Float32Array;

  constructor(values: Float32Array) {
    this.values = values;
  }

  /** Beats that the lane lasts. */
  get beats(): number {
    return this.values.length / STEPS_PER_BEAT;
  }

  /** Value at a beat, on the line between the two grid steps around it; the lane repeats. */
  at(beat: number): number {
    const steps = this.values.length;
    const position = mod(beat * STEPS_PER_BEAT, steps);
    const step = Math.floor(position);
    const here = this.values[step] ?? 0;
    const next = this.values[(step + 1) % steps] ?? 0;
    return here + (next - here) * (position - step);
  }

  /** Writes a straight line from one point to another; both beats lie in the lane, in any order. */
  line(fromBeat: number, from: number, toBeat: number, to: number): void {
    if (toBeat < fromBeat) return this.line(toBeat, to, fromBeat, from);
    const first = clampStep(Math.round(fromBeat * STEPS_PER_BEAT), this.values.length);
    const last = clampStep(Math.round(toBeat * STEPS_PER_BEAT), this.values.length);
    for (let step = first; step <= last; step++) {
      const share = last === first ? 1 : (step - first) / (last - first);
      this.values[step] = unit(from + (to - from) * share);
    }
  }

  /** Raises or lowers the lane around a beat, softly, over `width` beats to each side. */
  bend(beat: number, amount: number, width: number): void {
    for (let step = 0; step < this.values.length; step++) {
      const distance = Math.abs(step / STEPS_PER_BEAT - beat) / width;
      if (distance >= 1) continue;
      const weight = 0.5 + 0.5 * Math.cos(Math.PI * distance);
      this.values[step] = unit((this.values[step] ?? 0) + amount * weight);
    }
  }

  /** Makes the lane longer by repeating it, or shorter by cutting its end. */
  resize(beats: number): void {
    const old = this.values;
    this.values = Float32Array.from(
      { length: beats * STEPS_PER_BEAT },
      (_, step) => old[step % old.length] ?? 0,
    );
  }

  /** Four decimals: finer than a pointer, and short in a file. */
  toJSON(): number[] {
    return Array.from(this.values, (value) => Math.round(value * 1e4) / 1e4);
  }
}

export interface Shape {
  readonly id: string;
  readonly name: string;
  /** Position 0..1 of both lanes at a phase 0..1 of the loop; meets itself at the ends. */
  readonly at: (phase: number) => readonly [x: number, y: number];
}

const turn = (phase: number): number => phase * 2 * Math.PI;

/** Gestures to begin with. The first one plays when the page starts: it visits most of the terrain, unhurriedly. */
export const SHAPES: readonly Shape[] = [
  {
    id: 'drift',
    name: 'Drift',
    at: (phase) => [
      0.5 + 0.31 * Math.sin(turn(2 * phase)) + 0.11 * Math.sin(turn(5 * phase) + 1),
      0.5 + 0.31 * Math.sin(turn(3 * phase) + 0.6) + 0.11 * Math.sin(turn(7 * phase)),
    ],
  },
  {
    id: 'circle',
    name: 'Circle',
    at: (phase) => [0.5 + 0.35 * Math.cos(turn(phase)), 0.5 + 0.35 * Math.sin(turn(phase))],
  },
  {
    id: 'eight',
    name: 'Figure eight',
    at: (phase) => [0.5 + 0.4 * Math.sin(turn(phase)), 0.5 + 0.35 * Math.sin(turn(2 * phase))],
  },
  {
    id: 'corners',
    name: 'Four corners',
    at: (phase) => [phase < 0.25 || phase >= 0.75 ? 0.2 : 0.8, phase < 0.5 ? 0.2 : 0.8],
  },
  {
    id: 'sweep',
    name: 'Sweep',
    at: (phase) => [1 - Math.abs(1 - 2 * phase), 0.5 + 0.25 * Math.sin(turn(4 * phase))],
  },
  { id: 'still', name: 'Stay in the middle', at: () => [0.5, 0.5] },
];

/** Both lanes of a shape. */
export function lanesOf(shape: Shape, beats: number): [Lane, Lane] {
  const steps = beats * STEPS_PER_BEAT;
  const points = Array.from({ length: steps }, (_, step) => shape.at(step / steps));
  return [
    new Lane(Float32Array.from(points, ([x]) => unit(x))),
    new Lane(Float32Array.from(points, ([, y]) => unit(y))),
  ];
}

/** Remainder that is never negative. */
export function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Clamped to 0..1. */
export function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function clampStep(step: number, steps: number): number {
  return Math.min(steps - 1, Math.max(0, step));
}
