/**
 * Runs a Graph in float64, plainly and slowly: the oracle for everything faster, and what folds constants.
 * Not for the audio thread.
 */

import { expectEqual, expectThat } from './errors.js';
import type { AnyNode, Graph, OpName, ValueId } from './graph.js';
import { convolutionKernels } from './kernels/convolution.js';
import { elementwiseKernels } from './kernels/elementwise.js';
import { layoutKernels } from './kernels/layout.js';
import { networkKernels } from './kernels/network.js';
import type { ReferenceKernel, Tensor } from './kernels/tensor.js';
import { elementCount, type Shape } from './tensor-shape.js';

/** One kernel per op; a missing one does not compile. */
export const referenceKernels: { readonly [K in OpName]: ReferenceKernel<K> } = {
  ...elementwiseKernels,
  ...layoutKernels,
  ...networkKernels,
  ...convolutionKernels,
};

/** Runs one node on float64 tensors; `shapes` are its outputs' shapes. */
export function runNode(
  node: AnyNode,
  inputs: readonly (Tensor | null)[],
  shapes: readonly Shape[],
): readonly Tensor[] {
  // The table guarantees that the kernel fits the attributes; TypeScript cannot correlate the two unions.
  const kernel = referenceKernels[node.op] as ReferenceKernel<OpName>;
  return kernel(inputs, node.attributes, shapes);
}

export interface ReferenceOptions {
  /** Start from what the model file stored, where it stored something; from zeros if not given. */
  readonly storedStates?: boolean;
}

export class ReferenceInterpreter {
  private readonly constants = new Map<ValueId, Tensor>();
  private state = new Map<ValueId, Tensor>();

  constructor(
    private readonly graph: Graph,
    private readonly options: ReferenceOptions = {},
  ) {
    for (const [value, numbers] of graph.constants)
      this.constants.set(value, { shape: this.shape(value), elements: new Float64Array(numbers) });
    this.reset();
  }

  /** Forgets the past: every state is as at the start. */
  reset(): void {
    this.state = new Map(
      this.graph.states.map(({ input, stored }) => {
        const shape = this.shape(input);
        const elements =
          this.options.storedStates && stored
            ? new Float64Array(stored)
            : new Float64Array(elementCount(shape));
        return [input, { shape, elements }];
      }),
    );
  }

  /**
   * Runs one hop.
   * @param inputs For each input port's name its elements, row-major in the port's shape.
   * @returns The same for each output port.
   * @throws PluginError('model/invalid') when an input is missing or has another size.
   */
  step(inputs: Readonly<Record<string, ArrayLike<number>>>): Record<string, Float64Array> {
    const tensors = new Map([...this.constants, ...this.state]);
    for (const { name, value } of this.graph.inputs) {
      const site = { op: 'input', origin: name };
      const given = inputs[name];
      expectThat(site, given !== undefined, 'nothing was given');
      expectEqual(site, 'elements', elementCount(this.shape(value)), given.length);
      tensors.set(value, { shape: this.shape(value), elements: Float64Array.from(given) });
    }
    for (const node of this.graph.nodes) {
      const results = runNode(
        node,
        node.inputs.map((input) => (input === null ? null : tensors.get(input)!)),
        node.outputs.map((output) => this.shape(output)),
      );
      node.outputs.forEach((output, index) => tensors.set(output, results[index]!));
    }
    this.state = new Map(this.graph.states.map(({ input, output }) => [input, tensors.get(output)!]));
    return Object.fromEntries(
      this.graph.outputs.map(({ name, value }) => [name, tensors.get(value)!.elements.slice()]),
    );
  }

  private shape(value: ValueId): Shape {
    return this.graph.values[value]!.shape;
  }
}
