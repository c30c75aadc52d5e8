import { describe, expect, it } from 'vitest';
import type { ParameterId } from '../shared/parameters.js';
import type { Bounds } from '../shared/terrain.js';
import { CHUNK, Player } from './player.js';
import {
  countingStep,
  fakeInstrument,
  fakeTerrain,
  latentStep,
  slicer,
  type FakeInstrument,
} from './test-networks.js';

const RATE = 48_000;
const FADE = 960;
const UNIT: Bounds = [
  [0, 1],
  [0, 1],
];

type Actions = ReadonlyMap<number, (player: Player) => void>;

/** Renders `count` samples, acting on the player at the given samples; cuts between them as `slice` says. */
function perform(
  player: Player,
  count: number,
  actions: Actions = new Map(),
  slice: () => number = () => CHUNK,
) {
  const left = new Float32Array(count);
  const right = new Float32Array(count);
  const stops = [...actions.keys(), count].sort((a, b) => a - b);
  for (let at = 0; at < count;) {
    actions.get(at)?.(player);
    const stop = stops.find((s) => s > at)!;
    const step = Math.max(1, Math.min(Math.floor(slice()), CHUNK, stop - at));
    player.render(step);
    left.set(player.left.subarray(0, step), at);
    right.set(player.right.subarray(0, step), at);
    at += step;
  }
  return { left, right };
}

function makePlayer(
  fake: FakeInstrument,
  values: Partial<Record<ParameterId, number>> = {},
  rate = RATE,
): Player {
  const player = new Player(rate);
  player.setSeed(1);
  player.setInstrument(fake.instrument, fake.decoder);
  const terrain = fakeTerrain(2);
  player.setTerrain(terrain.plan, terrain, UNIT, 2);
  for (const [id, value] of Object.entries({ glide: 0, ...values })) player.set(id as ParameterId, value);
  player.jump();
  return player;
}

/** Level of the fade-in at sample n after the start. */
function fadeIn(n: number): number {
  const t = Math.min(1, (n + 1) / FADE);
  return t * t * (3 - 2 * t);
}

