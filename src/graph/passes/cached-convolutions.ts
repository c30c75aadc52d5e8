/**
 * Recognises streaming convolutions that a model writes out in parts, and makes each one op that owns its state:
 * history + concat + conv1d + slice → cached_conv1d, conv_transpose1d + overlap-add → cached_conv_transpose1d.
 * Leaves everything alone where a part is used for anything else.
 */

import type { AnyNode, Graph, GraphState } from '../graph.js';
import { type ColumnTrace, isOverlapAdd, reachedByMoving, traceColumns } from './columns.js';
import { GraphEditor } from './editor.js';

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

  const last = editor.producer(state.output, 'slice');
  if (last === undefined || !editor.onlyNextOf(state.output, state)) return false;
  // The last columns may be cut from the joined signal or, if the hop is long enough, from x alone.
  const [source] = last.inputs;
  const [past, time] = [editor.shape(history)[2]!, editor.shape(source!)[2]!];
  const { axis, start, end, step } = last.attributes;
  const isLast = axis === 2 && step === 1 && start === time - past && end === time;
  if (!isLast || (source !== concat.outputs[0] && source !== x)) return false;
  if (!editor.onlyUsedBy(concat.outputs[0]!, node, last)) return false;

  editor.remove(node, concat, last);
  editor.add(
    'cached_conv1d',
    [x, history, weight, bias, residual],
    [node.outputs[0]!, state.output],
    node.attributes,
    node.origin,
  );
  return true;
}

function cacheTransposedConvolution(node: AnyNode, editor: GraphEditor): boolean {
  if (node.op !== 'conv_transpose1d' || node.attributes.activation.kind !== 'none') return false;
  const [x, weight = null, bias = null] = node.inputs;
  // A bias would be part of the tail too, and count twice where hops overlap.
  if (bias !== null) return false;
  const reached = reachedByMoving(node.outputs[0]!, editor);
  return editor.states.some(
    (state) => reached.has(state.output) && overlapAdd(node, x!, weight, state, editor),
  );
}

function overlapAdd(
  node: AnyNode & { op: 'conv_transpose1d' },
  x: number,
  weight: number | null,
  state: GraphState,
  editor: GraphEditor,
): boolean {
  const full = node.outputs[0]!;
  const [, channels, columns] = editor.shape(full) as readonly [number, number, number];
  const hop = editor.shape(x)[2]! * node.attributes.stride;
  const rest = columns - hop;
  const tailShape = editor.shape(state.input);
  if (tailShape.length !== 3 || tailShape[1] !== channels || tailShape[2] !== rest) return false;
  const trace = traceColumns(full, state.input, editor);
  const next = trace?.columns.get(state.output);
  if (trace === null || next === undefined || !isOverlapAdd(next, hop, rest, rest)) return false;
  if (!editor.onlyNextOf(state.output, state)) return false;

  const y = [...trace.columns].find(([, value]) => isOverlapAdd(value, 0, hop, rest))?.[0];
  if (y === undefined) return false;
  const parts = partsBetween([y, state.output], trace, editor);
  const inside = [full, state.input, ...[...parts].map((part) => part.outputs[0]!)];
  const hidden = inside.filter((value) => value !== y && value !== state.output);
  if (!hidden.every((value) => editor.onlyUsedBy(value, node, ...parts))) return false;

  editor.remove(node, ...parts);
  editor.add(
    'cached_conv_transpose1d',
    [x, state.input, weight, null],
    [y, state.output],
    node.attributes,
    node.origin,
  );
  return true;
}

/** The traced nodes that `ends` are made of. */
function partsBetween(ends: readonly number[], trace: ColumnTrace, editor: GraphEditor): Set<AnyNode> {
  const parts = new Set<AnyNode>();
  const waiting = [...ends];
  for (const value of waiting) {
    const node = editor.producerOf(value);
    if (node === undefined || !trace.nodes.has(node) || parts.has(node)) continue;
    parts.add(node);
    for (const input of node.inputs) if (input !== null) waiting.push(input);
  }
  return parts;
}
