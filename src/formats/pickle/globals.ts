/**
 * The names that a PyTorch archive's pickle may call, and what each call means here: plain data comes out, nothing is
 * imported or run. Used by `unpickle.ts`. Source: PyTorch's pickler (`torch/csrc/jit/serialization`), checked on archives.
 */

import type { PickledTensor, PickleValue, StorageType } from './values.js';

/** Something on the unpickler's stack that is no value: a name that may be called, or a storage that a tensor looks at. */
export interface GlobalName {
  readonly kind: 'global';
  /** `torch._utils _rebuild_tensor_v2` */
  readonly name: string;
}
export interface StorageReference {
  readonly kind: 'storage';
  readonly storageType: StorageType;
  readonly key: string;
  readonly elements: number;
}
export type StackItem = PickleValue | GlobalName | StorageReference;

/** Refuses what is being read, with a reason for developers. */
export type Refuse = (why: string) => never;

const STORAGES: ReadonlyMap<string, StorageType> = new Map([
  ['torch FloatStorage', 'float32'],
  ['torch DoubleStorage', 'float64'],
  ['torch HalfStorage', 'float16'],
  ['torch BFloat16Storage', 'bfloat16'],
  ['torch ByteStorage', 'uint8'],
  ['torch CharStorage', 'int8'],
  ['torch ShortStorage', 'int16'],
  ['torch IntStorage', 'int32'],
  ['torch LongStorage', 'int64'],
  ['torch BoolStorage', 'bool'],
]);

type Call = (args: readonly StackItem[], refuse: Refuse) => StackItem;

/** Typed lists come as one untyped list. */
const listOf =
  (kind: 'int' | 'float' | 'bool' | 'tensor'): Call =>
  (args, refuse) => {
    const [list] = args;
    if (args.length !== 1 || list?.kind !== 'list') return refuse('a typed list is not made of one list');
    if (!list.items.every((item) => item.kind === kind)) refuse(`a list of ${kind}s holds something else`);
    return list;
  };

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['torch._utils _rebuild_tensor_v2', rebuildTensor],
  [
    // (tensor, requires_grad, hooks)
    'torch._utils _rebuild_parameter',
    ([tensor], refuse) =>
      tensor?.kind === 'tensor' ? tensor : refuse('a parameter is not made of a tensor'),
  ],
  ['torch.jit._pickle build_intlist', listOf('int')],
  ['torch.jit._pickle build_doublelist', listOf('float')],
  ['torch.jit._pickle build_boollist', listOf('bool')],
  ['torch.jit._pickle build_tensorlist', listOf('tensor')],
  [
    // (value, "List[str]"): the code that reads the value knows its type.
    'torch.jit._pickle restore_type_tag',
    (args, refuse) => (args.length === 2 ? args[0]! : refuse('a type tag is not a pair')),
  ],
  [
    'collections OrderedDict',
    (args, refuse) =>
      args.length === 0 ? { kind: 'dict', entries: [] } : refuse('an OrderedDict is made of something'),
  ],
  [
    // ("cpu") or ("cuda", 0): we have one device.
    'torch device',
    ([device], refuse) => (device?.kind === 'string' ? device : refuse('a device has no name')),
  ],
]);

/** Whether a pickle may name this: `module name`. */
export function isKnownGlobal(name: string): boolean {
  return CALLS.has(name) || STORAGES.has(name) || isClass(name);
}

/** A class of the archive itself. */
export function isClass(name: string): boolean {
  return /^__torch__(\.[^ .]+)* [^ .]+$/.test(name);
}

/** What REDUCE means: the value of `callee(*args)`. */
export function call(callee: GlobalName, args: readonly StackItem[], refuse: Refuse): StackItem {
  const meaning = CALLS.get(callee.name);
  return meaning ? meaning(args, refuse) : refuse(`${callee.name} is called`);
}

/** What BINPERSID means: ("storage", type, key, device, elements). */
export function storage(id: StackItem, refuse: Refuse): StorageReference {
  if (id.kind === 'tuple' && id.items.length === 5) {
    const [tag, type, key, , elements] = id.items as readonly StackItem[];
    const storageType = type?.kind === 'global' ? STORAGES.get(type.name) : undefined;
    if (tag?.kind === 'string' && tag.value === 'storage' && storageType && key?.kind === 'string')
      return {
        kind: 'storage',
        storageType,
        key: key.value,
        elements: count(elements, 'a storage', refuse),
      };
  }
  return refuse('a persistent id is not a storage');
}

/** Axes that PyTorch allows. */
const MOST_AXES = 64;

/** (storage, offset, size, stride, requires_grad, hooks[, metadata]) */
function rebuildTensor(args: readonly StackItem[], refuse: Refuse): PickledTensor {
  const [from, offset, size, stride, , , metadata] = args;
  if (args.length < 6 || args.length > 7 || from?.kind !== 'storage')
    return refuse('a tensor is not made of a storage and six or seven arguments');
  if (metadata && !(metadata.kind === 'dict' && metadata.entries.length === 0) && metadata.kind !== 'none')
    refuse('a tensor is conjugated, negated or otherwise marked');
  const shape = counts(size, 'a shape', refuse);
  const strides = counts(stride, 'strides', refuse);
  if (shape.length !== strides.length)
    refuse(`a tensor has ${shape.length} axes, but ${strides.length} strides`);
  return {
    kind: 'tensor',
    storageType: from.storageType,
    key: from.key,
    storageElements: from.elements,
    offset: count(offset, 'an offset', refuse),
    shape,
    strides,
  };
}

function counts(item: StackItem | undefined, what: string, refuse: Refuse): number[] {
  if (item?.kind !== 'tuple' || item.items.length > MOST_AXES)
    return refuse(`${what} is not a tuple, or too long`);
  return item.items.map((each) => count(each, what, refuse));
}

function count(item: StackItem | undefined, what: string, refuse: Refuse): number {
  return item?.kind === 'int' && item.value >= 0 ? item.value : refuse(`${what} has a bad number`);
}
