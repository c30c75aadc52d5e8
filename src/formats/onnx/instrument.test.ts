import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { largestDifference, randomHops, runOnnxRuntime, runReference } from '../../../test/onnx-truth.js';
import { optimise } from '../../graph/passes/index.js';
import { readOnnx } from './index.js';

// onnxruntime computes in float32, the reference in float64 with float32 constants. The encoder takes the logarithm of
// spectral bins of noise, some of them near zero: float32 itself is off by 2e-5 there.
const instruments = [
  { path: 'assets/instrument/decoder.onnx', tolerance: 1e-5 },
  { path: 'assets/instrument/encoder.onnx', tolerance: 5e-5 },
];

describe.each(instruments)('$path', ({ path, tolerance }) => {
  it.skipIf(!existsSync(path))(
    'gives what onnxruntime-web gives over 64 hops, as read and optimised',
    async () => {
      const bytes = new Uint8Array(readFileSync(path));
      const graph = readOnnx(bytes);
      const hops = randomHops(graph, 64, 5);
      const truth = await runOnnxRuntime(bytes, graph, hops);
      const plain = largestDifference(runReference(graph, hops.slice(0, 4)), truth.slice(0, 4));
      expect(plain.error, plain.where).toBeLessThan(tolerance);
      const optimised = largestDifference(runReference(optimise(graph), hops), truth);
      expect(optimised.error, optimised.where).toBeLessThan(tolerance);
    },
    300_000,
  );
});
