/** How terrain and model fit together, in words. Pure. Used by `model-settings.ts`. */

import type { InstrumentInfo } from '../../shared/engine-plan.js';
import { count } from '../number-text.js';

/** @param terrain Latents that the terrain gives. @returns A sentence, or null when the numbers agree. */
export function latentsSentence({ latents }: InstrumentInfo, terrain: number): string | null {
  if (terrain === latents) return null;
  if (terrain > latents)
    return `The terrain gives ${count(terrain, 'latent')}. This model takes the first ${latents}.`;
  const rest = latents - terrain;
  const driven = terrain === 1 ? 'the first' : `the first ${terrain}`;
  return `The terrain drives ${driven} of ${latents} latents. The other ${rest === 1 ? 'one gets' : `${rest} get`}:`;
}
