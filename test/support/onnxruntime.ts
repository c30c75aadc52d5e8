/**
 * A streaming ONNX model in onnxruntime-web (wasm, one thread), hop by hop: the outside truth for the engine.
 */

import * as ort from 'onnxruntime-web';
import type { Graph } from '../../src/graph/graph.js';
import { elementCount } from '../../src/graph/tensor-shape.js';

export type StreamStep = (
  inputs: Readonly<Record<string, Float32Array>>,
) => Promise<Record<string, Float32Array>>;

/** @param graph What `readOnnx` made of the same file. States are `state_in:NAME` and `state_out:NAME` in the file. */
export async function onnxRuntimeStream(file: Uint8Array, graph: Graph): Promise<StreamStep> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const feeds: Record<string, ort.Tensor> = {};
  const tensor = (value: number, numbers?: Float32Array): ort.Tensor => {
    const { shape } = graph.values[value]!;
    return new ort.Tensor('float32', numbers ?? new Float32Array(elementCount(shape)), shape);
  };
  for (const { name, input } of graph.states) feeds[`state_in:${name}`] = tensor(input);
  return async (inputs) => {
    for (const { name, value } of graph.inputs) feeds[name] = tensor(value, inputs[name]!);
    const results = await session.run(feeds);
    for (const { name } of graph.states) feeds[`state_in:${name}`] = results[`state_out:${name}`]!;
    return Object.fromEntries(
      graph.outputs.map(({ name }) => [name, Float32Array.from(results[name]!.data as Float32Array)]),
    );
  };
}
