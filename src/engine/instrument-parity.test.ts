/**
 * The built-in instrument on the engine, against onnxruntime-web on the same files.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineStep, instantiate, randomInputs, randomNumbers } from '../../test/support/engine.js';
import { onnxRuntimeStream } from '../../test/support/onnxruntime.js';
import { readOnnx } from '../formats/onnx/index.js';
import { optimise } from '../graph/passes/index.js';

const HOPS = 64;

describe('the built-in instrument', () => {
  it.each(['decoder', 'encoder'])('%s: 64 hops equal those of onnxruntime-web', async (name) => {
    const file = readFileSync(new URL(`../../assets/instrument/${name}.onnx`, import.meta.url));
    const graph = readOnnx(file);
    const peer = await onnxRuntimeStream(file, graph);
    const engine = instantiate(optimise(graph));
    const random = randomNumbers(7);
    let greatest = 0;
    let loudest = 0;
    for (let hop = 0; hop < HOPS; hop++) {
      const inputs = randomInputs(graph, random);
      const got = engineStep(graph, engine, inputs);
      const expected = await peer(inputs);
      for (const port of Object.keys(expected))
        expected[port]!.forEach((value, i) => {
          const error = Math.abs(got[port]![i]! - value);
          greatest = Math.max(greatest, Number.isNaN(error) ? Infinity : error);
          loudest = Math.max(loudest, Math.abs(value));
        });
    }
    // Otherwise a silent model would pass.
    expect(loudest).toBeGreaterThan(0.01);
    expect(greatest).toBeLessThanOrEqual(1e-5);
    if (process.env['SHOW']) console.log(name, greatest, loudest);
  });
});
