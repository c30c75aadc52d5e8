/** Importers of ONNX ops on truth values, which are the numbers 0 and 1 here. */

import type { OpName } from '../../../graph/graph.js';
import type { NodeImport, Operand } from '../node.js';
import type { OpImporter } from './elementwise.js';

type Pair = (node: NodeImport, a: Operand, b: Operand) => Operand;

function pair(combine: Pair): OpImporter {
  return (node) => {
    const [a, b] = node.alike([node.input(0), node.input(1)]) as [Operand, Operand];
    return [combine(node, a, b)];
  };
}

const compare =
  (op: Extract<OpName, 'equal' | 'less' | 'less_or_equal'>, swapped = false): Pair =>
  (node, a, b) =>
    node.apply(op, swapped ? [b, a] : [a, b], {});

/** 1 for 0, 0 for 1. */
export function negated(node: NodeImport, x: Operand): Operand {
  return node.apply('sub', [node.numberLike(x, 1), x], {});
}

const where: OpImporter = (node) => [
  node.apply('where', node.alike([node.input(0), node.input(1), node.input(2)]), {}),
];

export const comparisonImporters = {
  Equal: pair(compare('equal')),
  Less: pair(compare('less')),
  LessOrEqual: pair(compare('less_or_equal')),
  Greater: pair(compare('less', true)),
  GreaterOrEqual: pair(compare('less_or_equal', true)),
  And: pair((node, a, b) => node.apply('mul', [a, b], {})),
  Or: pair((node, a, b) => node.apply('maximum', [a, b], {})),
  Not: (node) => [negated(node, node.input(0))],
  Where: where,
} satisfies Record<string, OpImporter>;
