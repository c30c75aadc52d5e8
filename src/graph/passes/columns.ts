/**
 * Follows columns (axis 2) symbolically: which column of a transposed convolution's full output, and which column of
 * the tail kept from the hop before, each column of a value is the sum of. Whatever way a model cuts, adds and joins
 * them, equal sums are the same overlap-add. Used by `cached-convolutions.ts`.
 */

import type { AnyNode, ValueId } from '../graph.js';
import type { GraphEditor } from './editor.js';

/** Column `t` holds full[full[t]] + tail[tail[t]] + bias[t] · the bias; an index of NONE adds nothing. */
export interface Columns {
  /** Of the convolution without its bias. */
  readonly full: Int32Array;
  readonly tail: Int32Array;
  /** How often the convolution's bias is in it: models add it within the convolution and take it off the tail. */
  readonly bias: Int32Array;
}

export const NONE = -1;

/** Longer signals are left as they are: the bound on the work for one file. */
const MAX_COLUMNS = 2 ** 16;
/** An overlap-add takes up to six nodes; beyond this it is something else. */
const MAX_NODES = 16;

function range(start: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => start + i);
}

function nothing(length: number): Int32Array {
  return new Int32Array(length).fill(NONE);
}

function times(count: number, length: number): Int32Array {
  return new Int32Array(length).fill(count);
}

export interface ColumnTrace {
  readonly columns: ReadonlyMap<ValueId, Columns>;
  /** The nodes that only move and add columns. */
  readonly nodes: ReadonlySet<AnyNode>;
}

/** Values that slicing, padding, joining and adding reach from `full`: where the next tail may be among. */
export function reachedByMoving(full: ValueId, editor: GraphEditor): ReadonlySet<ValueId> {
  const reached = new Set([full]);
  for (const value of reached) {
    if (reached.size > MAX_NODES) break;
    for (const node of editor.consumersOf(value)) if (movesColumns(node)) reached.add(node.outputs[0]!);
  }
  return reached;
}

function movesColumns(node: AnyNode): boolean {
  return node.op === 'slice' || node.op === 'pad' || node.op === 'concat' || node.op === 'add';
}

/**
 * Everything reached from `full` and `tail` by slicing, padding, joining and adding columns, and by adding the bias or
 * taking it away.
 * @param bias What the convolution that computes `full` adds per channel, if it does.
 */
export function traceColumns(
  full: ValueId,
  tail: ValueId,
  bias: Float32Array | undefined,
  editor: GraphEditor,
): ColumnTrace | null {
  const fullLength = editor.shape(full)[2]!;
  const tailLength = editor.shape(tail)[2]!;
  if (fullLength > MAX_COLUMNS) return null;
  const columns = new Map<ValueId, Columns>([
    [full, { full: range(0, fullLength), tail: nothing(fullLength), bias: times(bias ? 1 : 0, fullLength) }],
    [tail, { full: nothing(tailLength), tail: range(0, tailLength), bias: times(0, tailLength) }],
  ]);
  const nodes = new Set<AnyNode>();
  const waiting = [...editor.consumersOf(full), ...editor.consumersOf(tail)];
  for (const node of waiting) {
    if (nodes.size >= MAX_NODES) break;
    if (nodes.has(node)) continue;
    const result = columnsOf(node, columns, bias, editor);
    if (result === null || result.full.length > MAX_COLUMNS) continue;
    nodes.add(node);
    columns.set(node.outputs[0]!, result);
    waiting.push(...editor.consumersOf(node.outputs[0]!));
  }
  return { columns, nodes };
}

