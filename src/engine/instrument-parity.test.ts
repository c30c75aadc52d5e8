/**
 * The built-in instrument on the engine, against onnxruntime-web on the same files and against the float64 reference.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineStep, instantiate, randomInputs, randomNumbers } from '../../test/support/engine.js';
import { onnxRuntimeStream } from '../../test/support/onnxruntime.js';
import { readOnnx } from '../formats/onnx/index.js';
import { optimise } from '../graph/passes/index.js';
import { ReferenceInterpreter } from '../graph/reference.js';

const HOPS = 64;

interface Errors {
  /** Greatest difference of the engine from float64, of onnxruntime-web from float64, and of the two. */
  engine: number;
  peer: number;
  between: number;
  loudest: number;
}

async function compare(name: string, inputScale: number): Promise<Errors> {
  const file = readFileSync(new URL(`../../assets/instrument/${name}.onnx`, import.meta.url));
  const graph = readOnnx(file);
  const optimised = optimise(graph);
  const peer = await onnxRuntimeStream(file, graph);
  const engine = instantiate(optimised);
  const reference = new ReferenceInterpreter(optimised);
  const random = randomNumbers(7);
  const errors = { engine: 0, peer: 0, between: 0, loudest: 0 };
  for (let hop = 0; hop < HOPS; hop++) {
    const inputs = randomInputs(graph, random);
    for (const values of Object.values(inputs)) values.forEach((x, i) => (values[i] = x * inputScale));
    const got = engineStep(graph, engine, inputs);
    const other = await peer(inputs);
    const exact = reference.step(inputs);
    for (const port of Object.keys(exact)) {
      errors.engine = Math.max(errors.engine, difference(got[port]!, exact[port]!));
      errors.peer = Math.max(errors.peer, difference(other[port]!, exact[port]!));
      errors.between = Math.max(errors.between, difference(got[port]!, other[port]!));
      errors.loudest = Math.max(errors.loudest, ...got[port]!.map(Math.abs));
    }
  }
  return errors;
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let greatest = 0;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i]! - b[i]!);
    greatest = Math.max(greatest, Number.isNaN(error) ? Infinity : error);
  }
  return greatest;
}

describe('the built-in instrument', () => {
  it('decoder: 64 hops equal those of onnxruntime-web', async () => {
    const errors = await compare('decoder', 1);
    // Otherwise a silent model would pass.
    expect(errors.loudest).toBeGreaterThan(0.01);
    expect(errors.between).toBeLessThanOrEqual(1e-5);
    expect(errors.engine).toBeLessThanOrEqual(1e-5);
  });

  it('encoder: 64 hops equal those of onnxruntime-web, as far as that is exact itself', async () => {
    const errors = await compare('encoder', 0.3);
    expect(errors.loudest).toBeGreaterThan(0.1);
    expect(errors.engine).toBeLessThanOrEqual(1e-5);
    // Logarithms of bands near 0 magnify rounding: onnxruntime-web, which sums 1024 products in a row, is itself up to
    // 2e-5 away from float64 here, further than we are.
    expect(errors.between).toBeLessThanOrEqual(1e-5 + errors.peer);
    expect(errors.engine).toBeLessThan(errors.peer);
  });
});
