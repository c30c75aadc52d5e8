import { describe, expect, it } from 'vitest';
import { COLOUR_MAPS, legendColours, paintLatents } from './colour-maps.js';

/** RGB of one cell with these latents. */
function paint(
  latents: number[],
  map: 'grey' | 'colour' | 'viridis' | 'magma',
  range: [number, number] = [-1, 1],
  first = 0,
): number[] {
  const pixels = new Uint8ClampedArray(4);
  paintLatents(Float32Array.from(latents), latents.length, first, { map, range }, pixels);
  expect(pixels[3]).toBe(255);
  return [...pixels.slice(0, 3)];
}

const light = ([red, green, blue]: number[]): number => 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
const hex = (rgb: number[]): string => `#${rgb.map((c) => c.toString(16).padStart(2, '0')).join('')}`;

describe('colour maps', () => {
  it('end in the colours of their legend, also beyond the range', () => {
    for (const map of COLOUR_MAPS.filter((each) => each !== 'colour')) {
      const legend = legendColours(map);
      expect(hex(paint([-1], map))).toBe(legend[0]);
      expect(hex(paint([-50], map))).toBe(legend[0]);
      expect(hex(paint([1], map))).toBe(legend.at(-1));
      expect(hex(paint([50], map))).toBe(legend.at(-1));
    }
  });

  it('get lighter all the way', () => {
    for (const map of COLOUR_MAPS) {
      let last = -1;
      for (let value = -1; value <= 1; value += 0.125) {
        const now = light(paint([value, 0, 0, 0], map));
        expect(now).toBeGreaterThan(last);
        last = now;
      }
    }
  });

  it('let the second, third and fourth latent lean to red, green and blue', () => {
    const lean = [1, 2, 3].map((k) =>
      paint(
        [0.5, -1, -1, -1].map((value, i) => (i === k ? 1 : value)),
        'colour',
      ),
    );
    lean.forEach((rgb, channel) => expect(rgb[channel]).toBe(Math.max(...rgb)));
  });

  it('paint neutral hues for latents that a terrain does not have', () => {
    expect(paint([0], 'colour')).toEqual(paint([0, 0, 0, 0], 'colour'));
  });

  it('pick the latent asked for', () => {
    expect(paint([-1, 1], 'grey', [-1, 1], 1)).toEqual(paint([1], 'grey'));
  });

  it('paint what is not a number, and a range without extent, as the darkest', () => {
    for (const map of COLOUR_MAPS) {
      const darkest = paint([-1, -1, -1, -1], map);
      expect(paint([NaN, NaN, NaN, NaN], map)).toEqual(darkest);
      expect(paint([0.3, 0.3, 0.3, 0.3], map, [2, 2])).toEqual(darkest);
    }
  });
});
