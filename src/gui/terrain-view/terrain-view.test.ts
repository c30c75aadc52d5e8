/** The parts of the terrain's view that need no page: trail, ticks, size of the picture. */
import { describe, expect, it } from 'vitest';
import { createTerrainNetwork } from '../../terrain/network.js';
import { tickFractions, tickStep } from './overlay.js';
import { pictureSize, terrainWork } from './picture-client.js';
import { freshPositions, Trail, TRAIL_MS } from './trail.js';

function points(trail: Trail, now: number): number[][] {
  const found: number[][] = [];
  trail.forEach(now, (x, y, freshness) => found.push([x, y, freshness]));
  return found;
}

/** Exact in float32, so that positions can be compared. */
const at = (...positions: number[]): Float32Array => Float32Array.from(positions);

describe('trail', () => {
  it('takes from a window of the last hops only those that it has not had', () => {
    expect(freshPositions(at(0, 0, 0.25, 0), at(0.25, 0, 0.5, 0))).toBe(1);
    expect(freshPositions(at(0, 0), at(0, 0, 0.25, 0, 0.5, 0))).toBe(2);
    expect(freshPositions(at(0, 0, 0.25, 0), at(0, 0, 0.25, 0))).toBe(0);
    expect(freshPositions(at(0, 0), at(0.5, 0, 0.75, 0))).toBe(2);
    expect(freshPositions(at(), at(0.5, 0))).toBe(1);
    expect(freshPositions(at(0.5, 0), at())).toBe(0);
  });

  it('draws a moving sound once, however much the windows overlap', () => {
    const trail = new Trail();
    const path = [0, 0.125, 0.25, 0.375, 0.5, 0.625];
    for (let end = 3; end <= path.length; end++)
      trail.add(at(...path.slice(end - 3, end).flatMap((x) => [x, 0.5])), end * 30);
    expect(points(trail, 180).map(([x]) => x)).toEqual([0.25, 0.375, 0.5, 0.625]);
    expect(trail.head).toEqual([0.625, 0.5]);
  });

  it('starts with where the sound is, not with what nobody watched', () => {
    const trail = new Trail();
    trail.add(at(0, 0, 0.25, 0.25, 0.5, 0.5), 0);
    expect(trail.head).toEqual([0.5, 0.5]);
    expect(trail.length).toBeLessThanOrEqual(1);
  });

  it('adds nothing while the sound stands still', () => {
    const trail = new Trail();
    for (let i = 0; i < 50; i++) trail.add(at(0.5, 0.5, 0.5, 0.5), i * 30);
    expect(trail.length).toBeLessThanOrEqual(1);
  });

  it('fades and forgets, but still knows where the sound is', () => {
    const trail = new Trail();
    trail.add(at(0, 0), 0);
    trail.add(at(0, 0, 0.5, 0.5), 50);
    const [, , fresh] = points(trail, 50).at(-1);
    const [, , old] = points(trail, 50 + TRAIL_MS / 2).at(-1);
    expect(fresh).toBe(1);
    expect(old).toBe(0.5);
    trail.expire(60 + TRAIL_MS);
    expect(trail.length).toBe(0);
    expect(trail.head).toEqual([0.5, 0.5]);
  });

  it('keeps the newest when there are more than it can hold', () => {
    const trail = new Trail();
    for (let i = 0; i <= 2000; i++) trail.add(at(i / 2048, 0), 0);
    expect(points(trail, 0)).toHaveLength(512);
    expect(points(trail, 0).at(-1)[0]).toBe(2000 / 2048);
  });
});

describe('ticks', () => {
  it('stand at round numbers, never more than fit', () => {
    expect(tickStep(-16, 16, 10)).toBe(5);
    expect(tickStep(-1, 1, 20)).toBeCloseTo(0.1, 12);
    expect(tickFractions(-1, 1, 4)).toEqual([0.25, 0.5, 0.75]);
  });

  it('work for bounds that run backwards, and none for bounds without extent', () => {
    expect(tickFractions(1, -1, 4)).toEqual([0.75, 0.5, 0.25]);
    expect(tickFractions(2, 2, 4)).toEqual([]);
  });
});

describe('size of the picture', () => {
  it("is the view's in device pixels for a light terrain", () => {
    expect(pictureSize(300, 200, 2, 1000)).toEqual({ width: 600, height: 400 });
  });

  it('shrinks in proportion when there are too many pixels or each is too dear', () => {
    const large = pictureSize(1600, 800, 2, 1000);
    expect(large.width * large.height).toBeLessThanOrEqual(402_000);
    expect(large.width / large.height).toBeCloseTo(2, 2);
    const dear = pictureSize(800, 400, 1, 1.5e6);
    expect(dear.width * dear.height * 1.5e6).toBeLessThanOrEqual(1.55e10);
  });

  it('counts the multiply-accumulates of one position', () => {
    const network = createTerrainNetwork({ inputs: 2, latents: 4, channels: 8, features: 16 }, 1, 1);
    expect(terrainWork(network)).toBe(2 * 16 + 32 * 8 + 3 * 8 * 8 + 8 * 4);
  });
});
