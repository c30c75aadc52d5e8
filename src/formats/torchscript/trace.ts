/**
 * The Graph that grows while a model's code is run with symbolic tensors: emits nodes, folds what is small and known,
 * turns writes in place into new values, and finds out which of the model's buffers are streaming state.
 * Knows nothing of the language (`interpreter.ts`) and of single ops (`ops/`).
 */

import { GraphBuilder } from '../../graph/builder.js';
import type { AnyNode, OpAttributes, OpName, ValueId } from '../../graph/graph.js';
import { runNode } from '../../graph/reference.js';
import { inferShapes } from '../../graph/shapes.js';
import { elementCount, MAX_ELEMENTS, sameShape, type Shape } from '../../graph/tensor-shape.js';
import type { NoiseDistribution } from '../../shared/engine-plan.js';
import type { PickledTensor } from '../pickle/values.js';
import type { Place } from './ast.js';
import { located, tooLarge, TraceFailure } from './errors.js';
import { type Cell, type DType, type Leaf, newTensor, ScriptTensor, type View } from './tensor.js';

/** Bounds on what a file's code may make us do and hold. The largest models known take 9,000 steps and 1,100 nodes. */
const MAX_NODES = 10_000;
const MAX_STEPS = 200_000;
/** Each read and write walks through all of a tensor's views. */
const MAX_VIEWS = 32;
const MAX_RANK = 8;
const MAX_MADE_ELEMENTS = 2 ** 24;
const TOO_MANY_NUMBERS = "the model's code makes tensors of more than";
const MAX_VALUE_ELEMENTS = 2 ** 28;
/** Nodes are computed at once when they and their constant inputs are smaller: control flow may read them. */
const MAX_FOLDED_ELEMENTS = 4096;
const MAX_FOLDING_WORK = 2 ** 23;
const PRODUCTS: ReadonlySet<OpName> = new Set(['matmul', 'conv1d', 'conv_transpose1d']);
/** What control flow decides by is a number or two. */
const MAX_DECIDING_ELEMENTS = 16;

/** What an earlier trace of the same method learned about a buffer: that it is streaming state. */
export interface PlannedState {
  /** Rows of axis 0 that are used. */
  readonly rows: number;
  /** Whether the code throws away what the file stores, because it was stored for another number of streams. */
  readonly forgotten: boolean;
}

/** By the buffer's name. */
export type StatePlan = ReadonlyMap<string, PlannedState>;

/** Numbers of a tensor of the file, row-major in its shape; `name` as in `Leaf`. */
export type TensorReader = (tensor: PickledTensor, name: string) => Float32Array | Float64Array;

export class Trace {
  readonly builder: GraphBuilder;
  /** What the model does that cannot be followed; tracing goes on to find all of it. */
  readonly findings = new Set<string>();
  /** Where the code stands, and in which object: kept by the interpreter. */
  place: Place | null = null;
  path = '';
  readonly leaves = new Map<string, { readonly leaf: Leaf; readonly tensor: ScriptTensor }>();
  private readonly scalars = new Map<number, ValueId>();
  /** How small values came about, and what states hold at first: see `firstNumbers`. */
  private readonly recipes = new Map<ValueId, AnyNode>();
  private readonly storedNumbers = new Map<ValueId, Float32Array>();
  private readonly unread = new Map<ValueId, () => Float32Array>();
  private nothing = new Float32Array(0);
  private steps = 0;
  private made = 0;
  private foldingWork = 0;
  private noises = 0;

  constructor(
    name: string,
    private readonly plan: StatePlan,
    private readonly readNumbers: TensorReader,
    /** Whether the Graph is only made to learn about states, and nobody will run it. */
    private readonly draft: boolean,
  ) {
    this.builder = new GraphBuilder(name);
  }

  /** Ends the trace with a message that names the place. */
  fail(finding: string): never {
    throw new TraceFailure(finding, this.place);
  }

  /** Remembers something unsupported, once per place. */
  report(finding: string): void {
    this.findings.add(located(finding, this.place));
  }

  /** One statement or call, or as many elements of lists: bounds code that runs for ever. */
  countSteps(count = 1): void {
    this.steps += count;
    if (this.steps > MAX_STEPS) throw tooLarge(`the model's code takes more than ${MAX_STEPS} steps`);
  }

