/** Importers of convolutions, matrix products, normalisation and reductions. */

import { convAttributes } from '../../../graph/builder.js';
import type { ConvAttributes } from '../../../graph/graph.js';
import { dilatedLength } from '../../../graph/tensor-shape.js';
import { contradictory, Unsupported } from '../errors.js';
import type { NodeImport, Operand } from '../node.js';
import type { OpImporter } from './elementwise.js';
import { paddedBy, reshaped } from './layout.js';

interface ConvolutionSetup {
  readonly attributes: ConvAttributes;
  readonly before: number;
  readonly after: number;
}

/** The one number of an attribute that has one for each axis; refuses what is not one-dimensional. */
function single(node: NodeImport, name: string, fallback: number): number {
  const values = node.attribute(name)?.ints ?? [];
  if (values.length > 1) throw contradictory(`${node.origin} (${node.op}): ${values.length} ${name}`);
  return values[0] ?? fallback;
}

/** What Conv and ConvTranspose share; `automatic` gives the whole padding that SAME_UPPER and SAME_LOWER stand for. */
function convolutionSetup(
  node: NodeImport,
  automatic: (attributes: ConvAttributes, kernelLength: number) => number,
): ConvolutionSetup {
  const rank = node.shape(node.input(0)).length;
  if (rank !== 3) throw new Unsupported(`a convolution over ${rank - 2} axes`);
  const attributes = convAttributes({
    stride: single(node, 'strides', 1),
    dilation: single(node, 'dilations', 1),
    groups: node.int('group', 1),
  });
  const mode = node.text('auto_pad', 'NOTSET');
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const kernel = node.shape(node.input(1)).at(-1)!;
    const total = Math.max(automatic(attributes, dilatedLength(kernel, attributes.dilation)), 0);
    const less = Math.floor(total / 2);
    return mode === 'SAME_UPPER'
      ? { attributes, before: less, after: total - less }
      : { attributes, before: total - less, after: less };
  }
  if (mode !== 'NOTSET' && mode !== 'VALID') throw new Unsupported(`auto_pad ${mode}`);
  const [before = 0, after = 0] = node.attribute('pads')?.ints ?? [];
  return { attributes, before, after };
}

function optional(node: NodeImport, index: number): Operand | null {
  return node.has(index) ? node.input(index) : null;
}

const conv: OpImporter = (node) => {
  const x = node.input(0);
  const time = node.shape(x).at(-1)!;
  const { attributes, before, after } = convolutionSetup(
    node,
    ({ stride }, length) => (Math.ceil(time / stride) - 1) * stride + length - time,
  );
  const padded = paddedBy(node, x, 2, before, after, `${node.origin}.padded`);
  return [node.apply('conv1d', [padded, node.input(1), optional(node, 2)], attributes)];
};

/** The full result, of which the padding is cut off; output_padding leaves more of its end, or lengthens it. */
const convTranspose: OpImporter = (node) => {
  if (node.attribute('output_shape') !== undefined) throw new Unsupported('output_shape');
  const extra = single(node, 'output_padding', 0);
  const { attributes, before, after } = convolutionSetup(
    node,
    ({ stride }, length) => length - stride + extra,
  );
  const [x, weight, bias] = [node.input(0), node.input(1), optional(node, 2)];
  const beyond = extra - after;
  if (before === 0 && beyond === 0) return [node.apply('conv_transpose1d', [x, weight, bias], attributes)];
  const part = (name: string): string => `${node.origin}.${name}`;
  if (beyond <= 0) {
    const full = node.apply('conv_transpose1d', [x, weight, bias], attributes, part('full'));
    return [paddedBy(node, full, 2, -before, beyond, part('cropped'))];
  }
  // Where the result is longer than what the weights reach, it still has the bias.
  const full = node.apply('conv_transpose1d', [x, weight, null], attributes, part('full'));
  const long = paddedBy(node, full, 2, -before, beyond, part('long'));
  if (bias === null) return [long];
  const column = node.apply('reshape', [bias], { shape: [1, node.shape(bias)[0]!, 1] }, part('bias'));
  return [node.apply('add', [long, column], {})];
};

const matMul: OpImporter = (node) => {
  const [a, b] = [node.input(0), node.input(1)];
  if (node.shape(a).length < 2 || node.shape(b).length < 2)
    throw new Unsupported('a matrix product with a vector');
  return [node.apply('matmul', [a, b], {})];
};

/** alpha · A' · B' + beta · C */
const gemm: OpImporter = (node) => {
  const part = (name: string): string => `${node.origin}.${name}`;
  const turned = (index: number, flag: string): Operand =>
    node.int(flag, 0) === 0
      ? node.input(index)
      : node.apply('transpose', [node.input(index)], { permutation: [1, 0] }, part(flag));
  const scaled = (x: Operand, factor: number, name: string): Operand =>
    factor === 1 ? x : node.apply('mul', [x, node.constant([], [factor], part(name))], {}, part(name));
  const product = scaled(
    node.apply('matmul', [turned(0, 'transA'), turned(1, 'transB')], {}, part('product')),
    node.float('alpha', 1),
    'alpha',
  );
  if (!node.has(2)) return [product];
  return [node.apply('add', [product, scaled(node.input(2), node.float('beta', 1), 'beta')], {})];
};

const layerNormalization: OpImporter = (node) => {
  const [x, weight] = [node.input(0), node.input(1)];
  const shape = node.shape(x);
  const axis = node.axis(node.int('axis', -1), shape.length);
  if (axis !== shape.length - 1) throw new Unsupported('a normalisation over several axes');
  if (node.node.outputs.slice(1).some((name) => name !== ''))
    throw new Unsupported('its statistics as outputs');
  const size = shape[axis]!;
  const bias = optional(node, 2) ?? node.constant([size], new Float32Array(size), `${node.origin}.bias`);
  return [node.apply('layer_norm', [x, weight, bias], { axis, epsilon: node.float('epsilon', 1e-5) })];
};

const argMax: OpImporter = (node) => {
  if (node.int('select_last_index', 0) !== 0) throw new Unsupported('the last of equal maxima');
  const x = node.input(0);
  const shape = node.shape(x);
  const axis = node.axis(node.int('axis', 0), shape.length);
  const index = node.apply('arg_max', [x], { axis });
  if (node.int('keepdims', 1) !== 0) return [index];
  return [
    reshaped(
      node,
      index,
      shape.filter((_, other) => other !== axis),
    ),
  ];
};

function reduction(op: 'reduce_sum' | 'reduce_mean' | 'reduce_max'): OpImporter {
  return (node) => {
    let x = node.input(0);
    const shape = node.shape(x);
    const given = node.intsFrom(1, 'axes') ?? [];
    if (given.length === 0 && node.int('noop_with_empty_axes', 0) !== 0) return [x];
    const axes = given.length === 0 ? shape.map((_, axis) => axis) : node.axes(given, shape.length);
    for (const axis of axes) x = node.apply(op, [x], { axis });
    if (node.int('keepdims', 1) !== 0) return [x];
    return [
      reshaped(
        node,
        x,
        shape.filter((_, axis) => !axes.includes(axis)),
      ),
    ];
  };
}

export const networkImporters = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MatMul: matMul,
  Gemm: gemm,
  LayerNormalization: layerNormalization,
  ReduceSum: reduction('reduce_sum'),
  ReduceMean: reduction('reduce_mean'),
  ReduceMax: reduction('reduce_max'),
  ArgMax: argMax,
} satisfies Record<string, OpImporter>;
