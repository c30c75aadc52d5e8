/**
 * Every op on the engine against onnxruntime-web: one ONNX model per op, and a streaming decoder over 64 hops.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { largestDifference, randomHops, runOnnxRuntime } from '../../test/onnx-truth.js';
import {
  FLOAT,
  INT64,
  writeOnnx,
  type AttributeValue,
  type NodeSpec,
  type TensorSpec,
} from '../../test/onnx-writer.js';
import { streamingDecoder } from '../../test/streaming-model.js';
import { engineStep, instantiate, randomArray, randomNumbers } from '../../test/support/engine.js';
import { readOnnx } from '../formats/onnx/index.js';
import type { Graph } from '../graph/graph.js';
import { optimise } from '../graph/passes/index.js';
import { shapeRules } from '../graph/shapes.js';

const random = randomNumbers(5);

function tensor(...dims: number[]): TensorSpec {
  const length = dims.reduce((a, b) => a * b, 1);
  return { name: 'unnamed', dims, numbers: randomArray(random, length) };
}

function integers(...numbers: number[]): TensorSpec {
  return { name: 'unnamed', dims: [numbers.length], type: INT64, numbers };
}

const ints = (...values: number[]): AttributeValue => ({ ints: values });

interface Case {
  readonly op: string;
  /** Applied to x first, to keep the op in its domain. */
  readonly before?: string;
  /** After x in the op's inputs. */
  readonly inputs?: readonly TensorSpec[];
  readonly attributes?: Record<string, AttributeValue>;
  readonly x?: readonly number[];
  readonly y?: readonly number[];
}

const cases: readonly Case[] = [
  ...['Neg', 'Abs', 'Exp', 'Sin', 'Cos', 'Floor', 'Relu', 'Sigmoid', 'Tanh', 'Softplus'].map((op) => ({
    op,
  })),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => ({ op, before: 'Exp' })),
  ...['Erf', 'Round'].map((op) => ({ op })),
  { op: 'Acos', before: 'Tanh' },
  { op: 'ReduceMax', attributes: { axes: ints(2) }, y: [1, 13, 1] },
  { op: 'Slice', inputs: [integers(-1), integers(-20), integers(1), integers(-3)], y: [1, 5, 6] },
  { op: 'LeakyRelu', attributes: { alpha: { float: 0.2 } } },
  {
    op: 'Clip',
    inputs: [
      { name: '', dims: [], numbers: [-0.5] },
      { name: '', dims: [], numbers: [0.25] },
    ],
  },
  ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'].map((op) => ({ op, inputs: [tensor(13, 1)] })),
  { op: 'Add', inputs: [tensor(1, 1, 6)] },
  { op: 'Pow', before: 'Exp', inputs: [tensor(1, 13, 1)] },
  { op: 'Reshape', inputs: [integers(1, 6, 13)], y: [1, 6, 13] },
  { op: 'Transpose', attributes: { perm: ints(2, 0, 1) }, y: [6, 1, 13] },
  { op: 'Concat', inputs: [tensor(1, 3, 6)], attributes: { axis: { int: 1 } }, y: [1, 16, 6] },
  { op: 'Concat', inputs: [tensor(1, 13, 2)], attributes: { axis: { int: 2 } }, y: [1, 13, 8] },
  { op: 'Slice', inputs: [integers(2), integers(11), integers(1), integers(3)], y: [1, 3, 6] },
  { op: 'Pad', inputs: [integers(0, 1, 2, 0, 3, 0)], y: [1, 17, 8] },
  { op: 'ReduceMean', attributes: { axes: ints(1) }, y: [1, 1, 6] },
  { op: 'ReduceSum', inputs: [integers(2)], y: [1, 13, 1] },
  { op: 'MatMul', inputs: [tensor(6, 21)], y: [1, 13, 21] },
  { op: 'LayerNormalization', inputs: [tensor(6), tensor(6)] },
  { op: 'Conv', inputs: [tensor(19, 13, 1), tensor(19)], y: [1, 19, 6] },
  { op: 'Conv', inputs: [tensor(9, 13, 3)], attributes: { strides: ints(2) }, y: [1, 9, 2] },
  { op: 'Conv', inputs: [tensor(9, 13, 2), tensor(9)], attributes: { dilations: ints(3) }, y: [1, 9, 3] },
  { op: 'Conv', inputs: [tensor(13, 1, 3), tensor(13)], attributes: { group: { int: 13 } }, y: [1, 13, 4] },
  { op: 'Conv', x: [1, 12, 6], inputs: [tensor(6, 4, 3)], attributes: { group: { int: 3 } }, y: [1, 6, 4] },
  {
    op: 'Conv',
    x: [1, 1, 900],
    inputs: [tensor(10, 1, 512)],
    attributes: { strides: ints(128) },
    y: [1, 10, 4],
  },
  {
    op: 'ConvTranspose',
    inputs: [tensor(13, 3, 4), tensor(3)],
    attributes: { strides: ints(2) },
    y: [1, 3, 14],
  },
  {
    op: 'ConvTranspose',
    x: [1, 12, 6],
    inputs: [tensor(12, 3, 4)],
    attributes: { group: { int: 2 }, strides: ints(3), dilations: ints(2) },
    y: [1, 6, 22],
  },
];

