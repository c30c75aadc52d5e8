/**
 * What many ops are made of: results as tensors, types of results, broadcasting, windows on a tensor, reductions.
 * Shapes and axes are PyTorch's (axes may be negative).
 */

import type { OpName, ValueId } from '../../../graph/graph.js';
import { broadcastShape, elementCount, formatShape, type Shape } from '../../../graph/tensor-shape.js';
import { type DType, newTensor, type ScriptTensor, storedShape } from '../tensor.js';
import type { Trace } from '../trace.js';
import { isScalar, type ScriptValue } from '../values.js';
import { Unsupported } from './arguments.js';

const ORDER: readonly DType[] = ['bool', 'int', 'float', 'complex'];

/** The type that holds both. */
export function commonType(a: DType, b: DType): DType {
  return ORDER[Math.max(ORDER.indexOf(a), ORDER.indexOf(b))]!;
}

/** A new tensor around a value; its shape is the value's. */
export function result(trace: Trace, value: ValueId, dtype: DType = 'float'): ScriptTensor {
  const shape = trace.builder.shape(value);
  return newTensor(dtype, dtype === 'complex' ? shape.slice(0, -1) : shape, value);
}

/** A tensor from a tensor or a number. */
export function toTensor(trace: Trace, value: ScriptValue): ScriptTensor {
  if (value.kind === 'tensor') return value;
  if (isScalar(value)) return newTensor(value.kind, [], trace.scalar(Number(value.value)));
  trace.fail(`expected a tensor or a number, got ${value.kind}`);
}

export function constantTensor(
  trace: Trace,
  shape: Shape,
  numbers: Float32Array,
  dtype: DType = 'float',
): ScriptTensor {
  return newTensor(dtype, shape, elementCount(shape) === 0 ? null : trace.constant(shape, numbers));
}

/** An op of one input on every element. */
export function unary(
  trace: Trace,
  op: Extract<
    OpName,
    'neg' | 'abs' | 'exp' | 'log' | 'sqrt' | 'sin' | 'cos' | 'floor' | 'reciprocal' | 'relu'
  >,
  x: ScriptTensor,
  dtype: DType = x.dtype,
): ScriptTensor {
  if (x.isEmpty) return newTensor(dtype, x.shape, null);
  return result(trace, trace.emit(op, [trace.read(x)], {}), dtype);
}

type BinaryOp = Extract<
  OpName,
  'add' | 'sub' | 'mul' | 'div' | 'pow' | 'minimum' | 'maximum' | 'equal' | 'less' | 'less_or_equal'
>;

/** An op of two inputs, broadcast. Real tensors only. */
export function binary(
  trace: Trace,
  op: BinaryOp,
  a: ScriptTensor,
  b: ScriptTensor,
  dtype: DType = commonType(a.dtype, b.dtype),
): ScriptTensor {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === null)
    trace.fail(`${op}: ${formatShape(a.shape)} and ${formatShape(b.shape)} do not broadcast`);
  if (elementCount(shape) === 0) return newTensor(dtype, shape, null);
  return result(trace, trace.emit(op, [trace.read(a), trace.read(b)], {}), dtype);
}

export function scalarTensor(trace: Trace, number: number, dtype: DType = 'float'): ScriptTensor {
  return newTensor(dtype, [], trace.scalar(number));
}

/** Axis 0…rank−1 from PyTorch's, which counts from the end when negative. */
export function axisOf(trace: Trace, axis: number, rank: number): number {
  const position = axis < 0 ? axis + rank : axis;
  if (position < 0 || position >= Math.max(rank, 1)) trace.fail(`there is no axis ${axis} among ${rank}`);
  return position;
}

export function reshape(trace: Trace, x: ScriptTensor, shape: Shape): ScriptTensor {
  if (elementCount(shape) !== elementCount(x.shape))
    trace.fail(`${formatShape(x.shape)} does not fit the shape ${formatShape(shape)}`);
  return trace.view(x, { kind: 'reshape', shape: storedShape(x.dtype, shape) }, shape);
}

export function permute(trace: Trace, x: ScriptTensor, axes: readonly number[]): ScriptTensor {
  const shape = axes.map((axis) => x.shape[axis]!);
  const permutation = x.dtype === 'complex' ? [...axes, axes.length] : axes;
  return trace.view(x, { kind: 'transpose', permutation }, shape);
}

export function swapAxes(trace: Trace, x: ScriptTensor, a: number, b: number): ScriptTensor {
  const axes = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(trace, x, axes);
}

