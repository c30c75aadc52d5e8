import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorAgainstReference } from '../../test/support/engine.js';
import { graphFromSteps, steps } from '../../test/support/random-graph.js';

describe('compile', () => {
  it('computes what the float64 reference computes, for any network', () => {
    fc.assert(
      fc.property(steps, fc.nat(1000), (recipe, seed) => {
        // Sums of a few hundred float32 products of numbers near 1.
        expect(errorAgainstReference(graphFromSteps(recipe, seed), 4, seed)).toBeLessThan(1e-5);
      }),
      { seed: 1, numRuns: 400 },
    );
  });
});
