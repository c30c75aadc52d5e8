/**
 * One shape rule per op: from the inputs' shapes and the attributes to the outputs' shapes, or a PluginError that
 * names the axis. A mapped type over the ops, so an op without a rule does not compile.
 * Used by the builder (inference) and the verifier (checking).
 */

import { expectEqual, expectThat, invalid, type Site } from './errors.js';
import type { ConvAttributes, OpAttributes, OpName } from './graph.js';
import {
  broadcastShape,
  dilatedLength,
  elementCount,
  formatShape,
  MAX_ELEMENTS,
  MAX_RANK,
  type Shape,
} from './tensor-shape.js';

/** null stands for an absent optional input. */
export type InputShapes = readonly (Shape | null)[];

export type ShapeRule<K extends OpName> = (
  inputs: InputShapes,
  attributes: OpAttributes[K],
  site: Site,
) => readonly Shape[];

/** The shapes of a node's outputs. Throws PluginError('model/invalid') when inputs and attributes do not fit. */
export function inferShapes<K extends OpName>(
  op: K,
  inputs: InputShapes,
  attributes: OpAttributes[K],
  origin: string,
): readonly Shape[] {
  const site = { op, origin };
  const outputs = shapeRules[op](inputs, attributes, site);
  for (const shape of outputs) checkShape(shape, site);
  return outputs;
}

/** Throws unless the shape is one that a value may have: whole positive sizes, bounded rank and size. */
export function checkShape(shape: Shape, site: Site): void {
  expectThat(site, shape.length <= MAX_RANK, `rank ${shape.length} is above ${MAX_RANK}`);
  shape.forEach((size, axis) =>
    expectThat(site, Number.isInteger(size) && size >= 1, `axis ${axis} has size ${size}`),
  );
  expectThat(site, elementCount(shape) <= MAX_ELEMENTS, `${formatShape(shape)} is too large`);
}

const same: ShapeRule<OpName> = (inputs, _attributes, site) => {
  const [x] = take(inputs, 1, 1, site);
  return [x!];
};

const broadcast: ShapeRule<OpName> = (inputs, _attributes, site) => {
  const [a, b] = take(inputs, 2, 2, site);
  const shape = broadcastShape(a!, b!);
  if (shape === null) throw invalid(site, `${formatShape(a!)} and ${formatShape(b!)} do not broadcast`);
  return [shape];
};

const reduce: ShapeRule<'reduce_sum' | 'reduce_mean' | 'reduce_max' | 'arg_max'> = (
  inputs,
  { axis },
  site,
) => {
  const [x] = take(inputs, 1, 1, site);
  checkAxis(x!, axis, site);
  return [withSize(x!, axis, 1)];
};

