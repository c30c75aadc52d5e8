/**
 * Runs the same ONNX file in onnxruntime-web and in the reference interpreter, hop by hop with the state carried
 * over, and tells by how much they differ. Not part of the plugin.
 */

import * as ort from 'onnxruntime-web';
import type { Graph } from '../src/graph/graph.js';
import { ReferenceInterpreter } from '../src/graph/reference.js';
import { elementCount } from '../src/graph/tensor-shape.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Deterministic numbers between -1 and 1 (a linear congruential generator with the constants of Numerical Recipes). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export function randomArray(length: number, random: () => number, scale = 1): Float32Array {
  return Float32Array.from({ length }, () => random() * scale);
}

/** A source of the same inputs for any number of hops: [hop][port name]. */
export function randomHops(
  graph: Graph,
  hops: number,
  seed: number,
  scale = 1,
): Record<string, Float32Array>[] {
  const random = randomNumbers(seed);
  return Array.from({ length: hops }, () =>
    Object.fromEntries(
      graph.inputs.map(({ name, value }) => [
        name,
        randomArray(elementCount(graph.values[value]!.shape), random, scale),
      ]),
    ),
  );
}

/** Outputs of onnxruntime-web for each hop, ports only. States are paired by the names `state_in:` and `state_out:`. */
export async function runOnnxRuntime(
  bytes: Uint8Array,
  graph: Graph,
  hops: readonly Record<string, Float32Array>[],
): Promise<Record<string, Float32Array>[]> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const tensor = (numbers: Float32Array, value: number): ort.Tensor =>
    new ort.Tensor('float32', numbers, [...graph.values[value]!.shape]);
  let states: Record<string, ort.Tensor> = Object.fromEntries(
    graph.states.map(({ name, input }) => [
      `state_in:${name}`,
      tensor(new Float32Array(elementCount(graph.values[input]!.shape)), input),
    ]),
  );
  const results: Record<string, Float32Array>[] = [];
  for (const inputs of hops) {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, value }) => [name, tensor(inputs[name]!, value)]),
    );
    const outputs = await session.run({ ...feeds, ...states });
    states = Object.fromEntries(
      graph.states.map(({ name }) => [`state_in:${name}`, outputs[`state_out:${name}`]!]),
    );
    results.push(
      Object.fromEntries(graph.outputs.map(({ name }) => [name, outputs[name]!.data as Float32Array])),
    );
  }
  await session.release();
  return results;
}

export function runReference(
  graph: Graph,
  hops: readonly Record<string, Float32Array>[],
): Record<string, Float64Array>[] {
  const interpreter = new ReferenceInterpreter(graph);
  return hops.map((inputs) => interpreter.step(inputs));
}

/** The largest difference between two runs, and where: `audio, hop 3, element 17: 0.5 and 0.25`. */
export function largestDifference(
  a: readonly Record<string, ArrayLike<number>>[],
  b: readonly Record<string, ArrayLike<number>>[],
): { readonly error: number; readonly where: string } {
  let worst = { error: 0, where: 'nowhere' };
  if (a.length !== b.length) return { error: Infinity, where: `${a.length} and ${b.length} hops` };
  a.forEach((outputs, hop) => {
    for (const [name, numbers] of Object.entries(outputs)) {
      const others = b[hop]![name];
      if (others === undefined || others.length !== numbers.length)
        worst = {
          error: Infinity,
          where: `${name}, hop ${hop}: ${numbers.length} and ${others?.length} elements`,
        };
      else
        for (let i = 0; i < numbers.length; i++) {
          const error = Math.abs(numbers[i]! - others[i]!);
          // Not «greater»: NaN must win.
          if (!(error <= worst.error))
            worst = { error, where: `${name}, hop ${hop}, element ${i}: ${numbers[i]} and ${others[i]}` };
        }
    }
  });
  return worst;
}
