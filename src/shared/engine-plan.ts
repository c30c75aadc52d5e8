/**
 * A network laid out for the engine: plain data that crosses threads.
 * Made by `src/engine/compile.ts` off the audio thread, run by `src/engine/instance.ts` on any thread.
 */

/** What the host of a network feeds or takes at a port. */
export type PortRole = 'latent' | 'noise' | 'audio' | 'position';

/** What a noise port wants: N(0, 1), which is the default, or evenly spread over 0 ≤ u < 1. */
export type NoiseDistribution = 'normal' | 'uniform';

/** Where a port's values lie in the engine's memory: row-major float32 in the port's logical shape. */
export interface PortLayout {
  readonly name: string;
  readonly role: PortRole;
  readonly shape: readonly number[];
  /** Bytes from the start of memory. */
  readonly offset: number;
  /** Channel whose noise this port wants, for role `noise` of a network that makes all channels at once. */
  readonly channel?: number;
  /** For role `noise`; normal if not given. */
  readonly distribution?: NoiseDistribution;
}

/** One independent stream through the same weights (a stereo pair is two voices of a mono decoder). */
export interface VoicePlan {
  readonly inputs: readonly PortLayout[];
  readonly outputs: readonly PortLayout[];
  /** Byte offset and number of the jobs of one hop. */
  readonly jobs: number;
  readonly jobCount: number;
  /** Bytes that `reset` clears to zero, or sets to `initialState`. */
  readonly stateOffset: number;
  readonly stateBytes: number;
  /** What `reset` writes instead of zeros, when the plan was compiled with stored states. [stateBytes] */
  readonly initialState?: Uint8Array;
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
  /** Latents that the model's maker meant to be played, the first of `latents`; all of them if not given. */
  readonly namedLatents?: number;
  /** What a musician may turn in the model itself; changing one means to trace the file again. */
  readonly attributes?: readonly ModelAttribute[];
  /** What the musician should know of this model, whole sentences; for instance how a one-shot export was mended. */
  readonly notes?: readonly string[];
}

/** A setting that a nn~ model offers (`get_attributes`), with its value at present. */
export type ModelAttribute = { readonly name: string } & (
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int' | 'float'; readonly value: number }
);

/** Chosen values of attributes, by name; those that are absent keep the file's value. */
export type AttributeValues = Readonly<Record<string, boolean | number>>;

export interface Instrument {
  readonly info: InstrumentInfo;
  readonly decoder: EnginePlan;
}
