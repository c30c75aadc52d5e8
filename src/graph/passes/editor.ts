/**
 * A Graph being rewritten: nodes are replaced by value, then put in order again. Passes use it; it checks nothing
 * itself, the verifier runs after each pass.
 */

import type { AnyNode, Graph, GraphState, OpAttributes, OpName, Value, ValueId } from '../graph.js';
import { uniqueName } from '../builder.js';
import type { Shape } from '../tensor-shape.js';

/** Looks at one node and rewrites around it. True when it changed something; the node may then be gone. */
export type Rule = (node: AnyNode, editor: GraphEditor) => boolean;

export class GraphEditor {
  private readonly values: Value[];
  private readonly constants: Map<ValueId, Float32Array>;
  private readonly nodes: Set<AnyNode>;
  private readonly producers = new Map<ValueId, AnyNode>();
  private readonly consumers = new Map<ValueId, Set<AnyNode>>();
  private readonly statesByInput: Map<ValueId, GraphState>;
  /** Where values end that were replaced by others. */
  private readonly redirected = new Map<ValueId, ValueId>();
  private readonly ends = new Map<ValueId, number>();
  private readonly names: Map<string, number>;
  /** Nodes that no rule has seen yet. */
  private readonly waiting: AnyNode[] = [];
  private changed = false;

  constructor(private readonly graph: Graph) {
    this.values = [...graph.values];
    this.constants = new Map(graph.constants);
    this.nodes = new Set(graph.nodes);
    this.names = new Map(graph.values.map(({ name }) => [name, 1]));
    this.statesByInput = new Map(graph.states.map((state) => [state.input, state]));
    for (const node of graph.nodes) this.link(node);
    for (const end of [
      ...graph.outputs.map(({ value }) => value),
      ...graph.states.map(({ output }) => output),
    ])
      this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
  }

  /** The node that computes a value, if its op is `op`. */
  producer<K extends OpName>(
    value: ValueId | null | undefined,
    op: K,
  ): Extract<AnyNode, { op: K }> | undefined {
    const node = value === null || value === undefined ? undefined : this.producers.get(value);
    return node?.op === op ? (node as Extract<AnyNode, { op: K }>) : undefined;
  }

  producerOf(value: ValueId): AnyNode | undefined {
    return this.producers.get(value);
  }

  consumersOf(value: ValueId): ReadonlySet<AnyNode> {
    return this.consumers.get(value) ?? new Set();
  }

  /** Whether `users` are all that see this value: no other node, no port, no state. */
  onlyUsedBy(value: ValueId, ...users: readonly AnyNode[]): boolean {
    const consumers = this.consumersOf(value);
    if (this.ends.has(value) || consumers.size > users.length) return false;
    return [...consumers].every((node) => users.includes(node));
  }

  /** Whether a value is nothing but what one state becomes. */
  onlyNextOf(value: ValueId, state: GraphState): boolean {
    return state.output === value && this.ends.get(value) === 1 && this.consumersOf(value).size === 0;
  }

  state(input: ValueId): GraphState | undefined {
    return this.statesByInput.get(input);
  }

  get states(): Iterable<GraphState> {
    return this.statesByInput.values();
  }

  /** Lets a state become another value; the one it became until now may lose its last use. */
  setNext(state: GraphState, output: ValueId): void {
    this.statesByInput.set(state.input, { ...state, output });
    const ends = this.ends.get(state.output)! - 1;
    if (ends === 0) this.ends.delete(state.output);
    else this.ends.set(state.output, ends);
    this.ends.set(output, (this.ends.get(output) ?? 0) + 1);
    this.changed = true;
  }

  /** Rewrites what the file stored of a state whose meaning changes; nothing where nothing was stored. */
  mapStored(input: ValueId, change: (number: number, index: number) => number): void {
    const state = this.statesByInput.get(input);
    if (state?.stored === undefined) return;
    this.statesByInput.set(input, { ...state, stored: state.stored.map(change) });
    this.changed = true;
  }

  shape(value: ValueId): Shape {
    return this.values[value]!.shape;
  }

  constant(value: ValueId | null | undefined): Float32Array | undefined {
    return value === null || value === undefined ? undefined : this.constants.get(value);
  }

