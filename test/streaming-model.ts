/**
 * A small streaming decoder with random weights, written as the built-in one is exported: transposed convolution with
 * overlap, a residual block over a history, two heads, oscillators that run on, an inverse Fourier basis computed in
 * the file, noise per channel. For tests of the importer, the passes and the engine.
 */

import { randomArray, randomNumbers } from './onnx-truth.js';
import { INT64, type ModelSpec, type NodeSpec, type PortSpec, type TensorSpec } from './onnx-writer.js';

const LATENTS = 4;
const CHANNELS = 6;
const FRAMES = 4;
const OSCILLATORS = 3;
const BINS = 5;
const FRAME = 8;
const HOP = FRAMES * FRAME;

/** A model spec of about 60 nodes; the same for the same seed. */
export function streamingDecoder(seed = 1): ModelSpec {
  const random = randomNumbers(seed);
  const nodes: NodeSpec[] = [];
  const initializers: TensorSpec[] = [];
  const inputs: PortSpec[] = [];
  const outputs: PortSpec[] = [];

  const weight = (name: string, dims: number[], scale = 0.5): string => {
    const numbers = randomArray(
      dims.reduce((a, b) => a * b, 1),
      random,
      scale,
    );
    initializers.push({ name, dims, numbers });
    return name;
  };
  const ints = (name: string, ...numbers: number[]): string => {
    initializers.push({ name, dims: [numbers.length], type: INT64, numbers });
    return name;
  };
  const single = (name: string, number: number): string => {
    initializers.push({ name, dims: [], numbers: [number] });
    return name;
  };
  const op = (op: string, from: string[], name: string, attributes: NodeSpec['attributes'] = {}): string => {
    nodes.push({ op, inputs: from, outputs: [name], attributes });
    return name;
  };
  const slice = (x: string, start: number, end: number, name: string): string =>
    op('Slice', [x, ints(`${name}.start`, start), ints(`${name}.end`, end), ints(`${name}.axis`, 2)], name);
  const state = (name: string, dims: number[]): string => {
    inputs.push({ name: `state_in:${name}`, dims });
    outputs.push({ name: `state_out:${name}`, dims });
    return `state_in:${name}`;
  };
  const next = (value: string, name: string): string => op('Identity', [value], `state_out:${name}`);

  const overlapAdd = (full: string, channels: number, hop: number, length: number, name: string): string => {
    const tail = length - hop;
    let head = op(
      'Add',
      [slice(full, 0, tail, `${name}.head`), state(name, [1, channels, tail])],
      `${name}.sum`,
    );
    if (tail < hop)
      head = op('Concat', [head, slice(full, tail, hop, `${name}.middle`)], `${name}.out`, {
        axis: { int: 2 },
      });
    next(slice(full, hop, length, `${name}.rest`), name);
    return head;
  };
  const basis = (bins: number, length: number, name: string): string => {
    initializers.push({
      name: `${name}.bins`,
      dims: [bins, 1, 1],
      numbers: Array.from({ length: bins }, (_, k) => k),
    });
    initializers.push({
      name: `${name}.n`,
      dims: [1, 1, length],
      numbers: Array.from({ length }, (_, n) => n / length),
    });
    const angle = op(
      'Mul',
      [op('Mul', [`${name}.bins`, `${name}.n`], `${name}.turns`), single(`${name}.tau`, 2 * Math.PI)],
      `${name}.angle`,
    );
    const window = weight(`${name}.window`, [1, 1, length]);
    const parts = ['Cos', 'Sin'].map((kind) =>
      op('Mul', [op(kind, [angle], `${name}.${kind}`), window], `${name}.${kind}.part`),
    );
    return op('Concat', parts, name, { axis: { int: 0 } });
  };

  inputs.push({ name: 'latents', dims: [1, LATENTS, 1] });
  let x = op(
    'Conv',
    ['latents', weight('raw.weight', [LATENTS, LATENTS, 1]), weight('raw.bias', [LATENTS])],
    'raw',
  );
  x = op('ConvTranspose', [x, weight('inp.weight', [LATENTS, CHANNELS, 2 * FRAMES])], 'inp', {
    strides: { ints: [FRAMES] },
  });
  x = overlapAdd(x, CHANNELS, FRAMES, 2 * FRAMES, 'inp.tail');
  x = op('Add', [x, weight('inp.bias', [1, CHANNELS, 1])], 'inp.biased');

  const before = x;
  const joined = op('Concat', [state('history', [1, CHANNELS, 4]), x], 'joined', { axis: { int: 2 } });
  next(slice(joined, -4, 2 ** 31, 'last'), 'history');
  x = op(
    'Conv',
    [joined, weight('depthwise.weight', [CHANNELS, 1, 5]), weight('depthwise.bias', [CHANNELS])],
    'depthwise',
    {
      group: { int: CHANNELS },
    },
  );
  x = op('Transpose', [x], 'rows', { perm: { ints: [0, 2, 1] } });
  x = op(
    'LayerNormalization',
    [x, weight('norm.weight', [CHANNELS]), weight('norm.bias', [CHANNELS])],
    'norm.rows',
  );
  x = op('Transpose', [x], 'norm', { perm: { ints: [0, 2, 1] } });
  x = op('Conv', [x, weight('up.weight', [12, CHANNELS, 1]), weight('up.bias', [12])], 'up');
  x = op('Mul', [x, op('Sigmoid', [x], 'up.sigmoid')], 'silu');
  x = op('Conv', [x, weight('down.weight', [CHANNELS, 12, 1]), weight('down.bias', [CHANNELS])], 'down');
  x = op('Mul', [x, weight('scale', [1, CHANNELS, 1])], 'down.scaled');
  x = op('Add', [before, x], 'block');

  const cycles = op(
    'Add',
    [state('cycles', [1, OSCILLATORS, 1]), weight('advance', [1, OSCILLATORS, FRAMES])],
    'ahead',
  );
  const fraction = op('Sub', [cycles, op('Floor', [cycles], 'whole')], 'fraction');
  next(slice(fraction, -1, 2 ** 31, 'cycles.last'), 'cycles');
  const angle = op('Mul', [fraction, single('tau', 2 * Math.PI)], 'angle');
  const head = (channels: number, name: string): string =>
    op(
      'Sigmoid',
      [
        op(
          'Conv',
          [x, weight(`${name}.weight`, [channels, CHANNELS, 1]), weight(`${name}.bias`, [channels])],
          `${name}.raw`,
        ),
      ],
      name,
    );
  const tone = head(OSCILLATORS, 'tone');
  const parts = ['Cos', 'Sin'].map((kind) =>
    op('Mul', [tone, op(kind, [angle], `tone.${kind}`)], `tone.${kind}.part`),
  );
  const tones = op('Concat', parts, 'tone.parts', { axis: { int: 1 } });
  const toneFull = op('ConvTranspose', [tones, basis(OSCILLATORS, 2 * FRAME, 'tone.basis')], 'tone.full', {
    strides: { ints: [FRAME] },
  });
  const toneAudio = overlapAdd(toneFull, 1, HOP, (FRAMES - 1) * FRAME + 2 * FRAME, 'tone.tail');

  let noise = head(2 * BINS, 'noise');
  noise = op('Reshape', [noise, ints('noise.split.shape', 1, 2, BINS, FRAMES)], 'noise.split');
  noise = op('Transpose', [noise], 'noise.interleaved', { perm: { ints: [0, 2, 3, 1] } });
  noise = op('Reshape', [noise, ints('noise.shape', 1, BINS, 2 * FRAMES)], 'noise.frames');
  noise = op('Concat', [noise, noise], 'noise.amplitudes', { axis: { int: 1 } });
  const noiseBasis = basis(BINS, FRAME, 'noise.basis');
  const sides = [0, 1].map((channel) => {
    inputs.push({ name: `noise_${channel}`, dims: [1, 2 * BINS, 2 * FRAMES] });
    const spectrum = op('Mul', [noise, `noise_${channel}`], `noise${channel}.spectrum`);
    const full = op('ConvTranspose', [spectrum, noiseBasis], `noise${channel}.full`, {
      strides: { ints: [FRAME / 2] },
    });
    const length = (2 * FRAMES - 1) * (FRAME / 2) + FRAME;
    return op('Add', [toneAudio, overlapAdd(full, 1, HOP, length, `noise${channel}.tail`)], `side${channel}`);
  });
  op('Concat', sides, 'audio', { axis: { int: 1 } });
  outputs.push({ name: 'audio', dims: [1, 2, HOP] });

  const metadata = {
    'role:latents': 'latent',
    'role:noise_0': 'noise:0',
    'role:noise_1': 'noise:1',
    'role:audio': 'audio',
    sampleRate: '44100',
    hop: String(HOP),
    latents: String(LATENTS),
    name: 'Test',
  };
  return { inputs, outputs, nodes, initializers, metadata };
}
