/** Ops that look at tensors in other shapes, cut and join them. Windows where PyTorch gives windows. */

import { elementCount, sameShape } from '../../../graph/tensor-shape.js';
import { newTensor, type ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import { asInt, int, ints, list, type ScriptValue } from '../values.js';
import { type Arguments, type OpRule, Unsupported } from './arguments.js';
import {
  axisOf,
  concat,
  constantTensor,
  expand,
  permute,
  reducedAxes,
  repeat,
  reshape,
  result,
  select,
  slice,
  swapAxes,
  unsqueeze,
} from './support.js';

function optionalInt(args: Arguments, index: number, name: string): number | null {
  return args.has(index, name) ? args.int(index, name) : null;
}

/** −1 stands for what remains. */
function completeShape(trace: Trace, shape: readonly number[], count: number): number[] {
  const known = shape.filter((size) => size !== -1);
  if (known.length === shape.length) return [...shape];
  const rest = elementCount(known);
  if (shape.length - known.length > 1 || rest === 0 || count % rest !== 0)
    trace.fail(`${count} elements do not fit the shape (${shape.join(', ')})`);
  return shape.map((size) => (size === -1 ? count / rest : size));
}

const view: OpRule = (args) => {
  const x = args.tensor(0);
  return reshape(args.trace, x, completeShape(args.trace, args.ints(1, 'shape'), elementCount(x.shape)));
};

/** A copy: writing to it does not reach the original. */
function copyOf(trace: Trace, x: ScriptTensor): ScriptTensor {
  return x.isEmpty ? newTensor(x.dtype, x.shape, null) : result(trace, trace.read(x), x.dtype);
}

const flatten: OpRule = (args) => {
  const x = args.tensor(0);
  if (x.rank === 0) return reshape(args.trace, x, [1]);
  const start = axisOf(args.trace, args.int(1, 'start_dim', 0), x.rank);
  const end = axisOf(args.trace, args.int(2, 'end_dim', -1), x.rank);
  const merged = elementCount(x.shape.slice(start, end + 1));
  return reshape(args.trace, x, [...x.shape.slice(0, start), merged, ...x.shape.slice(end + 1)]);
};

const squeeze: OpRule = (args) => {
  const x = args.tensor(0);
  const axes = args.has(1, 'dim')
    ? args.ints(1, 'dim').map((axis) => axisOf(args.trace, axis, x.rank))
    : x.shape.map((_, axis) => axis);
  return reshape(
    args.trace,
    x,
    x.shape.filter((size, axis) => size !== 1 || !axes.includes(axis)),
  );
};

const unsqueezeRule: OpRule = (args) => {
  const x = args.tensor(0);
  return unsqueeze(args.trace, x, axisOf(args.trace, args.int(1, 'dim'), x.rank + 1));
};

const permuteRule: OpRule = (args) => {
  const x = args.tensor(0);
  const axes = args.ints(1, 'dims').map((axis) => axisOf(args.trace, axis, x.rank));
  if (axes.length !== x.rank || new Set(axes).size !== x.rank)
    args.trace.fail(`(${axes.join(', ')}) is no permutation of ${x.rank} axes`);
  return permute(args.trace, x, axes);
};

const transpose: OpRule = (args) => {
  const x = args.tensor(0);
  const [a, b] = [args.int(1, 'dim0'), args.int(2, 'dim1')].map((axis) => axisOf(args.trace, axis, x.rank));
  return swapAxes(args.trace, x, a!, b!);
};

const reversedAxes: OpRule = (args) => {
  const x = args.tensor(0);
  return permute(args.trace, x, x.shape.map((_, axis) => axis).reverse());
};

const sliceRule: OpRule = (args) => {
  const x = args.tensor(0);
  if (args.positional.length === 1) return x;
  const axis = axisOf(args.trace, args.int(1, 'dim', 0), x.rank);
  const [start, end] = [optionalInt(args, 2, 'start'), optionalInt(args, 3, 'end')];
  return slice(args.trace, x, axis, start, end, args.int(4, 'step', 1));
};

const cat: OpRule = (args) => {
  const parts = args.tensors(0);
  const rank = Math.max(0, ...parts.map((part) => part.rank));
  return concat(args.trace, parts, axisOf(args.trace, args.int(1, 'dim', 0), rank));
};

const stack: OpRule = (args) => {
  const parts = args.tensors(0);
  const axis = axisOf(args.trace, args.int(1, 'dim', 0), (parts[0]?.rank ?? 0) + 1);
  return concat(
    args.trace,
    parts.map((part) => unsqueeze(args.trace, part, axis)),
    axis,
  );
};

function cut(args: Arguments, x: ScriptTensor, axis: number, sizes: readonly number[]): ScriptValue {
  let start = 0;
  return list(
    sizes.map((size) => {
      const part = slice(args.trace, x, axis, start, start + size);
      start += size;
      return part;
    }),
  );
}

function evenParts(size: number, each: number): number[] {
  if (each < 1) return [size];
  return Array.from({ length: Math.max(1, Math.ceil(size / each)) }, (_, i) =>
    Math.min(each, size - i * each),
  );
}

/** By a size or by a list of sizes. */
const split: OpRule = (args) => {
  const x = args.tensor(0);
  const axis = axisOf(args.trace, args.int(2, 'dim', 0), x.rank);
  const sizes = args.ints(1, 'split_size');
  const byList = args.need(1).kind === 'list';
  return cut(args, x, axis, byList ? sizes : evenParts(x.shape[axis]!, sizes[0]!));
};

const chunk: OpRule = (args) => {
  const x = args.tensor(0);
  const axis = axisOf(args.trace, args.int(2, 'dim', 0), x.rank);
  return cut(args, x, axis, evenParts(x.shape[axis]!, Math.ceil(x.shape[axis]! / args.int(1, 'chunks'))));
};

const unbind: OpRule = (args) => {
  const x = args.tensor(0);
  const axis = axisOf(args.trace, args.int(1, 'dim', 0), x.rank);
  return list(Array.from({ length: x.shape[axis]! }, (_, index) => select(args.trace, x, axis, index)));
};

const repeatRule: OpRule = (args) => {
  const x = args.tensor(0);
  const repeats = args.ints(1, 'repeats');
  const lead = repeats.length - x.rank;
  if (lead < 0) args.trace.fail(`repeat: ${repeats.length} numbers for ${x.rank} axes`);
  const wide = reshape(args.trace, x, [...new Array<number>(lead).fill(1), ...x.shape]);
  return repeat(args.trace, wide, repeats);
};

/** Each element several times in a row. */
const repeatInterleave: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const count = args.int(1, 'repeats');
  const flat = args.has(2, 'dim') ? x : reshape(trace, x, [elementCount(x.shape)]);
  const axis = args.has(2, 'dim') ? axisOf(trace, args.int(2, 'dim'), x.rank) : 0;
  const wide = unsqueeze(trace, flat, axis + 1);
  const repeats = wide.shape.map((_, other) => (other === axis + 1 ? count : 1));
  const shape = flat.shape.map((size, other) => (other === axis ? size * count : size));
  return reshape(trace, repeat(trace, wide, repeats), shape);
};

