/**
 * The parameters that the host automates: the one table that the processor, the face and the state read.
 * Not the SDK's objects; `src/index.ts` makes those from this table.
 */

export interface ParameterSpec {
  readonly id: ParameterId;
  readonly label: string;
  readonly type: 'float' | 'boolean';
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** Shown after the value; empty if the value has none. */
  readonly unit: string;
  /** One sentence for tooltips and screen readers. */
  readonly help: string;
}

export const PARAMETER_IDS = [
  'x',
  'y',
  'glide',
  'gain',
  'width',
  'jitter',
  'latentScale',
  'playing',
] as const;
export type ParameterId = (typeof PARAMETER_IDS)[number];

export const PARAMETERS: { readonly [K in ParameterId]: ParameterSpec & { readonly id: K } } = {
  x: {
    id: 'x',
    label: 'X',
    type: 'float',
    min: 0,
    max: 1,
    default: 0.5,
    unit: '',
    help: 'Position from the left to the right edge of the terrain.',
  },
  y: {
    id: 'y',
    label: 'Y',
    type: 'float',
    min: 0,
    max: 1,
    default: 0.5,
    unit: '',
    help: 'Position from the bottom to the top edge of the terrain.',
  },
  glide: {
    id: 'glide',
    label: 'Glide',
    type: 'float',
    min: 0,
    max: 2000,
    default: 80,
    unit: 'ms',
    help: 'Time in which the sound follows the position.',
  },
  gain: {
    id: 'gain',
    label: 'Gain',
    type: 'float',
    min: -60,
    max: 12,
    default: 0,
    unit: 'dB',
    help: 'Output level.',
  },
  width: {
    id: 'width',
    label: 'Width',
    type: 'float',
    min: 0,
    max: 2,
    default: 1,
    unit: '',
    help: 'Stereo width: 0 is mono, 1 gives each side its own noise.',
  },
  jitter: {
    id: 'jitter',
    label: 'Jitter',
    type: 'float',
    min: 0,
    max: 3,
    default: 0,
    unit: '',
    help: 'Random movement added to every latent.',
  },
  latentScale: {
    id: 'latentScale',
    label: 'Scale',
    type: 'float',
    min: 0,
    max: 2,
    default: 1,
    unit: '×',
    help: 'Multiplies every latent: below 1 is plainer, above 1 is more extreme.',
  },
  playing: {
    id: 'playing',
    label: 'Playing',
    type: 'boolean',
    min: 0,
    max: 1,
    default: 1,
    unit: '',
    help: 'Whether the terrain sounds.',
  },
};

/** A value that a parameter may take: NaN becomes the default, the rest is clamped to the range. */
export function clampParameter(id: ParameterId, value: number): number {
  const { min, max, default: fallback, type } = PARAMETERS[id];
  if (Number.isNaN(value)) return fallback;
  const clamped = Math.min(max, Math.max(min, value));
  return type === 'boolean' ? Math.round(clamped) : clamped;
}

export function isParameterId(id: string): id is ParameterId {
  return (PARAMETER_IDS as readonly string[]).includes(id);
}
