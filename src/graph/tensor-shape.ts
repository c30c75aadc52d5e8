/**
 * Arithmetic on shapes: sizes, strides, broadcasting as in NumPy; and a check of numbers. Knows no ops.
 * Used by the shape rules, the reference kernels and the front ends.
 */

export type Shape = readonly number[];

/** No value of a graph may hold more elements than this (128 MiB of float32). */
export const MAX_ELEMENTS = 2 ** 25;
export const MAX_RANK = 8;

/** Number of elements of a tensor of this shape; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[1, 8, 4]`, as messages and printed graphs show it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Elements to step over when an axis' index grows by one, row-major. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** The common shape of two operands as NumPy broadcasts them, or null when they do not fit. */
export function broadcastShape(a: Shape, b: Shape): number[] | null {
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return null;
    result[axis] = sizeA === 1 ? sizeB : sizeA;
  }
  return result;
}

/** Strides to read `shape` as if it had been broadcast to `target`: 0 on the stretched axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = rowMajorStrides(shape);
  const shift = target.length - shape.length;
  return target.map((_, axis) => (axis < shift || shape[axis - shift] === 1 ? 0 : own[axis - shift]!));
}

/** Length of a convolution's kernel with its gaps. */
export function dilatedLength(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Whether no number is NaN or infinite; a plain loop, since models have millions. */
export function allFinite(numbers: Float32Array): boolean {
  // 0 times anything finite is 0, else NaN, and a sum remembers it.
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += 0 * numbers[i]!;
  return sum === 0;
}