  emit<K extends OpName>(op: K, inputs: readonly (ValueId | null)[], attributes: OpAttributes[K]): ValueId {
    const { builder } = this;
    if (builder.nodeCount > MAX_NODES || builder.elements > MAX_VALUE_ELEMENTS)
      throw tooLarge(
        `more than ${MAX_NODES} operations, or values of more than ${MAX_VALUE_ELEMENTS} numbers`,
      );
    const origin = located(this.path, this.place);
    const known = this.fold(op, inputs, attributes, origin);
    if (known !== null) return known;
    const value = builder.apply(op, inputs, attributes, { origin });
    if (elementCount(builder.shape(value)) <= MAX_DECIDING_ELEMENTS)
      this.recipes.set(value, { op, inputs, outputs: [value], attributes, origin } as unknown as AnyNode);
    return value;
  }

  /** The numbers of a value that is known already; null for what depends on inputs, states or much arithmetic. */
  numbers(value: ValueId): Float32Array | null {
    return this.unread.get(value)?.() ?? this.builder.constantOf(value) ?? null;
  }

  /**
   * The numbers that a value has in the first call: as `numbers`, but what depends on states is computed from what the
   * file stores of them. For decisions: counters of calls («learned anything yet?») are the states that models ask.
   * A stream in which such a decision would change later plays on as it began.
   */
  firstNumbers(value: ValueId): Float32Array | null {
    const known = this.numbers(value) ?? this.storedNumbers.get(value);
    if (known) return known;
    const recipe = this.recipes.get(value);
    if (!recipe) return null;
    const tensors = [];
    for (const input of recipe.inputs) {
      const numbers = input === null ? null : this.firstNumbers(input);
      if (input !== null && numbers === null) return null;
      tensors.push(numbers && { shape: this.builder.shape(input!), elements: new Float64Array(numbers) });
    }
    const [result] = runNode(recipe, tensors, [this.builder.shape(value)]);
    const numbers = Float32Array.from(result!.elements);
    this.storedNumbers.set(value, numbers);
    return numbers;
  }

  constant(shape: Shape, numbers: Float32Array): ValueId {
    this.made += numbers.length;
    if (this.made > MAX_MADE_ELEMENTS) throw tooLarge(`${TOO_MANY_NUMBERS} ${MAX_MADE_ELEMENTS} numbers`);
    return this.builder.constant('constant', shape, numbers);
  }

  scalar(number: number): ValueId {
    let value = this.scalars.get(number);
    if (value === undefined) {
      value = this.constant([], Float32Array.of(number));
      this.scalars.set(number, value);
    }
    return value;
  }

  /** A tensor of one number; nothing is stored for an empty one. */
  fill(dtype: DType, shape: Shape, number: number): ScriptTensor {
    const count = elementCount(shape);
    if (count === 0) return newTensor(dtype, shape, null);
    if (!(count <= MAX_MADE_ELEMENTS)) throw tooLarge(`${TOO_MANY_NUMBERS} ${MAX_MADE_ELEMENTS} numbers`);
    return newTensor(dtype, shape, this.constant(shape, new Float32Array(count).fill(number)));
  }

  /** Random numbers that the host gives each hop. */
  noise(shape: Shape, distribution: NoiseDistribution): ScriptTensor {
    if (elementCount(shape) === 0) return newTensor('float', shape, null);
    const name = this.noises++ === 0 ? 'noise' : `noise_${this.noises}`;
    return newTensor('float', shape, this.builder.input(name, shape, 'noise', undefined, distribution));
  }

  /** A parameter or buffer of the model: its numbers, or the state that an earlier trace found it to be. */
  leaf(name: string, pickled: PickledTensor): ScriptTensor {
    const planned = this.plan.get(name);
    const shape = leafShape(pickled, planned?.rows);
    const leaf: Leaf = { name, read: false, rows: 0 };
    const cell: Cell = { content: null, version: 0, leaf };
    const tensor = new ScriptTensor(dtypeOf(pickled), shape, cell);
    if (elementCount(shape) > 0) {
      cell.content = planned
        ? this.state(name, shape, this.leafNumbers(name, pickled, shape), planned.forgotten)
        : this.weights(name, pickled, shape);
      this.leaves.set(name, { leaf, tensor });
    }
    return tensor;
  }

