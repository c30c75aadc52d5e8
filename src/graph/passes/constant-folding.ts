/**
 * Computes at load what depends on constants alone, for instance Fourier bases. Each result is rounded to float32, as
 * the graph defines its values; the arithmetic is the reference interpreter's, equal on every machine.
 */

import type { AnyNode, Graph } from '../graph.js';
import { runNode } from '../reference.js';
import { elementCount } from '../tensor-shape.js';
import { GraphEditor } from './editor.js';

/** Steps of arithmetic that may be spent on one graph: bounds the time that a file can cost (a few seconds). */
const MAX_WORK = 2 ** 26;

/** What is left of the bound on work; shared by all runs over one graph. */
export interface FoldingBudget {
  work: number;
}

export function foldingBudget(): FoldingBudget {
  return { work: MAX_WORK };
}

/** The same graph object when there is nothing to fold. Nodes beyond the bound on work stay nodes. */
export function foldConstants(graph: Graph, budget = foldingBudget()): Graph {
  return new GraphEditor(graph)
    .run((node, editor) => {
      if (node.inputs.some((input) => input !== null && editor.constant(input) === undefined)) return false;
      const cost = estimateWork(node, editor);
      if (cost > budget.work) return false;
      budget.work -= cost;
      if (node.op === 'reshape') {
        // The same numbers in the same order: large weights are not copied.
        editor.remove(node);
        editor.setConstant(node.outputs[0]!, editor.constant(node.inputs[0])!);
        return true;
      }
      const inputs = node.inputs.map((input) =>
        input === null
          ? null
          : { shape: editor.shape(input), elements: new Float64Array(editor.constant(input)!) },
      );
      const results = runNode(
        node,
        inputs,
        node.outputs.map((output) => editor.shape(output)),
      );
      editor.remove(node);
      node.outputs.forEach((output, index) =>
        editor.setConstant(output, new Float32Array(results[index]!.elements)),
      );
      return true;
    })
    .finish();
}

/** Upper bound of the steps a node takes: each element of an output meets each element of a row of weights. */
function estimateWork(node: AnyNode, editor: GraphEditor): number {
  const sizes = node.inputs.map((input) => (input === null ? 0 : elementCount(editor.shape(input))));
  const output = elementCount(editor.shape(node.outputs[0]!));
  if (node.op === 'matmul') return output * editor.shape(node.inputs[0]!).at(-1)!;
  if (node.op === 'conv1d' || node.op === 'conv_transpose1d') {
    const [, perGroup, kernel] = editor.shape(node.inputs[1]!) as readonly [number, number, number];
    const positions = node.op === 'conv1d' ? output : sizes[0]!;
    return positions * perGroup * kernel;
  }
  return output + sizes.reduce((sum, size) => sum + size, 0);
}
