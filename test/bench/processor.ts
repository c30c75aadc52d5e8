/**
 * The engine on the real audio thread: each render quantum runs one batch of hops and notes how long it took.
 * That thread has only `Date.now()`, in whole milliseconds, so a batch must last some hundred of them.
 */
import { EngineInstance } from '../../src/engine/instance.js';
import type { EnginePlan } from '../../src/shared/engine-plan.js';

declare const registerProcessor: (name: string, processor: unknown) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

export interface BenchOptions {
  readonly kernels: WebAssembly.Module;
  readonly plan: EnginePlan;
  readonly inputs: readonly (readonly [string, readonly number[], Float32Array])[];
  /** Hops of one batch. */
  readonly hops: number;
}

class BenchProcessor extends AudioWorkletProcessor {
  private readonly engine: EngineInstance;
  private readonly hops: number;

  constructor({ processorOptions }: { processorOptions: BenchOptions }) {
    super();
    const { kernels, plan, inputs, hops } = processorOptions;
    this.engine = new EngineInstance(kernels, plan);
    this.hops = hops;
    for (const [name, , values] of inputs) this.engine.input(name).set(values);
  }

  process(): boolean {
    const start = Date.now();
    for (let hop = 0; hop < this.hops; hop++) this.engine.step();
    this.port.postMessage((Date.now() - start) / this.hops);
    return true;
  }
}

registerProcessor('bench', BenchProcessor);
