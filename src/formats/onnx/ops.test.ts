import { describe, expect, it } from 'vitest';
import {
  largestDifference,
  randomArray,
  randomHops,
  randomNumbers,
  runOnnxRuntime,
  runReference,
} from '../../../test/onnx-truth.js';
import {
  type AttributeValue,
  FLOAT,
  FLOAT16,
  INT64,
  type NodeSpec,
  type TensorSpec,
  writeOnnx,
} from '../../../test/onnx-writer.js';
import { optimise } from '../../graph/passes/index.js';
import { readOnnx } from './index.js';
import { DataType } from './schema.js';

interface Case {
  readonly title: string;
  readonly nodes: readonly NodeSpec[];
  readonly initializers?: readonly TensorSpec[];
  /** Shape of the input x and of the output y. */
  readonly x?: readonly number[];
  readonly y?: readonly number[];
  readonly opset?: number;
}

const random = randomNumbers(11);
const weights = (name: string, ...dims: number[]): TensorSpec => ({
  name,
  dims,
  numbers: randomArray(
    dims.reduce((a, b) => a * b, 1),
    random,
  ),
});
const integers = (name: string, ...numbers: number[]): TensorSpec => ({
  name,
  dims: [numbers.length],
  type: INT64,
  numbers,
});
const scalar = (name: string, number: number): TensorSpec => ({ name, dims: [], numbers: [number] });

/** One node from x (and the initializers) to y. */
function single(
  op: string,
  given: Omit<Case, 'title' | 'nodes'> & {
    attributes?: Record<string, AttributeValue>;
    inputs?: string[];
    title?: string;
  } = {},
): Case {
  const inputs = given.inputs ?? ['x', ...(given.initializers ?? []).map(({ name }) => name)];
  return {
    ...given,
    title: given.title ?? op,
    nodes: [{ op, inputs, outputs: ['y'], attributes: given.attributes ?? {} }],
  };
}

/** exp keeps what follows away from negative numbers and zero. */
function positive(op: string): Case {
  return {
    title: op,
    nodes: [
      { op: 'Exp', inputs: ['x'], outputs: ['e'] },
      { op, inputs: ['e'], outputs: ['y'] },
    ],
  };
}

const ints = (...values: number[]): AttributeValue => ({ ints: values });
const max = 2 ** 31 - 1;

