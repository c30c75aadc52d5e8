/**
 * One ONNX node while it is imported: its operands and attributes by name, and how its importer adds ops to the graph.
 * Arithmetic on integers, which steers shapes, is done here and now by the reference kernels; arithmetic on signals
 * becomes nodes. An op's importer need not tell them apart.
 */

import { GraphBuilder } from '../../graph/builder.js';
import type { AnyNode, OpAttributes, OpName, ValueId } from '../../graph/graph.js';
import type { Tensor } from '../../graph/kernels/tensor.js';
import { runNode } from '../../graph/reference.js';
import { inferShapes } from '../../graph/shapes.js';
import { elementCount, type Shape } from '../../graph/tensor-shape.js';
import { contradictory, tooLarge, Unsupported } from './errors.js';
import type { OnnxAttribute, OnnxNode } from './schema.js';
import { MAX_INTEGERS, type StoredTensor } from './tensor.js';

/** What a name in the file stands for: a value of the graph, or integers known while importing. */
export type Operand = { readonly kind: 'value'; readonly id: ValueId; readonly half: boolean } | Integers;

export interface Integers {
  readonly kind: 'integers';
  readonly tensor: Tensor;
}

/** Elements of all values of a graph together (256 MiB of float32). */
const MAX_TOTAL_ELEMENTS = 2 ** 26;
/** Nodes of a graph; one ONNX node may become several. */
const MAX_GRAPH_NODES = 100_000;
/** Integers computed while importing one file. */
const MAX_INTEGER_WORK = 2 ** 24;

/** Ops that only move numbers, so that half precision stays exact. */
const movingOps: ReadonlySet<OpName> = new Set(['reshape', 'transpose', 'concat', 'slice', 'flip', 'pad']);

/** What is computed of integers while importing. */
const integerOps: ReadonlySet<OpName> = new Set([
  ...(['reshape', 'transpose', 'concat', 'slice', 'flip', 'neg', 'abs'] as const),
  ...(['add', 'sub', 'mul', 'div', 'minimum', 'maximum'] as const),
  ...(['equal', 'less', 'less_or_equal', 'where'] as const),
]);

/** Floats of a constant on which arithmetic is done while importing: sizes, not weights. */
const MAX_FOLDED = 64;

/** What importing one file has cost so far. */
export interface ImportCost {
  integers: number;
}

export class NodeImport {
  /** The node's name, or that of its first output, for messages. */
  readonly origin: string;
  readonly op: string;
  private readonly attributes: ReadonlyMap<string, OnnxAttribute>;

  constructor(
    readonly node: OnnxNode,
    /** null: an optional input that is absent. */
    readonly inputs: readonly (Operand | null)[],
    readonly builder: GraphBuilder,
    private readonly cost: ImportCost,
    /** Version of ONNX's own operator set. */
    readonly opset: number,
  ) {
    this.op = node.op ?? '';
    this.origin = originOf(node);
    this.attributes = new Map(node.attributes.map((attribute) => [attribute.name ?? '', attribute]));
  }

  int(name: string, fallback: number): number {
    const value = this.attributes.get(name);
    return value === undefined ? fallback : (value.int ?? 0);
  }

  float(name: string, fallback: number): number {
    const value = this.attributes.get(name);
    return value === undefined ? fallback : (value.float ?? 0);
  }

  text(name: string, fallback: string): string {
    return this.attributes.get(name)?.string ?? fallback;
  }

  attribute(name: string): OnnxAttribute | undefined {
    return this.attributes.get(name);
  }

  /** A list of integers that newer operator sets give as an input and older ones as an attribute. */
  intsFrom(input: number, attribute: string): readonly number[] | undefined {
    if (this.has(input)) return this.integers(input);
    return this.attributes.get(attribute)?.ints;
  }

  has(input: number): boolean {
    return (this.inputs[input] ?? null) !== null;
  }

