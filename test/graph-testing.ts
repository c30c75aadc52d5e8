/** What the tests of all passes share: building small graphs, and running before and after side by side. */

import { expect } from 'vitest';
import { largestDifference, randomArray, randomHops, randomNumbers, runReference } from './onnx-truth.js';
import { GraphBuilder } from '../src/graph/builder.js';
import type { Graph, ValueId } from '../src/graph/graph.js';
import { print } from '../src/graph/print.js';
import { elementCount, type Shape } from '../src/graph/tensor-shape.js';
import { verify } from '../src/graph/verify.js';
import { dropDeadCode } from '../src/graph/passes/dead-code.js';

/** A builder with constants of random numbers, seeded. */
export class TestBuilder extends GraphBuilder {
  private readonly random = randomNumbers(21);

  weights(name: string, ...shape: number[]): ValueId {
    return this.constant(name, shape, randomArray(elementCount(shape), this.random));
  }

  audio(name: string, shape: Shape): ValueId {
    return this.input(name, shape, 'audio');
  }

  out(value: ValueId, name = 'out'): void {
    this.output(name, value, 'audio');
  }
}

export function build(describe: (builder: TestBuilder) => void): Graph {
  const builder = new TestBuilder('test');
  describe(builder);
  return builder.build();
}

/**
 * Runs a pass, checks that the result is sound and gives the same over several hops, and returns its nodes as text,
 * without what nobody uses any more.
 * @param tolerance Largest difference; not zero where folded constants are rounded to float32.
 */
export function nodesAfter(graph: Graph, pass: (graph: Graph) => Graph, tolerance = 1e-12): string {
  const after = dropDeadCode(pass(graph));
  verify(after);
  const hops = randomHops(graph, 5, 9);
  const { error, where } = largestDifference(runReference(after, hops), runReference(graph, hops));
  expect(error, where).toBeLessThanOrEqual(tolerance);
  return nodes(after);
}

/** The nodes of a graph as text, between newlines so that it reads well in a test. */
export function nodes(graph: Graph): string {
  const lines = print(graph)
    .split('\n')
    .filter((line) => line.includes(' = ') && !line.startsWith('next ') && !line.startsWith('output '));
  return `\n${lines.join('\n')}\n`;
}
