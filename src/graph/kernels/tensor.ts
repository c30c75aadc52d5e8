/**
 * What reference kernels work on: row-major float64 tensors, and the type of a kernel.
 */

import type { OpAttributes, OpName } from '../graph.js';
import type { Shape } from '../tensor-shape.js';

export interface Tensor {
  readonly shape: Shape;
  readonly elements: Float64Array;
}

/** Computes a node's outputs; `shapes` are the outputs' shapes, by the op's rule. null: absent optional input. */
export type ReferenceKernel<K extends OpName> = (
  inputs: readonly (Tensor | null)[],
  attributes: OpAttributes[K],
  shapes: readonly Shape[],
) => readonly Tensor[];

/** A kernel that no attribute changes, for any op. */
export type PlainKernel = (
  inputs: readonly (Tensor | null)[],
  attributes: unknown,
  shapes: readonly Shape[],
) => readonly Tensor[];

/** Walks the indices of `shape` in row-major order and tells each one's place in other layouts, given by strides. */
export function forEachIndex(
  shape: Shape,
  strides: readonly (readonly number[])[],
  visit: (position: number, offsets: readonly number[]) => void,
): void {
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  const offsets = new Array<number>(strides.length).fill(0);
  const total = shape.reduce((product, size) => product * size, 1);
  for (let position = 0; position < total; position++) {
    visit(position, offsets);
    for (let axis = rank - 1; axis >= 0; axis--) {
      const size = shape[axis]!;
      index[axis]!++;
      const wrapped = index[axis] === size;
      for (let k = 0; k < strides.length; k++) offsets[k]! += strides[k]![axis]! * (wrapped ? 1 - size : 1);
      if (!wrapped) break;
      index[axis] = 0;
    }
  }
}

/** A shape seen from one axis: elements before, along and after it. */
export function aroundAxis(shape: Shape, axis: number): { outer: number; size: number; inner: number } {
  const product = (part: Shape): number => part.reduce((a, b) => a * b, 1);
  return { outer: product(shape.slice(0, axis)), size: shape[axis]!, inner: product(shape.slice(axis + 1)) };
}
