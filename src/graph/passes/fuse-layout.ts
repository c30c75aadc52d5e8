/**
 * Fusing of layouts: a normalisation between two transposes becomes one over another axis, and
 * reshape–transpose–reshape becomes pixel_shuffle. Part of `fuse.ts`.
 */

import type { ValueId } from '../graph.js';
import type { GraphEditor, Rule } from './editor.js';

/** transpose → layer_norm → transpose back: layer_norm over the axis where it lay before. */
export const normaliseInPlace: Rule = (node, editor) => {
  if (node.op !== 'transpose') return false;
  const norm = editor.producer(node.inputs[0], 'layer_norm');
  const first = editor.producer(norm?.inputs[0], 'transpose');
  if (norm === undefined || first === undefined) return false;
  const there = first.attributes.permutation;
  if (!node.attributes.permutation.every((axis, position) => there[axis] === position)) return false;
  if (!editor.onlyUsedBy(norm.outputs[0]!, node)) return false;
  const { axis, epsilon } = norm.attributes;
  editor.remove(node, norm);
  editor.add(
    'layer_norm',
    [first.inputs[0]!, ...norm.inputs.slice(1)],
    node.outputs,
    { axis: there[axis]!, epsilon },
    norm.origin,
  );
  return true;
};

/** [1, f·C, T] → [f, C, T] → [C, T, f] → [1, C, T·f], with or without the axis of size 1 in between. */
export const shufflePixels: Rule = (node, editor) => {
  if (node.op !== 'reshape') return false;
  const transpose = editor.producer(node.inputs[0], 'transpose');
  const split = editor.producer(transpose?.inputs[0], 'reshape');
  if (transpose === undefined || split === undefined) return false;
  const x = split.inputs[0]!;
  const factor = shuffleFactor(
    x,
    split.outputs[0]!,
    transpose.attributes.permutation,
    node.outputs[0]!,
    editor,
  );
  if (factor === null) return false;
  if (!editor.onlyUsedBy(transpose.outputs[0]!, node)) return false;
  if (!editor.onlyUsedBy(split.outputs[0]!, transpose)) return false;
  editor.remove(node, transpose, split);
  editor.add('pixel_shuffle', [x], node.outputs, { factor }, node.origin);
  return true;
};

function shuffleFactor(
  x: ValueId,
  split: ValueId,
  permutation: readonly number[],
  output: ValueId,
  editor: GraphEditor,
): number | null {
  const [from, parts, to] = [editor.shape(x), editor.shape(split), editor.shape(output)];
  if (from.length !== 3 || to.length !== 3 || from[0] !== 1 || to[0] !== 1) return null;
  const [factor, channels, time] = parts.slice(-3);
  const lead = parts.length - 3;
  if (factor === undefined || lead < 0 || lead > 1 || (lead === 1 && parts[0] !== 1)) return null;
  const wanted = lead === 1 ? '0,2,3,1' : '1,2,0';
  if (permutation.join() !== wanted || from[2] !== time || to[1] !== channels) return null;
  return factor;
}
