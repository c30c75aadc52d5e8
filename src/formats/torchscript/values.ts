/**
 * What variables hold while a model's code is traced. Everything but the elements of tensors is known at that time;
 * tensors are values of the Graph that is being built.
 */

import type { ClassDefinition, Place } from './ast.js';
import { TraceFailure } from './errors.js';
import type { ScriptTensor } from './tensor.js';

export type Scalar =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number };

export interface ScriptList {
  readonly kind: 'list';
  /** `torch.append` adds to it. */
  readonly items: ScriptValue[];
}

export interface ScriptTuple {
  readonly kind: 'tuple';
  readonly items: readonly ScriptValue[];
}

/** An instance of a class of the model. */
export interface ScriptObject {
  readonly kind: 'object';
  readonly className: string;
  readonly definition: ClassDefinition;
  /** Where it hangs in the model, for instance `decoder.net.3`; names states and origins. */
  readonly path: string;
  readonly attributes: Map<string, ScriptValue>;
}

export type ScriptValue =
  | { readonly kind: 'none' }
  | Scalar
  | { readonly kind: 'string'; readonly value: string }
  | ScriptList
  | ScriptTuple
  | ScriptTensor
  | ScriptObject
  /** A dotted path that may be called: an op, a function or a class of the model. */
  | { readonly kind: 'path'; readonly path: string }
  /** What an unsupported op would have given. Whatever is made of it is unknown too. */
  | { readonly kind: 'unknown' };

export const NONE: ScriptValue = { kind: 'none' };
export const UNKNOWN: ScriptValue = { kind: 'unknown' };

export function int(value: number): ScriptValue {
  return { kind: 'int', value };
}

export function float(value: number): ScriptValue {
  return { kind: 'float', value };
}

export function bool(value: boolean): ScriptValue {
  return { kind: 'bool', value };
}

export function list(items: ScriptValue[]): ScriptList {
  return { kind: 'list', items };
}

export function ints(values: readonly number[]): ScriptList {
  return list(values.map(int));
}

export function isScalar(value: ScriptValue): value is Scalar {
  return value.kind === 'bool' || value.kind === 'int' || value.kind === 'float';
}

/** A whole number, also from a bool, as TorchScript converts. */
export function asInt(value: ScriptValue, what: string, place: Place): number {
  if (value.kind === 'int') return value.value;
  if (value.kind === 'bool') return Number(value.value);
  throw new TraceFailure(`${what}: expected a whole number, got ${value.kind}`, place);
}

export function asNumber(value: ScriptValue, what: string, place: Place): number {
  if (isScalar(value)) return Number(value.value);
  throw new TraceFailure(`${what}: expected a number, got ${value.kind}`, place);
}

export function asItems(value: ScriptValue, what: string, place: Place): readonly ScriptValue[] {
  if (value.kind === 'list' || value.kind === 'tuple') return value.items;
  throw new TraceFailure(`${what}: expected a list, got ${value.kind}`, place);
}

/** What two values are to `==`; null where TorchScript has no such comparison. */
export function equals(a: ScriptValue, b: ScriptValue): boolean | null {
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind;
  if (isScalar(a) && isScalar(b)) return Number(a.value) === Number(b.value);
  if (a.kind === 'string' && b.kind === 'string') return a.value === b.value;
  if ((a.kind === 'list' || a.kind === 'tuple') && a.kind === b.kind) {
    if (a.items.length !== b.items.length) return false;
    const each = a.items.map((item, index) => equals(item, b.items[index]!));
    return each.includes(null) ? null : !each.includes(false);
  }
  return null;
}