const expandRule: OpRule = (args) => {
  const x = args.tensor(0);
  const wanted = args.ints(1, 'size');
  const lead = wanted.length - x.rank;
  return expand(
    args.trace,
    x,
    wanted.map((size, axis) => (size === -1 ? (x.shape[axis - lead] ?? 1) : size)),
  );
};

export function flip(trace: Trace, x: ScriptTensor, axes: readonly number[]): ScriptTensor {
  if (x.isEmpty) return x;
  const value = axes.reduce((current, axis) => trace.emit('flip', [current], { axis }), trace.read(x));
  return result(trace, value, x.dtype);
}

const roll: OpRule = (args) => {
  const { trace } = args;
  let x = args.tensor(0);
  const shifts = args.ints(1, 'shifts');
  const axes = args.ints(2, 'dims', []);
  if (axes.length === 0) throw new Unsupported('rolling over all axes at once');
  shifts.forEach((shift, index) => {
    const axis = axisOf(trace, axes[index] ?? 0, x.rank);
    const size = x.shape[axis]!;
    const moved = ((shift % size) + size) % size;
    if (moved === 0) return;
    x = concat(
      trace,
      [slice(trace, x, axis, size - moved, size), slice(trace, x, axis, 0, size - moved)],
      axis,
    );
  });
  return x;
};

/** Rows in the order of known positions. */
const indexSelect: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const axis = axisOf(trace, args.int(1, 'dim'), x.rank);
  const numbers = trace.numbers(trace.read(args.tensor(2, 'index')));
  if (numbers === null || numbers.length > 4096) throw new Unsupported('rows chosen while it plays');
  return concat(
    trace,
    [...numbers].map((position) => slice(trace, x, axis, position, position + 1)),
    axis,
  );
};

/** x[index] with one tensor of known positions on axis 0, or of positions on the only axis. */
const indexRule: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const given = args.need(1);
  const indices = given.kind === 'list' ? given.items.filter((item) => item.kind !== 'none') : [];
  const [index] = indices;
  if (indices.length !== 1 || index?.kind !== 'tensor' || index.dtype === 'bool')
    throw new Unsupported('indexing with several tensors or a mask');
  const axis = (given as { items: readonly ScriptValue[] }).items.indexOf(index);
  const numbers = trace.numbers(trace.read(index));
  if (numbers !== null && numbers.length <= 4096) {
    const size = x.shape[axis]!;
    const rows = concat(
      trace,
      [...numbers].map((at) => slice(trace, x, axis, at < 0 ? at + size : at, (at < 0 ? at + size : at) + 1)),
      axis,
    );
    return reshape(trace, rows, [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)]);
  }
  if (axis !== 0) throw new Unsupported('indexing another axis than the first');
  return gatherRows(trace, x, index);
};

