/**
 * Rewrites a Graph into the form that back ends run fastest: the same outputs, fewer and larger ops.
 */

import type { Graph } from '../graph.js';
import { verify } from '../verify.js';
import { recogniseCachedConvolutions } from './cached-convolutions.js';
import { foldConstants, foldingBudget } from './constant-folding.js';
import { dropDeadCode } from './dead-code.js';
import { fuse } from './fuse.js';
import { simplify } from './simplify.js';

/** Runs all passes until none changes anything, verifying after each. Throws PluginError only for our own defects. */
export function optimise(graph: Graph): Graph {
  const budget = foldingBudget();
  const passes = [
    (before: Graph) => foldConstants(before, budget),
    dropDeadCode,
    simplify,
    recogniseCachedConvolutions,
    fuse,
  ];
  let current = graph;
  for (let changed = true; changed;) {
    changed = false;
    for (const pass of passes) {
      const next = pass(current);
      if (next === current) continue;
      verify(next);
      current = next;
      changed = true;
    }
  }
  return current;
}
