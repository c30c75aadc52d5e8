/**
 * Matrix products, layer normalisation and reductions.
 */

import type { Activation, AnyNode, ValueId } from '../../graph/graph.js';
import { elementCount, rowMajorStrides } from '../../graph/tensor-shape.js';
import { gatherJob, matrixJob, normaliseJob, reduceJob, type Place, type ReduceJob } from '../jobs.js';
import {
  broadcastView,
  forEachTurn,
  isRowMajor,
  loopsOver,
  stridesWithInner,
  transposeView,
  type Loop,
  type View,
} from '../views.js';
import { placeOf, type LoweringContext } from './context.js';
import type { Lowering } from './table.js';
import { offsets, packPanels, panelPitch } from './weights.js';

const NO_ACTIVATION: Activation = { kind: 'none' };

function lastStride(view: View): number {
  return view.shape.at(-1) === 1 ? 1 : view.strides.at(-1)!;
}

function rowPitch(view: View): number {
  return view.shape.at(-2) === 1 ? view.shape.at(-1)! : view.strides.at(-2)!;
}

function swapLast(view: View): View {
  const axes = view.shape.map((_, axis) => axis);
  return transposeView(view, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** rows × depth times depth × columns, each operand with contiguous rows. */
const matmul: Lowering<'matmul'> = (node, context) => {
  const [a, b] = node.inputs as readonly ValueId[];
  const [output] = node.outputs;
  const shape = context.shape(output!);
  // A constant on the left is a weight as well: compute the transposed product, whose weight is on the right.
  const swapped = context.constant(a!) !== undefined && context.constant(b!) === undefined;
  const left = swapped ? swapLast(context.view(b!)) : context.view(a!);
  const weight = swapped ? a! : b!;
  const source = lastStride(left) === 1 ? left : context.rowMajor(left);
  const dense = rowMajorStrides(swapped ? swapLast({ ...left, shape }).shape : shape);
  const target = context.target(
    output!,
    (view) => lastStride(swapped ? swapLast(view) : view) === 1,
    swapped ? swapLast({ ...left, shape, strides: dense }).strides : dense,
  );
  const into = swapped ? swapLast(target) : target;
  const [rows, columns] = into.shape.slice(-2) as [number, number];
  const depth = source.shape.at(-1)!;
  const panels = weightPanels(context, weight, swapped, depth, columns);
  const batch = into.shape.slice(0, -2);
  const batchStrides = (strides: readonly number[]): readonly number[] => strides.slice(0, -2);
  const wide = (view: View): readonly number[] =>
    batchStrides(broadcastView(view, [...batch, ...view.shape.slice(-2)]).strides);
  const loops = loopsOver(batch, [batchStrides(into.strides), wide(source), wide(panels.batches)]);
  forEachTurn(loops, 3, ([to, from, by]) =>
    context.emit(
      matrixJob({
        target: placeOf(into, to),
        source: placeOf(source, from),
        weight: { region: panels.place.region, offset: panels.place.offset + by! },
        bias: null,
        residual: null,
        rows,
        columns,
        taps: 1,
        depth,
        tapPitch: 0,
        sourcePitch: rowPitch(source),
        targetPitch: rowPitch(into),
        residualPitch: 0,
        weightPitch: panels.weightPitch,
        panelPitch: panels.panelPitch,
        activation: NO_ACTIVATION,
      }),
    ),
  );
  context.macs += elementCount(batch) * rows * columns * depth;
  context.define(output!, target);
};

interface Panels {
  readonly place: Place;
  readonly weightPitch: number;
  readonly panelPitch: number;
  /** Tells how far the place moves per batch. */
  readonly batches: View;
}

function weightPanels(
  context: LoweringContext,
  weight: ValueId,
  swapped: boolean,
  depth: number,
  columns: number,
): Panels {
  const numbers = context.constant(weight);
  const shape = context.shape(weight);
  if (numbers && elementCount(shape) === depth * columns) {
    const region = context.pack(`${weight} panels ${swapped}`, () =>
      packPanels(numbers, offsets(depth, swapped ? 1 : columns), offsets(columns, swapped ? depth : 1)),
    );
    const batches = { region, offset: 0, shape, strides: shape.map(() => 0) };
    return { place: { region, offset: 0 }, weightPitch: 8, panelPitch: panelPitch(depth), batches };
  }
  const plain = swapped ? swapLast(context.view(weight)) : context.view(weight);
  const view = lastStride(plain) === 1 ? plain : context.rowMajor(plain);
  return { place: placeOf(view), weightPitch: rowPitch(view), panelPitch: 8, batches: view };
}

const layerNorm: Lowering<'layer_norm'> = (node, context) => {
  const [x, weight, bias] = node.inputs as readonly ValueId[];
  const { axis, epsilon } = node.attributes;
  const [output] = node.outputs;
  const shape = context.shape(output!);
  const inner = stridesWithInner(shape, axis);
  const fits = (view: View): boolean => shape[axis] === 1 || view.strides[axis] === 1;
  const view = context.view(x!);
  const source = fits(view) ? view : context.asStrides(view, inner);
  const target = context.target(output!, fits, inner);
  const loops = outerLoops(shape, axis, [target, source]);
  const rows = loops.at(-1) ?? { size: 1, strides: [0, 0] };
  forEachTurn(loops.slice(0, -1), 2, ([to, from]) =>
    context.emit(
      normaliseJob({
        target: placeOf(target, to),
        source: placeOf(source, from),
        weight: placeOf(context.rowMajor(context.view(weight!))),
        bias: placeOf(context.rowMajor(context.view(bias!))),
        rows: rows.size,
        columns: shape[axis]!,
        targetPitch: rows.strides[0]!,
        sourcePitch: rows.strides[1]!,
        epsilon,
      }),
    ),
  );
  context.define(output!, target);
};

/** Loops over all axes but one. */
function outerLoops(shape: readonly number[], axis: number, views: readonly View[]): Loop[] {
  const others = (numbers: readonly number[]): readonly number[] =>
    numbers.filter((_, other) => other !== axis);
  return loopsOver(
    others(shape),
    views.map(({ strides }) => others(strides)),
  );
}

function reduce(
  node: Extract<AnyNode, { op: 'reduce_sum' | 'reduce_mean' | 'reduce_max' | 'arg_max' }>,
  context: LoweringContext,
  kind: ReduceJob['kind'],
): void {
  const { axis } = node.attributes;
  const source = context.view(node.inputs[0]!);
  const target = context.target(node.outputs[0]!, () => true);
  const loops = outerLoops(source.shape, axis, [target, source]);
  const once = { size: 1, strides: [0, 0] };
  const outer = loops.at(-2) ?? once;
  const inner = loops.at(-1) ?? once;
  forEachTurn(loops.slice(0, -2), 2, ([to, from]) =>
    context.emit(
      reduceJob({
        target: placeOf(target, to),
        source: placeOf(source, from),
        outer: outer.size,
        count: source.shape[axis]!,
        inner: inner.size,
        targetOuter: outer.strides[0]!,
        targetInner: inner.strides[0]!,
        sourceOuter: outer.strides[1]!,
        sourcePitch: source.strides[axis]!,
        sourceInner: inner.strides[1]!,
        kind,
      }),
    ),
  );
  context.define(node.outputs[0]!, target);
}

const reduceSum: Lowering<'reduce_sum'> = (node, context) => reduce(node, context, { scale: 1 });

const reduceMean: Lowering<'reduce_mean'> = (node, context) =>
  reduce(node, context, { scale: 1 / context.shape(node.inputs[0]!)[node.attributes.axis]! });

const reduceMax: Lowering<'reduce_max'> = (node, context) => reduce(node, context, 'maximum');

const argMax: Lowering<'arg_max'> = (node, context) => reduce(node, context, 'index');

const gather: Lowering<'gather'> = (node, context) => {
  const [table, index] = node.inputs as readonly ValueId[];
  const [output] = node.outputs;
  const [rows, columns] = context.shape(table!) as readonly [number, number];
  const from = context.rowMajor(context.view(table!));
  const dense = rowMajorStrides(context.shape(output!));
  const target = context.target(output!, isRowMajor, dense);
  context.emit(
    gatherJob({
      target: placeOf(target),
      table: placeOf(from),
      index: placeOf(context.rowMajor(context.view(index!))),
      count: elementCount(context.shape(index!)),
      rows,
      columns,
      targetPitch: columns,
      tablePitch: columns,
      flush: context.flushes(output!),
    }),
  );
  context.define(output!, target);
};

export const networkLowerings = {
  matmul,
  layer_norm: layerNorm,
  reduce_sum: reduceSum,
  reduce_mean: reduceMean,
  reduce_max: reduceMax,
  arg_max: argMax,
  gather,
};