export const shapeRules: { readonly [K in OpName]: ShapeRule<K> } = {
  neg: same,
  abs: same,
  exp: same,
  log: same,
  sqrt: same,
  sin: same,
  cos: same,
  floor: same,
  reciprocal: same,
  relu: same,
  sigmoid: same,
  silu: same,
  tanh: same,
  softplus: same,
  acos: same,
  erf: same,
  round: same,
  leaky_relu: same,
  clip: same,
  add: broadcast,
  sub: broadcast,
  mul: broadcast,
  div: broadcast,
  pow: broadcast,
  minimum: broadcast,
  maximum: broadcast,
  equal: broadcast,
  less: broadcast,
  less_or_equal: broadcast,

  where(inputs, _attributes, site) {
    const [condition, a, b] = take(inputs, 3, 3, site);
    const choice = broadcastShape(a!, b!);
    const shape = choice && broadcastShape(condition!, choice);
    if (shape === null)
      throw invalid(site, `${[condition!, a!, b!].map(formatShape).join(', ')} do not broadcast`);
    return [shape];
  },

  reshape(inputs, { shape }, site) {
    const [x] = take(inputs, 1, 1, site);
    expectEqual(site, `elements of ${formatShape(shape)}`, elementCount(x!), elementCount(shape));
    return [shape];
  },

  transpose(inputs, { permutation }, site) {
    const [x] = take(inputs, 1, 1, site);
    expectEqual(site, 'axes of the permutation', x!.length, permutation.length);
    const seen = new Set(permutation);
    expectThat(
      site,
      seen.size === x!.length && x!.every((_, axis) => seen.has(axis)),
      `(${permutation.join(', ')}) is no permutation of ${x!.length} axes`,
    );
    return [permutation.map((axis) => x![axis]!)];
  },

  concat(inputs, { axis }, site) {
    const parts = take(inputs, 1, Infinity, site) as readonly Shape[];
    const [first] = parts;
    checkAxis(first!, axis, site);
    let total = 0;
    for (const part of parts) {
      expectEqual(site, 'rank of each part', first!.length, part.length);
      part.forEach((size, other) => {
        if (other !== axis) expectEqual(site, `axis ${other} of each part`, first![other]!, size);
      });
      total += part[axis]!;
    }
    return [withSize(first!, axis, total)];
  },

  slice(inputs, { axis, start, end, step }, site) {
    const [x] = take(inputs, 1, 1, site);
    checkAxis(x!, axis, site);
    const size = x![axis]!;
    expectThat(
      site,
      [start, end, step].every(Number.isInteger) && start >= 0 && start < end && end <= size && step >= 1,
      `axis ${axis}: ${start}:${end}:${step} does not lie inside 0:${size}`,
    );
    return [withSize(x!, axis, Math.ceil((end - start) / step))];
  },

  flip(inputs, { axis }, site) {
    const [x] = take(inputs, 1, 1, site);
    checkAxis(x!, axis, site);
    return [x!];
  },

  pad(inputs, { axis, before, after }, site) {
    const [x] = take(inputs, 1, 1, site);
    checkAxis(x!, axis, site);
    expectThat(site, before >= 0 && after >= 0, `axis ${axis}: cannot pad by ${before} and ${after}`);
    return [withSize(x!, axis, before + x![axis]! + after)];
  },

  pixel_shuffle(inputs, { factor }, site) {
    const [x] = take(inputs, 1, 1, site);
    const [, channels, time] = checkSignal(x!, 'x', site);
    expectThat(
      site,
      Number.isInteger(factor) && factor >= 1 && channels % factor === 0,
      `axis 1 (channels): ${channels} is no multiple of the factor ${factor}`,
    );
    return [[1, channels / factor, time * factor]];
  },

  reduce_sum: reduce,
  reduce_mean: reduce,
  reduce_max: reduce,
  arg_max: reduce,

  matmul(inputs, _attributes, site) {
    const [a, b] = take(inputs, 2, 2, site);
    expectThat(site, a!.length >= 2 && b!.length >= 2, 'both inputs need at least two axes');
    expectEqual(site, 'inner size (axis -2 of the second input)', a!.at(-1)!, b!.at(-2)!);
    const batch = broadcastShape(a!.slice(0, -2), b!.slice(0, -2));
    if (batch === null) throw invalid(site, `${formatShape(a!)} and ${formatShape(b!)} do not broadcast`);
    return [[...batch, a!.at(-2)!, b!.at(-1)!]];
  },

  gather(inputs, _attributes, site) {
    const [table, index] = take(inputs, 2, 2, site);
    expectEqual(site, 'rank of the table', 2, table!.length);
    return [[...index!, table![1]!]];
  },

  layer_norm(inputs, { axis, epsilon }, site) {
    const [x, weight, bias] = take(inputs, 3, 3, site);
    checkAxis(x!, axis, site);
    expectThat(site, epsilon >= 0, `epsilon is ${epsilon}`);
    checkVector(weight!, 'weight', x![axis]!, site);
    checkVector(bias!, 'bias', x![axis]!, site);
    return [x!];
  },

  conv1d(inputs, attributes, site) {
    const [x, weight, bias, residual] = take(inputs, 2, 4, site);
    const [, channels, time] = checkSignal(x!, 'x', site);
    return [convShape(channels, time, weight!, bias, residual, attributes, site)];
  },

  cached_conv1d(inputs, attributes, site) {
    const [x, history, weight, bias, residual] = take(inputs, 3, 5, site);
    const [, channels, time] = checkSignal(x!, 'x', site);
    const [, past, columns] = checkSignal(history!, 'history', site);
    expectEqual(site, 'axis 1 (channels) of the history', channels, past);
    return [convShape(channels, columns + time, weight!, bias, residual, attributes, site), history!];
  },

  conv_transpose1d(inputs, attributes, site) {
    const [x, weight, bias] = take(inputs, 2, 3, site);
    const [channels, columns] = convTransposeSize(x!, weight!, bias, attributes, site);
    return [[1, channels, columns]];
  },

  cached_conv_transpose1d(inputs, attributes, site) {
    const [x, tail, weight, bias] = take(inputs, 3, 4, site);
    const [channels, columns] = convTransposeSize(x!, weight!, bias, attributes, site);
    const hop = x![2]! * attributes.stride;
    const [, tailChannels, tailColumns] = checkSignal(tail!, 'tail', site);
    expectEqual(site, 'axis 1 (channels) of the tail', channels, tailChannels);
    expectEqual(site, 'axis 2 (time) of the tail', columns - hop, tailColumns);
    return [[1, channels, hop], tail!];
  },
};