  input(index: number): Operand {
    const operand = this.inputs[index] ?? null;
    if (operand === null) throw contradictory(`${this.origin} (${this.op}): input ${index} is missing`);
    return operand;
  }

  shape(operand: Operand): Shape {
    return operand.kind === 'value' ? this.builder.shape(operand.id) : operand.tensor.shape;
  }

  /** The integers of an input that steers a shape. */
  integers(index: number): readonly number[] {
    const operand = this.input(index);
    if (operand.kind === 'value')
      throw new Unsupported(`its input ${index} is no list of integers known while loading`);
    return [...operand.tensor.elements];
  }

  /** The numbers of an input, or undefined when they are only known while playing. */
  numbers(index: number): ArrayLike<number> | undefined {
    const operand = this.input(index);
    return operand.kind === 'integers' ? operand.tensor.elements : this.builder.constantOf(operand.id);
  }

  /** Whole axis number for one that may count from the end. */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank)
      throw contradictory(`${this.origin} (${this.op}): there is no axis ${given} in rank ${rank}`);
    return axis;
  }

  /** Axes as `axis` gives them, each at most once. */
  axes(given: readonly number[], rank: number): readonly number[] {
    const axes = given.slice(0, rank + 1).map((axis) => this.axis(axis, rank));
    if (given.length > rank || new Set(axes).size !== axes.length)
      throw contradictory(`${this.origin} (${this.op}): axes repeat`);
    return axes;
  }

  /** Applies an op to operands: to signals as a node, to integers at once. */
  apply<K extends OpName>(
    op: K,
    operands: readonly (Operand | null)[],
    attributes: OpAttributes[K],
    name = this.node.outputs[0] ?? this.origin,
  ): Operand {
    const present = operands.filter((operand) => operand !== null);
    const known = present.filter((operand) => operand.kind === 'integers');
    if (known.length > 0 && known.length === present.length) return this.compute(op, known, attributes);
    const half = present.some((operand) => operand.kind === 'value' && operand.half);
    if (half && !movingOps.has(op)) throw new Unsupported('arithmetic in half precision');
    const inputs = operands.map((operand) => (operand === null ? null : this.valueOf(operand)));
    const folded = this.fold(op, inputs, attributes, name);
    if (folded !== undefined) return { kind: 'value', id: folded, half };
    const id = this.builder.apply(op, inputs, attributes, { origin: this.origin, names: [name] });
    this.checkSize();
    return { kind: 'value', id, half };
  }

  /**
   * Arithmetic on a few constant floats is done here and now too: sizes take the way through floats where a model
   * multiplies them by a factor and rounds. Larger constants are left to the pass that folds them.
   */
  private fold<K extends OpName>(
    op: K,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[K],
    name: string,
  ): ValueId | undefined {
    const tensors: Tensor[] = [];
    for (const input of inputs) {
      const numbers = input === null ? undefined : this.builder.constantOf(input);
      if (numbers === undefined || numbers.length > MAX_FOLDED) return undefined;
      tensors.push({ shape: this.builder.shape(input!), elements: new Float64Array(numbers) });
    }
    const shapes = inferShapes(
      op,
      tensors.map(({ shape }) => shape),
      attributes,
      this.origin,
    );
    if (shapes.length !== 1 || elementCount(shapes[0]!) > MAX_FOLDED) return undefined;
    const [result] = runNode(anyNode(op, attributes, this.origin), tensors, shapes);
    // What is not finite is no constant of a graph; as a node it may never matter.
    if (!result!.elements.every((number) => Number.isFinite(Math.fround(number)))) return undefined;
    return this.builder.constant(name, shapes[0]!, result!.elements);
  }

  constant(shape: Shape, numbers: ArrayLike<number>, name = this.node.outputs[0] ?? this.origin): Operand {
    const id = this.builder.constant(name, shape, numbers);
    this.checkSize();
    return { kind: 'value', id, half: false };
  }

  stored(tensor: StoredTensor, name = this.node.outputs[0] ?? this.origin): Operand {
    const operand = storedOperand(tensor, this.builder, name);
    this.checkSize();
    return operand;
  }

  /** Operands that meet in one op: all as they are if all are integers, else integers as constants among signals. */
  alike(operands: readonly Operand[]): readonly Operand[] {
    if (operands.every(({ kind }) => kind === 'integers')) return operands;
    return operands.map((operand, index) =>
      operand.kind === 'value'
        ? operand
        : this.constant(operand.tensor.shape, operand.tensor.elements, `${this.origin}.${index}`),
    );
  }

  /** A number of the kind of `operand`. */
  numberLike(operand: Operand, number: number): Operand {
    if (operand.kind === 'value') return this.constant([], [number], `${this.origin}.${number}`);
    return { kind: 'integers', tensor: { shape: [], elements: Float64Array.of(number) } };
  }

  valueOf(operand: Operand): ValueId {
    if (operand.kind === 'value') return operand.id;
    throw new Unsupported('arithmetic of integers with signals');
  }

  private compute<K extends OpName>(
    op: K,
    operands: readonly Integers[],
    attributes: OpAttributes[K],
  ): Operand {
    const inputs = operands.map(({ tensor }) => tensor);
    if (!integerOps.has(op)) throw new Unsupported('this arithmetic of integers');
    // Empty lists may be joined, though no value of a graph is empty.
    const parts = op === 'concat' ? inputs.filter(({ elements }) => elements.length > 0) : inputs;
    if (parts.length === 0)
      return { kind: 'integers', tensor: { shape: [0], elements: new Float64Array(0) } };
    const shapes = inferShapes(
      op,
      parts.map(({ shape }) => shape),
      attributes,
      this.origin,
    );
    const count = elementCount(shapes[0]!);
    this.spend(count);
    const [result] = runNode(anyNode(op, attributes, this.origin), parts, shapes);
    // The only integer op whose result is not whole is division, which rounds towards zero.
    return { kind: 'integers', tensor: { ...result!, elements: result!.elements.map(Math.trunc) } };
  }

  /** Counts work that is done while importing, or an operand that is used so often. Throws 'model/too-large'. */
  spend(count: number): void {
    this.cost.integers += count;
    if (!(count <= MAX_INTEGERS && this.cost.integers <= MAX_INTEGER_WORK))
      throw tooLarge(`${this.origin} (${this.op}): ${count} integers or copies`);
  }

  private checkSize(): void {
    if (this.builder.nodeCount > MAX_GRAPH_NODES)
      throw tooLarge(`${this.origin} (${this.op}): more than ${MAX_GRAPH_NODES} steps in all`);
    if (this.builder.elements > MAX_TOTAL_ELEMENTS)
      throw tooLarge(`${this.origin} (${this.op}): more than ${MAX_TOTAL_ELEMENTS} numbers in all`);
  }
}

/** A node to run at once, without values. */
function anyNode<K extends OpName>(op: K, attributes: OpAttributes[K], origin: string): AnyNode {
  return { op, inputs: [], outputs: [], attributes, origin } as unknown as AnyNode;
}

export function originOf(node: OnnxNode): string {
  return node.name || node.outputs[0] || node.op || 'unnamed node';
}

/** A stored tensor as an operand: integers stay known, floats become a constant of the graph. */
export function storedOperand(tensor: StoredTensor, builder: GraphBuilder, name: string): Operand {
  if (tensor.type === 'integer')
    return {
      kind: 'integers',
      tensor: { shape: tensor.shape, elements: Float64Array.from(tensor.numbers) },
    };
  const id = builder.constant(name, tensor.shape, tensor.numbers);
  if (builder.elements > MAX_TOTAL_ELEMENTS) throw tooLarge(`${name}: too many numbers in all`);
  return { kind: 'value', id, half: tensor.type === 'half' };
}
