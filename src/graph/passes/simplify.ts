/**
 * Takes away steps that change nothing, and writes a few ops in their plainest form, so that other passes meet fewer
 * variants: whole slices, empty pads, concats of one, x · 1, x^2, x - constant, x / constant; see also
 * `simplify-moves.ts`.
 */

import type { AnyNode, Graph, ValueId } from '../graph.js';
import { allFinite, sameShape } from '../tensor-shape.js';
import { GraphEditor, type Rule } from './editor.js';
import { moveRules } from './simplify-moves.js';

/** The same graph object when there is nothing to simplify. */
export function simplify(graph: Graph): Graph {
  return new GraphEditor(graph)
    .run(dropNoOperation, ...moveRules, dropNeutral, plainPower, addNegatedConstant, multiplyByReciprocal)
    .finish();
}

const dropNoOperation: Rule = (node, editor) => {
  const [input] = node.inputs;
  if (input === null || input === undefined || !changesNothing(node, input, editor)) return false;
  editor.redirect(node.outputs[0]!, input);
  editor.remove(node);
  return true;
};

function changesNothing(node: AnyNode, input: ValueId, editor: GraphEditor): boolean {
  if (node.op === 'transpose')
    return node.attributes.permutation.every((axis, position) => axis === position);
  if (node.op === 'concat') return node.inputs.length === 1;
  if (node.op === 'pixel_shuffle') return node.attributes.factor === 1;
  if (node.op === 'flip') return editor.shape(input)[node.attributes.axis] === 1;
  const keepsOrder = node.op === 'reshape' || node.op === 'slice' || node.op === 'pad';
  return keepsOrder && sameShape(editor.shape(input), editor.shape(node.outputs[0]!));
}

/** x · 1, x / 1, x + 0. */
const dropNeutral: Rule = (node, editor) => {
  if (node.op !== 'mul' && node.op !== 'div' && node.op !== 'add') return false;
  const neutral = node.op === 'add' ? 0 : 1;
  const [a, b] = node.inputs as readonly [ValueId, ValueId];
  const output = node.outputs[0]!;
  for (const [x, other] of node.op === 'div' ? [[a, b] as const] : [[a, b] as const, [b, a] as const]) {
    const numbers = editor.constant(other);
    if (!numbers?.every((number) => number === neutral)) continue;
    if (!sameShape(editor.shape(x), editor.shape(output))) continue;
    editor.remove(node);
    editor.redirect(output, x);
    return true;
  }
  return false;
};

const plainPower: Rule = (node, editor) => {
  if (node.op !== 'pow') return false;
  const [x, exponent] = node.inputs as readonly [ValueId, ValueId];
  const numbers = editor.constant(exponent);
  const output = node.outputs[0]!;
  if (numbers?.length !== 1 || !sameShape(editor.shape(x), editor.shape(output))) return false;
  if (numbers[0] !== 2 && numbers[0] !== 0.5) return false;
  editor.remove(node);
  if (numbers[0] === 2) editor.add('mul', [x, x], node.outputs, {}, node.origin);
  else editor.add('sqrt', [x], node.outputs, {}, node.origin);
  return true;
};

const addNegatedConstant: Rule = (node, editor) => {
  if (node.op !== 'sub') return false;
  const [x, subtracted] = node.inputs as readonly [ValueId, ValueId];
  const numbers = editor.constant(subtracted);
  if (numbers === undefined || editor.constant(x) !== undefined) return false;
  const negated = editor.addConstant(
    `${editor.name(subtracted)}.negated`,
    editor.shape(subtracted),
    numbers.map((number) => -number),
  );
  editor.remove(node);
  editor.add('add', [x, negated], node.outputs, {}, node.origin);
  return true;
};

/** Rounds once more than the division, within a unit in the last place. */
const multiplyByReciprocal: Rule = (node, editor) => {
  if (node.op !== 'div') return false;
  const [x, divisor] = node.inputs as readonly [ValueId, ValueId];
  const numbers = editor.constant(divisor);
  if (numbers === undefined || editor.constant(x) !== undefined) return false;
  const reciprocals = numbers.map((number) => 1 / number);
  if (!allFinite(reciprocals)) return false;
  const factor = editor.addConstant(`${editor.name(divisor)}.reciprocal`, editor.shape(divisor), reciprocals);
  editor.remove(node);
  editor.add('mul', [x, factor], node.outputs, {}, node.origin);
  return true;
};
