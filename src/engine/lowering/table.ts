/**
 * One lowering per op: from a node of the Graph to jobs. A mapped type over the ops, so an op that the engine cannot
 * run does not compile. Used by `compile.ts`.
 */

import type { AnyNode, OpName } from '../../graph/graph.js';
import type { LoweringContext } from './context.js';
import { convolutionLowerings } from './convolution.js';
import { elementwiseLowerings } from './elementwise.js';
import { layoutLowerings } from './layout.js';
import { networkLowerings } from './network.js';

/** Emits the node's jobs and defines all of its outputs. */
export type Lowering<K extends OpName> = (
  node: Extract<AnyNode, { op: K }>,
  context: LoweringContext,
) => void;

const lowerings: { readonly [K in OpName]: Lowering<K> } = {
  ...elementwiseLowerings,
  ...layoutLowerings,
  ...networkLowerings,
  ...convolutionLowerings,
};

export function lower(node: AnyNode, context: LoweringContext): void {
  // The table guarantees that the lowering fits the node; TypeScript cannot correlate the two unions.
  const lowering = lowerings[node.op] as Lowering<OpName>;
  lowering(node, context);
}
