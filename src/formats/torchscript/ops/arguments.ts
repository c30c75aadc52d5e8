/**
 * The arguments of one call of an op, read by position or name with the defaults that PyTorch's schema gives. What does
 * not fit ends the trace (the file contradicts itself); what we cannot do is `Unsupported` and gets listed.
 */

import type { ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import { numberOf } from '../types.js';
import { asInt, asItems, asNumber, isScalar, type ScriptValue } from '../values.js';

/** Thrown by an op that cannot do what is asked; becomes a finding, and the trace goes on with an unknown value. */
export class Unsupported extends Error {}

export class Arguments {
  constructor(
    readonly trace: Trace,
    /** As the code calls it, for instance `torch.conv1d`. */
    readonly op: string,
    readonly positional: readonly ScriptValue[],
    readonly keywords: ReadonlyMap<string, ScriptValue>,
  ) {}

  get all(): readonly ScriptValue[] {
    return [...this.positional, ...this.keywords.values()];
  }

  get(index: number, name?: string): ScriptValue | undefined {
    return this.positional[index] ?? (name === undefined ? undefined : this.keywords.get(name));
  }

  /** Whether something other than None was given. */
  has(index: number, name?: string): boolean {
    const value = this.get(index, name);
    return value !== undefined && value.kind !== 'none';
  }

  need(index: number, name?: string): ScriptValue {
    const value = this.get(index, name);
    if (value === undefined) this.trace.fail(`${this.op}: argument ${name ?? index} is missing`);
    return value;
  }

  tensor(index: number, name?: string): ScriptTensor {
    const value = this.need(index, name);
    if (value.kind !== 'tensor')
      this.trace.fail(`${this.op}: argument ${index} is ${value.kind}, not a tensor`);
    return value;
  }

  optionalTensor(index: number, name?: string): ScriptTensor | null {
    return this.has(index, name) ? this.tensor(index, name) : null;
  }

  tensors(index: number): ScriptTensor[] {
    return asItems(this.need(index), this.op, this.place).map((item) => {
      if (item.kind !== 'tensor') this.trace.fail(`${this.op}: a list of tensors holds ${item.kind}`);
      return item;
    });
  }

  int(index: number, name?: string, otherwise?: number): number {
    if (otherwise !== undefined && !this.has(index, name)) return otherwise;
    return asInt(this.plain(this.need(index, name)), this.op, this.place);
  }

  number(index: number, name?: string, otherwise?: number): number {
    if (otherwise !== undefined && !this.has(index, name)) return otherwise;
    return asNumber(this.plain(this.need(index, name)), this.op, this.place);
  }

  bool(index: number, name: string | undefined, otherwise: boolean): boolean {
    return this.has(index, name) ? Boolean(this.number(index, name)) : otherwise;
  }

  /** A list of whole numbers, or one of them for all. */
  ints(index: number, name?: string, otherwise?: readonly number[]): number[] {
    if (otherwise !== undefined && !this.has(index, name)) return [...otherwise];
    const value = this.need(index, name);
    if (value.kind === 'tensor' || isScalar(value)) return [this.int(index, name)];
    return asItems(value, this.op, this.place).map((item) => asInt(this.plain(item), this.op, this.place));
  }

  /** The only number of a list of one, or the number itself. */
  single(index: number, name: string | undefined, otherwise: number): number {
    const numbers = this.ints(index, name, [otherwise]);
    if (numbers.length !== 1) throw new Unsupported(`${this.op} over ${numbers.length} axes of time`);
    return numbers[0]!;
  }

  text(index: number, name: string, otherwise: string): string {
    const value = this.get(index, name);
    return value?.kind === 'string' ? value.value : otherwise;
  }

  private get place(): NonNullable<Trace['place']> {
    return this.trace.place ?? { file: '', line: 0 };
  }

  private plain(value: ScriptValue): ScriptValue {
    return value.kind === 'tensor' ? numberOf(value, this.trace) : value;
  }
}

/** What an op does with its arguments. */
export type OpRule = (args: Arguments) => ScriptValue;
