/**
 * Where a value's elements lie: a region of memory seen through strides (in floats). Slices, transposes and many
 * reshapes are only other views; nothing moves. Pure arithmetic, no memory. Used by the lowering.
 *
 * A signal [1, C, T] normally lies frame-major, `[t][C]`: a row is one moment, so that convolutions are matrix products.
 */

import { elementCount, rowMajorStrides, type Shape } from '../graph/tensor-shape.js';

/** A piece of memory with one lifetime. `first` and `last` are the jobs that touch it; the allocator reads them. */
export interface Region {
  readonly kind: 'constant' | 'port' | 'state' | 'scratch';
  readonly name: string;
  /** In floats. */
  readonly length: number;
  /** For constants. */
  readonly contents?: Float32Array;
  first: number;
  last: number;
}

export interface View {
  readonly region: Region;
  /** Floats from the start of the region. */
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** One loop of a job: its length, and how far each operand moves per turn. */
export interface Loop {
  readonly size: number;
  readonly strides: readonly number[];
}

/** Strides of a dense tensor whose axes lie in the given order, outermost first. */
export function stridesInOrder(shape: Shape, order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (const axis of [...order].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Dense strides with one axis innermost, the others row-major. */
export function stridesWithInner(shape: Shape, inner: number): number[] {
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== inner);
  return stridesInOrder(shape, [...others, inner]);
}

/** Frame-major for signals, row-major for everything else. */
export function usualStrides(shape: Shape): number[] {
  return shape.length === 3 ? stridesWithInner(shape, 1) : rowMajorStrides(shape);
}

/** Equal in every stride that is ever stepped over. */
export function sameStrides(shape: Shape, a: readonly number[], b: readonly number[]): boolean {
  return shape.every((size, axis) => size === 1 || a[axis] === b[axis]);
}

export function isRowMajor({ shape, strides }: View): boolean {
  return sameStrides(shape, strides, rowMajorStrides(shape));
}

export function sliceView(view: View, axis: number, start: number, size: number, step = 1): View {
  return {
    region: view.region,
    offset: view.offset + start * view.strides[axis]!,
    shape: view.shape.map((old, other) => (other === axis ? size : old)),
    strides: view.strides.map((stride, other) => (other === axis ? stride * step : stride)),
  };
}

/** The axis backwards: its stride is negative, so that kernels which need contiguous rows along it get a copy. */
export function flipView(view: View, axis: number): View {
  return {
    ...view,
    offset: view.offset + (view.shape[axis]! - 1) * view.strides[axis]!,
    strides: view.strides.map((stride, other) => (other === axis ? -stride : stride)),
  };
}

export function transposeView(view: View, permutation: readonly number[]): View {
  return {
    ...view,
    shape: permutation.map((axis) => view.shape[axis]!),
    strides: permutation.map((axis) => view.strides[axis]!),
  };
}

/** The view as if its shape had been broadcast; a stretched axis has stride 0. */
export function broadcastView(view: View, shape: Shape): View {
  const shift = shape.length - view.shape.length;
  const strides = shape.map((_, axis) =>
    axis < shift || view.shape[axis - shift] === 1 ? 0 : view.strides[axis - shift]!,
  );
  return { ...view, shape, strides };
}

/** The same elements, in row-major order, in another shape; null when no strides can express it. */
export function reshapeView(view: View, shape: Shape): View | null {
  // Split the old axes into runs that one stride covers, then cut the new axes from these runs, innermost first.
  const runs: { size: number; stride: number }[] = [];
  view.shape.forEach((size, axis) => {
    if (size === 1) return;
    const stride = view.strides[axis]!;
    const last = runs.at(-1);
    if (last && last.stride === stride * size) {
      last.size *= size;
      last.stride = stride;
    } else runs.push({ size, stride });
  });
  const strides = new Array<number>(shape.length).fill(0);
  let run = runs.length - 1;
  let taken = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const from = runs[run];
    if (!from || from.size % (taken * size) !== 0) return null;
    strides[axis] = from.stride * taken;
    taken *= size;
    if (taken === from.size) {
      run--;
      taken = 1;
    }
  }
  return { ...view, shape, strides };
}

/**
 * The loops over a shape that all operands can share, outermost first: sizes of 1 vanish, and neighbours that every
 * operand steps through evenly become one. Ordered by the first operand's strides, so it is written in order.
 */
export function loopsOver(shape: Shape, operands: readonly (readonly number[])[]): Loop[] {
  const loops = shape
    .map((size, axis): Loop => ({ size, strides: operands.map((strides) => strides[axis]!) }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => b.strides[0]! - a.strides[0]!);
  const merged: Loop[] = [];
  for (const loop of loops) {
    const outer = merged.at(-1);
    if (outer && outer.strides.every((stride, i) => stride === loop.strides[i]! * loop.size))
      merged[merged.length - 1] = { size: outer.size * loop.size, strides: loop.strides };
    else merged.push(loop);
  }
  return merged;
}

/** Calls `visit` with the offsets of every operand for each turn of the loops. */
export function forEachTurn(
  loops: readonly Loop[],
  operands: number,
  visit: (offsets: number[]) => void,
): void {
  const walk = (depth: number, offsets: number[]): void => {
    const loop = loops[depth];
    if (!loop) return visit(offsets);
    for (let i = 0; i < loop.size; i++)
      walk(
        depth + 1,
        offsets.map((offset, operand) => offset + i * loop.strides[operand]!),
      );
  };
  walk(0, new Array<number>(operands).fill(0));
}

/** Turns that `forEachTurn` would make. */
export function turns(loops: readonly Loop[]): number {
  return elementCount(loops.map(({ size }) => size));
}
