/**
 * The decoder of a TorchScript archive as a Graph that streams, and what the file says about it besides. An archive that
 * was exported for one pass over a whole signal is made streaming here. Used by `open-file.ts`.
 */

import type { Archive } from '../formats/archive/index.js';
import { openTorchScript, traceDecoder, type TorchScriptModel } from '../formats/torchscript/index.js';
import type { Graph } from '../graph/graph.js';
import { makeStreaming } from '../graph/passes/make-streaming.js';
import type { AttributeValues, ModelAttribute } from '../shared/engine-plan.js';
import type { ModelFacts } from './instrument-info.js';

export interface ReadModel {
  readonly graph: Graph;
  readonly facts: ModelFacts;
  /** Whether a decoder of one channel shall play twice, left and right with noise of their own; yes if not given. */
  readonly stereo?: boolean;
}

/**
 * What RAVE's exports call playing two streams at once. Our two voices are that, with shared weights: so the switch is
 * not the model's but the engine's, on at first, and off it saves half the work.
 */
const STEREO = 'stereo_mode';

/**
 * @param title What the file is called.
 * @param attributes Chosen values; those that the model does not offer are ignored.
 * @param onTrace Called when the archive is read and its code is about to be followed.
 * @throws PluginError `model/…`.
 */
export async function readTorchScript(
  archive: Archive,
  title: string,
  attributes: AttributeValues,
  onTrace: () => Promise<void>,
): Promise<ReadModel> {
  const model = await openTorchScript(archive, title);
  await onTrace();
  const offered = model.info.attributes.map((attribute) => withValue(attribute, attributes[attribute.name]));
  const chosen = Object.fromEntries(
    offered
      .filter(({ name }) => name in attributes && name !== STEREO)
      .map(({ name, value }) => [name, value]),
  );
  const graph = traceDecoder(model, chosen);
  const stereo = attributes[STEREO] !== false;
  const { stream, notes } =
    graph.states.length > 0 ? { stream: graph, notes: [] } : streamed(graph, model, chosen);
  const attributesNow = offered.map((attribute) =>
    attribute.name === STEREO && attribute.kind === 'bool' ? { ...attribute, value: stereo } : attribute,
  );
  return { graph: stream, facts: { name: title, attributes: attributesNow, notes }, stereo };
}

/** The attribute with a chosen value of its own kind; a value of another kind is ignored. */
function withValue(attribute: ModelAttribute, value: boolean | number | undefined): ModelAttribute {
  return typeof value === typeof attribute.value ? ({ ...attribute, value } as ModelAttribute) : attribute;
}

/** A decoder without memory, as one that has its own: the same network for two lengths shows what its padding is. */
function streamed(
  graph: Graph,
  model: TorchScriptModel,
  attributes: AttributeValues,
): { readonly stream: Graph; readonly notes: readonly string[] } {
  const { method = 'decode', latents } = graph.metadata;
  const at = (hops: number) => ({
    graph: model.trace(method, { steps: hops, inputChannels: Number(latents), attributes }),
    hops,
  });
  const result = makeStreaming(at(2), at(3));
  switch (result.kind) {
    case 'unchanged':
      return { stream: graph, notes: [] };
    case 'streaming':
      return {
        stream: { ...result.graph, metadata: graph.metadata },
        notes: [
          'This model was exported without streaming: its padding was replaced by what really came before, so it plays without clicks. ' +
            `It answers ${lateness(Math.max(0, ...result.delays), model.info.sampleRate)} late, about as it would if it had been exported for streaming.`,
        ],
      };
    case 'not-plain':
      return {
        stream: graph,
        notes: [
          'This model was exported without streaming, in a way that cannot be mended ' +
            `(${result.findings[0]?.origin}: ${result.findings[0]?.reason}): expect a click wherever two hops meet. ` +
            'Export it again with «--streaming».',
        ],
      };
    default:
      return result satisfies never;
  }
}

function lateness(samples: number, sampleRate: number | null): string {
  return sampleRate === null ? `${samples} samples` : `${Math.round((1000 * samples) / sampleRate)} ms`;
}
