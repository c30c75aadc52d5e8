/**
 * Tensors of a traced model. A tensor is a window (`views`) on a cell; a cell's content is a value of the Graph. Writing
 * in place gives the cell a new content, which every window on it sees: so mutation becomes single assignment.
 *
 * Complex tensors are kept as real ones with a last axis of 2 (real, imaginary) that their `shape` does not show.
 * Tensors without elements have no content at all: the Graph knows no axes of size 0.
 */

import type { ValueId } from '../../graph/graph.js';
import { elementCount, type Shape } from '../../graph/tensor-shape.js';

/** PyTorch's element types as far as they change a result; all but complex are float32 in the Graph. */
export type DType = 'bool' | 'int' | 'float' | 'complex';

/** How a window is cut from what it looks at. Shapes here are the stored ones. */
export type View =
  | {
      readonly kind: 'slice';
      readonly axis: number;
      readonly start: number;
      readonly end: number;
      readonly step: number;
    }
  | { readonly kind: 'transpose'; readonly permutation: readonly number[] }
  | { readonly kind: 'reshape'; readonly shape: Shape };

/** Where elements live. Several tensors may look at one cell. */
export interface Cell {
  /** null for a tensor without elements. */
  content: ValueId | null;
  /** Counts the writes. */
  version: number;
  /** Set for tensors of the model: its parameters and buffers. */
  readonly leaf: Leaf | null;
}

/** A parameter or buffer of the model. */
export interface Leaf {
  /** `decoder.net.3.cache.pad` */
  readonly name: string;
  /** Whether what it held before the trace was looked at. */
  read: boolean;
  /** Rows (axis 0) that were looked at or written, at most. */
  rows: number;
}

export class ScriptTensor {
  readonly kind = 'tensor';
  /** The content seen through the views, as long as the cell's version is this one. */
  seen: { readonly version: number; readonly value: ValueId } | null = null;

  constructor(
    readonly dtype: DType,
    /** As PyTorch shows it; sizes may be 0. */
    readonly shape: Shape,
    readonly cell: Cell,
    readonly views: readonly View[] = [],
  ) {}

  get rank(): number {
    return this.shape.length;
  }

  get isEmpty(): boolean {
    return elementCount(this.shape) === 0;
  }

  /** As the Graph holds it: complex tensors have a last axis of 2. */
  get storedShape(): Shape {
    return storedShape(this.dtype, this.shape);
  }
}

export function storedShape(dtype: DType, shape: Shape): Shape {
  return dtype === 'complex' ? [...shape, 2] : shape;
}

export function newTensor(dtype: DType, shape: Shape, content: ValueId | null): ScriptTensor {
  return new ScriptTensor(dtype, shape, { content, version: 0, leaf: null });
}
