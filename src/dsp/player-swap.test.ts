import { describe, expect, it } from 'vitest';
import { Player } from './player.js';
import { countingStep, fakeInstrument, fakeTerrain, latentStep } from './test-networks.js';
import { FADE, makePlayer, perform, RATE, UNIT } from './test-player.js';

describe('player: starting, stopping, swapping', () => {
  it('is silent until it has both an instrument and a terrain', () => {
    const player = new Player(RATE);
    const silent = () => perform(player, 500).left.every((v) => v === 0);
    expect(silent()).toBe(true);
    const fake = fakeInstrument({}, countingStep);
    player.setInstrument(fake.instrument, fake.decoder);
    expect(silent()).toBe(true);
    expect(fake.decoder.hops).toEqual([0, 0]);
    const terrain = fakeTerrain(2);
    player.setTerrain(terrain.plan, terrain, UNIT, 2);
    expect(silent()).toBe(false);
  });

  it('fades out in 20 ms when it stops, decodes nothing in silence, and starts with a fresh hop at once', () => {
    const one = fakeInstrument({ hop: 1000 }, (_v, _h, port) => port('audio').fill(1));
    const player = makePlayer(one);
    perform(player, 5300);
    player.set('playing', 0);
    const stop = perform(player, 2000).left;
    // A smooth step over 960 samples: slope at most 1.5 / 960.
    for (let i = 1; i < stop.length; i++) {
      if (stop[i]! > stop[i - 1]! || stop[i - 1]! - stop[i]! > 1.6 / FADE) expect(i).toBe(-1);
    }
    expect(stop[FADE - 1]).toBe(0);
    const decoded = one.decoder.hops[0];
    perform(player, 20_000);
    expect(one.decoder.hops[0]).toBe(decoded);
    player.set('playing', 1);
    const go = perform(player, 1).left;
    expect(go[0]).toBeGreaterThan(0);
    expect(one.decoder.hops[0]).toBe(decoded! + 1);
  });

  it('turns round without a jump when it is stopped and started within the fade', () => {
    const player = makePlayer(fakeInstrument({}, (_v, _h, port) => port('audio').fill(1)));
    perform(player, 3000);
    player.set('playing', 0);
    const down = perform(player, 400).left;
    player.set('playing', 1);
    const up = perform(player, 1000).left;
    expect(Math.abs(up[0]! - down[399]!)).toBeLessThan(1.6 / FADE);
    expect(up[999]).toBe(1);
  });

  it('changes its level smoothly and exactly', () => {
    const player = makePlayer(
      fakeInstrument({}, (_v, _h, port) => port('audio').fill(1)),
      { gain: 0 },
    );
    perform(player, 3000);
    player.set('gain', -20);
    const { left } = perform(player, 10_000);
    let steepest = 0;
    for (let i = 1; i < left.length; i++) steepest = Math.max(steepest, Math.abs(left[i]! - left[i - 1]!));
    // Two stages of 5 ms: the steepest slope is 0.9 / (e 240) a sample.
    expect(steepest).toBeLessThan(0.9 / (Math.E * 240) + 1e-5);
    expect(left[9999]).toBeCloseTo(0.1, 7);
    // Nor does it jump when a state is set while it sounds.
    player.set('gain', 0);
    player.jump();
    expect(perform(player, 1).left[0]).toBeLessThan(0.11);
  });

  it('fades from one terrain to the next along a straight line of latents, at hop boundaries', () => {
    const fake = fakeInstrument({ hop: 100 }, latentStep());
    const player = makePlayer(fake, { x: 0.25 });
    perform(player, 1950);
    const next = fakeTerrain(2, 0.5);
    player.setTerrain(next.plan, next, UNIT, 2);
    const { left } = perform(player, 1000);
    expect(left[49]).toBe(0.25);
    expect([50, 150, 250, 350, 450, 999].map((i) => left[i])).toEqual([0.375, 0.5, 0.625, 0.75, 0.75, 0.75]);
    expect(fake.decoder.hops[0]).toBe(30);
  });

  it('lets only the instrument that counts drive the terrain’s fade and leave a trail', () => {
    const player = makePlayer(fakeInstrument({ hop: 100 }, latentStep()), { x: 0 });
    perform(player, 2000);
    const seen: number[] = [];
    const next = fakeInstrument(
      { hop: 250 },
      (v, _h, port) => void (v === 0 && seen.push(port('latent')[0]!)),
    );
    player.setInstrument(next.instrument, next.decoder);
    seen.length = 0; // What the trial hops saw.
    const terrain = fakeTerrain(2, 1);
    player.setTerrain(terrain.plan, terrain, UNIT, 2);
    perform(player, 1500);
    expect(seen).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(player.trail().length).toBe(2 * (20 + 6));
  });

  it('takes the last of several terrains that arrive during a fade', () => {
    const player = makePlayer(fakeInstrument({ hop: 100 }, latentStep()), { x: 0 });
    perform(player, 2000);
    for (const offset of [1, 2, 3]) {
      const terrain = fakeTerrain(2, offset);
      player.setTerrain(terrain.plan, terrain, UNIT, 2);
      perform(player, 100);
    }
    expect(perform(player, 2000).left[1999]).toBe(3);
  });

  it('crossfades instruments from a hop boundary on, at constant power, then runs the new one alone', () => {
    // Two unrelated noises of power 1: one on either instrument.
    const noise = (_v: number, _h: number, port: (name: string) => Float32Array) =>
      port('audio').set(port('noise'));
    const old = fakeInstrument({ hop: 100 }, (_v, _h, port) => port('audio').fill(0.5));
    const player = makePlayer(old);
    perform(player, 2030);
    const next = fakeInstrument({ hop: 250 }, (_v, _h, port) => port('audio').fill(-0.25));
    player.setInstrument(next.instrument, next.decoder);
    const { left } = perform(player, 2000);
    expect(left.subarray(0, 70).every((v) => v === 0.5)).toBe(true);
    for (const t of [1, 200, 500, 800, 999]) {
      const s = 1 - t / 1000;
      const out = s * s * (3 - 2 * s);
      expect(left[70 + t]).toBeCloseTo(0.5 * Math.sqrt(out) - 0.25 * Math.sqrt(1 - out), 5);
    }
    expect(left.subarray(1070).every((v) => v === -0.25)).toBe(true);
    const stopped = old.decoder.hops[0];
    perform(player, 3000);
    expect(old.decoder.hops[0]).toBe(stopped);

    const a = fakeInstrument({ hop: 10_000 }, noise);
    const b = fakeInstrument({ hop: 10_000 }, noise);
    const both = makePlayer(a);
    perform(both, 10_000);
    both.setInstrument(b.instrument, b.decoder);
    const fade = perform(both, 9600).left;
    for (let part = 0; part < 8; part++) {
      const power = fade.subarray(part * 1200, part * 1200 + 1200).reduce((sum, v) => sum + v * v, 0) / 1200;
      // Five standard errors of 1,200 squares of normal numbers.
      expect(Math.abs(power - 1)).toBeLessThan(5 * Math.sqrt(2 / 1200));
    }
  });

  it('never leaves a gap between instruments of any hops, rates and channels', () => {
    // All play a steady 1: the gains' squares sum to 1, so the sum lies between 1 and √2 wherever both sound.
    const kinds = [
      { hop: 2048, sampleRate: 44_100, channels: 1 },
      { hop: 512, sampleRate: 48_000, channels: 2 },
      { hop: 1024, sampleRate: 22_050, channels: 1 },
      { hop: 64, sampleRate: 96_000, channels: 2 },
    ] as const;
    const steady = (kind: (typeof kinds)[number]) =>
      fakeInstrument(kind, (_v, _h, port) => port('audio').fill(1));
    for (const from of kinds)
      for (const to of kinds) {
        const player = makePlayer(steady(from), { gain: 0 });
        // Beyond the fade that everything begins with, and not where a hop begins.
        perform(player, 7777);
        const next = steady(to);
        player.setInstrument(next.instrument, next.decoder);
        for (const side of Object.values(perform(player, 20_000))) {
          // A resampler that begins between two hops swings by a few per cent.
          expect([from, to, side.findIndex((v) => !(v > 0.9 && v < 1.55))]).toEqual([from, to, -1]);
          expect(side[19_999]).toBeCloseTo(1, 2);
        }
      }
  });

  it('keeps the old sound when a new instrument or terrain is refused', () => {
    const fake = fakeInstrument({ hop: 100 }, countingStep);
    const player = makePlayer(fake);
    perform(player, 2000);
    const broken = fakeInstrument({}, (_v, _h, port) => port('audio').fill(NaN));
    expect(() => player.setInstrument(broken.instrument, broken.decoder)).toThrow(/not finite/);
    const short = fakeInstrument({ hop: 50 }, countingStep);
    const lying = { info: { ...short.instrument.info, hop: 60 }, decoder: short.instrument.decoder };
    expect(() => player.setInstrument(lying, short.decoder)).toThrow(/does not fit/);
    expect(() => player.setInstrument(short.instrument, fakeTerrain(2))).toThrow();
    for (const lie of [
      { sampleRate: 1e9 },
      { sampleRate: 0 },
      { hop: 1e9 },
      { latents: -1 },
      { channels: 3 },
    ]) {
      const info = { ...short.instrument.info, ...lie };
      expect(() => player.setInstrument({ ...short.instrument, info }, short.decoder)).toThrow(
        /does not fit/,
      );
    }
    const nan = fakeTerrain(2, NaN);
    expect(() => player.setTerrain(nan.plan, nan, UNIT, 2)).toThrow(/not finite/);
    expect(() => player.setTerrain(short.decoder.plan, short.decoder, UNIT, 2)).toThrow(/cannot be played/);
    const { left } = perform(player, 1000);
    expect(left[0]).toBe(21);
    expect(left[999]).toBeCloseTo(30 + 99 / 1024, 5);
  });

  it('silences a hop that is not finite and starts the decoder afresh', () => {
    let bad = false;
    const fake = fakeInstrument({ hop: 100 }, (_v, hop, port) => port('audio').fill(bad ? NaN : hop));
    const player = makePlayer(fake);
    perform(player, 2000);
    bad = true;
    expect(perform(player, 100).left.every((v) => v === 0)).toBe(true);
    bad = false;
    expect(perform(player, 100).left.every((v) => v === 1)).toBe(true);
  });

  it('tells where the last hops sounded, and only those', () => {
    const player = makePlayer(fakeInstrument({ hop: 100 }, countingStep), { y: 0.5 });
    player.set('playing', 0);
    perform(player, 1000);
    expect(player.trail().length).toBe(0);
    player.set('playing', 1);
    const moves = new Map(
      Array.from({ length: 100 }, (_, k) => [k * 100, (p: Player) => p.set('x', k / 128)]),
    );
    perform(player, 10_000, moves);
    const trail = player.trail();
    expect(trail.length).toBe(128);
    expect([trail[0], trail[1]]).toEqual([36 / 128, 0.5]);
    expect([trail[126], trail[127]]).toEqual([99 / 128, 0.5]);
  });
});