/** Checks the number of inputs and that the first `required` are there; optional ones may be absent. */
function take(inputs: InputShapes, required: number, most: number, site: Site): InputShapes {
  const expected = required === most ? `${required}` : `${required} to ${most}`;
  expectThat(
    site,
    inputs.length >= required && inputs.length <= most,
    `expected ${expected} inputs, got ${inputs.length}`,
  );
  inputs
    .slice(0, most === Infinity ? inputs.length : required)
    .forEach((shape, index) => expectThat(site, shape !== null, `input ${index} is missing`));
  return inputs;
}

function checkAxis(shape: Shape, axis: number, site: Site): void {
  expectThat(
    site,
    Number.isInteger(axis) && axis >= 0 && axis < shape.length,
    `there is no axis ${axis} in ${formatShape(shape)}`,
  );
}

function withSize(shape: Shape, axis: number, size: number): number[] {
  return shape.map((old, other) => (other === axis ? size : old));
}

/** A signal is [1, channels, time]. */
function checkSignal(shape: Shape, what: string, site: Site): readonly [number, number, number] {
  expectEqual(site, `rank of ${what}`, 3, shape.length);
  expectEqual(site, `axis 0 (batch) of ${what}`, 1, shape[0]!);
  return shape as readonly [number, number, number];
}

function checkVector(shape: Shape, what: string, size: number, site: Site): void {
  expectEqual(site, `rank of the ${what}`, 1, shape.length);
  expectEqual(site, `size of the ${what}`, size, shape[0]!);
}

function checkConvAttributes({ stride, dilation, groups }: ConvAttributes, site: Site): void {
  for (const [name, value] of Object.entries({ stride, dilation, groups }))
    expectThat(site, Number.isInteger(value) && value >= 1, `${name} is ${value}`);
}

function convShape(
  channels: number,
  columns: number,
  weight: Shape,
  bias: Shape | null | undefined,
  residual: Shape | null | undefined,
  attributes: ConvAttributes,
  site: Site,
): Shape {
  checkConvAttributes(attributes, site);
  const { stride, dilation, groups } = attributes;
  expectEqual(site, 'rank of the weight', 3, weight.length);
  const [out, perGroup, kernel] = weight as readonly [number, number, number];
  expectEqual(site, 'axis 1 (channels) of x', perGroup * groups, channels);
  expectThat(site, out % groups === 0, `${out} output channels do not divide into ${groups} groups`);
  if (bias) checkVector(bias, 'bias', out, site);
  const length = dilatedLength(kernel, dilation);
  expectThat(site, columns >= length, `axis 2 (time): a kernel of ${length} does not fit into ${columns}`);
  const shape = [1, out, Math.floor((columns - length) / stride) + 1];
  if (residual) {
    checkSignal(residual, 'the residual', site);
    shape.forEach((size, axis) => expectEqual(site, `axis ${axis} of the residual`, size, residual[axis]!));
  }
  return shape;
}

/** Channels and columns of the full transposed convolution. */
function convTransposeSize(
  x: Shape,
  weight: Shape,
  bias: Shape | null | undefined,
  attributes: ConvAttributes,
  site: Site,
): [number, number] {
  checkConvAttributes(attributes, site);
  const { stride, dilation, groups } = attributes;
  const [, channels, time] = checkSignal(x, 'x', site);
  expectEqual(site, 'rank of the weight', 3, weight.length);
  const [into, perGroup, kernel] = weight as readonly [number, number, number];
  expectEqual(site, 'axis 1 (channels) of x', into, channels);
  expectThat(site, channels % groups === 0, `${channels} channels do not divide into ${groups} groups`);
  if (bias) checkVector(bias, 'bias', perGroup * groups, site);
  return [perGroup * groups, (time - 1) * stride + dilatedLength(kernel, dilation)];
}
