/**
 * A decoder that anybody can hear apart from another: a tone of its own frequency, whose loudness the first latent
 * moves a little. As a streaming ONNX file, for tests that open models.
 */

import { INT64, writeOnnx } from '../onnx-writer.js';

export interface ToneOptions {
  readonly name: string;
  /** Cycles per hop: whole, so that hops join without a step. */
  readonly cycles: number;
  readonly hop?: number;
  /** Hz */
  readonly sampleRate?: number;
  readonly channels?: 1 | 2;
  readonly latents?: number;
  /** Constants that nothing reads, to give the file a size. */
  readonly ballast?: number;
}

/** Hz */
export function toneFrequency({ cycles, hop = 512, sampleRate = 44_100 }: ToneOptions): number {
  return (cycles * sampleRate) / hop;
}

export function toneModel(options: ToneOptions): Uint8Array {
  const { name, cycles, hop = 512, sampleRate = 44_100, channels = 1, latents = 4, ballast = 0 } = options;
  const length = channels * hop;
  const tone = Float32Array.from({ length }, (_, i) => 0.3 * Math.sin((2 * Math.PI * cycles * i) / hop));
  const weight = new Float32Array(length * latents);
  for (let i = 0; i < length; i++) weight[i * latents] = 0.02 * tone[i]!;
  return writeOnnx({
    inputs: [{ name: 'latents', dims: [1, latents, 1] }],
    outputs: [{ name: 'audio', dims: [1, channels, hop] }],
    initializers: [
      { name: 'weight', dims: [length, latents, 1], numbers: weight },
      { name: 'tone', dims: [length], numbers: tone },
      { name: 'shape', dims: [3], type: INT64, numbers: [1, channels, hop] },
      ...(ballast > 0 ? [{ name: 'ballast', dims: [ballast], numbers: new Float32Array(ballast) }] : []),
    ],
    nodes: [
      { op: 'Conv', inputs: ['latents', 'weight', 'tone'], outputs: ['column'] },
      { op: 'Reshape', inputs: ['column', 'shape'], outputs: ['audio'] },
    ],
    metadata: {
      'role:latents': 'latent',
      'role:audio': 'audio',
      sampleRate: String(sampleRate),
      hop: String(hop),
      latents: String(latents),
      name,
    },
  });
}