const cases: readonly Case[] = [
  ...['Neg', 'Abs', 'Exp', 'Sin', 'Cos', 'Floor', 'Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Identity'].map(
    (op) => single(op),
  ),
  ...['Log', 'Sqrt', 'Reciprocal'].map(positive),
  ...['Add', 'Sub', 'Mul', 'Div'].map((op) => single(op, { initializers: [weights('w', 3, 1)] })),
  ...['Min', 'Max', 'Sum'].map((op) =>
    single(op, { initializers: [weights('a', 1, 3, 6), weights('b', 1, 3, 6)] }),
  ),
  single('Pow', { initializers: [scalar('n', 2)], title: 'Pow by 2' }),
  single('Pow', { initializers: [scalar('n', 3)], title: 'Pow by 3' }),
  single('Pow', {
    initializers: [{ name: 'n', dims: [], type: INT64, numbers: [2] }],
    title: 'Pow by an integer',
  }),
  ...['Erf', 'Round', 'Ceil'].map((op) => single(op)),
  {
    title: 'Acos',
    nodes: [
      { op: 'Tanh', inputs: ['x'], outputs: ['s'] },
      { op: 'Acos', inputs: ['s'], outputs: ['y'] },
    ],
  },
  ...['none', 'tanh'].map((approximate) =>
    single('Gelu', {
      title: `Gelu by ${approximate === 'none' ? 'erf' : 'tanh'}`,
      opset: 20,
      attributes: { approximate: { text: approximate } },
    }),
  ),
  ...[0, 1, 2].map((axis) =>
    single('Softmax', { title: `Softmax over ${axis}`, attributes: { axis: { int: axis } } }),
  ),
  single('Softmax', { title: 'Softmax over the last axis' }),
  single('BatchNormalization', {
    initializers: [
      weights('w', 3),
      weights('b', 3),
      weights('m', 3),
      { name: 'v', dims: [3], numbers: [0.5, 2, 0.3] },
    ],
    attributes: { epsilon: { float: 1e-3 } },
  }),
  single('InstanceNormalization', {
    initializers: [weights('w', 3), weights('b', 3)],
    attributes: { epsilon: { float: 1e-2 } },
  }),
  // What is compared exactly must be exact in the first place.
  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].map((op): Case => ({
    title: op,
    nodes: [
      { op: 'Round', inputs: ['x'], outputs: ['r'] },
      { op, inputs: ['r', 'w'], outputs: ['c'] },
      { op: 'Cast', inputs: ['c'], outputs: ['y'], attributes: { to: { int: FLOAT } } },
    ],
    initializers: [{ name: 'w', dims: [3, 1], numbers: [0, 1, -1] }],
  })),
  {
    title: 'And, Or, Not, Cast to and from truth, Where',
    nodes: [
      { op: 'Less', inputs: ['x', 'a'], outputs: ['less'] },
      { op: 'Floor', inputs: ['x'], outputs: ['floor'] },
      { op: 'Cast', inputs: ['floor'], outputs: ['truth'], attributes: { to: { int: DataType.BOOL } } },
      { op: 'Not', inputs: ['less'], outputs: ['not'] },
      { op: 'And', inputs: ['not', 'truth'], outputs: ['and'] },
      { op: 'Or', inputs: ['and', 'mask'], outputs: ['or'] },
      { op: 'Where', inputs: ['or', 'x', 'a'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'a', dims: [3, 1], numbers: [0, 0.5, -0.5] },
      { name: 'mask', dims: [6], type: DataType.BOOL, raw: Uint8Array.of(0, 1, 0, 0, 1, 0) },
    ],
  },
  {
    title: 'ArgMax and Gather: rows of a table that are chosen while playing',
    nodes: [
      { op: 'ArgMax', inputs: ['x'], outputs: ['i'], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
      { op: 'Gather', inputs: ['table', 'i'], outputs: ['y'] },
    ],
    initializers: [weights('table', 3, 2, 2)],
    y: [1, 6, 2, 2],
  },
  {
    title: 'ArgMax compared with an integer',
    nodes: [
      { op: 'ArgMax', inputs: ['x'], outputs: ['i'], attributes: { axis: { int: -1 } } },
      { op: 'Equal', inputs: ['i', 'two'], outputs: ['c'] },
      { op: 'Cast', inputs: ['c'], outputs: ['y'], attributes: { to: { int: FLOAT } } },
    ],
    initializers: [{ name: 'two', dims: [], type: INT64, numbers: [2] }],
    y: [1, 3, 1],
  },
  single('LeakyRelu', { attributes: { alpha: { float: 0.2 } } }),
  single('PRelu', { initializers: [{ name: 's', dims: [1], numbers: [0.3] }] }),
  single('Clip', { initializers: [scalar('least', -0.5), scalar('most', 0.25)] }),
  single('Clip', {
    inputs: ['x', '', 'most'],
    initializers: [scalar('most', 0.25)],
    title: 'Clip from above only',
  }),

  single('Reshape', { initializers: [integers('s', 0, -1, 2)], y: [1, 9, 2] }),
  single('Transpose', { attributes: { perm: ints(0, 2, 1) }, y: [1, 6, 3] }),
  single('Transpose', { title: 'Transpose without perm', y: [6, 3, 1] }),
  single('Concat', {
    inputs: ['x', 'w', 'x'],
    initializers: [weights('w', 1, 3, 2)],
    attributes: { axis: { int: -1 } },
    y: [1, 3, 14],
  }),
  single('Slice', { initializers: [integers('a', -4), integers('b', max), integers('c', 2)], y: [1, 3, 4] }),
  single('Slice', {
    initializers: [integers('a', 1, 0), integers('b', 3, 6), integers('c', 1, 2), integers('d', 1, 2)],
    y: [1, 2, 3],
    title: 'Slice with a step',
  }),
  single('Slice', {
    initializers: [
      integers('a', max, -1),
      integers('b', -max, 1),
      integers('c', 1, 2),
      integers('d', -1, -2),
    ],
    y: [1, 3, 2],
    title: 'Slice backwards',
  }),
  single('Squeeze', { initializers: [integers('a', 0)], y: [3, 6] }),
  single('Unsqueeze', { initializers: [integers('a', 0, -1)], y: [1, 1, 3, 6, 1] }),
  single('Flatten', { attributes: { axis: { int: 2 } }, y: [3, 6] }),
  single('Pad', { initializers: [integers('p', 0, 1, 2, 0, 0, 3)], y: [1, 4, 11] }),
  single('Gather', { initializers: [integers('i', 2, 0)], attributes: { axis: { int: 1 } }, y: [1, 2, 6] }),
  single('Expand', { initializers: [integers('s', 2, 3, 6)], y: [2, 3, 6] }),
  {
    title: 'Split',
    nodes: [
      { op: 'Split', inputs: ['x', 'sizes'], outputs: ['a', 'b'], attributes: { axis: { int: 1 } } },
      { op: 'Concat', inputs: ['b', 'a'], outputs: ['y'], attributes: { axis: { int: 1 } } },
    ],
    initializers: [integers('sizes', 1, 2)],
  },

  ...[true, false].flatMap((keep) =>
    ['ReduceMean', 'ReduceMax', 'ReduceSum'].map((op) =>
      op === 'ReduceSum'
        ? single(op, {
            title: `${op}, keepdims ${keep}`,
            initializers: [integers('a', 1, 2)],
            attributes: { keepdims: { int: Number(keep) } },
            y: keep ? [1, 1, 1] : [1],
          })
        : single(op, {
            title: `${op}, keepdims ${keep}`,
            attributes: { axes: ints(-1), keepdims: { int: Number(keep) } },
            y: keep ? [1, 3, 1] : [1, 3],
          }),
    ),
  ),
  single('ReduceMean', {
    title: 'ReduceMean of opset 18',
    opset: 18,
    initializers: [integers('a', 2)],
    y: [1, 3, 1],
  }),
  single('MatMul', { initializers: [weights('w', 6, 4)], y: [1, 3, 4] }),
  single('Gemm', {
    x: [4, 3],
    y: [3, 5],
    initializers: [weights('w', 5, 4), weights('c', 5)],
    attributes: { transA: { int: 1 }, transB: { int: 1 }, alpha: { float: 0.5 }, beta: { float: 2 } },
  }),
  single('LayerNormalization', {
    initializers: [weights('w', 6), weights('b', 6)],
    attributes: { epsilon: { float: 1e-3 } },
  }),
  single('Conv', {
    initializers: [weights('w', 4, 3, 2), weights('b', 4)],
    attributes: { strides: ints(2), dilations: ints(3) },
    y: [1, 4, 2],
  }),
  single('Conv', {
    title: 'Conv, grouped and padded',
    x: [1, 4, 6],
    initializers: [weights('w', 6, 2, 3)],
    attributes: { group: { int: 2 }, pads: ints(2, 1) },
    y: [1, 6, 7],
  }),
  single('ConvTranspose', {
    initializers: [weights('w', 3, 2, 4), weights('b', 2)],
    attributes: { strides: ints(2), dilations: ints(2) },
    y: [1, 2, 17],
  }),
  single('ConvTranspose', {
    title: 'ConvTranspose, grouped and padded',
    x: [1, 4, 6],
    initializers: [weights('w', 4, 3, 4)],
    attributes: { group: { int: 2 }, strides: ints(2), pads: ints(1, 2) },
    y: [1, 6, 11],
  }),
  ...['SAME_UPPER', 'SAME_LOWER'].map((mode) =>
    single('Conv', {
      title: `Conv, auto_pad ${mode}`,
      initializers: [weights('w', 2, 3, 4)],
      attributes: { auto_pad: { text: mode }, strides: ints(2) },
      y: [1, 2, 3],
    }),
  ),
  single('ConvTranspose', {
    title: 'ConvTranspose, output_padding inside what was cropped',
    initializers: [weights('w', 3, 2, 4), weights('b', 2)],
    attributes: { strides: ints(2), pads: ints(1, 2), output_padding: ints(1) },
    y: [1, 2, 12],
  }),
  single('ConvTranspose', {
    title: 'ConvTranspose, output_padding beyond the weights',
    initializers: [weights('w', 3, 2, 2), weights('b', 2)],
    attributes: { strides: ints(3), output_padding: ints(2) },
    y: [1, 2, 19],
  }),
  single('Pad', {
    title: 'Pad by less than nothing',
    initializers: [integers('p', 0, 0, -2, 0, 1, -1)],
    y: [1, 4, 3],
  }),
  single('Tile', { initializers: [integers('r', 1, 2, 3)], y: [1, 6, 18] }),
  single('Expand', { title: 'Expand to its own shape', initializers: [integers('s', 3, 1)] }),
  ...[
    ['asymmetric', 'floor', 3],
    ['half_pixel', 'round_prefer_floor', 2],
    ['pytorch_half_pixel', 'round_prefer_ceil', 5],
  ].map(([coordinates, rounding, factor]) =>
    single('Resize', {
      title: `Resize, ${coordinates} and ${rounding}, times ${factor}`,
      inputs: ['x', '', 'scales'],
      initializers: [{ name: 'scales', dims: [3], numbers: [1, 1, Number(factor)] }],
      attributes: {
        mode: { text: 'nearest' },
        coordinate_transformation_mode: { text: String(coordinates) },
        nearest_mode: { text: String(rounding) },
      },
      y: [1, 3, 6 * Number(factor)],
    }),
  ),
  {
    title: 'sizes that go through floats: Shape, Cast, Mul, Floor, Cast, Mod, ReduceProd',
    nodes: [
      { op: 'Shape', inputs: ['x'], outputs: ['shape'] },
      { op: 'Cast', inputs: ['shape'], outputs: ['float'], attributes: { to: { int: 1 } } },
      { op: 'Mul', inputs: ['float', 'factors'], outputs: ['larger'] },
      { op: 'Floor', inputs: ['larger'], outputs: ['floor'] },
      { op: 'Cast', inputs: ['floor'], outputs: ['sizes'], attributes: { to: { int: INT64 } } },
      {
        op: 'Resize',
        inputs: ['x', '', '', 'sizes'],
        outputs: ['twice'],
        attributes: {
          coordinate_transformation_mode: { text: 'asymmetric' },
          nearest_mode: { text: 'floor' },
        },
      },
      // [1, 3, 12] modulo 5 is [1, 3, 2], whose product is 6; as many copies.
      { op: 'Mod', inputs: ['sizes', 'five'], outputs: ['rest'] },
      { op: 'ReduceProd', inputs: ['rest'], outputs: ['count'] },
      { op: 'Concat', inputs: ['ones', 'count'], outputs: ['repeats'], attributes: { axis: { int: 0 } } },
      { op: 'Tile', inputs: ['twice', 'repeats'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'factors', dims: [3], numbers: [1, 1.1, 2.1] },
      integers('five', 5),
      integers('ones', 1, 1),
    ],
    y: [1, 3, 72],
  },
  {
    title: 'Sigmoid and Mul (SiLU)',
    nodes: [
      { op: 'Sigmoid', inputs: ['x'], outputs: ['s'] },
      { op: 'Mul', inputs: ['x', 's'], outputs: ['y'] },
    ],
  },
  {
    title: 'Cast of signals to integers and back',
    nodes: [
      { op: 'Mul', inputs: ['x', 'four'], outputs: ['wide'] },
      { op: 'Cast', inputs: ['wide'], outputs: ['whole'], attributes: { to: { int: INT64 } } },
      { op: 'Cast', inputs: ['whole'], outputs: ['y'], attributes: { to: { int: 1 } } },
    ],
    initializers: [scalar('four', 4)],
  },
  {
    title: 'half-precision weights, cast',
    nodes: [
      { op: 'Cast', inputs: ['h'], outputs: ['w'], attributes: { to: { int: 1 } } },
      { op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] },
    ],
    // 1, -2, 6.1e-5 (the smallest normal), 5.96e-8 (the smallest), 65504 (the largest), 0.333
    initializers: [
      {
        name: 'h',
        dims: [6],
        type: FLOAT16,
        raw: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0400, 0x0001, 0x7bff, 0x3555).buffer),
      },
    ],
  },
  {
    title: 'shape arithmetic: Shape, Gather, Unsqueeze, Concat, Div, Cast, Range, ConstantOfShape',
    nodes: [
      { op: 'Shape', inputs: ['x'], outputs: ['shape'] },
      {
        op: 'Constant',
        inputs: [],
        outputs: ['two'],
        attributes: { value: { tensor: { name: '', dims: [], type: INT64, numbers: [2] } } },
      },
      { op: 'Gather', inputs: ['shape', 'two'], outputs: ['time'] },
      { op: 'Div', inputs: ['time', 'two'], outputs: ['half'] },
      { op: 'Unsqueeze', inputs: ['half', 'zero'], outputs: ['last'] },
      { op: 'Concat', inputs: ['front', 'last'], outputs: ['target'], attributes: { axis: { int: 0 } } },
      { op: 'Reshape', inputs: ['x', 'target'], outputs: ['wide'] },
      { op: 'Range', inputs: ['none', 'time', 'one'], outputs: ['steps'] },
      { op: 'Cast', inputs: ['steps'], outputs: ['ramp'], attributes: { to: { int: 1 } } },
      { op: 'Reshape', inputs: ['ramp', 'column'], outputs: ['ramps'] },
      { op: 'Mul', inputs: ['wide', 'ramps'], outputs: ['scaled'] },
      {
        op: 'ConstantOfShape',
        inputs: ['target'],
        outputs: ['ones'],
        attributes: { value: { tensor: { name: '', dims: [1], numbers: [1.5] } } },
      },
      { op: 'Add', inputs: ['scaled', 'ones'], outputs: ['y'] },
    ],
    initializers: [
      integers('zero', 0),
      integers('front', 1, 6),
      integers('column', 6, 1),
      { name: 'none', dims: [], type: INT64, numbers: [0] },
      { name: 'one', dims: [], type: INT64, numbers: [1] },
    ],
    y: [1, 6, 3],
  },
];

describe('each op gives what onnxruntime-web gives', () => {
  it.each(cases.map((given) => [given.title, given] as const))('%s', async (_title, given) => {
    const x = given.x ?? [1, 3, 6];
    const bytes = writeOnnx({
      inputs: [{ name: 'x', dims: x }],
      outputs: [{ name: 'y', dims: given.y ?? x }],
      nodes: given.nodes,
      initializers: given.initializers ?? [],
      metadata: { 'role:x': 'latent', 'role:y': 'audio' },
      opset: given.opset ?? 17,
    });
    const graph = readOnnx(bytes);
    expect(graph.values[graph.outputs[0]!.value]!.shape).toEqual(given.y ?? x);
    const hops = randomHops(graph, 2, 3, 2);
    const truth = await runOnnxRuntime(bytes, graph, hops);
    // float32 rounds relative to the size of a result; 65504 times a half is the largest one here.
    const tolerance = given.title.startsWith('half-precision') ? 1e-2 : 2e-6;
    for (const form of [graph, optimise(graph)]) {
      const { error, where } = largestDifference(runReference(form, hops), truth);
      expect(error, where).toBeLessThan(tolerance);
    }
  });
});
