import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareWithOnePass } from '../../../test/streaming-testing.js';
import { describeNetwork, networks } from '../../../test/streaming-networks.js';

// Both sides compute in float64, in another order of sums at most.
const TOLERANCE = 1e-9;

// Six layers remember 90 columns at most; the last 0.15 of the hops are compared.
const HOPS = 112;

describe('a random network made streaming', () => {
  it('gives hop by hop what one pass gives, late by the reported delay', () => {
    fc.assert(
      fc.property(networks, fc.nat(1000), (network, seed) => {
        const { error, level } = compareWithOnePass(describeNetwork(network), HOPS, 0.85, seed);
        expect(error).toBeLessThanOrEqual(TOLERANCE * Math.max(level, 1));
      }),
      { seed: 3, numRuns: 80 },
    );
  });
});
