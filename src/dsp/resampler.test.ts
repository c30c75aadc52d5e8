import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.js';

/** The first `count` outputs for an endless input; the right channel is fed the negative. */
function convert(
  inputRate: number,
  outputRate: number,
  count: number,
  signal: (index: number) => number,
): { output: Float32Array; consumed: number; latency: number } {
  const resampler = new Resampler(inputRate, outputRate);
  const output = new Float32Array(count);
  const right = new Float32Array(count);
  let consumed = 0;
  for (let i = 0; i < count; i++) {
    while (resampler.due > 0) {
      const sample = signal(consumed++);
      resampler.push(sample, -sample);
    }
    resampler.pull(output, right, i);
  }
  expect(right.every((v, i) => v + output[i]! === 0)).toBe(true);
  return { output, consumed, latency: resampler.latency };
}

/** Amplitude and phase of one frequency by least squares on [from, length), and what remains beside it (RMS). */
function fitSine(output: Float32Array, from: number, radians: number) {
  let cc = 0;
  let ss = 0;
  let cs = 0;
  let yc = 0;
  let ys = 0;
  for (let i = from; i < output.length; i++) {
    const c = Math.cos(radians * i);
    const s = Math.sin(radians * i);
    cc += c * c;
    ss += s * s;
    cs += c * s;
    yc += output[i]! * c;
    ys += output[i]! * s;
  }
  const determinant = cc * ss - cs * cs;
  const a = (yc * ss - ys * cs) / determinant;
  const b = (ys * cc - yc * cs) / determinant;
  let rest = 0;
  for (let i = from; i < output.length; i++) {
    rest += (output[i]! - a * Math.cos(radians * i) - b * Math.sin(radians * i)) ** 2;
  }
  return {
    amplitude: Math.hypot(a, b),
    phase: Math.atan2(-b, a),
    rest: Math.sqrt(rest / (output.length - from)),
  };
}

const decibels = (ratio: number) => 20 * Math.log10(ratio);

const PAIRS: readonly (readonly [number, number])[] = [
  [44100, 48000],
  [48000, 44100],
  [44100, 96000],
  [44100, 192000],
  [11025, 192000], // more phases than the table holds
  [44100, 47999], // likewise
  [48000, 22050],
  [96000, 44100],
  [8000, 44100],
  [192000, 8000],
  [48000, 24000],
];

describe('resampler', () => {
  it.each(PAIRS)(
    '%i → %i Hz is flat to 0.1 dB up to 0.9 of the lower Nyquist, with the reported delay',
    (from, to) => {
      const lower = Math.min(from, to) / 2;
      for (const share of [0.01, 0.2, 0.5, 0.8, 0.9]) {
        const frequency = lower * share;
        const radians = (2 * Math.PI * frequency) / to;
        const { output, latency } = convert(from, to, Math.ceil(latencyOf(from, to) * 2) + 3000, (n) =>
          Math.cos((2 * Math.PI * frequency * n) / from),
        );
        const { amplitude, phase, rest } = fitSine(output, Math.ceil(latency * 2), radians);
        expect(Math.abs(decibels(amplitude))).toBeLessThan(0.1);
        // All that is not the sine itself: images, aliases, noise. RMS against the sine's RMS.
        expect(decibels(rest / (amplitude / Math.SQRT2))).toBeLessThan(-80);
        // Phase says the delay, modulo a period: the filter is symmetric, so it is exact to 32-bit rounding.
        const turns = (phase + radians * latency) / (2 * Math.PI);
        expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-4);
      }
    },
  );

  it.each(PAIRS)('%i → %i Hz keeps images and aliases of every frequency below -80 dB', (from, to) => {
    const lower = Math.min(from, to) / 2;
    const latency = latencyOf(from, to);
    for (const share of [0.92, 0.96, 0.99, 1.01, 1.05, 1.3, 1.7, 2.1]) {
      const frequency = lower * share;
      if (frequency >= from / 2) continue;
      const radians = (2 * Math.PI * frequency) / to;
      const { output } = convert(from, to, Math.ceil(latency * 2) + 3000, (n) =>
        Math.cos((2 * Math.PI * frequency * n) / from),
      );
      if (share < 1) {
        // The sine itself may stay, weakened; nothing else may.
        const { rest } = fitSine(output, Math.ceil(latency * 2), radians);
        expect(decibels(rest * Math.SQRT2)).toBeLessThan(-80);
      } else {
        // Above the output's Nyquist frequency: whatever comes out is an alias.
        let power = 0;
        const settled = output.subarray(Math.ceil(latency * 2));
        for (const v of settled) power += v * v;
        expect(decibels(Math.sqrt((2 * power) / settled.length))).toBeLessThan(-80);
      }
    }
  });

  it('passes equal rates through, bit for bit and without delay', () => {
    const { output, latency } = convert(44100, 44100, 500, (n) => Math.fround(Math.sin(n)));
    expect(latency).toBe(0);
    expect([...output]).toEqual(Array.from({ length: 500 }, (_, n) => Math.fround(Math.sin(n))));
  });

  it.each(PAIRS)(
    '%i → %i Hz takes exactly the inputs that time asks for: no drift in ten minutes',
    (from, to) => {
      // Outputs 0..n wait for inputs 0..floor(n from / to); counted over ten minutes without filtering a sample.
      const resampler = new Resampler(from, to);
      const outputs = 600 * to;
      const inputs = Math.floor(((outputs - 1) * from) / to) + 1;
      expect(resampler.producible(inputs)).toBeGreaterThanOrEqual(outputs);
      expect(resampler.producible(inputs - 1)).toBeLessThan(outputs);
      const second = convert(from, to, 20_000, () => 0);
      expect(second.consumed).toBe(Math.floor((19_999 * from) / to) + 1);
    },
  );

  it.each(PAIRS)(
    '%i → %i Hz foretells at any moment how many outputs the inputs at hand give',
    (from, to) => {
      const resampler = new Resampler(from, to);
      const left = new Float32Array(1);
      for (let turn = 0; turn < 60; turn++) {
        const available = (turn * 37) % 101;
        const foretold = resampler.producible(available);
        let taken = 0;
        let made = 0;
        for (;;) {
          while (resampler.due > 0 && taken < available) {
            resampler.push(0, 0);
            taken++;
          }
          if (resampler.due > 0) break;
          resampler.pull(left, left, 0);
          made++;
        }
        expect(made).toBe(foretold);
      }
    },
  );

  it('passes a constant with gain 1 at every phase, and repeats itself after a reset', () => {
    const { output } = convert(44100, 48000, 2000, () => 0.5);
    // 32-bit weights: each row's sum is right to a few 1e-8.
    for (const v of output.subarray(400)) expect(Math.abs(v - 0.5)).toBeLessThan(1e-6);
    const resampler = new Resampler(44100, 48000);
    const run = () => {
      const out = new Float32Array(300);
      for (let i = 0, n = 0; i < 300; i++) {
        while (resampler.due > 0) resampler.push(Math.sin(n++), 0);
        resampler.pull(out, new Float32Array(300), i);
      }
      return out;
    };
    const first = run();
    resampler.reset();
    expect(run()).toEqual(first);
  });
});

function latencyOf(from: number, to: number): number {
  return new Resampler(from, to).latency;
}