/** Python's slice: bounds may be negative, beyond the ends, or not there. */
export function slice(
  trace: Trace,
  x: ScriptTensor,
  axis: number,
  start: number | null,
  end: number | null,
  step = 1,
): ScriptTensor {
  if (step < 1) throw new Unsupported(`a slice with step ${step}`);
  const size = x.shape[axis]!;
  const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
  const from = clamp(start ?? 0);
  const to = Math.max(clamp(end ?? size), from);
  const shape = x.shape.map((old, other) => (other === axis ? Math.ceil((to - from) / step) : old));
  return trace.view(x, { kind: 'slice', axis, start: from, end: to, step }, shape);
}

/** Element `index` of an axis, which goes. */
export function select(trace: Trace, x: ScriptTensor, axis: number, index: number): ScriptTensor {
  const size = x.shape[axis]!;
  const position = index < 0 ? index + size : index;
  if (position < 0 || position >= size) trace.fail(`index ${index} of an axis of ${size}`);
  const row = slice(trace, x, axis, position, position + 1);
  return reshape(
    trace,
    row,
    row.shape.filter((_, other) => other !== axis),
  );
}

export function unsqueeze(trace: Trace, x: ScriptTensor, axis: number): ScriptTensor {
  return reshape(trace, x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
}

/** Joins tensors; those without elements are left out. */
export function concat(trace: Trace, parts: readonly ScriptTensor[], axis: number): ScriptTensor {
  const [first] = parts;
  if (!first) trace.fail('nothing is joined');
  const dtype = parts.map((part) => part.dtype).reduce(commonType);
  const full = parts.filter((part) => !part.isEmpty);
  const same = full.filter((part) => part.rank === full[0]!.rank);
  if (same.length !== full.length) trace.fail('tensors of different ranks are joined');
  if (full.length === 0) {
    const total = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
    return newTensor(
      dtype,
      first.shape.map((size, other) => (other === axis ? total : size)),
      null,
    );
  }
  if (
    full.some((part) => part.dtype === 'complex') &&
    dtype === 'complex' &&
    full.some((p) => p.dtype !== dtype)
  )
    throw new Unsupported('joining real and complex tensors');
  if (full.length === 1) return result(trace, trace.read(full[0]!), dtype);
  return result(
    trace,
    trace.emit(
      'concat',
      full.map((part) => trace.read(part)),
      { axis },
    ),
    dtype,
  );
}

/** A reduction over several axes, which stay with size 1 or go. */
export function reduce(
  trace: Trace,
  op: 'reduce_sum' | 'reduce_mean' | 'reduce_max',
  x: ScriptTensor,
  axes: readonly number[],
  keep: boolean,
  dtype: DType = x.dtype,
): ScriptTensor {
  if (x.isEmpty) throw new Unsupported(`${op} of a tensor without elements`);
  let value = trace.read(x);
  for (const axis of axes) value = trace.emit(op, [value], { axis });
  const reduced = result(trace, value, dtype);
  return keep
    ? reduced
    : reshape(
        trace,
        reduced,
        x.shape.filter((_, axis) => !axes.includes(axis)),
      );
}

/** The axes that an argument names; all of them when it names none. */
export function reducedAxes(trace: Trace, x: ScriptTensor, axes: readonly number[]): number[] {
  if (axes.length === 0) return x.shape.map((_, axis) => axis);
  return axes.map((axis) => axisOf(trace, axis, x.rank));
}

/** Repeats along axes of size 1, as `expand` shows them; a copy, not a window. */
export function expand(trace: Trace, x: ScriptTensor, shape: Shape): ScriptTensor {
  if (elementCount(shape) === 0) return newTensor(x.dtype, shape, null);
  const lead = shape.length - x.rank;
  const padded = reshape(trace, x, [...new Array<number>(lead).fill(1), ...x.shape]);
  const repeats = shape.map((size, axis) => {
    if (padded.shape[axis] !== 1 && padded.shape[axis] !== size)
      trace.fail(`${formatShape(x.shape)} does not expand to ${formatShape(shape)}`);
    return padded.shape[axis] === size ? 1 : size;
  });
  return repeat(trace, padded, repeats);
}

/** Joins an axis with itself; `repeats` has one number for each axis. */
export function repeat(trace: Trace, x: ScriptTensor, repeats: readonly number[]): ScriptTensor {
  const shape = x.shape.map((size, axis) => size * repeats[axis]!);
  if (elementCount(shape) > 2 ** 24) throw new Unsupported('a repetition of more than 16 million numbers');
  if (elementCount(shape) === 0) return newTensor(x.dtype, shape, null);
  // Each repetition is an input of a node.
  trace.countSteps(repeats.reduce((sum, count) => sum + count, 0));
  let current = x;
  repeats.forEach((count, axis) => {
    if (count > 1) current = concat(trace, new Array<ScriptTensor>(count).fill(current), axis);
  });
  return current === x ? result(trace, trace.read(x), x.dtype) : current;
}
