import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EngineInstance } from '../engine/instance.js';
import { compileTerrain } from '../engine/terrain.js';
import { paintLatents } from '../shared/colour-maps.js';
import type { Bounds } from '../shared/terrain.js';
import { terrainForward } from '../terrain/forward.js';
import { createTerrainNetwork } from '../terrain/network.js';
import { PASS_STEPS, TerrainPicture, type PicturePass, type TerrainEvaluator } from './terrain-picture.js';

const NETWORK = createTerrainNetwork({ inputs: 2, latents: 12, channels: 16, features: 8 }, 0.7, 5);
const BOUNDS: Bounds = [
  [-2, 3],
  [-1, 4],
];
const GREY = { map: 'grey', latent: 0, range: [-1, 1] } as const;

/** The engine, counting runs. */
function evaluator(batch = 16): TerrainEvaluator & { runs: number } {
  const kernels = new WebAssembly.Module(readFileSync('build/kernels.wasm'));
  const engine = new EngineInstance(kernels, compileTerrain(NETWORK, batch));
  const made = {
    inputs: 2,
    latents: 12,
    batch,
    runs: 0,
    run(positions: Float32Array): Float32Array {
      made.runs++;
      engine.input('position').set(positions);
      engine.step();
      return engine.output('latent');
    },
  };
  return made;
}

function finish(picture: TerrainPicture): PicturePass[] {
  const passes: PicturePass[] = [];
  while (!picture.done) {
    const pass = picture.advance();
    if (pass) passes.push(pass);
  }
  return passes;
}

describe("a terrain's picture", () => {
  it('comes coarse first, each pass whole, the last in full size', () => {
    const picture = new TerrainPicture(evaluator(), BOUNDS);
    expect(picture.draw({ width: 50, height: 33, style: GREY })).toBeNull();
    const passes = finish(picture);
    expect(passes.map(({ step }) => step)).toEqual(PASS_STEPS);
    for (const { step, width, height, pixels, last } of passes) {
      expect([width, height]).toEqual([Math.ceil(50 / step), Math.ceil(33 / step)]);
      expect(pixels).toHaveLength(4 * width * height);
      expect(last).toBe(step === 1);
    }
  });

  it("shows the terrain's values: left to right is X, bottom to top is Y", () => {
    const picture = new TerrainPicture(evaluator(), BOUNDS);
    const style = { map: 'grey', latent: 3, range: [-0.4, 0.4] } as const;
    picture.draw({ width: 20, height: 10, style });
    const { pixels } = finish(picture).at(-1);
    const expected = new Uint8ClampedArray(4);
    for (const [column, row] of [
      [0, 0],
      [19, 0],
      [0, 9],
      [12, 4],
    ] as const) {
      // Middle of the pixel; the top row is the greatest Y.
      const x = -2 + ((column + 0.5) / 20) * 5;
      const y = 4 - ((row + 0.5) / 10) * 5;
      const latent = Float32Array.from(terrainForward(NETWORK, [x, y]));
      paintLatents(latent, latent.length, 3, style, expected);
      // One level of 256 for float32 against float64.
      expect(Math.abs(pixels[(row * 20 + column) * 4]! - expected[0]!)).toBeLessThanOrEqual(1);
    }
  });

  it('repaints other colours and ranges without computing again', () => {
    const source = evaluator();
    const picture = new TerrainPicture(source, BOUNDS);
    picture.draw({ width: 20, height: 10, style: GREY });
    finish(picture);
    const { runs } = source;
    const repainted = picture.draw({
      width: 20,
      height: 10,
      style: { map: 'magma', latent: 2, range: [-2, 2] },
    });
    expect(repainted).toMatchObject({ step: 1, width: 20, height: 10, last: true });
    expect(picture.done).toBe(true);
    expect(source.runs).toBe(runs);
  });

  it('goes on where it was when only colours change halfway', () => {
    const picture = new TerrainPicture(evaluator(), BOUNDS);
    picture.draw({ width: 64, height: 32, style: GREY });
    while (!picture.advance());
    const style = { ...GREY, map: 'viridis' } as const;
    expect(picture.draw({ width: 64, height: 32, style })?.step).toBe(16);
    expect(finish(picture).map(({ step }) => step)).toEqual([8, 4, 2, 1]);
  });

  it('starts again for another size and for latents that it has not kept', () => {
    const picture = new TerrainPicture(evaluator(), BOUNDS);
    picture.draw({ width: 20, height: 10, style: GREY });
    finish(picture);
    expect(picture.draw({ width: 24, height: 10, style: GREY })).toBeNull();
    expect(picture.done).toBe(false);
    finish(picture);
    const style = { map: 'colour', latent: 8, range: [-1, 1] } as const;
    expect(picture.draw({ width: 24, height: 10, style })).toBeNull();
    const { pixels } = finish(picture).at(-1);
    const fresh = new TerrainPicture(evaluator(), BOUNDS);
    fresh.draw({ width: 24, height: 10, style });
    expect(pixels).toEqual(finish(fresh).at(-1).pixels);
  });

  it('is the same for every size of the batch', () => {
    const pictures = [1, 7, 64].map((batch) => {
      const picture = new TerrainPicture(evaluator(batch), BOUNDS);
      picture.draw({ width: 13, height: 9, style: GREY });
      return finish(picture).at(-1).pixels;
    });
    for (const pixels of pictures.slice(1))
      // Kernels may sum in another order for another width: one level of 256.
      pixels.forEach((value, i) => expect(Math.abs(value - pictures[0]![i]!)).toBeLessThanOrEqual(1));
  });

  it('takes a latent beyond the last as the last', () => {
    const picture = new TerrainPicture(evaluator(), BOUNDS);
    picture.draw({ width: 8, height: 8, style: { ...GREY, latent: 99 } });
    const { pixels } = finish(picture).at(-1);
    const last = new TerrainPicture(evaluator(), BOUNDS);
    last.draw({ width: 8, height: 8, style: { ...GREY, latent: 11 } });
    expect(pixels).toEqual(finish(last).at(-1).pixels);
  });
});
