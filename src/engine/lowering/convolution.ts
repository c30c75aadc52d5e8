/**
 * Convolutions over frame-major signals. A kernel's taps are neighbouring rows, so a convolution is a matrix product
 * that reads overlapping rows; nothing is gathered. A cached convolution keeps its history in the rows right before
 * the new ones and moves the last rows to the front afterwards: for these sizes the move is far cheaper than a ring's
 * bookkeeping. A transposed convolution is a matrix product whose rows are then overlapped and added.
 */

import type { AnyNode, ConvAttributes, ValueId } from '../../graph/graph.js';
import { dilatedLength, elementCount } from '../../graph/tensor-shape.js';
import { depthwiseJob, matrixJob, overlapAddJob, type Place } from '../jobs.js';
import { sliceView, usualStrides, type View } from '../views.js';
import { asFrames, placeOf, sameView, type Frames, type LoweringContext } from './context.js';
import type { Lowering } from './table.js';
import { NO_COLUMN, offsets, packPanels, panelPitch, withoutTiny } from './weights.js';

interface Convolution {
  readonly source: Frames;
  readonly weight: ValueId;
  readonly bias: ValueId | null;
  readonly residual: ValueId | null;
  readonly output: ValueId;
  readonly attributes: ConvAttributes;
}

function convolve(context: LoweringContext, convolution: Convolution): void {
  const { source, weight, bias, residual, output, attributes } = convolution;
  const { stride, dilation, groups } = attributes;
  const [out, perGroup, kernel] = context.shape(weight) as readonly [number, number, number];
  const target = context.targetFrames(output);
  const { pitch, time } = target.frames;
  const added = residual === null ? null : context.frames(residual);
  const shared = {
    rows: time,
    taps: kernel,
    tapPitch: dilation * source.pitch,
    sourcePitch: stride * source.pitch,
    targetPitch: pitch,
    residualPitch: added?.pitch ?? 0,
    activation: attributes.activation,
  };
  context.macs += time * out * perGroup * kernel;
  if (perGroup === 1 && groups === out && groups > 1) {
    context.emit(
      depthwiseJob({
        ...shared,
        target: target.frames.place,
        source: source.place,
        weight: depthwiseWeight(context, weight, out, kernel),
        bias: vector(context, bias),
        residual: added?.place ?? null,
        columns: out,
      }),
    );
    return context.define(output, target.view);
  }
  // Taps that follow each other without a gap are one long tap.
  const joined = shared.tapPitch === perGroup && groups === 1;
  const columns = out / groups;
  for (let group = 0; group < groups; group++) {
    const move = (place: Place, floats: number): Place => ({ ...place, offset: place.offset + floats });
    const biasPlace = vector(context, bias);
    context.emit(
      matrixJob({
        ...shared,
        ...(joined ? { taps: 1, depth: kernel * perGroup } : { depth: perGroup }),
        target: move(target.frames.place, group * columns),
        source: move(source.place, group * perGroup),
        ...panels(context, weight, group, groups),
        bias: biasPlace && move(biasPlace, group * columns),
        residual: added && move(added.place, group * columns),
        columns,
      }),
    );
  }
  context.define(output, target.view);
}

function vector(context: LoweringContext, value: ValueId | null): Place | null {
  return value === null ? null : placeOf(context.rowMajor(context.view(value)));
}

interface PanelPlace {
  readonly weight: Place;
  readonly weightPitch: number;
  readonly panelPitch: number;
}

/** Weight [out, in / groups, kernel] as a matrix of kernel * in / groups rows, for one group. */
function panels(context: LoweringContext, weight: ValueId, group: number, groups: number): PanelPlace {
  const [out, perGroup, kernel] = context.shape(weight) as readonly [number, number, number];
  const columns = out / groups;
  const depth = kernel * perGroup;
  const numbers = context.constant(weight);
  if (!numbers) {
    // A weight that is computed: [kernel][in][out], read row by row.
    const view = context.asStrides(context.view(weight), [1, out, out * perGroup]);
    return { weight: placeOf(view, group * columns), weightPitch: out, panelPitch: 8 };
  }
  const region = context.pack(`${weight} panels ${group} of ${groups}`, () => {
    const start = group * columns * depth;
    const rows = Int32Array.from(
      { length: depth },
      (_, k) => start + (k % perGroup) * kernel + Math.floor(k / perGroup),
    );
    return packPanels(numbers, rows, offsets(columns, depth));
  });
  return { weight: { region, offset: 0 }, weightPitch: 8, panelPitch: panelPitch(depth) };
}

