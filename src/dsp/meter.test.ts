import { describe, expect, it } from 'vitest';
import { Meter } from './meter.js';
import { slicer } from './test-networks.js';

describe('meter', () => {
  it('holds the greatest magnitude of either channel until it is taken', () => {
    const meter = new Meter(1000);
    meter.listen(Float32Array.of(0.1, -0.5, 0.2), Float32Array.of(0, 0.25, -0.125), 0, 3);
    meter.listen(Float32Array.of(9, 0.3), Float32Array.of(9, -0.75), 1, 2);
    expect(meter.takePeaks()).toEqual([0.5, 0.75]);
    expect(meter.takePeaks()).toEqual([0, 0]);
  });

  it('finds the mean load from a clock of whole milliseconds', () => {
    // Quanta of 2.9 ms, one in sixteen takes 7 ms, the others 0.2 ms, read with a clock that shows whole ms.
    let clock = 0;
    const meter = new Meter(1000, () => Math.floor(clock));
    const random = slicer(1);
    let now = 0;
    let sum = 0;
    const quanta = 20_000;
    for (let q = 0; q < quanta; q++) {
      clock = now + random() * 0.2;
      meter.begin();
      clock += q % 16 === 0 ? 7 : 0.2;
      meter.end(2.9);
      if (q >= quanta - 700) sum += meter.load / 700;
      now += 2.9;
    }
    const truth = (7 + 15 * 0.2) / 16 / 2.9;
    expect(Math.abs(sum - truth)).toBeLessThan(0.03);
    expect(meter.missedDeadlines).toBe(quanta / 16);
  });

  it('counts no miss that the clock cannot prove, and bears a clock that is set back', () => {
    let clock = 0;
    const meter = new Meter(1000, () => clock);
    const measure = (elapsed: number) => {
      meter.begin();
      clock += elapsed;
      meter.end(2.9);
    };
    measure(3);
    measure(-3_600_000);
    expect(meter.missedDeadlines).toBe(0);
    expect(meter.load).toBeGreaterThanOrEqual(0);
    measure(4);
    expect(meter.missedDeadlines).toBe(1);
  });
});
