/**
 * Builds a Graph: gives out value ids and unique names, infers shapes by the shape rules, verifies at the end.
 * Front ends and tests write graphs through it; passes rewrite with `passes/editor.ts` instead.
 */

import { expectEqual, expectThat } from './errors.js';
import type { NoiseDistribution } from '../shared/engine-plan.js';
import type {
  AnyNode,
  ConvAttributes,
  Graph,
  GraphPort,
  GraphState,
  OpAttributes,
  OpName,
  Value,
  ValueId,
} from './graph.js';
import { checkShape, inferShapes } from './shapes.js';
import { allFinite, elementCount, type Shape } from './tensor-shape.js';
import { verify } from './verify.js';

/** Attributes of a convolution; what is not given is 1, no activation. */
export function convAttributes(given: Partial<ConvAttributes> = {}): ConvAttributes {
  return { stride: 1, dilation: 1, groups: 1, activation: { kind: 'none' }, ...given };
}

export interface NodeOptions {
  /** Where the node comes from in the model file; else the name of its first output. */
  readonly origin?: string;
  /** Names of the outputs, made unique; else the op's name and a number. */
  readonly names?: readonly string[];
}

export class GraphBuilder {
  private readonly values: Value[] = [];
  /** How often each name was asked for. */
  private readonly names = new Map<string, number>();
  private readonly inputs: GraphPort[] = [];
  private readonly outputs: GraphPort[] = [];
  private readonly stateInputs = new Map<string, ValueId>();
  private readonly states: GraphState[] = [];
  private readonly stored = new Map<string, Float32Array>();
  private readonly constants = new Map<ValueId, Float32Array>();
  private readonly nodes: AnyNode[] = [];
  private readonly metadata: Record<string, string> = {};
  /** Elements of all values together: what running the graph holds at least. */
  elements = 0;

  constructor(private readonly name: string) {}

  input(
    name: string,
    shape: Shape,
    role: GraphPort['role'],
    channel?: number,
    distribution?: NoiseDistribution,
  ): ValueId {
    const value = this.value(name, shape);
    const given = port(name, value, role, channel);
    this.inputs.push(distribution === undefined ? given : { ...given, distribution });
    return value;
  }

  output(name: string, value: ValueId, role: GraphPort['role'], channel?: number): void {
    this.outputs.push(port(name, value, role, channel));
  }

  /**
   * Declares a state and returns what it held at the end of the last hop; `setState` says what it becomes.
   * @param stored What the model file stored of it, row-major; numbers that are not finite become zeros.
   */
  state(name: string, shape: Shape, stored?: Float32Array): ValueId {
    const value = this.value(name, shape);
    this.stateInputs.set(name, value);
    if (stored !== undefined) {
      expectEqual({ op: 'state', origin: name }, 'stored elements', elementCount(shape), stored.length);
      this.stored.set(
        name,
        allFinite(stored) ? stored : stored.map((number) => (Number.isFinite(number) ? number : 0)),
      );
    }
    return value;
  }

  /** @throws PluginError('model/invalid') when no such state was declared or it was set before. */
  setState(name: string, output: ValueId): void {
    const input = this.stateInputs.get(name);
    expectThat({ op: 'state', origin: name }, input !== undefined, 'was not declared');
    const stored = this.stored.get(name);
    this.states.push(stored === undefined ? { name, input, output } : { name, input, output, stored });
  }

  constant(name: string, shape: Shape, numbers: ArrayLike<number>): ValueId {
    const value = this.value(name, shape);
    expectEqual({ op: 'constant', origin: name }, 'elements', elementCount(shape), numbers.length);
    this.constants.set(value, numbers instanceof Float32Array ? numbers : Float32Array.from(numbers));
    return value;
  }

  /** Adds a node and returns its outputs, one for each shape that the op's rule gives. */
  node<K extends OpName>(
    op: K,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[K],
    options: NodeOptions = {},
  ): ValueId[] {
    const origin = options.origin ?? options.names?.[0] ?? op;
    const shapes = inferShapes(
      op,
      inputs.map((input) => (input === null ? null : this.shape(input))),
      attributes,
      origin,
    );
    const outputs = shapes.map((shape, index) => this.value(options.names?.[index] ?? op, shape));
    this.nodes.push({ op, inputs, outputs, attributes, origin } as AnyNode);
    return outputs;
  }

  /** Adds a node of which only the first output matters. */
  apply<K extends OpName>(
    op: K,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[K],
    options: NodeOptions = {},
  ): ValueId {
    return this.node(op, inputs, attributes, options)[0]!;
  }

  setMetadata(key: string, text: string): void {
    this.metadata[key] = text;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  shape(value: ValueId): Shape {
    return this.values[value]!.shape;
  }

  /** What a constant holds; undefined for every other value. */
  constantOf(value: ValueId): Float32Array | undefined {
    return this.constants.get(value);
  }

  /** The verified graph. Throws PluginError('model/invalid' or 'model/not-finite'). */
  build(): Graph {
    const set = new Set(this.states.map(({ name }) => name));
    for (const name of this.stateInputs.keys())
      expectThat({ op: 'state', origin: name }, set.has(name), 'nothing says what it becomes');
    const { name, values, inputs, outputs, states, constants, nodes, metadata } = this;
    const graph: Graph = { name, values, inputs, outputs, states, constants, nodes, metadata };
    verify(graph);
    return graph;
  }

  private value(name: string, shape: Shape): ValueId {
    checkShape(shape, { op: 'value', origin: name });
    const unique = uniqueName(name, this.names);
    this.elements += elementCount(shape);
    return this.values.push({ name: unique, shape }) - 1;
  }
}

/** `name`, or with the first number behind it that makes it new; `used` counts how often each was asked for. */
export function uniqueName(name: string, used: Map<string, number>): string {
  let unique = name;
  for (let count = used.get(name) ?? 0; used.has(unique);) unique = `${name}_${++count}`;
  used.set(name, (used.get(name) ?? 0) + 1);
  if (unique !== name) used.set(unique, 1);
  return unique;
}

function port(name: string, value: ValueId, role: GraphPort['role'], channel?: number): GraphPort {
  return channel === undefined ? { name, value, role } : { name, value, role, channel };
}
