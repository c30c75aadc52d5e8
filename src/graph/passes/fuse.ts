/**
 * Joins neighbouring ops into one where an op for both exists: fewer passes over memory in every back end.
 * A value that anyone else uses is never fused away.
 */

import type { Graph } from '../graph.js';
import { GraphEditor, type Rule } from './editor.js';
import { fuseActivation, fuseOffset, fuseResidual, fuseScale } from './fuse-convolution.js';
import { normaliseInPlace, shufflePixels } from './fuse-layout.js';

/** The same graph object when there is nothing to fuse. */
export function fuse(graph: Graph): Graph {
  return new GraphEditor(graph)
    .run(fuseSilu, normaliseInPlace, shufflePixels, fuseScale, fuseOffset, fuseActivation, fuseResidual)
    .finish();
}

/** x · sigmoid(x) */
const fuseSilu: Rule = (node, editor) => {
  if (node.op !== 'mul') return false;
  for (const [index, other] of [[0, 1] as const, [1, 0] as const]) {
    const sigmoid = editor.producer(node.inputs[index], 'sigmoid');
    const x = node.inputs[other]!;
    if (sigmoid === undefined || sigmoid.inputs[0] !== x) continue;
    if (!editor.onlyUsedBy(sigmoid.outputs[0]!, node)) continue;
    editor.remove(node, sigmoid);
    editor.add('silu', [x], node.outputs, {}, node.origin);
    return true;
  }
  return false;
};