function columnsOf(
  node: AnyNode,
  known: ReadonlyMap<ValueId, Columns>,
  bias: Float32Array | undefined,
  editor: GraphEditor,
): Columns | null {
  if (node.op === 'add' && bias) {
    const withBias = addBias(node.inputs as readonly [ValueId, ValueId], known, bias, editor);
    if (withBias) return withBias;
  }
  const parts: Columns[] = [];
  for (const input of node.inputs) {
    const part = input === null ? undefined : (known.get(input) ?? zeros(input, editor));
    if (part === undefined) return null;
    parts.push(part);
  }
  const [first] = parts;
  if (first === undefined) return null;
  if (node.op === 'slice') {
    const { axis, start, end, step } = node.attributes;
    if (axis !== 2 || step !== 1) return null;
    return {
      full: first.full.slice(start, end),
      tail: first.tail.slice(start, end),
      bias: first.bias.slice(start, end),
    };
  }
  if (node.op === 'pad') {
    const { axis, before, after } = node.attributes;
    return axis === 2 ? join([empty(before), first, empty(after)]) : null;
  }
  if (node.op === 'concat') return node.attributes.axis === 2 ? join(parts) : null;
  return node.op === 'add' ? sum(first, parts[1]!) : null;
}

/** A known value + or - the bias, as a constant for each channel. */
function addBias(
  inputs: readonly [ValueId, ValueId],
  known: ReadonlyMap<ValueId, Columns>,
  bias: Float32Array,
  editor: GraphEditor,
): Columns | undefined {
  for (const [index, other] of [[0, 1] as const, [1, 0] as const]) {
    const columns = known.get(inputs[index]);
    const numbers = editor.constant(inputs[other]);
    if (columns === undefined || numbers?.length !== bias.length) continue;
    if (editor.shape(inputs[other]).at(-1) !== 1) continue;
    const count = [1, -1].find((sign) => numbers.every((number, i) => number === sign * bias[i]!));
    if (count !== undefined) return { ...columns, bias: columns.bias.map((before) => before + count) };
  }
  return undefined;
}

function empty(length: number): Columns {
  return { full: nothing(length), tail: nothing(length), bias: times(0, length) };
}

/** A constant of zeros, as models write them to lengthen a tail. */
function zeros(value: ValueId, editor: GraphEditor): Columns | undefined {
  const numbers = editor.constant(value);
  const shape = editor.shape(value);
  if (numbers === undefined || shape.length !== 3 || !numbers.every((number) => number === 0))
    return undefined;
  return empty(shape[2]!);
}

function join(parts: readonly Columns[]): Columns {
  const joined = (key: keyof Columns): Int32Array =>
    Int32Array.from(parts.flatMap(({ [key]: indices }) => [...indices]));
  return { full: joined('full'), tail: joined('tail'), bias: joined('bias') };
}

/** null when a column would be a sum of two of the same kind, or the lengths differ. */
function sum(a: Columns, b: Columns): Columns | null {
  if (a.full.length !== b.full.length) return null;
  const clash = (x: Int32Array, y: Int32Array): boolean =>
    x.some((index, t) => index !== NONE && y[t] !== NONE);
  if (clash(a.full, b.full) || clash(a.tail, b.tail)) return null;
  const merge = (x: Int32Array, y: Int32Array): Int32Array =>
    x.map((index, t) => (index === NONE ? y[t]! : index));
  const bias = a.bias.map((count, t) => count + b.bias[t]!);
  return { full: merge(a.full, b.full), tail: merge(a.tail, b.tail), bias };
}

/** Whether a value is columns start … start + length of full + tail, with the bias `biasCount` times. */
export function isOverlapAdd(
  columns: Columns,
  start: number,
  length: number,
  tailLength: number,
  biasCount: number,
): boolean {
  return (
    columns.full.length === length &&
    columns.bias.every((count) => count === biasCount) &&
    columns.full.every((index, t) => index === start + t) &&
    columns.tail.every((index, t) => index === (start + t < tailLength ? start + t : NONE))
  );
}

/** Where the columns of a value lie among those of another, or null. */
export function placeWithin(part: Columns, whole: Columns): number | null {
  // Every column of an overlap-add has a column of the convolution of its own.
  const start = whole.full.indexOf(part.full[0]!);
  if (start < 0) return null;
  const equal = (key: keyof Columns): boolean =>
    part[key].every((index, t) => index === whole[key][start + t]);
  return equal('full') && equal('tail') && equal('bias') ? start : null;
}