/** [out, 1, kernel] as [kernel][out]. */
function depthwiseWeight(context: LoweringContext, weight: ValueId, out: number, kernel: number): Place {
  const numbers = context.constant(weight);
  if (!numbers) return placeOf(context.asStrides(context.view(weight), [1, 1, out]));
  const region = context.pack(`${weight} depthwise`, () =>
    Float32Array.from({ length: out * kernel }, (_, i) =>
      withoutTiny(numbers[(i % out) * kernel + Math.floor(i / out)]!),
    ),
  );
  return { region, offset: 0 };
}

const conv1d: Lowering<'conv1d'> = (node, context) => {
  const [x, weight, bias, residual] = node.inputs;
  convolve(context, {
    source: context.frames(x!),
    weight: weight!,
    bias: bias ?? null,
    residual: residual ?? null,
    output: node.outputs[0]!,
    attributes: node.attributes,
  });
};

const cachedConv1d: Lowering<'cached_conv1d'> = (node, context) => {
  const [x, history, weight, bias, residual] = node.inputs;
  const past = context.shape(history!)[2]!;
  const time = context.shape(x!)[2]!;
  const line = context.caches.get(node)!;
  const fresh = sliceView(line, 2, past, time);
  // The values may have been written there when they were computed.
  const wanted = context.destinations.get(x!);
  if (!wanted || !sameView(wanted, fresh)) context.copy(fresh, context.view(x!), true);
  convolve(context, {
    source: asFrames(line)!,
    weight: weight!,
    bias: bias ?? null,
    residual: residual ?? null,
    output: node.outputs[0]!,
    attributes: node.attributes,
  });
  context.copy(sliceView(line, 2, 0, past), sliceView(line, 2, time, past));
};

/** History and new columns in one signal. */
export function lineShape(
  node: Extract<AnyNode, { op: 'cached_conv1d' }>,
  context: LoweringContext,
): number[] {
  const [, channels, time] = context.shape(node.inputs[0]!) as readonly [number, number, number];
  return [1, channels, context.shape(node.inputs[1]!)[2]! + time];
}

interface Transposed {
  readonly x: ValueId;
  readonly weight: ValueId;
  readonly bias: ValueId | null;
  readonly output: ValueId;
  readonly attributes: ConvAttributes;
  readonly tail: View | null;
}

function convolveTransposed(context: LoweringContext, convolution: Transposed): void {
  const { x, weight, bias, output, attributes, tail } = convolution;
  const { stride, dilation, groups, activation } = attributes;
  const source = context.frames(x);
  const [into, perGroup, kernel] = context.shape(weight) as readonly [number, number, number];
  const out = perGroup * groups;
  const length = dilatedLength(kernel, dilation);
  const products = context.scratch(`products of ${context.graph.values[output]!.name}`, [
    source.time,
    length * out,
  ]);
  const depth = into / groups;
  // Without groups the taps are further columns; with groups each tap is a product of its own.
  const parts = groups === 1 ? [{ group: 0, tap: 0 }] : [];
  if (groups > 1)
    for (let group = 0; group < groups; group++)
      for (let tap = 0; tap < length; tap++) parts.push({ group, tap });
  for (const { group, tap } of parts)
    context.emit(
      matrixJob({
        target: placeOf(products, tap * out + group * perGroup),
        source: { ...source.place, offset: source.place.offset + group * depth },
        ...transposedPanels(context, weight, { group, groups, tap, dilation, length }),
        bias: null,
        residual: null,
        rows: source.time,
        columns: groups === 1 ? length * out : perGroup,
        taps: 1,
        depth,
        tapPitch: 0,
        sourcePitch: source.pitch,
        targetPitch: length * out,
        residualPitch: 0,
        activation: { kind: 'none' },
      }),
    );
  context.macs += source.time * into * perGroup * kernel;
  const shape = context.shape(output);
  const dense = usualStrides(shape);
  const target = context.target(output, (view) =>
    shape.every((size, i) => size === 1 || view.strides[i] === dense[i]),
  );
  context.emit(
    overlapAddJob({
      target: placeOf(target),
      source: placeOf(products),
      tail: tail && placeOf(tail),
      ...repeatedBias(context, bias, shape[2]! * out),
      rows: source.time,
      columns: length * out,
      hop: stride * out,
      tailLength: tail ? elementCount(tail.shape) : 0,
      targetLength: shape[2]! * out,
      activation,
    }),
  );
  context.define(output, target);
}

