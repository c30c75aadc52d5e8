/**
 * The decoder of a nn~ model as a Graph for one hop: finds the method, and gives it all of the model's latents where it
 * takes them, so that a terrain may play more than the exporter named. What the others would be is the player's noise.
 */

import type { Graph } from '../../graph/graph.js';
import type { AttributeValues } from '../../shared/engine-plan.js';
import { PluginError } from '../../shared/errors.js';
import type { NnMethod } from './describe.js';
import type { TorchScriptModel } from './model.js';

/** As many as any terrain has. */
const MOST_LATENTS = 1024;

/**
 * @returns As `TorchScriptModel.trace` for one step; the metadata's `latents` are what the Graph takes, `namedLatents`
 *   those that the exporter named.
 * @throws PluginError as `trace`; 'model/unsupported' if the model has no decoder.
 */
export function traceDecoder(model: TorchScriptModel, attributes: AttributeValues = {}): Graph {
  const method = decoderOf(model.info.methods);
  const { fullLatents } = model.info;
  const all = fullLatents !== null && fullLatents > method.inputChannels && fullLatents <= MOST_LATENTS;
  if (all) {
    try {
      return model.trace(method.name, { inputChannels: fullLatents, attributes });
    } catch (error) {
      // Older exports append exactly the latents that they do not name: given all of them, their sizes do not fit.
      if (!(error instanceof PluginError) || !['model/unsupported', 'model/invalid'].includes(error.code))
        throw error;
    }
  }
  return model.trace(method.name, { attributes });
}

/** `decode`, or else the only kind of method that can be one: latents in, audio out. */
function decoderOf(methods: readonly NnMethod[]): NnMethod {
  const decoders = methods.filter(({ inputRatio, outputRatio }) => inputRatio > 1 && outputRatio === 1);
  const decoder = decoders.find(({ name }) => name === 'decode') ?? decoders[0];
  if (decoder) return decoder;
  throw new PluginError(
    'model/unsupported',
    'This model has no decoder: nothing in it turns latents into sound, so a terrain cannot play it. Choose a model with «decode», such as a RAVE export. Your current sound goes on.',
    methods.map(
      ({ name, inputChannels, inputRatio, outputChannels, outputRatio }) =>
        `${name}: ${inputChannels} in at 1/${inputRatio}, ${outputChannels} out at 1/${outputRatio}`,
    ),
  );
}
