/**
 * The Graph: a static, single-assignment network for one hop, with explicit streaming state.
 * Plain data; built by `builder.ts`, checked by `verify.ts`, printed by `print.ts`, rewritten by `passes/`,
 * run by `reference.ts`. Front ends write it, back ends read it; it knows neither file formats nor memory layouts.
 *
 * All values are float32 tensors with known shapes. Convolutions are PyTorch's: x [1, C, T],
 * weight [out, in / groups, kernel], transposed weight [in, out / groups, kernel].
 */

import type { NoiseDistribution, PortRole } from '../shared/engine-plan.js';

export type ValueId = number;

export type Activation =
  | { readonly kind: 'none' }
  | { readonly kind: 'relu' | 'silu' | 'sigmoid' | 'tanh' }
  | { readonly kind: 'leaky_relu'; readonly alpha: number };

export interface ConvAttributes {
  readonly stride: number;
  readonly dilation: number;
  readonly groups: number;
  readonly activation: Activation;
}

/**
 * Every op and its attributes. A new op is one entry here; the shape rule, the reference kernel, the printer's form
 * and the engine's lowering are mapped types over this interface, so a missing one does not compile.
 */
export interface OpAttributes {
  // One input, same shape out.
  neg: Empty;
  abs: Empty;
  exp: Empty;
  log: Empty;
  sqrt: Empty;
  sin: Empty;
  cos: Empty;
  floor: Empty;
  reciprocal: Empty;
  relu: Empty;
  sigmoid: Empty;
  silu: Empty;
  tanh: Empty;
  softplus: Empty;
  /** NaN outside -1..1. */
  acos: Empty;
  erf: Empty;
  /** To the nearest whole number, halves to the even one. */
  round: Empty;
  leaky_relu: { readonly alpha: number };
  clip: { readonly min: number; readonly max: number };
  // Two inputs, broadcast as in NumPy.
  add: Empty;
  sub: Empty;
  mul: Empty;
  div: Empty;
  pow: Empty;
  minimum: Empty;
  maximum: Empty;
  // The same, giving 1 where it is so and else 0; never so for NaN.
  equal: Empty;
  less: Empty;
  less_or_equal: Empty;
  /** (condition, a, b), broadcast: a where the condition is not 0, else b. What is not taken never shows. */
  where: Empty;
  // Shape.
  reshape: { readonly shape: readonly number[] };
  transpose: { readonly permutation: readonly number[] };
  concat: { readonly axis: number };
  slice: {
    readonly axis: number;
    readonly start: number;
    readonly end: number;
    readonly step: number;
  };
  /** The axis runs backwards. */
  flip: { readonly axis: number };
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  /** [1, C * factor, T] → [1, C, T * factor]: channel f * C + c at t becomes channel c at t * factor + f. */
  pixel_shuffle: { readonly factor: number };
  // Reductions; the axis stays, with size 1.
  reduce_sum: { readonly axis: number };
  reduce_mean: { readonly axis: number };
  reduce_max: { readonly axis: number };
  /** Index of the first maximum. */
  arg_max: { readonly axis: number };
  // Networks.
  matmul: Empty;
  /** (table [n, d], index of any shape) → [...index, d]. Indices are rounded and brought within 0..n-1; NaN is 0. */
  gather: Empty;
  /** (x, weight, bias): normalises over one axis. weight and bias [size of the axis]. */
  layer_norm: { readonly axis: number; readonly epsilon: number };
  /** (x, weight, bias?, residual?): no padding; activation, then + residual. */
  conv1d: ConvAttributes;
  /** (x, history, weight, bias?, residual?) → (y, history'): conv1d over [history, x]; history' = its last columns. */
  cached_conv1d: ConvAttributes;
  /** (x, weight, bias?): full length, (T - 1) * stride + dilation * (kernel - 1) + 1. */
  conv_transpose1d: ConvAttributes;
  /**
   * (x, tail, weight, bias?) → (y, tail'): overlap-add. y = first T * stride columns of full + tail (before the
   * activation), tail' = the rest. The bias, if any, is added to y only.
   */
  cached_conv_transpose1d: ConvAttributes;
}

export type Empty = Readonly<Record<never, never>>;
export type OpName = keyof OpAttributes;

export interface Node<K extends OpName = OpName> {
  readonly op: K;
  /** null stands for an optional input that is absent. */
  readonly inputs: readonly (ValueId | null)[];
  readonly outputs: readonly ValueId[];
  readonly attributes: OpAttributes[K];
  /** Where it comes from in the model file, for messages. */
  readonly origin: string;
}

/** Distributes over op names, so that `node.op` narrows `node.attributes`. */
export type AnyNode = { [K in OpName]: Node<K> }[OpName];

export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface GraphPort {
  readonly name: string;
  readonly value: ValueId;
  readonly role: PortRole;
  /** For role `noise`: the audio channel this noise is for. */
  readonly channel?: number;
  /** For role `noise`; normal if not given. */
  readonly distribution?: NoiseDistribution;
}

/** Streaming state: `output` of one hop is `input` of the next. */
export interface GraphState {
  readonly name: string;
  readonly input: ValueId;
  readonly output: ValueId;
  /** What the model file stored, if it did; a stream starts from zeros unless its owner asks for this. */
  readonly stored?: Float32Array;
}

export interface Graph {
  readonly name: string;
  /** Indexed by ValueId. */
  readonly values: readonly Value[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly states: readonly GraphState[];
  readonly constants: ReadonlyMap<ValueId, Float32Array>;
  /** In an order in which every value is defined before it is used. */
  readonly nodes: readonly AnyNode[];
  /** Facts of the file that outlive it: `sampleRate`, `hop`, … as text. */
  readonly metadata: Readonly<Record<string, string>>;
}