describe('player: hops', () => {
  it.each([1, 2, 3, 4, 5])(
    'plays every hop once and in order, from the first sample, however cut (%i)',
    (seed) => {
      const fake = fakeInstrument({ hop: 100 }, countingStep);
      const random = slicer(seed);
      const { left, right } = perform(makePlayer(fake), 10_000, new Map(), () => random() * 200);
      for (let n = 0; n < 10_000; n++) {
        const expected = (Math.floor(n / 100) + 1 + (n % 100) / 1024) * fadeIn(n);
        if (Math.abs(left[n]! - expected) > 1e-5 * expected) expect([n, left[n]]).toEqual([n, expected]);
      }
      expect(right).toEqual(left);
      expect(fake.decoder.hops).toEqual([100, 100]);
    },
  );

  it('takes the position that counts at the start of a hop, the event at that very sample included', () => {
    const fake = fakeInstrument({ hop: 100 }, latentStep());
    const x = (value: number) => (player: Player) => player.set('x', value);
    const { left } = perform(
      makePlayer(fake, { x: 0.125 }),
      5000,
      new Map([
        [1999, x(0.25)],
        [2000, x(0.5)],
        [2001, x(0.75)],
        [3000, x(1)],
      ]),
    );
    expect(left.subarray(FADE, 2000).every((v) => v === 0.125)).toBe(true);
    expect(left.subarray(2000, 2100).every((v) => v === 0.5)).toBe(true);
    expect(left.subarray(2100, 3000).every((v) => v === 0.75)).toBe(true);
    expect(left.subarray(3000).every((v) => v === 1)).toBe(true);
  });

  it.each([
    [44_100, 48_000],
    [48_000, 44_100],
    [44_100, 96_000],
    [96_000, 22_050],
  ])(
    'with a model at %i Hz in a context at %i Hz decodes each hop at the sample that first needs it',
    (from, to) => {
      const seen: number[] = [];
      const fake = fakeInstrument({ hop: 256, sampleRate: from }, (voice, _hop, port) => {
        if (voice === 0) seen.push(port('latent')[0]!);
      });
      const player = makePlayer(fake, {}, to);
      seen.length = 0; // What the trial hops saw.
      const total = 20_000;
      for (let n = 0; n < total; n++) {
        player.set('x', n / total);
        player.render(1);
      }
      const expected = [];
      for (let k = 0; Math.ceil((k * 256 * to) / from) < total; k++) {
        expected.push(Math.fround(Math.ceil((k * 256 * to) / from) / total));
      }
      expect(seen).toEqual(expected);
    },
  );

  it('lays 0..1 over the bounds, bottom to top, and rests further inputs in their middle', () => {
    const seen: number[][] = [];
    const player = new Player(RATE);
    const fake = fakeInstrument({ latents: 3 }, (_v, _h, port) => void seen.push([...port('latent')]));
    player.setInstrument(fake.instrument, fake.decoder);
    const terrain = fakeTerrain(3, 0, 3);
    player.setTerrain(
      terrain.plan,
      terrain,
      [
        [-16, 16],
        [-4, 4],
        [2, 6],
      ],
      3,
    );
    player.set('x', 0.25);
    player.set('y', 1);
    player.jump();
    player.render(1);
    expect(seen.at(-1)).toEqual([-8, 4, 4]);
  });

  it('scales latents, adds jitter of the asked size, the same for both channels', () => {
    const seen: number[][] = [[], []];
    const fake = fakeInstrument(
      { hop: 1, latents: 2 },
      (v, _h, port) => void seen[v]!.push(port('latent')[0]!),
    );
    const player = makePlayer(fake, { x: 0.5, latentScale: 2, jitter: 0.5 });
    perform(player, 20_000);
    expect(seen[0]).toEqual(seen[1]);
    const values = seen[0]!.slice(2);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    // Five standard errors of 20,000 draws.
    expect(Math.abs(mean - 1)).toBeLessThan((5 * 0.5) / Math.sqrt(20_000));
    expect(Math.abs(deviation - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(40_000));
  });
});

describe('player: stereo', () => {
  /** Correlation and deviations of the noise that two channels get. */
  function measure(width: number, channels: 1 | 2, missing: boolean) {
    const fake = fakeInstrument({ hop: 200, latents: 4, channels }, (_v, _h, port) => {
      const audio = port('audio');
      if (missing) audio.fill(port('latent')[3]!);
      else if (channels === 1) audio.set(port('noise'));
      else {
        audio.set(port('noise0'));
        audio.set(port('noise1'), 200);
      }
    });
    const count = missing ? 2_000_000 : 100_000;
    const { left, right } = perform(makePlayer(fake, { width }), count);
    let ll = 0;
    let rr = 0;
    let lr = 0;
    for (let i = FADE; i < count; i++) {
      ll += left[i]! ** 2;
      rr += right[i]! ** 2;
      lr += left[i]! * right[i]!;
    }
    const n = count - FADE;
    return { correlation: lr / Math.sqrt(ll * rr), left: ll / n, right: rr / n };
  }

  it.each([
    ['noise of a mono decoder', 1, false],
    ['noise of a stereo decoder', 2, false],
    ['missing latents of a mono decoder', 1, true],
  ] as const)('width mixes the channels’ %s at constant power', (_name, channels, missing) => {
    for (const width of [0, 0.5, 1, 2]) {
      const { correlation, left, right } = measure(width, channels, missing);
      const expected = (1 - width) / Math.sqrt((1 - width) ** 2 + width ** 2);
      // 10,000 independent latents or 99,040 samples of noise: five standard errors are below 0.05 and 0.07.
      expect(Math.abs(correlation - expected)).toBeLessThan(0.05);
      expect(Math.abs(left - 1)).toBeLessThan(0.08);
      expect(Math.abs(right - 1)).toBeLessThan(0.08);
      if (width === 0) expect(correlation).toBeGreaterThan(1 - 1e-12);
    }
  });

  it('runs a stereo decoder once and sends its channels left and right', () => {
    const fake = fakeInstrument({ channels: 2 }, (_v, _h, port) => {
      port('audio').fill(0.25, 0, 100);
      port('audio').fill(-0.5, 100);
    });
    const { left, right } = perform(makePlayer(fake), 2000);
    expect(fake.decoder.hops).toEqual([20]);
    expect([left[1500], right[1500]]).toEqual([0.25, -0.5]);
  });

  it('plays a mono decoder with a single voice on both sides', () => {
    const fake = fakeInstrument({ voices: 1 }, countingStep);
    const { left, right } = perform(makePlayer(fake), 2000);
    expect(right).toEqual(left);
    expect(left[1999]).toBeCloseTo(20 + 99 / 1024, 5);
  });
});

describe('player: the same every time', () => {
  const act = (): Actions =>
    new Map<number, (player: Player) => void>([
      [700, (p) => p.set('x', 0.9)],
      [1500, (p) => p.set('glide', 30)],
      [1777, (p) => p.set('y', 0.1)],
      [2500, (p) => p.set('gain', -12)],
      [3001, (p) => p.set('playing', 0)],
      [3300, (p) => p.set('playing', 1)],
      [5003, (p) => p.set('playing', 0)],
      [6600, (p) => p.set('playing', 1)],
      [7000, (p) => p.set('width', 0.3)],
      [
        8010,
        (p) => {
          const terrain = fakeTerrain(3, 0.5);
          p.setTerrain(terrain.plan, terrain, UNIT, 3);
        },
      ],
      [
        9000,
        (p) => {
          const fake = fakeInstrument({ hop: 333, sampleRate: 44_100, latents: 6 }, noisyStep);
          p.setInstrument(fake.instrument, fake.decoder);
        },
      ],
    ]);
  const noisyStep = (_v: number, hop: number, port: (name: string) => Float32Array) => {
    const latent = port('latent').reduce((a, b) => a + b, 0);
    const noise = port('noise');
    port('audio').forEach(
      (_, i, all) => (all[i] = 0.1 * noise[i]! + 0.05 * latent + Math.sin(i + hop) * 0.1),
    );
  };
  const start = () =>
    makePlayer(fakeInstrument({ hop: 160, sampleRate: 32_000 }, noisyStep), { jitter: 0.2 });

  it.each([1, 2, 3])('does not depend on how time is cut into calls (%i)', (seed) => {
    const whole = perform(start(), 30_000, act());
    const random = slicer(seed);
    const cut = perform(start(), 30_000, act(), () => random() * random() * 140);
    expect(cut.left).toEqual(whole.left);
    expect(cut.right).toEqual(whole.right);
  });

  it('repeats itself bit for bit after a reset', () => {
    const player = start();
    const first = perform(player, 8000);
    player.reset();
    expect(perform(player, 8000)).toEqual(first);
  });

  it('sounds different with another seed', () => {
    const other = start();
    other.setSeed(2);
    other.reset();
    expect(perform(other, 4000).left).not.toEqual(perform(start(), 4000).left);
  });

  it('resets softly while it sounds: a fade, then the sound from its start', () => {
    const player = makePlayer(fakeInstrument({ hop: 100 }, countingStep));
    perform(player, 5000);
    player.resetSoftly();
    const { left } = perform(player, FADE + 3000);
    const before = Math.abs(left[0]! - 51);
    expect(before).toBeLessThan(0.01 * 51);
    expect(left[FADE - 1]).toBe(0);
    expect(left.subarray(FADE)).toEqual(
      perform(makePlayer(fakeInstrument({ hop: 100 }, countingStep)), 3000).left,
    );
  });
});

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
