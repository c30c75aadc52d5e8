/** `inspect`: what a file is, and whether it can be played. */

import { compile } from '../src/engine/compile.js';
import type { Graph } from '../src/graph/graph.js';
import { optimise } from '../src/graph/passes/index.js';
import { elementCount } from '../src/graph/tensor-shape.js';
import type { ModelAttribute } from '../src/shared/engine-plan.js';
import { PluginError } from '../src/shared/errors.js';
import { type Command, plainMessage, readArguments } from './command.js';
import { type Direction, type Network, open, type OpenedModel, signalSize } from './models.js';

/** One direction of a model; without figures where it cannot be played. */
interface Part {
  readonly method: Direction;
  readonly playable: boolean;
  readonly latents?: number;
  readonly namedLatents?: number;
  readonly audioChannels?: number;
  readonly noiseInputs?: number;
  readonly stateBytes?: number;
  readonly weights?: number;
  /** Multiply-accumulates of one hop. */
  readonly macs?: number;
  readonly notes: readonly string[];
  /** What cannot be played, with its place in the file. */
  readonly unsupported: readonly string[];
}

interface ModelReport {
  readonly kind: 'torchscript' | 'onnx';
  readonly name: string;
  readonly sampleRate: number | null;
  readonly hop: number | null;
  readonly className?: string;
  readonly methods?: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly attributes?: readonly ModelAttribute[];
  readonly parts: readonly Part[];
}

export const inspect: Command = {
  usage: 'inspect FILE [--json]',
  summary: 'what a file is, and whether it can be played',
  help: `  --json            one JSON object instead of lines

Lists methods, latents, hop, sample rate, size of the state, multiply-accumulates (MACs) of one hop, and whatever cannot be
played with its place in the file.`,
  async run(args) {
    const { words, values } = readArguments(args, ['FILE'], { json: { type: 'boolean' } });
    const opened = await open(words[0]!);
    const print = (report: object, lines: () => readonly string[]): void => {
      process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : lines().join('\n')}\n`);
    };
    if (opened.kind === 'terrain') {
      const { name, bounds, network } = opened.terrain;
      const { inputs, latents, channels, features } = network;
      const report = { kind: 'terrain', name, inputs, latents, channels, features, bounds };
      print(report, () => [
        `${name}: a terrain`,
        `  ${inputs} inputs → ${latents} latents, ${channels} channels, ${features} Fourier features`,
        `  bounds ${bounds.map(([least, most]) => `${least} … ${most}`).join(', ')}`,
      ]);
    } else {
      const report = await describeModel(opened);
      print(report, () => modelLines(report));
    }
  },
};

async function describeModel(opened: OpenedModel): Promise<ModelReport> {
  const found: { readonly network: Network | null; readonly part: Part }[] = [];
  for (const method of ['decode', 'encode'] as const) {
    // An ONNX file has one direction; asking for the other says nothing about it.
    const entry = await describePart(opened, method);
    if (entry !== null) found.push(entry);
  }
  const network = found.map((entry) => entry.network).find((entry) => entry !== null);
  const parts = found.map(({ part }) => part);
  const name = network?.graph.metadata['name'] ?? opened.title;
  if (opened.kind === 'onnx')
    return { kind: 'onnx', name, sampleRate: network?.sampleRate ?? null, hop: network?.hop ?? null, parts };
  const { info } = opened.model;
  return {
    kind: 'torchscript',
    name: opened.title,
    sampleRate: info.sampleRate,
    hop: info.hop,
    className: info.className,
    methods: info.methods.map((method) => ({
      name: method.name,
      from: `${method.inputChannels} at 1/${method.inputRatio}`,
      to: `${method.outputChannels} at 1/${method.outputRatio}`,
    })),
    attributes: info.attributes,
    parts,
  };
}

async function describePart(
  opened: OpenedModel,
  method: Direction,
): Promise<{ readonly network: Network | null; readonly part: Part } | null> {
  try {
    const network = await opened.network(method);
    return { network, part: figures(network, method) };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const isMissing = error.code === 'model/unsupported' && error.details.length === 0;
    if (isMissing || (opened.kind === 'onnx' && method === 'encode')) return null;
    // What is no model at all, or lies about itself, is refused like everywhere.
    if (error.code !== 'model/unsupported') throw error;
    return {
      network: null,
      part: { method, playable: false, notes: [plainMessage(error)], unsupported: error.details },
    };
  }
}

function figures(network: Network, method: Direction): Part {
  const graph = optimise(network.graph);
  const [latents, audio] =
    method === 'decode' ? [network.input, network.output] : [network.output, network.input];
  return {
    method,
    playable: true,
    latents: signalSize(graph, latents).channels,
    namedLatents: network.namedLatents,
    audioChannels: signalSize(graph, audio).channels,
    noiseInputs: graph.inputs.filter(({ role }) => role === 'noise').length,
    stateBytes: stateBytes(graph),
    weights: [...graph.constants.values()].reduce((sum, numbers) => sum + numbers.length, 0),
    macs: compile(graph).macs,
    notes: network.notes,
    unsupported: [],
  };
}

function stateBytes({ states, values }: Graph): number {
  return states.reduce((sum, { input }) => sum + 4 * elementCount(values[input]!.shape), 0);
}

function modelLines(report: ModelReport): string[] {
  const { kind, name, sampleRate, hop, className, methods = [], attributes = [], parts } = report;
  const million = (count = 0): string => (count / 1e6).toFixed(2);
  return [
    `${name}: ${kind === 'onnx' ? 'an ONNX model' : `a TorchScript model${className ? ` (${className})` : ''}`}`,
    `  sample rate ${sampleRate === null ? 'not said' : `${sampleRate} Hz`}, hop ${hop ?? 'unknown'} samples`,
    ...methods.map(({ name: method, from, to }) => `  method ${method}: ${from} → ${to}`),
    ...attributes.map(
      (attribute) => `  attribute ${attribute.name} = ${attribute.value} (${attribute.kind})`,
    ),
    ...parts.flatMap((part) =>
      part.playable
        ? [
            `  ${part.method}: ${part.latents} latents (${part.namedLatents} named), ${part.audioChannels} audio channels, ` +
              `${part.noiseInputs} noise inputs`,
            `    ${million(part.weights)} million weights, ${million(part.macs)} million MACs a hop, ` +
              `${((part.stateBytes ?? 0) / 1024).toFixed(1)} KiB of state`,
            ...part.notes.map((note) => `    ${note}`),
          ]
        : [
            `  ${part.method}: cannot be played. ${part.notes.join(' ')}`,
            ...part.unsupported.map((finding) => `    ${finding}`),
          ],
    ),
  ];
}
