/**
 * Finds where time runs in a one-shot network: the same network written for two lengths is laid side by side, and what
 * grows with the signal is time. No guessing from shapes: with one column per hop every axis of size 1 would qualify.
 * Part of `make-streaming.ts`; judges nothing but whether the two are the same network.
 */

import type { AnyNode, Graph, ValueId } from '../graph.js';
import type { Shape } from '../tensor-shape.js';

/** A network written for a signal of so many hops. */
export interface OneShot {
  readonly graph: Graph;
  readonly hops: number;
}

/** The axis along which a value grows: `rate` columns with every hop, and `excess` more (or fewer) in all. */
export interface TimeAxis {
  readonly kind: 'time';
  readonly axis: number;
  readonly rate: number;
  readonly excess: number;
}

/** 'none': the same for any length. 'uneven': several axes grow, one shrinks, or not by whole columns per hop. */
export type Extent = TimeAxis | { readonly kind: 'none' } | { readonly kind: 'uneven' };

export interface Difference {
  readonly op: string;
  readonly origin: string;
  readonly reason: string;
}

/** What both lengths have in common, for the values of the short one. */
export class Comparison {
  /** Where the two part ways: then nothing else here holds. */
  readonly difference: Difference | null;
  private readonly partners = new Map<ValueId, ValueId>();

  constructor(
    private readonly short: OneShot,
    private readonly long: OneShot,
  ) {
    this.difference = this.pairAll();
  }

  extent(value: ValueId): Extent {
    const [a, b] = [this.short.graph.values[value]!.shape, this.longShape(value)];
    const growing = a.flatMap((size, axis) => (b[axis] === size ? [] : [axis]));
    const [axis] = growing;
    if (a.length !== b.length || growing.length > 1) return { kind: 'uneven' };
    if (axis === undefined) return { kind: 'none' };
    const rate = (b[axis]! - a[axis]!) / (this.long.hops - this.short.hops);
    if (rate < 1 || !Number.isInteger(rate)) return { kind: 'uneven' };
    return { kind: 'time', axis, rate, excess: a[axis]! - rate * this.short.hops };
  }

  /** The constant's numbers and shape in the longer network. */
  longConstant(value: ValueId): { readonly shape: Shape; readonly numbers: Float32Array } {
    return {
      shape: this.longShape(value),
      numbers: this.long.graph.constants.get(this.partners.get(value)!)!,
    };
  }

  private longShape(value: ValueId): Shape {
    return this.long.graph.values[this.partners.get(value)!]!.shape;
  }

  private pairAll(): Difference | null {
    const [short, long] = [this.short.graph, this.long.graph];
    const whole = (reason: string): Difference => ({ op: 'graph', origin: short.name, reason });
    const ends = (graph: Graph): string =>
      [...graph.inputs, ...graph.outputs].map(({ name, role }) => `${role} ${name}`).join();
    if (ends(short) !== ends(long)) return whole('has other inputs or outputs for a longer signal');
    if (short.nodes.length !== long.nodes.length) return whole('does other things for a longer signal');
    short.inputs.forEach(({ value }, index) => this.partners.set(value, long.inputs[index]!.value));
    for (const [index, node] of short.nodes.entries()) {
      const reason = this.pairNodes(node, long.nodes[index]!);
      if (reason !== null) return { op: node.op, origin: node.origin, reason };
    }
    const output = short.outputs.find(
      ({ value }, index) => !this.pairInputs(value, long.outputs[index]!.value),
    );
    return output ? whole(`gives something else as ${output.name} for a longer signal`) : null;
  }

  private pairNodes(a: AnyNode, b: AnyNode): string | null {
    const other = 'does something else for a longer signal';
    if (a.op !== b.op || a.inputs.length !== b.inputs.length) return other;
    if (!a.inputs.every((input, index) => this.pairInputs(input, b.inputs[index]!))) return other;
    if (!sameAttributes(a, b)) return 'depends on how long the signal is';
    a.outputs.forEach((output, index) => this.partners.set(output, b.outputs[index]!));
    return null;
  }

  /** Whether two inputs stand for the same; constants are met here for the first time. */
  private pairInputs(a: ValueId | null, b: ValueId | null): boolean {
    if (a === null || b === null) return a === b;
    const known = this.partners.get(a);
    if (known !== undefined) return known === b;
    const [here, there] = [this.short.graph.constants.get(a), this.long.graph.constants.get(b)];
    if (here === undefined || there === undefined) return false;
    this.partners.set(a, b);
    return this.extent(a).kind !== 'none' || sameNumbers(here, there);
  }
}

function sameNumbers(a: Float32Array, b: Float32Array): boolean {
  // Weights are mostly two views of one file.
  const sameView = a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
  return sameView || a.every((number, index) => number === b[index]);
}

/** Apart from what must differ because there is more time: how a shape ends, and where a cut ends. */
function sameAttributes(a: AnyNode, b: AnyNode): boolean {
  if (a.op === 'reshape' && b.op === 'reshape') return true;
  if (a.op === 'slice' && b.op === 'slice') {
    const [x, y] = [a.attributes, b.attributes];
    return x.axis === y.axis && x.start === y.start && x.step === y.step;
  }
  return JSON.stringify(a.attributes) === JSON.stringify(b.attributes);
}