function modelOf({ op, before, inputs = [], attributes = {}, x = [1, 13, 6], y = x }: Case): Uint8Array {
  const initializers = inputs.map((given, index) => ({ ...given, name: `w${index}` }));
  const first = before ? [{ op: before, inputs: ['x'], outputs: ['v'] }] : [];
  const operands = [before ? 'v' : 'x', ...initializers.map(({ name }) => name)];
  return writeOnnx({
    inputs: [{ name: 'x', dims: x }],
    outputs: [{ name: 'y', dims: y }],
    nodes: [...first, { op, inputs: operands, outputs: ['y'], attributes }],
    initializers,
    metadata: { 'role:x': 'latent', 'role:y': 'audio' },
    opset: 17,
  });
}

const seen = new Set<string>();

async function expectParity(file: Uint8Array, hopCount: number): Promise<void> {
  const graph = readOnnx(file);
  const hops = randomHops(graph, hopCount, 3);
  const truth = await runOnnxRuntime(file, graph, hops);
  for (const form of [graph, optimise(graph)] as readonly Graph[]) {
    for (const { op } of form.nodes) seen.add(op);
    const engine = instantiate(form);
    const got = hops.map((inputs) => engineStep(form, engine, inputs));
    const { error, where } = largestDifference(got, truth);
    expect(error, where).toBeLessThanOrEqual(1e-5);
  }
}

describe('the engine gives what onnxruntime-web gives', () => {
  it.each(cases.map((given, index) => [`${given.op} (${index})`, given] as const))(
    '%s',
    async (_name, given) => {
      await expectParity(modelOf(given), 2);
    },
  );

  it('x * sigmoid(x), fused', async () => {
    const nodes = [
      { op: 'Sigmoid', inputs: ['x'], outputs: ['s'] },
      { op: 'Mul', inputs: ['x', 's'], outputs: ['y'] },
    ];
    const port = (name: string): { name: string; dims: number[] } => ({ name, dims: [1, 13, 6] });
    const metadata = { 'role:x': 'latent', 'role:y': 'audio' };
    await expectParity(writeOnnx({ inputs: [port('x')], outputs: [port('y')], nodes, metadata }), 2);
  });

  it('comparisons, choices and rows of a table', async () => {
    const cast = (name: string): NodeSpec => ({
      op: 'Cast',
      inputs: [name],
      outputs: [`${name} number`],
      attributes: { to: { int: FLOAT } },
    });
    const nodes: NodeSpec[] = [
      { op: 'Round', inputs: ['x'], outputs: ['r'] },
      ...['Equal', 'Less', 'LessOrEqual'].flatMap((op) => [
        { op, inputs: ['r', 'w'], outputs: [op] },
        cast(op),
      ]),
      { op: 'Sum', inputs: ['Equal number', 'Less number', 'LessOrEqual number'], outputs: ['sum'] },
      { op: 'Where', inputs: ['Less', 'sum', 'x'], outputs: ['chosen'] },
      { op: 'ArgMax', inputs: ['x'], outputs: ['i'], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
      { op: 'Gather', inputs: ['table', 'i'], outputs: ['rows'] },
      { op: 'Transpose', inputs: ['rows'], outputs: ['frames'], attributes: { perm: ints(0, 2, 1) } },
      { op: 'Mul', inputs: ['chosen', 'frames'], outputs: ['y'] },
    ];
    const initializers = [
      { ...tensor(13, 13), name: 'table' },
      { name: 'w', dims: [13, 1], numbers: Float32Array.from({ length: 13 }, (_, i) => (i % 3) - 1) },
    ];
    const port = (name: string): { name: string; dims: number[] } => ({ name, dims: [1, 13, 6] });
    const metadata = { 'role:x': 'latent', 'role:y': 'audio' };
    const ports = { inputs: [port('x')], outputs: [port('y')] };
    await expectParity(writeOnnx({ ...ports, nodes, initializers, metadata }), 4);
  });

  it('a streaming decoder, as read and optimised, over 64 hops', async () => {
    await expectParity(writeOnnx(streamingDecoder()), 64);
  });

  afterAll(() => {
    // An op of the Graph that no model here reaches is not tested.
    expect(Object.keys(shapeRules).filter((op) => !seen.has(op))).toEqual([]);
  });
});