/** Short vectors are repeated, so that the kernel has rows long enough for its lanes. */
function repeatedBias(
  context: LoweringContext,
  bias: ValueId | null,
  targetLength: number,
): { bias: Place | null; biasLength: number } {
  if (bias === null) return { bias: null, biasLength: targetLength };
  const numbers = context.constant(bias);
  const times = numbers ? Math.ceil(64 / numbers.length) : 1;
  if (!numbers || times === 1) return { bias: vector(context, bias), biasLength: context.shape(bias)[0]! };
  const biasLength = numbers.length * times;
  const region = context.pack(`${bias} repeated`, () =>
    Float32Array.from({ length: biasLength }, (_, i) => numbers[i % numbers.length]!),
  );
  return { bias: { region, offset: 0 }, biasLength };
}

interface TransposedPart {
  readonly group: number;
  readonly groups: number;
  readonly tap: number;
  readonly dilation: number;
  readonly length: number;
}

/** Weight [in, out / groups, kernel] as a matrix of in / groups rows; the gaps of a dilated kernel hold zeros. */
function transposedPanels(context: LoweringContext, weight: ValueId, part: TransposedPart): PanelPlace {
  const { group, groups, tap, dilation, length } = part;
  const [into, perGroup, kernel] = context.shape(weight) as readonly [number, number, number];
  const depth = into / groups;
  const numbers = context.constant(weight);
  if (!numbers) {
    const columns = length * perGroup;
    const spread = context.scratch(`weight ${weight}`, [into, perGroup, length], [columns, 1, perGroup]);
    const region = context.pack('zero', () => new Float32Array(4));
    if (dilation > 1) context.copy(spread, { region, offset: 0, shape: spread.shape, strides: [0, 0, 0] });
    context.copy(sliceView(spread, 2, 0, kernel, dilation), context.view(weight));
    const place = placeOf(spread, group * depth * columns + tap * perGroup);
    return { weight: place, weightPitch: columns, panelPitch: 8 };
  }
  const columns = groups === 1 ? length * perGroup : perGroup;
  const region = context.pack(
    `${weight} transposed ${group} of ${groups}, tap ${tap}, dilation ${dilation}`,
    () => {
      const pitch = perGroup * kernel;
      const rows = offsets(depth, pitch).map((row) => row + group * depth * pitch);
      const ofColumn = Int32Array.from({ length: columns }, (_, column) => {
        const position = tap + Math.floor(column / perGroup);
        return position % dilation === 0 ? (column % perGroup) * kernel + position / dilation : NO_COLUMN;
      });
      return packPanels(numbers, rows, ofColumn);
    },
  );
  return { weight: { region, offset: 0 }, weightPitch: 8, panelPitch: panelPitch(depth) };
}

const convTranspose1d: Lowering<'conv_transpose1d'> = (node, context) => {
  const [x, weight, bias] = node.inputs;
  convolveTransposed(context, {
    x: x!,
    weight: weight!,
    bias: bias ?? null,
    output: node.outputs[0]!,
    attributes: node.attributes,
    tail: null,
  });
};

const cachedConvTranspose1d: Lowering<'cached_conv_transpose1d'> = (node, context) => {
  const [x, , weight, bias] = node.inputs;
  const tail = context.caches.get(node)!;
  convolveTransposed(context, {
    x: x!,
    weight: weight!,
    bias: bias ?? null,
    output: node.outputs[0]!,
    attributes: node.attributes,
    tail,
  });
};

export const convolutionLowerings = {
  conv1d,
  cached_conv1d: cachedConv1d,
  conv_transpose1d: convTranspose1d,
  cached_conv_transpose1d: cachedConvTranspose1d,
};
