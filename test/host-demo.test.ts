/**
 * The host demo's own arithmetic: lanes, the WAV writer, the project file. The page itself is in browser/host-demo.test.ts.
 */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Lane, lanesOf, SHAPES, STEPS_PER_BEAT } from '../host-demo/lanes.js';
import { readProject, writeProject } from '../host-demo/project.js';
import { encodeWav } from '../host-demo/wav.js';

const flat = (beats: number, value: number): Lane =>
  new Lane(new Float32Array(beats * STEPS_PER_BEAT).fill(value));

describe('a lane', () => {
  it('gives back a drawn line between its ends and leaves the rest alone', () => {
    const lane = flat(8, 0.5);
    lane.line(6, 1, 2, 0);
    expect(lane.at(2)).toBe(0);
    expect(lane.at(4)).toBeCloseTo(0.5, 6);
    expect(lane.at(6)).toBe(1);
    expect(lane.at(1)).toBe(0.5);
    expect(lane.at(7)).toBe(0.5);
  });

  it('repeats before its beginning and after its end', () => {
    const [x] = lanesOf(SHAPES[0]!, 8);
    for (const beat of [0, 1.3, 7.9]) {
      expect(x.at(beat + 8)).toBeCloseTo(x.at(beat), 5);
      expect(x.at(beat - 8)).toBeCloseTo(x.at(beat), 5);
    }
  });

  it('stays within 0..1 whatever is drawn or bent', () => {
    const beat = fc.double({ min: -2, max: 10, noNaN: true });
    const value = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(beat, value, beat, value, (from, a, to, b) => {
        const lane = flat(8, 0.5);
        lane.line(from, a, to, b);
        lane.bend(from, b, 1);
        return lane.values.length === 8 * STEPS_PER_BEAT && lane.values.every((v) => v >= 0 && v <= 1);
      }),
      { seed: 1 },
    );
  });

  it('bends softly: most at the place, nothing beyond the width', () => {
    const lane = flat(8, 0.5);
    lane.bend(4, 0.2, 1);
    expect(lane.at(4)).toBeCloseTo(0.7, 6);
    expect(lane.at(4.5)).toBeCloseTo(0.6, 6);
    expect(lane.at(5)).toBeCloseTo(0.5, 6);
  });

  it('repeats itself when it grows and loses its end when it shrinks', () => {
    const [x] = lanesOf(SHAPES[0]!, 8);
    const before = x.values.slice();
    x.resize(16);
    expect(x.values.slice(0, before.length)).toEqual(before);
    expect(x.values.slice(before.length)).toEqual(before);
    x.resize(4);
    expect(x.values).toEqual(before.slice(0, 4 * STEPS_PER_BEAT));
  });
});

it('every shape stays on the terrain, and all but the jumping one meet themselves at the ends', () => {
  for (const { id, name, at } of SHAPES) {
    for (let phase = 0; phase <= 1; phase += 1 / 512) {
      for (const value of at(phase)) expect(value, name).toBeGreaterThanOrEqual(0);
      for (const value of at(phase)) expect(value, name).toBeLessThanOrEqual(1);
    }
    if (id === 'corners') continue;
    at(1).forEach((value, axis) => expect(value, name).toBeCloseTo(at(0)[axis]!, 9));
  }
});

