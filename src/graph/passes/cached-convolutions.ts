/**
 * Recognises streaming convolutions that a model writes out in parts, and makes each one op that owns its state:
 * history + concat + conv1d + slice → cached_conv1d, conv_transpose1d + overlap-add → cached_conv_transpose1d.
 * Leaves everything alone where a part is used for anything else.
 */

import type { AnyNode, Graph, GraphState } from '../graph.js';
import { type ColumnTrace, isOverlapAdd, placeWithin, reachedByMoving, traceColumns } from './columns.js';
import { GraphEditor } from './editor.js';
import { cutSegments, sameSegments, segmentsOf } from './segments.js';

/** The same graph object when nothing was recognised. */
export function recogniseCachedConvolutions(graph: Graph): Graph {
  return new GraphEditor(graph).run(cacheConvolution, cacheTransposedConvolution).finish();
}

function cacheConvolution(node: AnyNode, editor: GraphEditor): boolean {
  if (node.op !== 'conv1d') return false;
  const [joined, weight = null, bias = null, residual = null] = node.inputs;
  const concat = editor.producer(joined, 'concat');
  if (concat?.attributes.axis !== 2 || concat.inputs.length !== 2) return false;
  const [history, x] = concat.inputs as readonly [number, number];
  const state = editor.state(history);
  if (state === undefined || !editor.onlyUsedBy(history, concat)) return false;
  // A state that becomes the last columns, whether they are cut from the joined signal or from x alone, or are x.
  const [past, time] = [editor.shape(history)[2]!, editor.shape(x)[2]!];
  const last = cutSegments(segmentsOf(joined!, editor), time, past + time);
  if (!sameSegments(segmentsOf(state.output, editor), last)) return false;
  const cut = editor.producerOf(state.output);
  const users = cut !== undefined && editor.onlyNextOf(state.output, state) ? [node, cut] : [node];
  if (!editor.onlyUsedBy(joined!, ...users)) return false;

  editor.remove(node, concat);
  let next = state.output;
  if (users.length === 2) editor.remove(cut!);
  else {
    next = editor.addValue(`${state.name}.next`, editor.shape(history));
    editor.setNext(state, next);
  }
  editor.add(
    'cached_conv1d',
    [x, history, weight, bias, residual],
    [node.outputs[0]!, next],
    node.attributes,
    node.origin,
  );
  return true;
}

function cacheTransposedConvolution(node: AnyNode, editor: GraphEditor): boolean {
  if (node.op !== 'conv_transpose1d' || node.attributes.activation.kind !== 'none') return false;
  if (editor.constant(node.inputs[2]) === undefined && (node.inputs[2] ?? null) !== null) return false;
  const reached = reachedByMoving(node.outputs[0]!, editor);
  for (const state of editor.states)
    if (reached.has(state.output) && overlapAdd(node, state, editor)) return true;
  return false;
}

function overlapAdd(
  node: AnyNode & { op: 'conv_transpose1d' },
  state: GraphState,
  editor: GraphEditor,
): boolean {
  const [x, weight = null, given = null] = node.inputs;
  const numbers = editor.constant(given);
  const bias = numbers?.some((number) => number !== 0) ? given : null;
  const full = node.outputs[0]!;
  const [, channels, columns] = editor.shape(full) as readonly [number, number, number];
  const hop = editor.shape(x!)[2]! * node.attributes.stride;
  const rest = columns - hop;
  const tailShape = editor.shape(state.input);
  if (tailShape.length !== 3 || tailShape[1] !== channels || tailShape[2] !== rest) return false;
  const trace = traceColumns(full, state.input, editor.constant(bias), editor);
  const next = trace?.columns.get(state.output);
  // The tail must be free of the bias, which would count twice where hops overlap; the output has it once.
  if (trace === null || next === undefined || !isOverlapAdd(next, hop, rest, rest, 0)) return false;
  if (!editor.onlyNextOf(state.output, state)) return false;

  const once = bias === null ? 0 : 1;
  const y = [...trace.columns].find(([, value]) => isOverlapAdd(value, 0, hop, rest, once))?.[0];
  if (y === undefined) return false;
  const parts = partsOf(y, trace);
  const slices = slicesInstead(parts, trace, [y, state.output], editor);
  if (slices === null) return false;
  if (![full, state.input].every((value) => editor.onlyUsedBy(value, ...parts))) return false;

  editor.remove(node, ...parts);
  for (const { value, start, end } of slices)
    editor.add('slice', [y], [value], { axis: 2, start, end, step: 1 }, node.origin);
  editor.add(
    'cached_conv_transpose1d',
    [x!, state.input, weight, bias],
    [y, state.output],
    node.attributes,
    node.origin,
  );
  return true;
}

/** The traced nodes, but for those that only go on from `y`. */
function partsOf(y: number, trace: ColumnTrace): AnyNode[] {
  const afterY = new Set([y]);
  return [...trace.nodes].filter((node) => {
    const inputs = node.inputs.filter((input) => input !== null && trace.columns.has(input)) as number[];
    if (!inputs.every((input) => afterY.has(input))) return true;
    afterY.add(node.outputs[0]!);
    return false;
  });
}

interface ColumnSlice {
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** What else is wanted of the parts, as slices of y; null when something is wanted that y does not hold. */
function slicesInstead(
  parts: readonly AnyNode[],
  trace: ColumnTrace,
  [y, next]: readonly [number, number],
  editor: GraphEditor,
): ColumnSlice[] | null {
  const slices: ColumnSlice[] = [];
  for (const { outputs } of parts) {
    const value = outputs[0]!;
    if (value === y || value === next || editor.onlyUsedBy(value, ...parts)) continue;
    const start = placeWithin(trace.columns.get(value)!, trace.columns.get(y)!);
    if (start === null) return null;
    slices.push({ value, start, end: start + editor.shape(value)[2]! });
  }
  return slices;
}
