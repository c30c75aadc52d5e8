/**
 * A network laid out for the engine: plain data that crosses threads.
 * Made by `src/engine/compile.ts` off the audio thread, run by `src/engine/instance.ts` on any thread.
 */

/** What the host of a network feeds or takes at a port. */
export type PortRole = 'latent' | 'noise' | 'audio' | 'position';

/** Where a port's values lie in the engine's memory: row-major float32 in the port's logical shape. */
export interface PortLayout {
  readonly name: string;
  readonly role: PortRole;
  readonly shape: readonly number[];
  /** Bytes from the start of memory. */
  readonly offset: number;
  /** Channel whose noise this port wants, for role `noise` of a network that makes all channels at once. */
  readonly channel?: number;
}

/** One independent stream through the same weights (a stereo pair is two voices of a mono decoder). */
export interface VoicePlan {
  readonly inputs: readonly PortLayout[];
  readonly outputs: readonly PortLayout[];
  /** Byte offset and number of the jobs of one hop. */
  readonly jobs: number;
  readonly jobCount: number;
  /** Bytes that `reset` clears to zero. */
  readonly stateOffset: number;
  readonly stateBytes: number;
}

export interface EnginePlan {
  readonly name: string;
  /** Linear memory that the plan needs, in bytes. */
  readonly memoryBytes: number;
  /** What is written into memory before the first hop: packed weights, job tables. */
  readonly image: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  readonly voices: readonly VoicePlan[];
  /** Multiply-accumulates of one hop of one voice. */
  readonly macs: number;
}

/** What a player must know of an instrument. */
export interface InstrumentInfo {
  readonly name: string;
  /** Identifies the instrument in states: SHA-256 of the file, in hex. */
  readonly hash: string;
  /** The model's own rate. */
  readonly sampleRate: number;
  /** Samples per latent, at the model's rate. */
  readonly hop: number;
  readonly latents: number;
  /** Audio channels that one voice of the decoder gives: 1 (two voices make stereo) or 2. */
  readonly channels: number;
}

export interface Instrument {
  readonly info: InstrumentInfo;
  readonly decoder: EnginePlan;
}
