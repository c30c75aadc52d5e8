/**
 * Latents as colours: the maps of the terrain's picture, shared by the worker that paints it and the face that
 * shows a legend. Pure functions on bytes; knows no canvas and no network. Thread: any.
 */

import type { PictureStyle } from './messages.js';

export type ColourMap = PictureStyle['map'];
export const COLOUR_MAPS: readonly ColourMap[] = ['colour', 'grey', 'viridis', 'magma'];
/** Latents that the map 'colour' shows at once: brightness, red, green, blue. */
export const COLOUR_LATENTS = 4;

type Rgb = readonly [number, number, number];

/** Evenly spaced stops from the least to the greatest value; between them colours are mixed linearly. */
const STOPS: { readonly [K in Exclude<ColourMap, 'colour'>]: readonly string[] } = {
  grey: ['0a0b0d', 'f4f4f2'],
  viridis: ['440154', '472d7b', '3b528b', '2c728e', '21918c', '28ae80', '5ec962', 'addc30', 'fde725'],
  magma: ['020208', '1c1044', '4f127b', '812581', 'b5367a', 'e55064', 'fb8761', 'fec287', 'fcfdbf'],
};

const LEVELS = 256;

/** [256, 3] RGB of a map of one latent. */
function table(map: Exclude<ColourMap, 'colour'>): Uint8ClampedArray {
  const stops = STOPS[map].map(parse);
  const colours = new Uint8ClampedArray(LEVELS * 3);
  for (let level = 0; level < LEVELS; level++) {
    const place = (level / (LEVELS - 1)) * (stops.length - 1);
    const left = Math.min(stops.length - 2, Math.floor(place));
    const low = stops[left] as Rgb;
    const high = stops[left + 1] as Rgb;
    for (let c = 0; c < 3; c++)
      colours[level * 3 + c] =
        (low[c] as number) + (place - left) * ((high[c] as number) - (low[c] as number));
  }
  return colours;
}

function parse(hex: string): Rgb {
  const value = Number.parseInt(hex, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * CSS colours for a legend: of a map of one latent its scale, darkest first; of 'colour' what its latents stand for,
 * which are brightness (white), red, green and blue.
 */
export function legendColours(map: ColourMap): readonly string[] {
  return (map === 'colour' ? ['ffffff', ...INK_STOPS] : STOPS[map]).map((hex) => `#${hex}`);
}

/**
 * Paints latents.
 * @param latents [cells, stride]: `stride` consecutive latents of each cell, of which the first counts (four for
 *   'colour'; a missing one counts as the middle of the range).
 * @param pixels RGBA, [cells, 4], overwritten. A latent that is not a number is painted as the darkest.
 */
export function paintLatents(
  latents: Float32Array,
  stride: number,
  first: number,
  { map, range }: Pick<PictureStyle, 'map' | 'range'>,
  pixels: Uint8ClampedArray,
): void {
  const cells = pixels.length / 4;
  const [low, high] = range;
  const scale = high > low ? 1 / (high - low) : 0;
  if (map !== 'colour') {
    const colours = table(map);
    for (let cell = 0; cell < cells; cell++) {
      const share = ((latents[cell * stride + first] as number) - low) * scale;
      // `>=` is false for NaN, which so falls to the darkest.
      const level = share >= 1 ? LEVELS - 1 : share >= 0 ? Math.round(share * (LEVELS - 1)) : 0;
      pixels[cell * 4] = colours[level * 3] as number;
      pixels[cell * 4 + 1] = colours[level * 3 + 1] as number;
      pixels[cell * 4 + 2] = colours[level * 3 + 2] as number;
      pixels[cell * 4 + 3] = 255;
    }
    return;
  }
  const share = (cell: number, offset: number): number => {
    if (first + offset >= stride) return 0.5;
    const value = ((latents[cell * stride + first + offset] as number) - low) * scale;
    return value >= 1 ? 1 : value >= 0 ? value : 0;
  };
  for (let cell = 0; cell < cells; cell++) {
    const brightness = 0.2 + 0.8 * contrast(share(cell, 0));
    const red = weight(share(cell, 1));
    const green = weight(share(cell, 2));
    const blue = weight(share(cell, 3));
    const scale = brightness / (red + green + blue);
    for (let c = 0; c < 3; c++)
      pixels[cell * 4 + c] =
        scale *
        (red * (INKS[0][c] as number) + green * (INKS[1][c] as number) + blue * (INKS[2][c] as number));
    pixels[cell * 4 + 3] = 255;
  }
}

/** Softer than the pure primaries, so that every mixture of them goes with a dark, calm panel. */
const INK_STOPS = ['f2704e', '2fbf9b', '5d6cf5'] as const;
const INKS = INK_STOPS.map(parse) as unknown as readonly [Rgb, Rgb, Rgb];

/** Latents cluster around the middle of their range: the cube keeps their mixtures from all being alike. */
function weight(share: number): number {
  return 0.02 + share * share * share;
}

/** An S-shaped curve through 0, a half and 1. */
function contrast(share: number): number {
  return share * share * (3 - 2 * share);
}
