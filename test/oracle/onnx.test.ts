/**
 * Models exported by RAVE itself, written as ONNX: onnxruntime-web must answer as the engine does, which `parity.test.ts`
 * holds to LibTorch.
 */

import { describe, expect, it } from 'vitest';
import { readOnnx, writeOnnx } from '../../src/formats/onnx/index.js';
import { openTorchScript } from '../../src/formats/torchscript/index.js';
import { optimise } from '../../src/graph/passes/index.js';
import { largestDifference, randomHops, runOnnxRuntime } from '../onnx-truth.js';
import { engineStep, instantiate } from '../support/engine.js';
import { oracle, oracleArchive, oracleNames } from './archives.js';

/** Sums in another order; values are of the order of 1. */
const TOLERANCE = 1e-5;
const HOPS = 6;

if (oracle === null)
  it.skip('models exported by RAVE, as ONNX: RAVE_ORACLE names no folder with them (see test/oracle/README.md)', () =>
    undefined);
else
  describe.each(oracleNames())('%s, written as ONNX', (name) => {
    it('answers in onnxruntime-web as on the engine', { timeout: 600_000 }, async () => {
      const model = await openTorchScript(oracleArchive(name), name);
      for (const method of ['decode', 'encode']) {
        if (!model.info.methods.some((other) => other.name === method)) continue;
        const graph = optimise(model.trace(method));
        const bytes = writeOnnx(graph);
        const hops = randomHops(graph, HOPS, 3);
        const truth = await runOnnxRuntime(bytes, graph, hops);
        for (const form of [graph, optimise(readOnnx(bytes))]) {
          const engine = instantiate(form);
          const { error, where } = largestDifference(
            hops.map((inputs) => engineStep(form, engine, inputs)),
            truth,
          );
          expect(error, `${method}: ${where}`).toBeLessThan(TOLERANCE);
        }
      }
    });
  });
