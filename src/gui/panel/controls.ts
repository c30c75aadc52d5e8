/**
 * How each parameter of the plugin is shown as a control: range and unit from the shared table, travel and
 * decimals from here. Pure; used by the panel.
 */

import { PARAMETERS, type ParameterId } from '../../shared/parameters.js';
import type { ControlSpec } from '../control/control.js';

/** Travel: short glides and levels near 0 dB get more of it than their share of the range. */
const SHAPES: { readonly [K in Exclude<ParameterId, 'playing'>]: { curve: number; decimals: number } } = {
  x: { curve: 1, decimals: 3 },
  y: { curve: 1, decimals: 3 },
  glide: { curve: 0.5, decimals: 0 },
  gain: { curve: 1.6, decimals: 1 },
  width: { curve: 1, decimals: 2 },
  jitter: { curve: 1, decimals: 2 },
  latentScale: { curve: 1, decimals: 2 },
};

export type ControlId = keyof typeof SHAPES;

export const POSITION_CONTROLS = ['x', 'y'] as const satisfies readonly ControlId[];
export const SOUND_CONTROLS = [
  'glide',
  'width',
  'jitter',
  'latentScale',
  'gain',
] as const satisfies readonly ControlId[];

function spec(id: ControlId): ControlSpec {
  return { ...PARAMETERS[id], ...SHAPES[id] };
}

export const CONTROL_SPECS: { readonly [K in ControlId]: ControlSpec } = {
  x: spec('x'),
  y: spec('y'),
  glide: spec('glide'),
  gain: spec('gain'),
  width: spec('width'),
  jitter: spec('jitter'),
  latentScale: spec('latentScale'),
};
