/** `convert`: a model to ONNX, a terrain between nn.terrain's checkpoint and this plugin's JSON. */

import { writeCheckpoint } from '../src/formats/checkpoint/index.js';
import { writeOnnx } from '../src/formats/onnx/index.js';
import { encodeTerrain } from '../src/formats/preset/terrain.js';
import { optimise } from '../src/graph/passes/index.js';
import { type Command, oneOf, readArguments, UsageError } from './command.js';
import { writeBytes } from './files.js';
import { open, type Opened, type OpenedModel } from './models.js';

export const convert: Command = {
  usage: 'convert MODEL OUT.onnx [--method decode|encode]  |  convert TERRAIN OUT.json|OUT.pt',
  summary: 'a model to streaming ONNX, a terrain to JSON or to a checkpoint of nn.terrain',
  help: `  MODEL OUT.onnx       the decoder (or, with --method encode, the encoder) for one hop; its state goes in and out as
                       inputs state_in:NAME and outputs state_out:NAME, all zeros at the start
  TERRAIN.pt OUT.json  as this plugin saves terrains: weights in 8 bits
  TERRAIN.json OUT.pt  as nn.terrain loads them`,
  async run(args) {
    const { words, values } = readArguments(args, ['the file', 'what to convert it to'], {
      method: { type: 'string' },
    });
    const [from, to] = words as [string, string];
    const ending = /\.(onnx|json|pt)$/i.exec(to)?.[1]?.toLowerCase();
    if (ending === undefined) throw new UsageError(`«${to}» must end in .onnx, .json or .pt.`);
    const method = oneOf(values.method ?? 'decode', 'method', ['decode', 'encode']);
    const opened = await open(from);
    checkPair(opened, from, to, ending);
    if (opened.kind === 'terrain') {
      const { terrain } = opened;
      writeBytes(
        to,
        ending === 'json' ? `${JSON.stringify(encodeTerrain(terrain))}\n` : writeCheckpoint(terrain),
      );
    } else await writeModel(opened, method, to);
  },
};

function checkPair(opened: Opened, from: string, to: string, ending: string): void {
  const isTerrain = opened.kind === 'terrain';
  if (isTerrain === (ending !== 'onnx')) return;
  throw new UsageError(
    isTerrain
      ? `«${from}» is a terrain: it becomes .json or .pt, not «${to}».`
      : `«${from}» is a model: it becomes .onnx, not «${to}».`,
  );
}

async function writeModel(opened: OpenedModel, method: 'decode' | 'encode', to: string): Promise<void> {
  const { graph, sampleRate, hop, notes } = await opened.network(method);
  for (const note of notes) console.error(note);
  const metadata = { ...graph.metadata, sampleRate: String(sampleRate), hop: String(hop) };
  writeBytes(to, writeOnnx({ ...optimise(graph), metadata }));
}
