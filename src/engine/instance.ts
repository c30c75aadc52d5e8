/**
 * Runs an EnginePlan: owns the linear memory and one instance of the kernels. Works unchanged in Node, in a Worker and
 * in an AudioWorkletGlobalScope. After construction, `step` and `reset` allocate nothing and never throw.
 */

import { PluginError } from '../shared/errors.js';
import type { EnginePlan, PortLayout, VoicePlan } from '../shared/engine-plan.js';
import { JOB_WORDS, RESERVED_BYTES } from './kernels/job-codes.js';

const PAGE_BYTES = 65536;
/** More than any model that the formats accept needs. */
const MAX_MEMORY_BYTES = 2 ** 30;

interface Voice {
  readonly jobs: number;
  readonly jobCount: number;
  readonly state: Uint8Array;
  readonly initialState: Uint8Array | undefined;
  readonly inputs: ReadonlyMap<string, Float32Array>;
  readonly outputs: ReadonlyMap<string, Float32Array>;
}

export class EngineInstance {
  /** For tests and tools; its contents belong to the plan. */
  readonly memory: WebAssembly.Memory;
  private readonly run: (jobs: number, count: number) => void;
  private readonly voices: readonly Voice[];

  /**
   * Takes the plan's memory once and copies the weights into it: tens of milliseconds for a large model.
   * @param module The compiled kernels (`build/kernels.wasm`).
   * @throws PluginError('model/invalid') when the plan contradicts itself, ('model/too-large') when memory is refused.
   */
  constructor(module: WebAssembly.Module, plan: EnginePlan) {
    checkPlan(plan);
    const initial = Math.ceil(plan.memoryBytes / PAGE_BYTES);
    try {
      this.memory = new WebAssembly.Memory({ initial, maximum: initial });
    } catch (error) {
      throw new PluginError(
        'model/too-large',
        'This model needs more memory than the browser gives. Close other tabs or use a smaller model. ' +
          'Your current sound goes on.',
        [`${plan.memoryBytes} bytes`],
        error,
      );
    }
    const { buffer } = this.memory;
    for (const { offset, bytes } of plan.image) new Uint8Array(buffer, offset, bytes.length).set(bytes);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.run = exports['run'] as (jobs: number, count: number) => void;
    this.voices = plan.voices.map((voice) => ({
      jobs: voice.jobs,
      jobCount: voice.jobCount,
      state: new Uint8Array(buffer, voice.stateOffset, voice.stateBytes),
      initialState: voice.initialState,
      inputs: portViews(buffer, voice.inputs),
      outputs: portViews(buffer, voice.outputs),
    }));
    this.reset();
  }

  /**
   * A live window on an input: write before `step`; it keeps its values until written again.
   * @throws PluginError('model/invalid') when there is no such port. Call it before the audio thread runs.
   */
  input(name: string, voice = 0): Float32Array {
    return this.port('inputs', name, voice);
  }

  /** A live window on an output: read after `step`. Throws as `input`. */
  output(name: string, voice = 0): Float32Array {
    return this.port('outputs', name, voice);
  }

  /** Computes one hop of one voice. */
  step(voice = 0): void {
    const { jobs, jobCount } = this.voices[voice]!;
    this.run(jobs, jobCount);
  }

  /** Forgets the past of all voices: the next hops are those of a fresh instance. */
  reset(): void {
    for (let voice = 0; voice < this.voices.length; voice++) {
      const { state, initialState } = this.voices[voice]!;
      if (initialState) state.set(initialState);
      else state.fill(0);
    }
  }

  private port(side: 'inputs' | 'outputs', name: string, voice: number): Float32Array {
    const view = this.voices[voice]?.[side].get(name);
    if (!view) throw invalid(`voice ${voice} has no port ${name} among its ${side}`);
    return view;
  }
}

function portViews(buffer: ArrayBuffer, ports: readonly PortLayout[]): Map<string, Float32Array> {
  return new Map(
    ports.map(({ name, shape, offset }) => [name, new Float32Array(buffer, offset, countElements(shape))]),
  );
}

function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function invalid(finding: string): PluginError {
  return new PluginError(
    'model/invalid',
    'This model was prepared wrongly, so it cannot be played. Load it again or try another. Your current sound goes on.',
    [finding],
  );
}

/** Everything that `step` will touch by address must lie inside memory. */
function checkPlan(plan: EnginePlan): void {
  const { memoryBytes } = plan;
  if (!Number.isInteger(memoryBytes) || memoryBytes < RESERVED_BYTES)
    throw invalid(`memory of ${memoryBytes} bytes`);
  if (memoryBytes > MAX_MEMORY_BYTES)
    throw new PluginError(
      'model/too-large',
      'This model is too large to be played here. Use a smaller one. Your current sound goes on.',
      [`${memoryBytes} bytes, at most ${MAX_MEMORY_BYTES}`],
    );
  const inside = (what: string, offset: number, bytes: number): void => {
    const whole = Number.isInteger(offset) && Number.isInteger(bytes);
    if (!whole || offset < RESERVED_BYTES || bytes < 0 || offset + bytes > memoryBytes)
      throw invalid(`${what}: ${bytes} bytes at ${offset} do not lie in the memory of ${memoryBytes} bytes`);
  };
  plan.image.forEach(({ offset, bytes }, index) => inside(`image ${index}`, offset, bytes.length));
  if (plan.voices.length === 0) throw invalid('no voices');
  plan.voices.forEach((voice, index) => checkVoice(voice, `voice ${index}`, inside));
}

function checkVoice(
  voice: VoicePlan,
  name: string,
  inside: (what: string, offset: number, bytes: number) => void,
): void {
  inside(`jobs of ${name}`, voice.jobs, voice.jobCount * JOB_WORDS * 4);
  if (voice.stateBytes !== 0) inside(`state of ${name}`, voice.stateOffset, voice.stateBytes);
  if (voice.initialState && voice.initialState.length !== voice.stateBytes)
    throw invalid(`initial state of ${name}: ${voice.initialState.length} bytes for ${voice.stateBytes}`);
  for (const { name: port, shape, offset } of [...voice.inputs, ...voice.outputs]) {
    inside(`port ${port} of ${name}`, offset, countElements(shape) * 4);
    if (offset % 4 !== 0)
      throw invalid(`port ${port} of ${name} lies at ${offset}, which is no multiple of 4`);
  }
}
