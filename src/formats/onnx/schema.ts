/**
 * The fields of ONNX's protobuf messages that the importer needs, by their public numbers
 * (onnx.proto3, https://github.com/onnx/onnx). Everything else in a file is skipped.
 */

import { bytes, type Decoded, float, int, many, message, one, text } from './wire.js';

const dimension = { value: one(1, int), parameter: one(2, text) };
const tensorShape = { dimensions: many(1, message(dimension)) };
const tensorType = { elementType: one(1, int), shape: one(2, message(tensorShape)) };
const type = { tensor: one(1, message(tensorType)) };
const valueInfo = { name: one(1, text), type: one(2, message(type)) };

const tensor = {
  dims: many(1, int),
  dataType: one(2, int),
  floatData: many(4, float),
  int32Data: many(5, int),
  int64Data: many(7, int),
  name: one(8, text),
  rawData: one(9, bytes),
  dataLocation: one(14, int),
};

const attribute = {
  name: one(1, text),
  float: one(2, float),
  int: one(3, int),
  string: one(4, text),
  tensor: one(5, message(tensor)),
  floats: many(7, float),
  ints: many(8, int),
  type: one(20, int),
};

const node = {
  inputs: many(1, text),
  outputs: many(2, text),
  name: one(3, text),
  op: one(4, text),
  attributes: many(5, message(attribute)),
  domain: one(7, text),
};

const graph = {
  nodes: many(1, message(node)),
  name: one(2, text),
  initializers: many(5, message(tensor)),
  inputs: many(11, message(valueInfo)),
  outputs: many(12, message(valueInfo)),
};

const operatorSet = { domain: one(1, text), version: one(2, int) };
const property = { key: one(1, text), value: one(2, text) };

export const model = {
  irVersion: one(1, int),
  graph: one(7, message(graph)),
  operatorSets: many(8, message(operatorSet)),
  metadata: many(14, message(property)),
};

export type OnnxModel = Decoded<typeof model>;
export type OnnxGraph = Decoded<typeof graph>;
export type OnnxNode = Decoded<typeof node>;
export type OnnxAttribute = Decoded<typeof attribute>;
export type OnnxTensor = Decoded<typeof tensor>;
export type OnnxValueInfo = Decoded<typeof valueInfo>;

/** TensorProto.DataType. */
export const DataType = { FLOAT: 1, INT32: 6, INT64: 7, BOOL: 9, FLOAT16: 10 } as const;
