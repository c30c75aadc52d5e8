/**
 * Writes small ONNX models for tests, field by field with protobufjs' Writer, so that no test needs Python.
 * Fields by their numbers in onnx.proto3. Not part of the plugin.
 */

import protobuf from 'protobufjs/minimal.js';

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
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorSpec };

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

type Writer = protobuf.Writer;

function nested(writer: Writer, field: number, fill: (inner: Writer) => void): void {
  writer.uint32((field << 3) | 2).fork();
  fill(writer);
  writer.ldelim();
}

function text(writer: Writer, field: number, value: string): void {
  writer.uint32((field << 3) | 2).string(value);
}

function int(writer: Writer, field: number, value: number): void {
  writer.uint32(field << 3).int64(value);
}

function rawOf({ numbers = [], type = FLOAT }: TensorSpec): Uint8Array {
  if (type === INT64) return new Uint8Array(BigInt64Array.from(Array.from(numbers, BigInt)).buffer);
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

function writeTensor(writer: Writer, tensor: TensorSpec): void {
  for (const size of tensor.dims) int(writer, 1, size);
  int(writer, 2, tensor.type ?? FLOAT);
  text(writer, 8, tensor.name);
  writer.uint32((9 << 3) | 2).bytes(tensor.raw ?? rawOf(tensor));
}

function writeAttribute(writer: Writer, name: string, value: AttributeValue): void {
  text(writer, 1, name);
  if ('float' in value) writer.uint32((2 << 3) | 5).float(value.float);
  if ('int' in value) int(writer, 3, value.int);
  if ('text' in value) text(writer, 4, value.text);
  if ('tensor' in value) nested(writer, 5, (inner) => writeTensor(inner, value.tensor));
  if ('floats' in value) for (const number of value.floats) writer.uint32((7 << 3) | 5).float(number);
  if ('ints' in value) for (const number of value.ints) int(writer, 8, number);
  const types = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7 };
  int(writer, 20, types[Object.keys(value)[0] as keyof typeof types]);
}

function writeNode(writer: Writer, node: NodeSpec): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, node.name ?? node.outputs[0] ?? '');
  text(writer, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    nested(writer, 5, (inner) => writeAttribute(inner, name, value));
  if (node.domain !== undefined) text(writer, 7, node.domain);
}

function writePort(writer: Writer, port: PortSpec): void {
  text(writer, 1, port.name);
  nested(writer, 2, (type) =>
    nested(type, 1, (tensor) => {
      int(tensor, 1, port.type ?? FLOAT);
      nested(tensor, 2, (shape) => {
        for (const size of port.dims)
          nested(shape, 1, (dim) => (typeof size === 'number' ? int(dim, 1, size) : text(dim, 2, size)));
      });
    }),
  );
}

/** The bytes of an ONNX file. */
export function writeOnnx(model: ModelSpec): Uint8Array {
  const writer = new protobuf.Writer();
  int(writer, 1, 8);
  nested(writer, 7, (graph) => {
    for (const node of model.nodes) nested(graph, 1, (inner) => writeNode(inner, node));
    text(graph, 2, 'test');
    for (const tensor of model.initializers ?? []) nested(graph, 5, (inner) => writeTensor(inner, tensor));
    for (const port of model.inputs) nested(graph, 11, (inner) => writePort(inner, port));
    for (const port of model.outputs) nested(graph, 12, (inner) => writePort(inner, port));
  });
  nested(writer, 8, (opset) => int(opset, 2, model.opset ?? 17));
  for (const [key, value] of Object.entries(model.metadata ?? {}))
    nested(writer, 14, (inner) => {
      text(inner, 1, key);
      text(inner, 2, value);
    });
  return writer.finish();
}
