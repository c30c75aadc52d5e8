/** The steps of opening a file in a musician's words. Pure. Used by `opening.ts`. */

import type { Opening } from '../../shared/face.js';
import type { OpeningStage } from '../../shared/messages.js';

export const STAGES: { readonly [K in OpeningStage]: string } = {
  read: 'Reading the file',
  parse: 'Finding the network in it',
  trace: 'Following how it makes sound',
  plan: 'Laying it out for this computer',
  pack: 'Packing its weights',
};

/** Whole percent; never more than is done. */
export function percent({ fraction }: Opening): number {
  return Math.min(100, Math.max(0, Math.floor(fraction * 100)));
}
