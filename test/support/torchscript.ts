/**
 * Running a method of a TorchScript archive on the engine as a user's model runs, against what LibTorch answered:
 * bytes → trace → passes → plan → instance. Random inputs are zeros. Used by the fixtures' tests and by `test/oracle`.
 */

import { compile } from '../../src/engine/compile.js';
import { EngineInstance } from '../../src/engine/instance.js';
import type { TorchScriptModel } from '../../src/formats/torchscript/index.js';
import type { Graph } from '../../src/graph/graph.js';
import { optimise } from '../../src/graph/passes/index.js';
import type { AttributeValues } from '../../src/shared/engine-plan.js';
import { kernels } from './engine.js';

/** Consecutive calls of one method, each with inputs [batch, channels, columns]. */
export interface RecordedCalls {
  readonly method: string;
  readonly attributes: AttributeValues;
  readonly calls: number;
  readonly shape: readonly number[];
  /** [calls, ...shape] */
  readonly inputs: Float32Array;
}

/** The method for calls of this shape, ready to compile. */
export function traceCalls(model: TorchScriptModel, recorded: RecordedCalls): Graph {
  const { method, attributes, shape } = recorded;
  const [batch, inputChannels, columns] = shape as [number, number, number];
  const described = model.info.methods.find(({ name }) => name === method);
  const steps = (columns * (described?.inputRatio ?? 1)) / model.info.hop;
  return optimise(model.trace(method, { steps, batch, inputChannels, attributes }));
}

/** @returns What the engine answers to all calls, one after the other. */
export function runCalls(graph: Graph, recorded: RecordedCalls, storedStates: boolean): Float32Array {
  const engine = new EngineInstance(kernels(), compile(graph, { storedStates }));
  const port = graph.inputs.find(({ role }) => role !== 'noise');
  const input = port ? engine.input(port.name) : null;
  const output = engine.output(graph.outputs[0]!.name);
  const perCall = recorded.inputs.length / recorded.calls;
  if (input && input.length !== perCall)
    throw new Error(`the traced input has ${input.length} numbers per call, the recorded one ${perCall}`);
  const answers = new Float32Array(output.length * recorded.calls);
  for (let call = 0; call < recorded.calls; call++) {
    input?.set(recorded.inputs.subarray(call * perCall, (call + 1) * perCall));
    engine.step();
    answers.set(output, call * output.length);
  }
  return answers;
}

/** The greatest |a - b|; infinite when they differ in length or one is not finite where the other is. */
export function greatestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let greatest = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]!) && Number.isNaN(b[i]!)) continue;
    const difference = Math.abs(a[i]! - b[i]!);
    // Not «greater»: NaN must win.
    if (!(difference <= greatest)) greatest = Number.isNaN(difference) ? Infinity : difference;
  }
  return greatest;
}
