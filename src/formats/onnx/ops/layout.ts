/** Importers of ONNX ops that move numbers: slices, joins, changes of shape. */

import { elementCount } from '../../../graph/tensor-shape.js';
import { contradictory, Unsupported } from '../errors.js';
import type { NodeImport, Operand } from '../node.js';
import type { OpImporter } from './elementwise.js';

/** Reshapes, or leaves a list of integers of the same shape alone. */
export function reshaped(node: NodeImport, x: Operand, shape: readonly number[], name?: string): Operand {
  // An empty list (the shape of a scalar) is no value of a graph, but may pass from one shape op to the next.
  if (x.kind === 'integers' && x.tensor.elements.length === 0)
    return { kind: 'integers', tensor: { ...x.tensor, shape } };
  return node.apply('reshape', [x], { shape }, name);
}

const reshape: OpImporter = (node) => {
  const x = node.input(0);
  const from = node.shape(x);
  const given = node.integers(1);
  if (node.int('allowzero', 0) !== 0 && given.includes(0)) throw new Unsupported('empty signals');
  const shape = given.map((size, axis) => (size === 0 ? (from[axis] ?? 0) : size));
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const others = elementCount(shape.filter((_, axis) => axis !== open));
    shape[open] = elementCount(from) / others;
  }
  return [reshaped(node, x, shape)];
};

const transpose: OpImporter = (node) => {
  const x = node.input(0);
  const axes = node.shape(x).map((_, axis) => axis);
  const permutation = node.attribute('perm')?.ints ?? axes.reverse();
  return [node.apply('transpose', [x], { permutation })];
};

const concat: OpImporter = (node) => {
  const parts = node.inputs.map((_, index) => node.input(index));
  if (parts.length === 0) throw contradictory(`${node.origin} (Concat): no inputs`);
  const axis = node.axis(node.int('axis', 0), node.shape(parts[0]!).length);
  return [node.apply('concat', parts, { axis })];
};

const slice: OpImporter = (node) => {
  let x = node.input(0);
  const starts = node.intsFrom(1, 'starts') ?? [];
  const ends = node.intsFrom(2, 'ends') ?? [];
  const axes = node.axes(node.intsFrom(3, 'axes') ?? starts.map((_, axis) => axis), node.shape(x).length);
  const steps = node.has(4) ? node.integers(4) : starts.map(() => 1);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length)
    throw contradictory(`${node.origin} (Slice): starts, ends, axes and steps differ in number`);
  starts.forEach((first, i) => {
    const shape = node.shape(x);
    const axis = axes[i]!;
    const step = Math.abs(steps[i]!);
    const backwards = steps[i]! < 0;
    const place = (at: number): number => {
      const size = shape[axis]!;
      const fromStart = at < 0 ? at + size : at;
      // Backwards, places count from the other end.
      return Math.min(Math.max(backwards ? size - 1 - fromStart : fromStart, 0), size);
    };
    const [start, end] = [place(first), place(ends[i]!)];
    if (backwards) x = node.apply('flip', [x], { axis });
    if (x.kind === 'integers' && start >= end)
      x = { kind: 'integers', tensor: { shape: [0], elements: new Float64Array(0) } };
    else x = node.apply('slice', [x], { axis, start, end, step });
  });
  return [x];
};

const split: OpImporter = (node) => {
  const x = node.input(0);
  const shape = node.shape(x);
  const axis = node.axis(node.int('axis', 0), shape.length);
  const count = node.node.outputs.length;
  const even = Math.ceil(shape[axis]! / count);
  const sizes =
    node.intsFrom(1, 'split') ??
    Array.from({ length: count }, (_, i) => Math.min(even, shape[axis]! - i * even));
  if (sizes.length !== count) throw contradictory(`${node.origin} (Split): ${sizes.length} sizes`);
  let start = 0;
  return sizes.map((size, i) => {
    const end = start + size;
    const part = node.apply('slice', [x], { axis, start, end, step: 1 }, node.node.outputs[i]);
    start = end;
    return part;
  });
};

const squeeze: OpImporter = (node) => {
  const x = node.input(0);
  const shape = node.shape(x);
  const given = node.intsFrom(1, 'axes');
  const axes = given && node.axes(given, shape.length);
  const dropped = (size: number, axis: number): boolean => (axes ? axes.includes(axis) : size === 1);
  return [
    reshaped(
      node,
      x,
      shape.filter((size, axis) => !dropped(size, axis)),
    ),
  ];
};

const unsqueeze: OpImporter = (node) => {
  const x = node.input(0);
  const axes = node.intsFrom(1, 'axes') ?? [];
  const shape = [...node.shape(x)];
  const rank = shape.length + axes.length;
  for (const place of [...node.axes(axes, rank)].sort((a, b) => a - b)) shape.splice(place, 0, 1);
  return [reshaped(node, x, shape)];
};

const flatten: OpImporter = (node) => {
  const x = node.input(0);
  const shape = node.shape(x);
  const given = node.int('axis', 1);
  const axis = given === shape.length ? given : node.axis(given, shape.length);
  return [reshaped(node, x, [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))])];
};

const pad: OpImporter = (node) => {
  if (node.text('mode', 'constant') !== 'constant')
    throw new Unsupported(`padding by ${node.text('mode', '')}`);
  const fill = node.has(2) ? node.numbers(2)?.[0] : node.float('value', 0);
  if (fill !== 0) throw new Unsupported('padding with anything but zeros');
  let x = node.input(0);
  const rank = node.shape(x).length;
  const pads = node.intsFrom(1, 'pads') ?? [];
  const axes = node.axes(node.has(3) ? node.integers(3) : Array.from({ length: rank }, (_, a) => a), rank);
  if (pads.length !== 2 * axes.length) throw contradictory(`${node.origin} (Pad): ${pads.length} pads`);
  axes.forEach((axis, i) => {
    const [before, after] = [pads[i]!, pads[i + axes.length]!];
    if (before < 0 || after < 0) throw new Unsupported('negative padding');
    if (before > 0 || after > 0) x = node.apply('pad', [x], { axis, before, after });
  });
  return [x];
};

/** Along one axis, by indices known while loading; rows of a table also by indices that are computed while playing. */
const gather: OpImporter = (node) => {
  const x = node.input(0);
  const shape = node.shape(x);
  const axis = node.axis(node.int('axis', 0), shape.length);
  if (node.input(1).kind === 'value') {
    if (axis !== 0) throw new Unsupported('picking along another axis than the first while playing');
    const rest = shape.slice(1);
    const table = node.apply(
      'reshape',
      [x],
      { shape: [shape[0]!, elementCount(rest)] },
      `${node.origin}.table`,
    );
    const rows = node.apply('gather', [table, node.input(1)], {}, `${node.origin}.rows`);
    return [reshaped(node, rows, [...node.shape(node.input(1)), ...rest])];
  }
  const indices = node.integers(1);
  if (indices.length === 0) throw new Unsupported('empty signals');
  const picked = indices.map((given) => {
    const start = node.axis(given, shape[axis]!);
    return node.apply('slice', [x], { axis, start, end: start + 1, step: 1 });
  });
  const joined = picked.length === 1 ? picked[0]! : node.apply('concat', picked, { axis });
  return [
    reshaped(node, joined, [...shape.slice(0, axis), ...node.shape(node.input(1)), ...shape.slice(axis + 1)]),
  ];
};

export const layoutImporters = {
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Flatten: flatten,
  Pad: pad,
  Gather: gather,
} satisfies Record<string, OpImporter>;