describe('a WAV file', () => {
  const tone = Float32Array.from({ length: 1000 }, (_, n) => 0.5 * Math.sin(n / 7));

  it('of 32 bits holds the samples exactly', () => {
    const view = new DataView(encodeWav([tone, tone], 44100, 'float32'));
    const word = (at: number): string =>
      String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
    // RIFF WAVE, as Microsoft's format note lays it out: format 3 is IEEE float.
    expect([word(0), word(8), word(12), word(38), word(50)]).toEqual([
      'RIFF',
      'WAVE',
      'fmt ',
      'fact',
      'data',
    ]);
    expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
    expect([view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true)]).toEqual([
      3, 2, 44100,
    ]);
    expect(view.getUint32(54, true)).toBe(1000 * 2 * 4);
    expect(view.getFloat32(58 + 8 * 10, true)).toBe(tone[10]);
    expect(view.byteLength).toBe(58 + 8000);
  });

  it('of 16 bits is at most a step and a half off, dithered alike every time, and silent where it is silent', () => {
    const view = new DataView(encodeWav([tone], 48000, 'int16'));
    const samples = Float64Array.from(tone, (_, n) => view.getInt16(44 + 2 * n, true) / 32767);
    // Half a step from rounding, one from the dither.
    for (const [n, sample] of samples.entries())
      expect(Math.abs(sample - tone[n]!)).toBeLessThanOrEqual(1.5 / 32767);
    expect(new Uint8Array(encodeWav([tone], 48000, 'int16'))).toEqual(new Uint8Array(view.buffer));
    const silence = new Int16Array(encodeWav([new Float32Array(64)], 48000, 'int16'), 44);
    expect(silence).toEqual(new Int16Array(64));
  });

  it('clips instead of wrapping', () => {
    const view = new DataView(encodeWav([Float32Array.of(2, -2)], 48000, 'int16'));
    expect([view.getInt16(44, true), view.getInt16(46, true)]).toEqual([32767, -32768]);
  });
});

describe('a project file', () => {
  const lanes = lanesOf(SHAPES[1]!, 8);
  const project = {
    plugin: { url: 'dist/index.js', state: { any: ['thing'] } },
    effect: { url: 'https://example.org/effect.js', state: null, bypassed: true },
    tempo: 96,
    loop: false,
    lanes,
    targets: ['x', null],
  } as const;
  const text = writeProject(project);
  /** The file with one thing changed. */
  const changed = (change: (file: Record<string, unknown>) => void): string => {
    const file = JSON.parse(text) as Record<string, unknown>;
    change(file);
    return JSON.stringify(file);
  };

  it('comes back as it was', () => {
    const { lanes: read, ...rest } = readProject(text);
    const { lanes: _, ...wanted } = project;
    expect(rest).toEqual(wanted);
    // Four decimals are kept.
    read.forEach((lane, index) =>
      lane.values.forEach((value, step) => expect(value).toBeCloseTo(lanes[index]!.values[step]!, 4)),
    );
  });

  it.each([
    ['no JSON', 'RIFF', /not even JSON/],
    ['another kind', '{"format":"song"}', /not a project of this page/],
    ['nothing', 'null', /not a project of this page/],
    ['a later version', changed((f) => (f['version'] = 9)), /of version 9/],
    ['no plugin', changed((f) => (f['plugin'] = null)), /"plugin"/],
    ['an address that is none', changed((f) => (f['plugin'] = { url: 3 })), /"plugin"/],
    ['an effect that is none', changed((f) => (f['effect'] = 'loud')), /"effect"/],
    ['one lane', changed((f) => (f['lanes'] = [[]])), /"lanes"/],
    [
      'lanes of two lengths',
      changed((f) => (f['lanes'] = [new Array(96).fill(0), new Array(192).fill(0)])),
      /"lanes"/,
    ],
    ['half a bar', changed((f) => (f['lanes'] = [new Array(48).fill(0), new Array(48).fill(0)])), /"lanes"/],
    [
      'a value above 1',
      changed((f) => (f['lanes'] = [new Array(96).fill(2), new Array(96).fill(0)])),
      /"lanes"/,
    ],
    [
      'a text for a value',
      changed((f) => (f['lanes'] = [new Array(96).fill('0'), new Array(96).fill(0)])),
      /"lanes"/,
    ],
    ['no tempo', changed((f) => (f['tempo'] = null)), /"tempo"/],
    ['targets that are none', changed((f) => (f['targets'] = [1, 2])), /"targets"/],
  ])('with %s is refused', (_, file, reason) => {
    expect(() => readProject(file)).toThrow(reason);
  });
});
