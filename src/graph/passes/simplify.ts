/**
 * Takes away steps that change nothing, and writes a few ops in their plainest form, so that other passes meet fewer
 * variants: identical and doubled transposes and reshapes, whole slices, empty pads, concats of one, x^2, x - constant.
 */

import type { AnyNode, Graph, ValueId } from '../graph.js';
import { sameShape } from '../tensor-shape.js';
import { GraphEditor, type Rule } from './editor.js';

/** The same graph object when there is nothing to simplify. */
export function simplify(graph: Graph): Graph {
  return new GraphEditor(graph)
    .run(dropNoOperation, mergeTransposes, mergeReshapes, plainPower, addNegatedConstant)
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
  const keepsOrder = node.op === 'reshape' || node.op === 'slice' || node.op === 'pad';
  return keepsOrder && sameShape(editor.shape(input), editor.shape(node.outputs[0]!));
}

const mergeTransposes: Rule = (node, editor) => {
  if (node.op !== 'transpose') return false;
  const first = editor.producer(node.inputs[0], 'transpose');
  if (first === undefined) return false;
  const permutation = node.attributes.permutation.map((axis) => first.attributes.permutation[axis]!);
  editor.remove(node);
  editor.add('transpose', first.inputs, node.outputs, { permutation }, node.origin);
  return true;
};

const mergeReshapes: Rule = (node, editor) => {
  if (node.op !== 'reshape') return false;
  const first = editor.producer(node.inputs[0], 'reshape');
  if (first === undefined) return false;
  editor.remove(node);
  editor.add('reshape', first.inputs, node.outputs, node.attributes, node.origin);
  return true;
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
