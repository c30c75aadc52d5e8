/**
 * What a decoder's Graph says about itself, checked: rate, hop, latents, channels. Whoever plays it relies on these.
 * Used by `open-file.ts`.
 */

import type { Graph } from '../graph/graph.js';
import type { InstrumentInfo, ModelAttribute } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';

/** What the file says beside its Graph. */
export interface ModelFacts {
  readonly name: string;
  readonly attributes?: readonly ModelAttribute[];
  readonly notes?: readonly string[];
}

/** The rate of most models that do not say theirs. Hz. */
const USUAL_RATE = 44_100;

/** @throws PluginError `model/unsupported`; `details` lists all that is wrong. */
export function describeInstrument(
  graph: Graph,
  { name, hash, attributes, notes = [] }: ModelFacts & { readonly hash: string },
): InstrumentInfo {
  const problems: string[] = [];
  const only = (side: 'inputs' | 'outputs', role: 'latent' | 'audio', axes: string) => {
    const ports = graph[side].filter((port) => port.role === role);
    const shape = ports[0] && graph.values[ports[0].value]?.shape;
    if (ports.length !== 1 || shape?.length !== 3)
      problems.push(`it must have one ${role} ${side.slice(0, -1)} of shape [1, ${axes}]`);
    return shape ?? [];
  };
  const number = (key: string) => {
    const value = Number(graph.metadata[key]);
    if (!Number.isInteger(value) || value < 1)
      problems.push(`its metadata «${key}» is not a whole number above 0`);
    return value;
  };
  const audio = only('outputs', 'audio', 'channels, samples');
  const latent = only('inputs', 'latent', 'latents, 1');
  const channels = audio[1] ?? 0;
  if (channels !== 1 && channels !== 2)
    problems.push(`it has ${channels} audio channels; 1 or 2 can be played`);
  const hop = number('hop');
  const latents = number('latents');
  if (audio[2] !== hop) problems.push(`its hop is ${hop} samples but its output has ${audio[2]}`);
  if (latent[1] !== latents || latent[2] !== 1)
    problems.push(`it takes ${latents} latents a hop but its input has the shape [${latent.join(', ')}]`);
  const saysRate = graph.metadata.sampleRate !== undefined;
  const sampleRate = saysRate ? number('sampleRate') : USUAL_RATE;
  if (problems.length > 0)
    throw new PluginError(
      'model/unsupported',
      'This model cannot be played: it does not describe a decoder that we know how to feed. The sound stays as it was. Export it again or choose another.',
      problems,
    );
  const named = Number(graph.metadata.namedLatents);
  const allNotes = saysRate
    ? notes
    : [...notes, `The file does not say its sample rate: ${USUAL_RATE / 1000} kHz is assumed.`];
  return {
    name,
    hash,
    sampleRate,
    hop,
    latents,
    channels,
    ...(Number.isInteger(named) && named > 0 && named < latents && { namedLatents: named }),
    ...(attributes && attributes.length > 0 && { attributes }),
    ...(allNotes.length > 0 && { notes: allNotes }),
  };
}
