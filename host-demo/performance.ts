/**
 * Who plays: the lanes or the hand. Turns lane values into automation events, lets the first gesture take over from
 * the lanes, and writes gestures into the lanes while recording.
 * Knows the plugin only as a place for events. Used by the host.
 */
import type { WamNode } from '@webaudiomodules/api';
import type { Gesture } from './gestures.js';
import { BEATS_PER_BAR, Lane, lanesOf, SHAPES, unit } from './lanes.js';
import type { Shape } from './lanes.js';
import { Transport } from './transport.js';

/** The parameter that a lane moves. */
export interface LaneTarget {
  readonly id: string;
  readonly min: number;
  readonly max: number;
}

/** Without a pointer held down (keys, wheel), the hand counts as lifted this long after its last gesture. */
const LIFT_MILLISECONDS = 500;
/** Gestures of a pointer that just came up may still be under way for so long. */
const AFTER_POINTER_MILLISECONDS = 60;
const UNDO_DEPTH = 50;

export class Performance {
  readonly transport: Transport;
  readonly lanes: [Lane, Lane];
  readonly targets: [LaneTarget | null, LaneTarget | null] = [null, null];
  /** True from the first gesture on, until the lanes are asked back: the lanes keep quiet. */
  byHand = false;
  recording = false;
  /** Where the events go. */
  node: WamNode | null = null;

  private readonly lastSent: [number, number] = [NaN, NaN];
  private readonly undoStack: [Float32Array, Float32Array][] = [];
  private touched = false;
  private pointerDown = false;
  private liftTimer = 0;
  /** Lanes whose scheduled events may have slipped in between a gesture and their clearing. */
  private readonly disturbed = new Set<number>();
  /** Where recording has written up to, per lane, while the hand is on. */
  private readonly heads: [Head | null, Head | null] = [null, null];

  constructor(
    private readonly context: BaseAudioContext,
    private readonly changed: () => void,
    bars: number,
  ) {
    this.lanes = lanesOf(SHAPES[0] as Shape, bars * BEATS_PER_BAR);
    this.transport = new Transport(
      context,
      {
        step: (beat, time) => this.step(beat, time),
        cleared: () => this.clear(),
        changed,
      },
      bars,
    );
  }

  /** Whether a hand moves the plugin right now. */
  get handOn(): boolean {
    return this.touched;
  }

  /** Something was done by hand in the plugin: the lanes make way. */
  gesture(gesture: Gesture): void {
    const index = this.targets.findIndex((target) => target?.id === gesture.id);
    const target = this.targets[index];
    if (!target) return;
    const span = target.max - target.min || 1;
    const value = unit(gesture.normalized ? gesture.value : (gesture.value - target.min) / span);

    const first = !this.touched;
    if (first) {
      this.touched = true;
      if (this.transport.playing && !this.byHand) {
        this.clear();
        this.targets.forEach((_, lane) => this.disturbed.add(lane));
      }
      if (this.recording) this.remember();
      else this.byHand = true;
    }
    // The hand has the last word.
    if (this.disturbed.delete(index)) this.send(index, value, this.context.currentTime);
    if (this.recording) this.record(index, this.transport.beatAt(gesture.time), value);
    if (!this.pointerDown) this.liftIn(LIFT_MILLISECONDS);
    if (first) this.changed();
  }

  /** The pointer went down on, or came up from, the plugin's face. */
  pointer(down: boolean): void {
    this.pointerDown = down;
    if (down) window.clearTimeout(this.liftTimer);
    else if (this.touched) this.liftIn(AFTER_POINTER_MILLISECONDS);
  }

  /** Gives the lanes back their voice. */
  lanesAgain(): void {
    if (!this.byHand) return;
    this.byHand = false;
    this.transport.again();
  }

  /** Keeps a copy of both lanes; call before changing them. */
  remember(): void {
    this.undoStack.push([this.lanes[0].values.slice(), this.lanes[1].values.slice()]);
    if (this.undoStack.length > UNDO_DEPTH) this.undoStack.shift();
  }

  get canUndo(): boolean {
    return this.undoStack.length > 0;
  }

  /** Both lanes as they were before the last change, at today's length. */
  undo(): void {
    const before = this.undoStack.pop();
    if (!before) return;
    const { beats } = this.transport;
    this.lanes.forEach((lane, index) => {
      lane.values = before[index] as Float32Array;
      if (lane.beats !== beats) lane.resize(beats);
    });
  }

  /** Replaces both lanes and the loop's length by theirs. */
  setLanes(lanes: readonly [Lane, Lane]): void {
    this.lanes[0].values = lanes[0].values;
    this.lanes[1].values = lanes[1].values;
    this.transport.beats = lanes[0].beats;
  }

  /** Changes the loop's length; the lanes repeat or lose their end. */
  setBars(bars: number): void {
    this.remember();
    for (const lane of this.lanes) lane.resize(bars * BEATS_PER_BAR);
    this.transport.beats = bars * BEATS_PER_BAR;
  }

  /** A grid step of the transport: says what the lanes say, unless a hand does. */
  private step(beat: number, time: number): void {
    if (this.recording && this.touched) {
      // A hand that holds still is recorded, too.
      this.heads.forEach((head, index) => head && this.record(index, this.transport.beat, head.value));
    } else if (!this.byHand) {
      this.lanes.forEach((lane, index) => this.send(index, lane.at(beat), time));
    }
  }

  /** Forgets what was scheduled and has not sounded yet. */
  private clear(): void {
    this.lastSent.fill(NaN);
    if (!this.node) return;
    // Typed as void, yet plugins return a promise, and some reject it.
    Promise.resolve(this.node.clearEvents() as unknown).catch(() => undefined);
  }

  private send(index: number, value: number, time: number): void {
    const target = this.targets[index];
    if (!target || !this.node || value === this.lastSent[index]) return;
    this.lastSent[index] = value;
    this.node.scheduleEvents(automation(target, value, time));
  }

  private record(index: number, beat: number, value: number): void {
    if (!this.transport.playing) return;
    const lane = this.lanes[index] as Lane;
    const head = this.heads[index];
    if (!head) lane.line(beat, value, beat, value);
    else if (beat >= head.beat) lane.line(head.beat, head.value, beat, value);
    else {
      // Over the loop's seam.
      lane.line(head.beat, head.value, lane.beats, value);
      lane.line(0, value, beat, value);
    }
    this.heads[index] = { beat, value };
  }

  private liftIn(milliseconds: number): void {
    window.clearTimeout(this.liftTimer);
    this.liftTimer = window.setTimeout(() => {
      this.touched = false;
      this.disturbed.clear();
      this.heads.fill(null);
      this.changed();
    }, milliseconds);
  }
}

interface Head {
  readonly beat: number;
  readonly value: number;
}

/** The event that gives a lane's value 0..1 to its parameter. */
export function automation(
  { id, min, max }: LaneTarget,
  value: number,
  time: number,
): { type: 'wam-automation'; time: number; data: { id: string; value: number; normalized: false } } {
  return {
    type: 'wam-automation',
    time,
    data: { id, value: min + (max - min) * value, normalized: false },
  };
}