export function gatherRows(trace: Trace, table: ScriptTensor, index: ScriptTensor): ScriptTensor {
  const flat = reshape(trace, table, [table.shape[0]!, elementCount(table.shape.slice(1))]);
  const rows = result(trace, trace.emit('gather', [trace.read(flat), trace.read(index)], {}), table.dtype);
  return reshape(trace, rows, [...index.shape, ...table.shape.slice(1)]);
}

const diagonalMask =
  (keep: (row: number, column: number) => boolean): OpRule =>
  (args) => {
    const x = args.tensor(0);
    if (x.rank !== 2) throw new Unsupported(`${args.op} of ${x.rank} axes`);
    const [rows, columns] = x.shape as readonly [number, number];
    const mask = new Float32Array(rows * columns).map((_, i) =>
      Number(keep(Math.floor(i / columns), (i % columns) - args.int(1, 'diagonal', 0))),
    );
    const { trace } = args;
    const masked = trace.emit('mul', [trace.read(x), trace.read(constantTensor(trace, x.shape, mask))], {});
    return result(trace, masked, x.dtype);
  };

const same: OpRule = (args) => args.tensor(0);

export const shapeOps: Readonly<Record<string, OpRule>> = {
  size: (args) => {
    const x = args.tensor(0);
    return args.has(1, 'dim') ? int(x.shape[axisOf(args.trace, args.int(1, 'dim'), x.rank)]!) : ints(x.shape);
  },
  dim: (args) => int(args.tensor(0).rank),
  numel: (args) => int(elementCount(args.tensor(0).shape)),
  reshape: view,
  view,
  reshape_as: (args) => reshape(args.trace, args.tensor(0), args.tensor(1).shape),
  view_as: (args) => reshape(args.trace, args.tensor(0), args.tensor(1).shape),
  flatten,
  squeeze,
  unsqueeze: unsqueezeRule,
  permute: permuteRule,
  transpose,
  t: reversedAxes,
  numpy_T: reversedAxes,
  slice: sliceRule,
  narrow: (args) => {
    const x = args.tensor(0);
    const start = args.int(2, 'start');
    const axis = axisOf(args.trace, args.int(1, 'dim'), x.rank);
    return slice(args.trace, x, axis, start, start + args.int(3, 'length'));
  },
  select: (args) => {
    const x = args.tensor(0);
    return select(args.trace, x, axisOf(args.trace, args.int(1, 'dim'), x.rank), args.int(2, 'index'));
  },
  cat,
  stack,
  split,
  split_with_sizes: split,
  chunk,
  unbind,
  repeat: repeatRule,
  tile: (args) => {
    const x = args.tensor(0);
    const repeats = args.ints(1, 'dims');
    const padded = [...new Array<number>(Math.max(0, x.rank - repeats.length)).fill(1), ...repeats];
    const lead = padded.length - x.rank;
    return repeat(
      args.trace,
      reshape(args.trace, x, [...new Array<number>(lead).fill(1), ...x.shape]),
      padded,
    );
  },
  repeat_interleave: repeatInterleave,
  expand: expandRule,
  expand_as: (args) => expand(args.trace, args.tensor(0), args.tensor(1).shape),
  broadcast_tensors: (args) => {
    const parts = args.tensors(0);
    const rank = Math.max(0, ...parts.map((part) => part.rank));
    const shape = Array.from({ length: rank }, (_, axis) =>
      Math.max(...parts.map((part) => part.shape[axis - rank + part.rank] ?? 1)),
    );
    return list(parts.map((part) => (sameShape(part.shape, shape) ? part : expand(args.trace, part, shape))));
  },
  flip: (args) => {
    const x = args.tensor(0);
    return flip(args.trace, x, reducedAxes(args.trace, x, args.ints(1, 'dims')));
  },
  roll,
  index_select: indexSelect,
  index: indexRule,
  tril: diagonalMask((row, column) => column <= row),
  triu: diagonalMask((row, column) => column >= row),
  contiguous: same,
  detach: same,
  data: same,
  clone: (args) => copyOf(args.trace, args.tensor(0)),
  len: (args) => {
    const value = args.need(0);
    if (value.kind === 'tensor') return int(value.shape[0] ?? 0);
    return int(
      value.kind === 'list' || value.kind === 'tuple'
        ? value.items.length
        : asInt(value, 'len', args.trace.place!),
    );
  },
};
