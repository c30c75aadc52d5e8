/**
 * What the engine's tests share: the compiled kernels, seeded numbers, and running a Graph on the engine and on the
 * float64 reference side by side.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { compile, type CompileOptions } from '../../src/engine/compile.js';
import { EngineInstance } from '../../src/engine/instance.js';
import type { Graph } from '../../src/graph/graph.js';
import { ReferenceInterpreter } from '../../src/graph/reference.js';
import { elementCount } from '../../src/graph/tensor-shape.js';

const path = fileURLToPath(new URL('../../build/kernels.wasm', import.meta.url));
let compiled: WebAssembly.Module | undefined;

/** Built by the global set-up. */
export function kernels(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(path));
  return compiled;
}

/** Seeded numbers, evenly spread over -1..1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function randomArray(random: () => number, length: number, scale = 1): Float32Array {
  return Float32Array.from({ length }, () => random() * scale);
}

export function instantiate(graph: Graph, options: CompileOptions = {}): EngineInstance {
  return new EngineInstance(kernels(), compile(graph, options));
}

/** Fills every input port of one voice; the same seed gives the same hop. */
export function randomInputs(graph: Graph, random: () => number): Record<string, Float32Array> {
  return Object.fromEntries(
    graph.inputs.map(({ name, value }) => [
      name,
      randomArray(random, elementCount(graph.values[value]!.shape)),
    ]),
  );
}

/** Runs one hop and copies the outputs. */
export function engineStep(
  graph: Graph,
  engine: EngineInstance,
  inputs: Readonly<Record<string, Float32Array>>,
  voice = 0,
): Record<string, Float32Array> {
  for (const { name } of graph.inputs) engine.input(name, voice).set(inputs[name]!);
  engine.step(voice);
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, engine.output(name, voice).slice()]));
}

/** The greatest |got - expected| / max(1, |expected|); infinite when only one of them is a finite number. */
export function greatestError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let greatest = 0;
  for (let i = 0; i < expected.length; i++) {
    const a = got[i]!;
    const b = expected[i]!;
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const error = Math.abs(a - b) / Math.max(1, Math.abs(b));
    greatest = Math.max(greatest, Number.isNaN(error) ? Infinity : error);
  }
  return greatest;
}

/** Runs `hops` hops of random input on the engine and the reference; the greatest error over all outputs. */
export function errorAgainstReference(
  graph: Graph,
  hops: number,
  seed = 1,
  options: CompileOptions = {},
): number {
  const engine = instantiate(graph, options);
  const reference = new ReferenceInterpreter(graph);
  const random = randomNumbers(seed);
  let greatest = 0;
  for (let hop = 0; hop < hops; hop++) {
    const inputs = randomInputs(graph, random);
    const got = engineStep(graph, engine, inputs);
    const expected = reference.step(inputs);
    for (const name of Object.keys(expected))
      greatest = Math.max(greatest, greatestError(got[name]!, expected[name]!));
  }
  return greatest;
}
