import { describe, expect, it } from 'vitest';
import { METER_FLOOR, MeterChannel, meterTravel } from './ballistics.js';

/** Lets ms pass in frames of 60 Hz, as a page does. */
function pass(channel: MeterChannel, from: number, to: number): void {
  for (let now = from; now <= to; now += 1000 / 60) channel.advance(now);
}

describe('peak meter', () => {
  it('rises at once to the level in dBFS', () => {
    const channel = new MeterChannel();
    channel.advance(0);
    channel.hear(0.5, 0);
    expect(channel.level).toBeCloseTo(-6.02, 2);
    expect(channel.peak).toBeCloseTo(-6.02, 2);
  });

  it('falls 24 dB in a second while the peak is held, then lets the peak go', () => {
    const channel = new MeterChannel();
    channel.advance(0);
    channel.hear(1, 0);
    pass(channel, 0, 1000);
    expect(channel.level).toBeCloseTo(-24, 0);
    expect(channel.peak).toBe(0);
    pass(channel, 1000, 4500);
    expect(channel.level).toBe(METER_FLOOR);
    expect(channel.peak).toBe(METER_FLOOR);
  });

  it('says when it has come to rest', () => {
    const channel = new MeterChannel();
    channel.hear(1, 0);
    expect(channel.advance(10)).toBe(true);
    pass(channel, 10, 5000);
    expect(channel.advance(5001)).toBe(false);
  });

  it('does not move for silence or for what is not a number', () => {
    const channel = new MeterChannel();
    channel.hear(0, 0);
    channel.hear(NaN, 0);
    expect(channel.level).toBe(METER_FLOOR);
    expect(channel.advance(16)).toBe(false);
  });

  it('fills its length from the floor to full scale, and no further', () => {
    expect(meterTravel(METER_FLOOR)).toBe(0);
    expect(meterTravel(0)).toBe(1);
    expect(meterTravel(6)).toBe(1);
    expect(meterTravel(-20)).toBeGreaterThan(0.45);
    expect(meterTravel(-20)).toBeLessThan(0.55);
  });
});