  /** What the tensor holds now. Throws TraceFailure for a tensor without elements. */
  read(tensor: ScriptTensor): ValueId {
    const { cell, seen } = tensor;
    if (seen?.version === cell.version) return seen.value;
    if (cell.content === null || tensor.isEmpty) this.fail('a tensor without elements is used');
    this.noteRead(tensor);
    const value = tensor.views.reduce((current, view) => this.look(current, view), cell.content);
    tensor.seen = { version: cell.version, value };
    return value;
  }

  /** Writes through the tensor's views into its cell. `value` has the tensor's stored shape. */
  write(tensor: ScriptTensor, value: ValueId): void {
    const { cell, views } = tensor;
    if (cell.content === null) this.fail('a tensor without elements is written');
    this.noteRows(tensor);
    cell.content = this.put(cell.content, views, value, tensor);
    cell.version++;
    tensor.seen = { version: cell.version, value };
  }

  /** Another window on the same cell. `shape` is what PyTorch shows. */
  view(tensor: ScriptTensor, view: View, shape: Shape): ScriptTensor {
    if (elementCount(shape) === 0) return newTensor(tensor.dtype, shape, null);
    if (isIdentity(view, tensor.storedShape) && sameShape(shape, tensor.shape)) return tensor;
    this.countSteps();
    if (tensor.views.length >= MAX_VIEWS || shape.length > MAX_RANK)
      this.fail(`windows on windows more than ${MAX_VIEWS} deep, or more than ${MAX_RANK} axes`);
    return new ScriptTensor(tensor.dtype, shape, tensor.cell, [...tensor.views, view]);
  }

  private look(value: ValueId, view: View): ValueId {
    const shape = this.builder.shape(value);
    if (view.kind === 'slice') {
      const { axis, start, end, step } = view;
      if (start === 0 && end === shape[axis] && step === 1) return value;
      return this.emit('slice', [value], { axis, start, end, step });
    }
    if (view.kind === 'transpose') return this.emit('transpose', [value], { permutation: view.permutation });
    return sameShape(shape, view.shape) ? value : this.emit('reshape', [value], { shape: view.shape });
  }

  /** `base` with what the views show replaced by `value`. */
  private put(base: ValueId, views: readonly View[], value: ValueId, tensor: ScriptTensor): ValueId {
    const [view, ...rest] = views;
    if (view === undefined) return value;
    const shape = this.builder.shape(base);
    if (view.kind === 'slice' && coversAll(view, shape) && rest.length === 0) return value;
    // What is not overwritten is kept: so it is read.
    if (view.kind === 'slice' && !coversAll(view, shape)) this.noteRead(tensor);
    const inner = rest.length === 0 ? value : this.put(this.look(base, view), rest, value, tensor);
    switch (view.kind) {
      case 'slice':
        return coversAll(view, shape) ? inner : this.scatter(base, view, inner);
      case 'transpose': {
        const permutation = view.permutation.map((_, axis) => view.permutation.indexOf(axis));
        return this.emit('transpose', [inner], { permutation });
      }
      case 'reshape':
        return this.emit('reshape', [inner], { shape });
    }
    view satisfies never;
  }

  private scatter(base: ValueId, view: View & { kind: 'slice' }, inner: ValueId): ValueId {
    const shape = this.builder.shape(base);
    const { axis, start, end, step } = view;
    const size = shape[axis]!;
    if (step === 1) {
      const parts: ValueId[] = [];
      if (start > 0) parts.push(this.emit('slice', [base], { axis, start: 0, end: start, step: 1 }));
      parts.push(inner);
      if (end < size) parts.push(this.emit('slice', [base], { axis, start: end, end: size, step: 1 }));
      return this.emit('concat', parts, { axis });
    }
    // Row by row: strided writes occur on small axes (masks).
    const rows = Array.from({ length: size }, (_, row) => {
      const at = (row - start) / step;
      const written = row >= start && row < end && Number.isInteger(at);
      const first = written ? at : row;
      return this.emit('slice', [written ? inner : base], { axis, start: first, end: first + 1, step: 1 });
    });
    return this.emit('concat', rows, { axis });
  }

