/**
 * Small ONNX models for tests, in few words, so that no test needs Python: what the plugin's own encoder takes, with
 * defaults. Whether its bytes are ONNX is for onnxruntime-web to say. Not part of the plugin.
 */

import {
  encodeModel,
  type AttributeMessage,
  type PortMessage,
  type TensorMessage,
} from '../src/formats/onnx/encode.js';

export const FLOAT = 1;
export const INT64 = 7;
export const FLOAT16 = 10;

export interface TensorSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type?: number;
  /** Written raw as float32 unless `type` says INT64; ignored when `raw` is given. */
  readonly numbers?: ArrayLike<number>;
  readonly raw?: Uint8Array;
}

export type AttributeValue =
  Exclude<AttributeMessage, { readonly tensor: unknown }> | { readonly tensor: TensorSpec };

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface PortSpec {
  readonly name: string;
  readonly dims: readonly (number | string)[];
  readonly type?: number;
}

export interface ModelSpec {
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: readonly TensorSpec[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly opset?: number;
}

function rawOf({ numbers = [], type = FLOAT }: TensorSpec): Uint8Array {
  if (type === INT64) return new Uint8Array(BigInt64Array.from(Array.from(numbers, BigInt)).buffer);
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

function tensor(spec: TensorSpec): TensorMessage {
  return { name: spec.name, dims: spec.dims, type: spec.type ?? FLOAT, raw: spec.raw ?? rawOf(spec) };
}

function attribute(value: AttributeValue): AttributeMessage {
  return 'tensor' in value ? { tensor: tensor(value.tensor) } : value;
}

function port({ name, dims, type = FLOAT }: PortSpec): PortMessage {
  return { name, dims, type };
}

/** The bytes of an ONNX file. */
export function writeOnnx(model: ModelSpec): Uint8Array {
  return encodeModel({
    name: 'test',
    producer: '',
    inputs: model.inputs.map(port),
    outputs: model.outputs.map(port),
    nodes: model.nodes.map((node) => ({
      ...node,
      name: node.name ?? node.outputs[0] ?? '',
      attributes: Object.fromEntries(
        Object.entries(node.attributes ?? {}).map(([name, value]) => [name, attribute(value)]),
      ),
    })),
    initializers: (model.initializers ?? []).map(tensor),
    metadata: model.metadata ?? {},
    opset: model.opset ?? 17,
  });
}
