import { describe, expect, it } from 'vitest';
import { Player } from './player.js';
import { countingStep, fakeInstrument, fakeTerrain, latentStep, slicer } from './test-networks.js';
import { FADE, makePlayer, perform, RATE, UNIT, type Actions } from './test-player.js';

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

  it('takes a gliding position at the very sample at which the hop starts', () => {
    const player = makePlayer(fakeInstrument({ hop: 100 }, latentStep()), { x: 0 });
    perform(player, 1970);
    player.set('glide', 50);
    player.set('x', 1);
    const { left } = perform(player, 1000);
    // Two stages of 25 ms, by the definition of the recurrence.
    const coefficient = 1 / (1 + 0.025 * RATE);
    let first = 0;
    let second = 0;
    for (let n = 0; n < 1000; n++) {
      first += coefficient * (1 - first);
      second += coefficient * (first - second);
      if ((n + 1970) % 100 === 0) expect(left[n]).toBe(Math.fround(second));
    }
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

  it('fills uniform noise ports with numbers from 0 to 1, new ones for each hop and channel', () => {
    const seen: number[] = [];
    const fake = fakeInstrument({ hop: 500, distribution: 'uniform' }, (_voice, _hop, port) => {
      seen.push(...port('noise'));
    });
    const player = makePlayer(fake);
    seen.length = 0; // What the trial hops saw.
    perform(player, 2000);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...seen)).toBeLessThan(1);
    expect(new Set(seen).size).toBeGreaterThan(0.99 * seen.length);
  });

  it('with latents beyond the terrain’s set to zeros, they are zeros from the next hop on', () => {
    const fake = fakeInstrument({ hop: 100 }, latentStep(3));
    const player = makePlayer(fake);
    const zeros = (chosen: Player) => chosen.setLatentFill('zeros');
    const noise = (chosen: Player) => chosen.setLatentFill('noise');
    const { left } = perform(
      player,
      3000,
      new Map([
        [1450, zeros],
        [2050, noise],
      ]),
    );
    const silent = (hop: number): boolean => left.subarray(hop * 100, hop * 100 + 100).every((v) => v === 0);
    expect([10, 14, 15, 20, 21, 25].map(silent)).toEqual([false, false, true, true, false, false]);
  });

  it('a terrain sets no latents beyond those that the model names', () => {
    const fake = fakeInstrument({ hop: 100, namedLatents: 1 }, latentStep(1));
    const player = makePlayer(fake, { y: 0.75 });
    player.setLatentFill('zeros');
    expect(perform(player, 2000).left.every((v) => v === 0)).toBe(true);
  });

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