  private noteRead(tensor: ScriptTensor): void {
    const { leaf } = tensor.cell;
    if (leaf === null) return;
    if (tensor.cell.version === 0) leaf.read = true;
    this.noteRows(tensor);
  }

  private noteRows(tensor: ScriptTensor): void {
    const { leaf } = tensor.cell;
    if (leaf === null) return;
    const [first] = tensor.views;
    const rows = first?.kind === 'slice' && first.axis === 0 ? first.end : Infinity;
    leaf.rows = Math.max(leaf.rows, rows);
  }

  private state(name: string, shape: Shape, stored: Float32Array, forgotten: boolean): ValueId {
    const numbers = forgotten ? new Float32Array(stored.length) : stored;
    const value = this.builder.state(name, shape, numbers);
    this.storedNumbers.set(value, numbers);
    return value;
  }

  private weights(name: string, pickled: PickledTensor, shape: Shape): ValueId {
    const count = elementCount(shape);
    let numbers: Float32Array | null = null;
    const read = (): Float32Array => (numbers ??= this.leafNumbers(name, pickled, shape));
    if (!this.draft || count <= MAX_FOLDED_ELEMENTS || count > MAX_ELEMENTS)
      return this.builder.constant(name, shape, read());
    // Hardly anything looks at the numbers of a draft's large tensors: they are read when it does.
    if (this.nothing.length < count) this.nothing = new Float32Array(count);
    const value = this.builder.constant(name, shape, this.nothing.subarray(0, count));
    this.unread.set(value, read);
    return value;
  }

  private leafNumbers(name: string, pickled: PickledTensor, shape: Shape): Float32Array {
    const window = {
      ...pickled,
      shape: pickled.shape.length === 0 ? [] : [shape[0]!, ...pickled.shape.slice(1)],
    };
    const numbers = this.readNumbers(window, name);
    return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  }

  private fold<K extends OpName>(
    op: K,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[K],
    origin: string,
  ): ValueId | null {
    const tensors = [];
    for (const input of inputs) {
      if (input === null) {
        tensors.push(null);
        continue;
      }
      if (!((this.builder.constantOf(input)?.length ?? Infinity) <= MAX_FOLDED_ELEMENTS)) return null;
      const numbers = this.numbers(input)!;
      tensors.push({ shape: this.builder.shape(input), elements: new Float64Array(numbers) });
    }
    const shapes = inferShapes(
      op,
      tensors.map((tensor) => tensor?.shape ?? null),
      attributes,
      origin,
    );
    if (shapes.length !== 1 || elementCount(shapes[0]!) > MAX_FOLDED_ELEMENTS) return null;
    // At most each element of the output meets each of the largest input.
    const largest = Math.max(1, ...tensors.map((tensor) => tensor?.elements.length ?? 0));
    this.foldingWork += PRODUCTS.has(op) ? elementCount(shapes[0]!) * largest : largest;
    if (this.foldingWork > MAX_FOLDING_WORK) return null;
    const node = { op, inputs: [], outputs: [], attributes, origin } as unknown as AnyNode;
    const [result] = runNode(node, tensors, shapes);
    return this.constant(shapes[0]!, Float32Array.from(result!.elements));
  }
}

function dtypeOf({ storageType }: PickledTensor): DType {
  if (storageType === 'bool') return 'bool';
  return storageType.startsWith('float') || storageType === 'bfloat16' ? 'float' : 'int';
}

/** A state keeps only the rows that are used: caches are stored for 64 streams, we play one. */
function leafShape({ shape }: PickledTensor, rows: number | undefined): Shape {
  if (rows === undefined || shape.length === 0) return shape;
  return [Math.min(rows, shape[0]!), ...shape.slice(1)];
}

function coversAll(view: View & { kind: 'slice' }, shape: Shape): boolean {
  return view.start === 0 && view.step === 1 && view.end === shape[view.axis];
}

function isIdentity(view: View, shape: Shape): boolean {
  if (view.kind === 'slice') return coversAll(view, shape);
  if (view.kind === 'transpose') return view.permutation.every((axis, position) => axis === position);
  return sameShape(view.shape, shape);
}
