/** One method of a model on the real audio thread: each render quantum makes one recorded call and posts its answer. */
import { EngineInstance } from '../../src/engine/instance.js';
import type { EnginePlan } from '../../src/shared/engine-plan.js';

declare const registerProcessor: (name: string, processor: unknown) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

export interface ModelOptions {
  readonly kernels: WebAssembly.Module;
  readonly plan: EnginePlan;
  readonly input: string;
  readonly output: string;
  readonly calls: readonly Float32Array[];
}

class ModelProcessor extends AudioWorkletProcessor {
  private readonly engine: EngineInstance;
  private call = 0;

  constructor(private readonly options: { processorOptions: ModelOptions }) {
    super();
    const { kernels, plan } = options.processorOptions;
    this.engine = new EngineInstance(kernels, plan);
  }

  process(): boolean {
    const { calls, input, output } = this.options.processorOptions;
    const numbers = calls[this.call++];
    if (!numbers) return false;
    this.engine.input(input).set(numbers);
    this.engine.step();
    this.port.postMessage(this.engine.output(output).slice());
    return true;
  }
}

registerProcessor('model', ModelProcessor);
