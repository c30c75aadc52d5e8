/**
 * Where the columns (axis 2) of a value come from, seen through slices and joins: two values that a model cut in
 * different ways are the same where their segments are. Used by `cached-convolutions.ts`.
 */

import type { ValueId } from '../graph.js';
import type { GraphEditor } from './editor.js';

/** Columns start … end of a value that is neither a slice of columns nor joined from parts. */
export interface Segment {
  readonly base: ValueId;
  readonly start: number;
  readonly end: number;
}

/** Longer chains and wider joins are taken as they are: the bound on the work for one file. */
const MAX_DEPTH = 8;
const MAX_SEGMENTS = 64;

/** The value must have three axes. */
export function segmentsOf(value: ValueId, editor: GraphEditor, depth = 0): readonly Segment[] {
  const whole = [{ base: value, start: 0, end: editor.shape(value)[2]! }];
  if (depth === MAX_DEPTH) return whole;
  const node = editor.producerOf(value);
  if (node?.op === 'slice') {
    const { axis, start, end, step } = node.attributes;
    if (axis !== 2 || step !== 1) return whole;
    return cutSegments(segmentsOf(node.inputs[0]!, editor, depth + 1), start, end);
  }
  if (node?.op !== 'concat' || node.attributes.axis !== 2) return whole;
  const joined: Segment[] = [];
  for (const input of node.inputs) {
    for (const segment of segmentsOf(input!, editor, depth + 1)) append(joined, segment);
    if (joined.length > MAX_SEGMENTS) return whole;
  }
  return joined;
}

/** Columns start … end of what the segments make up. */
export function cutSegments(segments: readonly Segment[], start: number, end: number): readonly Segment[] {
  const parts: Segment[] = [];
  let first = 0;
  for (const segment of segments) {
    const from = segment.start + Math.max(0, start - first);
    const to = Math.min(segment.end, segment.start + end - first);
    if (from < to) append(parts, { ...segment, start: from, end: to });
    first += segment.end - segment.start;
  }
  return parts;
}

export function sameSegments(a: readonly Segment[], b: readonly Segment[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ base, start, end }, i) => base === b[i]!.base && start === b[i]!.start && end === b[i]!.end)
  );
}

/** Neighbours become one. */
function append(segments: Segment[], next: Segment): void {
  const last = segments.at(-1);
  if (last?.base === next.base && last.end === next.start)
    segments[segments.length - 1] = { ...last, end: next.end };
  else segments.push(next);
}
