/**
 * One node of the Graph while it is written as ONNX nodes: its values by the names they have in the file, and how its
 * writer adds ONNX nodes and small constants. The ops' writers are beside this file.
 */

import type { Node, OpName, ValueId } from '../../../graph/graph.js';
import type { Shape } from '../../../graph/tensor-shape.js';
import { floatTensor, type AttributeMessage, type NodeMessage, type TensorMessage } from '../encode.js';

type Attributes = Readonly<Record<string, AttributeMessage>>;

/** Writes one node; the result of op K. */
export type OpWriter<K extends OpName> = (node: NodeWriter<K>) => void;

/** One of several ONNX nodes in a row. */
export interface Step {
  readonly op: string;
  readonly suffix: string;
  /** Its inputs, given what the step before it computes. */
  readonly inputs: (x: string) => readonly string[];
  readonly attributes?: Attributes;
  /** It stands for the node's own op, as `NodeWriter.core` has it. */
  readonly core?: boolean;
}

/** What all nodes of one file share. */
export interface WrittenFile {
  /** Adds a node; its name gets a number if another node has it. */
  add(node: NodeMessage): void;
  readonly initializers: TensorMessage[];
  /** The name of a value in the file. */
  name(value: ValueId): string;
  /** A name like this one that nothing in the file has yet. */
  fresh(name: string): string;
  integers(numbers: readonly number[]): string;
  shape(value: ValueId): Shape;
  /** What a constant holds; undefined for every other value. */
  constant(value: ValueId): Float32Array | undefined;
}

export class NodeWriter<K extends OpName = OpName> {
  constructor(
    readonly node: Node<K>,
    private readonly file: WrittenFile,
  ) {}

  get attributes(): Node<K>['attributes'] {
    return this.node.attributes;
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? null) !== null;
  }

  /** An input's name; '' when it is absent, as ONNX has it. */
  input(index: number): string {
    const value = this.node.inputs[index] ?? null;
    return value === null ? '' : this.file.name(value);
  }

  inputs(): string[] {
    return this.node.inputs.map((_, index) => this.input(index));
  }

  inputShape(index: number): Shape {
    return this.file.shape(this.node.inputs[index]!);
  }

  outputShape(index = 0): Shape {
    return this.file.shape(this.node.outputs[index]!);
  }

  /** What an input holds if it is a constant. */
  constant(index: number): Float32Array | undefined {
    return this.file.constant(this.node.inputs[index]!);
  }

  /** The ONNX node whose output is one of this node's own. */
  result(op: string, inputs: readonly string[], attributes: Attributes = {}, index = 0): void {
    this.add(op, inputs, this.file.name(this.node.outputs[index]!), attributes, this.node.origin);
  }

  /** An ONNX node that only others of this node read; `suffix` tells it from them. */
  part(op: string, inputs: readonly string[], suffix: string, attributes: Attributes = {}): string {
    return this.add(op, inputs, this.fresh(suffix), attributes, `${this.node.origin}.${suffix}`);
  }

  /** As `part`, for the one that stands for this node's own op: it alone carries on where the node comes from. */
  core(op: string, inputs: readonly string[], suffix: string, attributes: Attributes = {}): string {
    return this.add(op, inputs, this.fresh(suffix), attributes, this.node.origin);
  }

  /** ONNX nodes one after the other, the last of which gives the result. */
  chain(steps: readonly [Step, ...Step[]]): void {
    const result = this.file.name(this.node.outputs[0]!);
    let x = '';
    steps.forEach(({ op, suffix, inputs, attributes = {}, core = false }, index) => {
      const output = index === steps.length - 1 ? result : this.fresh(suffix);
      const name = core ? this.node.origin : `${this.node.origin}.${suffix}`;
      x = this.add(op, inputs(x), output, attributes, name);
    });
  }

  /** A list of integers; those of the same numbers are one tensor in the file. */
  integers(...numbers: readonly number[]): string {
    return this.file.integers(numbers);
  }

  scalar(suffix: string, number: number): string {
    return this.floats(suffix, [], Float32Array.of(number));
  }

  floats(suffix: string, dims: Shape, numbers: Float32Array): string {
    const name = this.fresh(suffix);
    this.file.initializers.push(floatTensor(name, dims, numbers));
    return name;
  }

  private fresh(suffix: string): string {
    return this.file.fresh(`${this.file.name(this.node.outputs[0]!)}.${suffix}`);
  }

  private add(
    op: string,
    given: readonly string[],
    output: string,
    attributes: Attributes,
    name: string,
  ): string {
    const inputs = [...given];
    while (inputs.at(-1) === '') inputs.pop();
    this.file.add({ op, inputs, outputs: [output], name, attributes });
    return output;
  }
}
