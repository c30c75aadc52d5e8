/**
 * The few globals that every thread has but that TypeScript declares only with `DOM` or `WebWorker`.
 * Just what the portable rooms use: all of it exists in Node, Worker and AudioWorkletGlobalScope.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: BufferSource);
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }
}
type BufferSource = ArrayBuffer | ArrayBufferView;
/** Not in AudioWorkletGlobalScope: for the formats, which never run there. */
declare class TextDecoder {
  decode(bytes: ArrayBufferView): string;
}
