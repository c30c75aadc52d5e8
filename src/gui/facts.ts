/** What an instrument and what is kept of files is, in one line each. Pure. Used by the menus. */

import type { InstrumentInfo } from '../shared/engine-plan.js';
import type { Library, LibraryItem } from '../shared/face.js';
import { count, formatBytes, formatRate } from './number-text.js';
import type { LibraryRow } from './library/library.js';

/** Between two facts: thin, so that the numbers stand out. */
const AND = ' · ';

/** `16 latents · hop 2048, 46 ms · 44.1 kHz` */
export function instrumentFacts({
  latents,
  namedLatents,
  hop,
  sampleRate,
  channels,
}: InstrumentInfo): string {
  const milliseconds = (1000 * hop) / sampleRate;
  const step = milliseconds < 9.95 ? milliseconds.toFixed(1) : String(Math.round(milliseconds));
  return [
    namedLatents !== undefined && namedLatents < latents
      ? `${namedLatents} of ${latents} latents`
      : count(latents, 'latent'),
    `hop ${hop}, ${step} ms`,
    formatRate(sampleRate),
    ...(channels > 1 ? ['stereo'] : []),
  ].join(AND);
}

/** `16 latents · 44.1 kHz · 149 MB` */
export function itemFacts({ latents, sampleRate, bytes }: LibraryItem): string {
  return [
    count(latents, 'latent'),
    ...(sampleRate === null ? [] : [formatRate(sampleRate)]),
    formatBytes(bytes),
  ].join(AND);
}

/** `2 models · 1 terrain · 171 MB`, or null when nothing is kept. */
export function libraryFacts({ items }: Library): string | null {
  if (items.length === 0) return null;
  const models = items.filter(({ kind }) => kind === 'model').length;
  const terrains = items.length - models;
  return [
    ...(models > 0 ? [count(models, 'model')] : []),
    ...(terrains > 0 ? [count(terrains, 'terrain')] : []),
    formatBytes(items.reduce((sum, { bytes }) => sum + bytes, 0)),
  ].join(AND);
}

/** Rows of one kind. @param playing Hash of what sounds, if it is known. */
export function libraryRows(
  { items }: Library,
  kind: LibraryItem['kind'],
  playing: string | null,
): LibraryRow[] {
  return items
    .filter((item) => item.kind === kind)
    .map((item) => ({
      hash: item.hash,
      name: item.name,
      facts: itemFacts(item),
      playing: item.hash === playing,
    }));
}
