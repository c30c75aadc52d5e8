/**
 * What a pickle of a PyTorch archive holds, as plain data. Nothing is constructed or called: a class is a name, a tensor
 * is a description of where its numbers lie. Made by `unpickle.ts`; shared objects stay shared (same JavaScript object).
 */

/** Element types of storages that can be read. */
export type StorageType =
  'float16' | 'bfloat16' | 'float32' | 'float64' | 'uint8' | 'int8' | 'int16' | 'int32' | 'int64' | 'bool';

/** A strided window on a storage. Not checked against the storage's bytes yet: `readTensor` does. */
export interface PickledTensor {
  readonly kind: 'tensor';
  readonly storageType: StorageType;
  /** Name of the archive's entry: `data/KEY`. */
  readonly key: string;
  /** Elements that the storage claims to have. */
  readonly storageElements: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** An instance of a class of the archive. */
export interface PickledObject {
  readonly kind: 'object';
  /** Dotted, for instance `__torch__.rave.model.RAVE`. */
  readonly className: string;
  readonly attributes: Map<string, PickleValue>;
}

export type PickleValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Whole numbers that a double holds exactly; larger ones are refused. */
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'list'; readonly items: PickleValue[] }
  | { readonly kind: 'tuple'; readonly items: readonly PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: (readonly [PickleValue, PickleValue])[] }
  | PickledTensor
  | PickledObject;
