/**
 * Musical time: plays, stops, loops, seeks, and calls out every grid step a little ahead of its exact time.
 * Knows neither lanes nor plugins. Used by the performance (what happens at a step) and the page (where we are).
 * Thread: main; the exact times make it sample-accurate, so late timers do no harm up to `AHEAD`.
 */
import { BEATS_PER_BAR, mod, STEPS_PER_BEAT } from './lanes.js';

/** How far ahead of the sound steps are called out, in seconds: short, so that a hand on the plugin takes over at once. */
const AHEAD = 0.12;
/** The same in a hidden page, whose timers the browser slows to one per second. */
const AHEAD_HIDDEN = 1.6;
const TICK_MILLISECONDS = 30;

export interface TransportSteps {
  /**
   * @param beat within the loop
   * @param time of the context's clock, in seconds
   */
  step(beat: number, time: number): void;
  /** What was called out and has not sounded is no longer true: stop, seek, new tempo. */
  cleared(): void;
  /** Something that the page shows has changed. */
  changed(): void;
}

export class Transport {
  private anchorTime = 0;
  private anchorBeat = 0;
  /** Next grid step to call out, counted from the anchor's loop without wrapping. */
  private nextStep = 0;
  private timer = 0;
  private bpm = 120;
  private loopBeats: number;
  loop = true;

  constructor(
    private readonly context: BaseAudioContext,
    private readonly listener: TransportSteps,
    bars: number,
  ) {
    this.loopBeats = bars * BEATS_PER_BAR;
  }

  get playing(): boolean {
    return this.timer !== 0;
  }

  get tempo(): number {
    return this.bpm;
  }

  set tempo(bpm: number) {
    const beat = this.beat;
    this.bpm = Math.min(300, Math.max(20, bpm));
    this.moveTo(beat);
  }

  /** Length of the loop. */
  get beats(): number {
    return this.loopBeats;
  }

  set beats(beats: number) {
    const beat = this.beat;
    this.loopBeats = beats;
    this.moveTo(beat % beats);
  }

  /** Where the sound is, in beats within the loop. */
  get beat(): number {
    return this.beatAt(this.context.currentTime);
  }

  /** Beat within the loop at a time of the context's clock. */
  beatAt(time: number): number {
    if (!this.playing) return this.anchorBeat;
    return mod(this.anchorBeat + (Math.max(0, time - this.anchorTime) * this.bpm) / 60, this.loopBeats);
  }

  play(): void {
    if (this.playing) return;
    this.timer = window.setInterval(() => this.tick(), TICK_MILLISECONDS);
    this.moveTo(this.anchorBeat);
  }

  /** Stops where it is; stopping again goes back to the beginning. */
  stop(): void {
    if (!this.playing) return this.moveTo(0);
    const beat = this.beat;
    window.clearInterval(this.timer);
    this.timer = 0;
    this.moveTo(beat);
  }

  seek(beat: number): void {
    this.moveTo(mod(beat, this.loopBeats));
  }

  /** Calls everything from now on out again: the lanes have something new to say. */
  again(): void {
    this.moveTo(this.beat);
  }

  private moveTo(beat: number): void {
    this.anchorBeat = beat;
    // Events for this very moment would be late already.
    this.anchorTime = this.context.currentTime + 0.01;
    this.nextStep = Math.floor(beat * STEPS_PER_BEAT) + 1;
    this.listener.cleared();
    if (this.playing) {
      this.listener.step(beat, this.anchorTime);
      this.tick();
    }
    this.listener.changed();
  }

  private tick(): void {
    const now = this.context.currentTime;
    const horizon = now + (document.hidden ? AHEAD_HIDDEN : AHEAD);
    const secondsPerStep = 60 / this.bpm / STEPS_PER_BEAT;
    const stepsPerLoop = this.loopBeats * STEPS_PER_BEAT;
    const timeOf = (step: number): number =>
      this.anchorTime + (step - this.anchorBeat * STEPS_PER_BEAT) * secondsPerStep;
    // After a pause of the whole page, what was missed is missed.
    if (timeOf(this.nextStep) < now - 0.5) {
      this.nextStep += Math.floor((now - timeOf(this.nextStep)) / secondsPerStep);
    }
    while (timeOf(this.nextStep) < horizon) {
      const time = timeOf(this.nextStep);
      if (!this.loop && this.nextStep >= stepsPerLoop) {
        if (time <= now) this.end();
        return;
      }
      this.listener.step((this.nextStep % stepsPerLoop) / STEPS_PER_BEAT, time);
      this.nextStep++;
    }
  }

  /** The end of a loop that is not repeated. */
  private end(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.moveTo(0);
  }
}
