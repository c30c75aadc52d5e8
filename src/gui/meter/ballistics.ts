/**
 * How a peak meter moves: up at once, down slowly, with a held peak. Pure; one per channel.
 * Levels in dBFS, times in ms.
 */

import { gainToDecibels } from '../../shared/units.js';

export const METER_FLOOR = -60;
/** Fall of the bar, dB per second: between IEC 60268-18's digital meters and what looks calm. */
const FALL = 24;
const HOLD_MS = 1500;
const HOLD_FALL = 40;

export class MeterChannel {
  level = METER_FLOOR;
  peak = METER_FLOOR;
  #peakAt = 0;
  #last = 0;

  /** @param amplitude Greatest sample magnitude since the last call, linear. */
  hear(amplitude: number, now: number): void {
    const level = Math.max(METER_FLOOR, gainToDecibels(Math.abs(amplitude)));
    if (!(level > METER_FLOOR)) return;
    this.level = Math.max(this.level, level);
    if (level < this.peak) return;
    this.peak = level;
    this.#peakAt = now;
  }

  /** Lets time pass. @returns Whether something still moves. */
  advance(now: number): boolean {
    const seconds = Math.min(0.1, Math.max(0, (now - this.#last) / 1000));
    this.#last = now;
    this.level = Math.max(METER_FLOOR, this.level - FALL * seconds);
    if (now - this.#peakAt > HOLD_MS) this.peak = Math.max(METER_FLOOR, this.peak - HOLD_FALL * seconds);
    return this.level > METER_FLOOR || this.peak > METER_FLOOR;
  }
}

/** Part of the meter's length, 0..1; the upper 20 dB take half of it, as on a desk. */
export function meterTravel(decibels: number): number {
  const share = (Math.min(0, Math.max(METER_FLOOR, decibels)) - METER_FLOOR) / -METER_FLOOR;
  return share ** 1.7;
}
