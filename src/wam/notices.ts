/**
 * What the musician is told: one notice at a time, of the last thing that happened. Thread: main.
 */

import type { InstrumentInfo } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';
import type { LatentFill, Notice } from '../shared/face.js';
import type { Terrain } from '../shared/terrain.js';
import { Emitter } from './emitter.js';

export class Notices {
  readonly changes = new Emitter<{ notice: Notice | null }>();
  #notice: Notice | null = null;

  get notice(): Notice | null {
    return this.#notice;
  }

  /** Null takes back what was told. */
  tell(notice: Notice | null): void {
    if (notice === this.#notice) return;
    this.#notice = notice;
    this.changes.emit('notice', notice);
  }

  tellError(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const { code, details } = error instanceof PluginError ? error : { code: null, details: [] };
    // Whoever stopped it has told so, or opens something else and has that to tell.
    if (code !== 'model/cancelled') this.tell({ kind: 'error', text, details });
  }

  /** Add something that is no failure to what was told already. */
  add(text: string): void {
    const before = this.#notice;
    this.tell(before ? { ...before, text: `${before.text} ${text}` } : { kind: 'info', text });
  }

  /** What is worth knowing of a terrain and a model that play together. */
  advise(terrain: Terrain, model: InstrumentInfo, fill: LatentFill): void {
    for (const text of [...(model.notes ?? []), ...latentAdvice(terrain, model, fill)]) this.add(text);
  }
}

function latentAdvice(terrain: Terrain, model: InstrumentInfo, fill: LatentFill): string[] {
  const given = terrain.network.latents;
  const named = model.namedLatents ?? model.latents;
  if (given > named)
    return [
      `«${terrain.name}» gives ${given} latents and «${model.name}» takes ${named}: the first ${named} are played.`,
    ];
  if (given < named)
    return [
      `«${terrain.name}» gives ${given} of the ${named} latents of «${model.name}»: the others are ${fill === 'noise' ? 'noise' : 'zero'}.`,
    ];
  return [];
}
