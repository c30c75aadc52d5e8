/**
 * Writes ONNX's protobuf messages, field by field with protobufjs' minimal Writer, by their public numbers
 * (onnx.proto3, https://github.com/onnx/onnx). Knows the messages, not what a model means: `write.ts` does.
 */

import protobuf from 'protobufjs/minimal.js';
import { DataType } from './schema.js';

export interface TensorMessage {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: number;
  /** The numbers, little-endian. Kept, not copied, until the file is put together. */
  readonly raw: Uint8Array;
}

export type AttributeMessage =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorMessage };

export interface NodeMessage {
  readonly op: string;
  /** An empty name stands for an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeMessage>>;
}

export interface PortMessage {
  readonly name: string;
  /** A name instead of a number is an open size. */
  readonly dims: readonly (number | string)[];
  readonly type: number;
}

export interface ModelMessage {
  readonly name: string;
  readonly inputs: readonly PortMessage[];
  readonly outputs: readonly PortMessage[];
  readonly nodes: readonly NodeMessage[];
  readonly initializers: readonly TensorMessage[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly producer: string;
  readonly opset: number;
}

/** The newest intermediate representation that the operator sets in use need. */
const IR_VERSION = 8;

/** AttributeProto.AttributeType. */
const attributeTypes = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7 } as const;

type Writer = protobuf.Writer;

/** The bytes of an ONNX file: the only copy that is made of the weights. */
export function encodeModel(model: ModelMessage): Uint8Array {
  const writer = new protobuf.Writer();
  int(writer, 1, IR_VERSION);
  text(writer, 2, model.producer);
  nested(writer, 7, (graph) => {
    for (const node of model.nodes) nested(graph, 1, (inner) => writeNode(inner, node));
    text(graph, 2, model.name);
    for (const tensor of model.initializers) nested(graph, 5, (inner) => writeTensor(inner, tensor));
    for (const port of model.inputs) nested(graph, 11, (inner) => writePort(inner, port));
    for (const port of model.outputs) nested(graph, 12, (inner) => writePort(inner, port));
  });
  nested(writer, 8, (opset) => int(opset, 2, model.opset));
  for (const [key, value] of Object.entries(model.metadata))
    nested(writer, 14, (inner) => {
      text(inner, 1, key);
      text(inner, 2, value);
    });
  return writer.finish();
}

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

function float(writer: Writer, field: number, value: number): void {
  writer.uint32((field << 3) | 5).float(value);
}

function writeTensor(writer: Writer, { name, dims, type, raw }: TensorMessage): void {
  for (const size of dims) int(writer, 1, size);
  int(writer, 2, type);
  text(writer, 8, name);
  writer.uint32((9 << 3) | 2).bytes(raw);
}

function writeAttribute(writer: Writer, name: string, value: AttributeMessage): void {
  text(writer, 1, name);
  if ('float' in value) float(writer, 2, value.float);
  if ('int' in value) int(writer, 3, value.int);
  if ('text' in value) text(writer, 4, value.text);
  if ('tensor' in value) nested(writer, 5, (inner) => writeTensor(inner, value.tensor));
  if ('floats' in value) for (const number of value.floats) float(writer, 7, number);
  if ('ints' in value) for (const number of value.ints) int(writer, 8, number);
  int(writer, 20, attributeTypes[Object.keys(value)[0] as keyof typeof attributeTypes]);
}

function writeNode(writer: Writer, node: NodeMessage): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, node.name);
  text(writer, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    nested(writer, 5, (inner) => writeAttribute(inner, name, value));
  if (node.domain !== undefined) text(writer, 7, node.domain);
}

function writePort(writer: Writer, port: PortMessage): void {
  text(writer, 1, port.name);
  nested(writer, 2, (type) =>
    nested(type, 1, (tensor) => {
      int(tensor, 1, port.type);
      nested(tensor, 2, (shape) => {
        for (const size of port.dims)
          nested(shape, 1, (dim) => (typeof size === 'number' ? int(dim, 1, size) : text(dim, 2, size)));
      });
    }),
  );
}

/** Float32 numbers as a tensor; a view, where they lie as the file wants them. */
export function floatTensor(name: string, dims: readonly number[], numbers: Float32Array): TensorMessage {
  // Every machine that runs WebAssembly audio keeps numbers little-endian, as the file does.
  const raw = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return { name, dims, type: DataType.FLOAT, raw };
}

export function integerTensor(
  name: string,
  dims: readonly number[],
  numbers: readonly number[],
): TensorMessage {
  return {
    name,
    dims,
    type: DataType.INT64,
    raw: new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer),
  };
}
