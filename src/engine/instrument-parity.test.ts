/**
 * The built-in instrument on the engine, against onnxruntime-web on the same files and against the float64 reference.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { largestDifference, randomHops, runOnnxRuntime, runReference } from '../../test/onnx-truth.js';
import { engineStep, instantiate } from '../../test/support/engine.js';
import { readOnnx } from '../formats/onnx/index.js';
import { optimise } from '../graph/passes/index.js';

const HOPS = 64;
/** The float64 reference is slow: half a billion products. */
const TIMEOUT = 300_000;

interface Errors {
  /** Greatest difference of the engine from float64, of onnxruntime-web from float64, and of the two. */
  readonly engine: number;
  readonly peer: number;
  readonly between: number;
  readonly loudest: number;
}

async function compare(name: string, inputScale: number): Promise<Errors> {
  const file = readFileSync(new URL(`../../assets/instrument/${name}.onnx`, import.meta.url));
  const graph = readOnnx(file);
  const optimised = optimise(graph);
  const hops = randomHops(graph, HOPS, 7, inputScale);
  const engine = instantiate(optimised);
  const got = hops.map((inputs) => engineStep(optimised, engine, inputs));
  const peer = await runOnnxRuntime(file, graph, hops);
  const exact = runReference(optimised, hops);
  const silence = got.map((outputs) =>
    Object.fromEntries(
      Object.entries(outputs).map(([port, numbers]) => [port, new Float32Array(numbers.length)]),
    ),
  );
  return {
    engine: largestDifference(got, exact).error,
    peer: largestDifference(peer, exact).error,
    between: largestDifference(got, peer).error,
    loudest: largestDifference(got, silence).error,
  };
}

describe('the built-in instrument', () => {
  it(
    'decoder: 64 hops equal those of onnxruntime-web',
    async () => {
      const errors = await compare('decoder', 1);
      // Otherwise a silent model would pass.
      expect(errors.loudest).toBeGreaterThan(0.01);
      expect(errors.between).toBeLessThanOrEqual(1e-5);
      expect(errors.engine).toBeLessThanOrEqual(1e-5);
    },
    TIMEOUT,
  );

  it.each([1, 0.1])(
    'encoder: 64 hops of noise between ±%s equal those of onnxruntime-web',
    async (scale) => {
      const errors = await compare('encoder', scale);
      expect(errors.loudest).toBeGreaterThan(0.1);
      expect(errors.between).toBeLessThanOrEqual(1e-5);
      expect(errors.engine).toBeLessThanOrEqual(1e-5);
    },
    TIMEOUT,
  );
});
