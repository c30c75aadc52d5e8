/**
 * Simplifies ops that only move elements, where one undoes or continues another: slices of slices, of joins and of
 * padding, joins of neighbouring slices, doubled transposes, reshapes and flips. Part of `simplify.ts`.
 */

import type { AnyNode, OpAttributes, ValueId } from '../graph.js';
import type { GraphEditor, Rule } from './editor.js';

type SliceNode = Extract<AnyNode, { op: 'slice' }>;

/** Puts a slice of `source` in the place of the node, or the source itself where all of it is wanted. */
function becomeSlice(
  node: AnyNode,
  source: ValueId,
  attributes: OpAttributes['slice'],
  editor: GraphEditor,
): void {
  const { axis, start, end, step } = attributes;
  editor.remove(node);
  if (start === 0 && step === 1 && end === editor.shape(source)[axis])
    editor.redirect(node.outputs[0]!, source);
  else editor.add('slice', [source], node.outputs, attributes, node.origin);
}

const sliceOfSlice: Rule = (node, editor) => {
  if (node.op !== 'slice') return false;
  const first = editor.producer(node.inputs[0], 'slice');
  if (first === undefined || first.attributes.axis !== node.attributes.axis) return false;
  const { axis, step } = node.attributes;
  const { start, step: firstStep } = first.attributes;
  const last = lastOf(node.attributes);
  const merged = {
    axis,
    start: start + node.attributes.start * firstStep,
    end: start + last * firstStep + 1,
    step: step * firstStep,
  };
  becomeSlice(node, first.inputs[0]!, merged, editor);
  return true;
};

/** The last place along the axis that a slice takes. */
function lastOf({ start, end, step }: OpAttributes['slice']): number {
  return start + Math.floor((end - start - 1) / step) * step;
}

/** Where a slice takes from one part of a join alone, it takes from that part. */
const sliceOfConcat: Rule = (node, editor) => {
  if (node.op !== 'slice') return false;
  const concat = editor.producer(node.inputs[0], 'concat');
  const { axis, start, step } = node.attributes;
  if (concat?.attributes.axis !== axis) return false;
  const last = lastOf(node.attributes);
  let first = 0;
  for (const part of concat.inputs as readonly ValueId[]) {
    const size = editor.shape(part)[axis]!;
    if (start >= first && last < first + size) {
      becomeSlice(node, part, { axis, start: start - first, end: last - first + 1, step }, editor);
      return true;
    }
    first += size;
  }
  return false;
};

/** Likewise for the padded signal without its padding. */
const sliceOfPad: Rule = (node, editor) => {
  if (node.op !== 'slice') return false;
  const pad = editor.producer(node.inputs[0], 'pad');
  const { axis, start, step } = node.attributes;
  if (pad?.attributes.axis !== axis) return false;
  const { before } = pad.attributes;
  const [source] = pad.inputs as readonly [ValueId];
  const last = lastOf(node.attributes);
  if (start < before || last >= before + editor.shape(source)[axis]!) return false;
  becomeSlice(node, source, { axis, start: start - before, end: last - before + 1, step }, editor);
  return true;
};

/** Neighbouring slices of one value, joined again, are one slice. */
const joinOfNeighbours: Rule = (node, editor) => {
  if (node.op !== 'concat') return false;
  const { axis } = node.attributes;
  const parts: (ValueId | SliceNode)[] = [];
  for (const input of node.inputs as readonly ValueId[]) {
    const slice = editor.producer(input, 'slice');
    const last = parts.at(-1);
    if (slice === undefined || slice.attributes.axis !== axis || slice.attributes.step !== 1)
      parts.push(input);
    else if (typeof last === 'object' && continues(last, slice))
      parts[parts.length - 1] = {
        ...last,
        attributes: { ...last.attributes, end: slice.attributes.end },
        outputs: [],
      };
    else parts.push(slice);
  }
  if (parts.length === node.inputs.length) return false;
  editor.remove(node);
  const inputs = parts.map((part) => {
    if (typeof part === 'number') return part;
    // Slices that nothing was added to are there already.
    if (part.outputs.length > 0) return part.outputs[0]!;
    const { start, end } = part.attributes;
    const source = part.inputs[0]!;
    if (start === 0 && end === editor.shape(source)[axis]) return source;
    const shape = editor.shape(source).map((size, other) => (other === axis ? end - start : size));
    const joined = editor.addValue(`${part.origin}.joined`, shape);
    editor.add('slice', [source], [joined], part.attributes, part.origin);
    return joined;
  });
  if (inputs.length === 1) editor.redirect(node.outputs[0]!, inputs[0]!);
  else editor.add('concat', inputs, node.outputs, node.attributes, node.origin);
  return true;
};

function continues(first: SliceNode, next: SliceNode): boolean {
  return first.inputs[0] === next.inputs[0] && first.attributes.end === next.attributes.start;
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

/** A transpose that moves axes of size 1 alone leaves the elements in order. */
const transposeInOrder: Rule = (node, editor) => {
  if (node.op !== 'transpose') return false;
  const shape = editor.shape(node.inputs[0]!);
  const moved = node.attributes.permutation.filter((axis) => shape[axis] !== 1);
  if (!moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return false;
  editor.remove(node);
  const output = node.outputs[0]!;
  editor.add('reshape', node.inputs, [output], { shape: editor.shape(output) }, node.origin);
  return true;
};

const undoFlip: Rule = (node, editor) => {
  if (node.op !== 'flip') return false;
  const first = editor.producer(node.inputs[0], 'flip');
  if (first?.attributes.axis !== node.attributes.axis) return false;
  editor.remove(node);
  editor.redirect(node.outputs[0]!, first.inputs[0]!);
  return true;
};

export const moveRules: readonly Rule[] = [
  sliceOfSlice,
  sliceOfConcat,
  sliceOfPad,
  joinOfNeighbours,
  mergeTransposes,
  mergeReshapes,
  transposeInOrder,
  undoFlip,
];
