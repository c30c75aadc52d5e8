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
    x = paddedBy(node, x, axis, pads[i]!, pads[i + axes.length]!, `${node.origin}.axis${axis}`);
  });
  return [x];
};

/** Zeros before and after; less than none cuts off. */
export function paddedBy(
  node: NodeImport,
  x: Operand,
  axis: number,
  before: number,
  after: number,
  name: string,
): Operand {
  const added = { axis, before: Math.max(before, 0), after: Math.max(after, 0) };
  const wide = added.before + added.after > 0 ? node.apply('pad', [x], added, name) : x;
  if (before >= 0 && after >= 0) return wide;
  const start = Math.max(-before, 0);
  const end = node.shape(wide)[axis]! - Math.max(-after, 0);
  return node.apply('slice', [wide], { axis, start, end, step: 1 }, `${name}.cut`);
}

const tile: OpImporter = (node) => {
  let x = node.input(0);
  const repeats = node.integers(1);
  if (repeats.length !== node.shape(x).length)
    throw contradictory(`${node.origin} (Tile): ${repeats.length} repeats for rank ${node.shape(x).length}`);
  repeats.forEach((count, axis) => {
    x = repeated(node, x, axis, count, `${node.origin}.axis${axis}`);
  });
  return [x];
};

/** So many copies, one after the other. */
function repeated(node: NodeImport, x: Operand, axis: number, count: number, name: string): Operand {
  if (count < 1) throw new Unsupported('empty signals');
  if (count === 1) return x;
  node.spend(count);
  return node.apply('concat', new Array<Operand>(count).fill(x), { axis }, name);
}

/** How coordinates and rounding must be for a whole factor to repeat each column: x → floor(x / factor). */
const REPEATING: ReadonlySet<string> = new Set([
  'asymmetric floor',
  'half_pixel round_prefer_floor',
  'half_pixel round_prefer_ceil',
  'pytorch_half_pixel round_prefer_floor',
  'pytorch_half_pixel round_prefer_ceil',
]);

/** Nearest, by a whole factor, along time: each column several times. */
const resize: OpImporter = (node) => {
  const x = node.input(0);
  const shape = node.shape(x);
  const mode = node.text('mode', 'nearest');
  if (mode !== 'nearest') throw new Unsupported(`resizing by ${mode} interpolation`);
  const scales = node.has(2) ? node.numbers(2) : undefined;
  const sizes = node.has(3) ? node.integers(3) : undefined;
  const factors = shape.map((size, axis) => (sizes ? sizes[axis]! / size : (scales?.[axis] ?? NaN)));
  const factor = factors[2] ?? NaN;
  const isWhole = factors.every((other, axis) => (axis === 2 ? Number.isInteger(other) : other === 1));
  if (shape.length !== 3 || node.attribute('axes') !== undefined || !isWhole || factor < 1)
    throw new Unsupported('resizing by anything but a whole factor along time');
  const kind = `${node.text('coordinate_transformation_mode', 'half_pixel')} ${node.text('nearest_mode', 'round_prefer_floor')}`;
  if (factor > 1 && !REPEATING.has(kind)) throw new Unsupported(`resizing to the nearest as ${kind}`);
  if (factor === 1) return [x];
  // Copies of all channels one below the other, then read column by column.
  const copies = repeated(node, x, 1, factor, `${node.origin}.copies`);
  return [node.apply('pixel_shuffle', [copies], { factor })];
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
  Tile: tile,
  Resize: resize,
  Gather: gather,
} satisfies Record<string, OpImporter>;
