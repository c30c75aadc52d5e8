/**
 * A streaming ONNX model as both sides run it: compiled for our engine, and as a session of onnxruntime-web whose
 * state goes round. Works in Node and in a page.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { compile } from '../../src/engine/compile.js';
import { readOnnx } from '../../src/formats/onnx/index.js';
import { optimise } from '../../src/graph/passes/index.js';
import type { Graph } from '../../src/graph/graph.js';
import { elementCount } from '../../src/graph/tensor-shape.js';
import type { EnginePlan } from '../../src/shared/engine-plan.js';

export interface Model {
  readonly bytes: Uint8Array;
  readonly graph: Graph;
  readonly plan: EnginePlan;
  /** Input values, the same for both sides: [name, shape, values]. */
  readonly inputs: readonly (readonly [name: string, shape: readonly number[], values: Float32Array])[];
}

export function readModel(bytes: Uint8Array): Model {
  const graph = readOnnx(bytes);
  const inputs = graph.inputs.map(({ name, value }) => {
    const shape = graph.values[value]?.shape ?? [];
    // Any numbers do, as long as none is special: the time does not depend on them.
    return [
      name,
      shape,
      Float32Array.from({ length: elementCount(shape) }, (_, index) => Math.sin(index * 12.9898) * 0.7),
    ] as const;
  });
  return { bytes, graph, plan: compile(optimise(graph)), inputs };
}

/** What of onnxruntime-web the bench uses; the page and Node load it differently. */
export interface Runtime {
  readonly env: { wasm: { numThreads?: number; wasmPaths?: unknown } };
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<InferenceSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

/** Milliseconds per hop of `hops` hops in onnxruntime-web, on one thread. */
export type HopTimer = (hops: number) => Promise<number>;

export async function onnxRuntimeTimer(runtime: Runtime, model: Model): Promise<HopTimer> {
  runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(model.bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const { graph } = model;
  const feeds: Record<string, Tensor> = {};
  for (const [name, shape, values] of model.inputs)
    feeds[name] = new runtime.Tensor('float32', values, shape);
  for (const { name, input } of graph.states) {
    const shape = graph.values[input]?.shape ?? [];
    feeds[`state_in:${name}`] = new runtime.Tensor('float32', new Float32Array(elementCount(shape)), shape);
  }
  return async (hops) => {
    const start = performance.now();
    for (let hop = 0; hop < hops; hop++) {
      const results = await session.run(feeds);
      for (const { name } of graph.states) feeds[`state_in:${name}`] = results[`state_out:${name}`] as Tensor;
    }
    return (performance.now() - start) / hops;
  };
}
