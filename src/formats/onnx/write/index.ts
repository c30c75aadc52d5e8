/**
 * Writes a Graph as a streaming ONNX model, for onnxruntime and for everything else that reads ONNX. `readOnnx` gives
 * an equivalent graph back: `../ports.ts` tells how ports, states and what they stored are named.
 */

import type { AnyNode, Graph, GraphPort, OpName, ValueId } from '../../../graph/graph.js';
import { uniqueName } from '../../../graph/builder.js';
import {
  encodeModel,
  floatTensor,
  integerTensor,
  type NodeMessage,
  type PortMessage,
  type TensorMessage,
} from '../encode.js';
import {
  distributionKey,
  roleKey,
  roleText,
  stateInput,
  stateOutput,
  storedKey,
  storedText,
} from '../ports.js';
import { DataType } from '../schema.js';
import { elementwiseWriters } from './elementwise.js';
import { layoutWriters } from './layout.js';
import { networkWriters } from './network.js';
import { NodeWriter, type OpWriter, type WrittenFile } from './node.js';

/** One writer per op; a missing one does not compile. */
const writers: { readonly [K in OpName]: OpWriter<K> } = {
  ...elementwiseWriters,
  ...layoutWriters,
  ...networkWriters,
};

/** The oldest operator set with all ops that are written, among them LayerNormalization. */
const OPSET = 17;

/**
 * @param graph Verified, optimised or not. Port and state names become the file's names.
 * @returns The bytes of an ONNX file (operator set 17, weights inside): the only copy of the weights that is made.
 * Thread: any but the audio thread.
 */
export function writeOnnx(graph: Graph): Uint8Array {
  return encodeModel(new ModelWriter(graph).write());
}

class ModelWriter implements WrittenFile {
  private readonly nodes: NodeMessage[] = [];
  /** Values that some node reads by name: constants that none does are left out. */
  private readonly mentioned = new Set<ValueId>();
  private readonly nodeNames = new Map<string, number>();
  readonly initializers: TensorMessage[] = [];
  private readonly names: ReadonlyMap<ValueId, string>;
  private readonly used = new Map<string, number>();
  private readonly integerNames = new Map<string, string>();

  constructor(private readonly graph: Graph) {
    this.names = this.nameValues();
  }

  write(): Parameters<typeof encodeModel>[0] {
    const { graph } = this;
    for (const node of graph.nodes) this.writeNode(node);
    const outputs = graph.outputs.map(({ name, value }) => this.copyTo(name, value));
    const nextStates = graph.states.map(({ name, output }) => this.copyTo(stateOutput(name), output));
    for (const [value, numbers] of graph.constants)
      if (this.mentioned.has(value))
        this.initializers.push(floatTensor(this.name(value), this.shape(value), numbers));
    return {
      name: graph.name,
      producer: 'latent-terrain',
      inputs: [...graph.inputs.map(({ value }) => value), ...graph.states.map(({ input }) => input)].map(
        (value) => this.port(this.name(value), value),
      ),
      outputs: [...outputs, ...nextStates],
      nodes: this.nodes,
      initializers: this.initializers,
      metadata: this.metadata(),
      opset: OPSET,
    };
  }

  add(node: NodeMessage): void {
    // onnxruntime refuses a model in which two nodes have one name.
    this.nodes.push({ ...node, name: uniqueName(node.name, this.nodeNames) });
  }

  name(value: ValueId): string {
    this.mentioned.add(value);
    return this.names.get(value)!;
  }

  fresh(name: string): string {
    return uniqueName(name, this.used);
  }

  integers(numbers: readonly number[]): string {
    const key = numbers.join('_');
    let name = this.integerNames.get(key);
    if (name === undefined) {
      name = this.fresh(`integers_${key}`);
      this.integerNames.set(key, name);
      this.initializers.push(integerTensor(name, [numbers.length], numbers));
    }
    return name;
  }

  shape(value: ValueId): readonly number[] {
    return this.graph.values[value]!.shape;
  }

  constant(value: ValueId): Float32Array | undefined {
    return this.graph.constants.get(value);
  }

  /** Ports and states have the names that the convention wants; other values keep theirs as far as they are free. */
  private nameValues(): Map<ValueId, string> {
    const { inputs, outputs, states, values } = this.graph;
    const names = new Map<ValueId, string>();
    for (const { name } of outputs) this.fresh(name);
    for (const { name } of states) this.fresh(stateOutput(name));
    for (const { name, value } of inputs) names.set(value, this.fresh(name));
    for (const { name, input } of states) names.set(input, this.fresh(stateInput(name)));
    values.forEach(({ name }, value) => {
      if (!names.has(value)) names.set(value, this.fresh(name));
    });
    return names;
  }

  private writeNode(node: AnyNode): void {
    // The table guarantees that the writer fits the node; TypeScript cannot correlate the two unions.
    const write = writers[node.op] as unknown as OpWriter<OpName>;
    write(new NodeWriter<OpName>(node, this));
  }

  /** An output of its own name: in the Graph several ports may share a value, or pass an input on. */
  private copyTo(name: string, value: ValueId): PortMessage {
    this.add({ op: 'Identity', inputs: [this.name(value)], outputs: [name], name: `output ${name}` });
    return this.port(name, value);
  }

  private port(name: string, value: ValueId): PortMessage {
    return { name, dims: this.shape(value), type: DataType.FLOAT };
  }

  private metadata(): Record<string, string> {
    const facts: Record<string, string> = { ...this.graph.metadata };
    const describe = (port: GraphPort): void => {
      facts[roleKey(port.name)] = roleText(port);
      if (port.distribution !== undefined) facts[distributionKey(port.name)] = port.distribution;
    };
    this.graph.inputs.forEach(describe);
    this.graph.outputs.forEach(describe);
    for (const { name, stored } of this.graph.states)
      if (stored !== undefined) facts[storedKey(name)] = storedText(stored);
    return facts;
  }
}