  /** A new value, for a node that is added. */
  addValue(name: string, shape: Shape): ValueId {
    return this.values.push({ name: uniqueName(name, this.names), shape }) - 1;
  }

  addConstant(name: string, shape: Shape, numbers: Float32Array): ValueId {
    const value = this.addValue(name, shape);
    this.constants.set(value, numbers);
    this.changed = true;
    return value;
  }

  /** Makes a value that a node computed a constant; that node must be removed. */
  setConstant(value: ValueId, numbers: Float32Array): void {
    this.constants.set(value, numbers);
    this.changed = true;
  }

  name(value: ValueId): string {
    return this.values[value]!.name;
  }

  remove(...nodes: readonly AnyNode[]): void {
    for (const node of nodes) {
      this.nodes.delete(node);
      for (const output of node.outputs)
        if (this.producers.get(output) === node) this.producers.delete(output);
      for (const input of node.inputs) if (input !== null) this.consumers.get(input)?.delete(node);
    }
    this.changed = true;
  }

  add<K extends OpName>(
    op: K,
    inputs: readonly (ValueId | null)[],
    outputs: readonly ValueId[],
    attributes: OpAttributes[K],
    origin: string,
  ): void {
    const node = { op, inputs, outputs, attributes, origin } as AnyNode;
    this.nodes.add(node);
    this.link(node);
    this.changed = true;
  }

  /** Lets every use of `from` use `to` instead, ports and states included. */
  redirect(from: ValueId, to: ValueId): void {
    for (const node of [...this.consumersOf(from)]) {
      this.remove(node);
      const inputs = node.inputs.map((input) => (input === from ? to : input));
      const replaced = { ...node, inputs } as AnyNode;
      this.nodes.add(replaced);
      this.link(replaced);
    }
    const ends = this.ends.get(from);
    if (ends !== undefined) {
      this.ends.delete(from);
      this.ends.set(to, (this.ends.get(to) ?? 0) + ends);
    }
    this.redirected.set(from, to);
    this.changed = true;
  }

  /** Applies the rules to each node, those that rules add included. */
  run(...rules: readonly Rule[]): this {
    // `link` appends to the list while it is walked.
    for (const node of this.waiting) if (this.nodes.has(node)) rules.some((rule) => rule(node, this));
    return this;
  }

  /** The rewritten graph, or the very same object when nothing changed. */
  finish(): Graph {
    if (!this.changed) return this.graph;
    const end = (value: ValueId): ValueId => {
      const next = this.redirected.get(value);
      return next === undefined ? value : end(next);
    };
    return {
      ...this.graph,
      values: this.values,
      constants: this.constants,
      outputs: this.graph.outputs.map((port) => ({ ...port, value: end(port.value) })),
      states: [...this.states].map((state) => ({ ...state, output: end(state.output) })),
      nodes: this.ordered(),
    };
  }

  /** The nodes, each after those whose values it uses, and otherwise as they were: depth first, without recursion. */
  private ordered(): AnyNode[] {
    const ordered = new Set<AnyNode>();
    const entered = new Set<AnyNode>();
    for (const root of this.nodes) {
      const stack = [root];
      while (stack.length > 0) {
        const node = stack.at(-1)!;
        const first = !entered.has(node);
        entered.add(node);
        // On the second sight of a node its inputs are done; a cycle, which the verifier refuses, ends here too.
        const before = first ? this.producersOf(node).filter((other) => !entered.has(other)) : [];
        if (before.length === 0) ordered.add(stack.pop()!);
        else stack.push(...before.reverse());
      }
    }
    return [...ordered];
  }

  private producersOf(node: AnyNode): AnyNode[] {
    return node.inputs.flatMap((input) => (input === null ? [] : (this.producers.get(input) ?? [])));
  }

  private link(node: AnyNode): void {
    this.waiting.push(node);
    for (const output of node.outputs) this.producers.set(output, node);
    for (const input of node.inputs) {
      if (input === null) continue;
      const users = this.consumers.get(input);
      if (users === undefined) this.consumers.set(input, new Set([node]));
      else users.add(node);
    }
  }
}
