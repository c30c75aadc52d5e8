/** How terrain and model fit together, in words. Pure. Used by `model-settings.ts`. */

import type { InstrumentInfo } from '../../shared/engine-plan.js';
import { count } from '../number-text.js';

export interface LatentFit {
  /** Latents of the model that no terrain's value reaches. */
  readonly rest: number;
  /** Whole sentences; the last one ends in a colon when there is a rest, whose filling is chosen. */
  readonly text: string;
}

/** @param given Latents that the terrain gives. @returns Null when the numbers agree. */
export function latentFit(
  { latents, namedLatents = latents }: InstrumentInfo,
  given: number,
): LatentFit | null {
  const driven = Math.min(given, namedLatents);
  const rest = latents - driven;
  const what =
    given > namedLatents
      ? `The terrain gives ${count(given, 'latent')}; this model takes the first ${namedLatents}.`
      : driven === namedLatents
        ? `The terrain drives the ${count(namedLatents, 'latent')} meant to be played.`
        : `The terrain drives ${driven} of ${latents} latents.`;
  if (rest > 0) return { rest, text: `${what} The other ${rest === 1 ? 'one gets' : `${rest} get`}:` };
  return given === namedLatents ? null : { rest, text: what };
}
