/** Importers of ONNX ops that make constants, ask for shapes, or change types. */

import { broadcastShape, elementCount, MAX_ELEMENTS, sameShape } from '../../../graph/tensor-shape.js';
import { contradictory, tooLarge, Unsupported } from '../errors.js';
import type { Integers, NodeImport, Operand } from '../node.js';
import { DataType } from '../schema.js';
import { MAX_INTEGERS, readTensor } from '../tensor.js';
import { negated } from './comparisons.js';
import type { OpImporter } from './elementwise.js';

function integers(shape: readonly number[], numbers: ArrayLike<number>): Integers {
  return { kind: 'integers', tensor: { shape, elements: Float64Array.from(numbers) } };
}

const constant: OpImporter = (node) => {
  const attribute = (name: string) => node.attribute(name);
  const tensor = attribute('value')?.tensor;
  if (tensor !== undefined) return [node.stored(readTensor(tensor, node.origin))];
  if (attribute('value_float') !== undefined) return [node.constant([], [node.float('value_float', 0)])];
  if (attribute('value_int') !== undefined) return [integers([], [node.int('value_int', 0)])];
  const floats = attribute('value_floats')?.floats;
  if (floats !== undefined) return [node.constant([floats.length], floats)];
  const ints = attribute('value_ints')?.ints;
  if (ints !== undefined) return [integers([ints.length], ints)];
  throw new Unsupported('a constant that is neither numbers nor integers');
};

const constantOfShape: OpImporter = (node) => {
  const shape = node.integers(0);
  const count = elementCount(shape);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw contradictory(`${node.origin} (ConstantOfShape): sizes are [${shape.join(', ')}]`);
  if (count > MAX_ELEMENTS) throw tooLarge(`${node.origin} (ConstantOfShape): ${count} numbers`);
  const tensor = node.attribute('value')?.tensor;
  if (tensor === undefined) return [node.constant(shape, new Float32Array(count))];
  const { type, numbers } = readTensor(tensor, node.origin);
  if (numbers.length !== 1) throw contradictory(`${node.origin} (ConstantOfShape): ${numbers.length} values`);
  if (type === 'half') throw new Unsupported('arithmetic in half precision');
  if (type === 'float') return [node.constant(shape, new Float32Array(count).fill(numbers[0]!))];
  if (count > MAX_INTEGERS) throw tooLarge(`${node.origin} (ConstantOfShape): ${count} integers`);
  return [integers(shape, new Float64Array(count).fill(numbers[0]!))];
};

const range: OpImporter = (node) => {
  const [start, limit, step] = [0, 1, 2].map((index) => node.numbers(index)?.[0]);
  if (start === undefined || limit === undefined || step === undefined)
    throw new Unsupported('a range only known while playing');
  const count = Math.max(0, Math.ceil((limit - start) / step));
  // Written so that NaN, of a step of zero, is refused too.
  if (!(count <= MAX_ELEMENTS)) throw tooLarge(`${node.origin} (Range): ${count} numbers`);
  const isInteger = node.input(0).kind === 'integers';
  if (isInteger && count > MAX_INTEGERS) throw tooLarge(`${node.origin} (Range): ${count} integers`);
  const numbers = Float64Array.from({ length: count }, (_, i) => start + i * step);
  return [isInteger ? integers([count], numbers) : node.constant([count], numbers)];
};

const shape: OpImporter = (node) => {
  const sizes = node.shape(node.input(0));
  const picked = sizes.slice(node.int('start', 0), node.attribute('end')?.int ?? sizes.length);
  return [integers([picked.length], picked)];
};

const size: OpImporter = (node) => [integers([], [elementCount(node.shape(node.input(0)))])];

/** Half to single precision is exact and costs nothing: halves are widened when read. */
const cast: OpImporter = (node) => {
  const x = node.input(0);
  const to = node.int('to', 0);
  switch (to) {
    case DataType.FLOAT:
      return [
        x.kind === 'integers' ? node.constant(x.tensor.shape, x.tensor.elements) : { ...x, half: false },
      ];
    case DataType.INT32:
    case DataType.INT64:
      return [isKnown(node, x) ? known(node, x) : truncated(node, x)];
    case DataType.BOOL: {
      if (!isKnown(node, x))
        return [negated(node, node.apply('equal', [x, node.numberLike(x, 0)], {}, `${node.origin}.zero`))];
      const { shape, elements } = known(node, x).tensor;
      return [
        integers(
          shape,
          elements.map((number) => (number === 0 ? 0 : 1)),
        ),
      ];
    }
    case DataType.FLOAT16:
      if (x.kind === 'value' && x.half) return [x];
      throw new Unsupported('arithmetic in half precision');
    default:
      throw new Unsupported(`a cast to ONNX type ${to}`);
  }
};

function isKnown(node: NodeImport, x: Operand): boolean {
  return x.kind === 'integers' || node.builder.constantOf(x.id) !== undefined;
}

/** Signals as integers: the whole numbers towards zero, floor(max(x, 0)) - floor(max(-x, 0)). */
function truncated(node: NodeImport, x: Operand): Operand {
  let count = 0;
  const step = (op: 'relu' | 'neg' | 'floor', from: Operand): Operand =>
    node.apply(op, [from], {}, `${node.origin}.${count++}`);
  const below = step('floor', step('relu', step('neg', x)));
  return node.apply('sub', [step('floor', step('relu', x)), below], {});
}

function known(node: NodeImport, x: Operand): Integers {
  if (x.kind === 'integers') return x;
  const numbers = node.builder.constantOf(x.id);
  if (numbers === undefined || numbers.length > MAX_INTEGERS) throw new Unsupported('signals as integers');
  const elements = Float64Array.from(numbers, Math.trunc);
  return { kind: 'integers', tensor: { shape: node.shape(x), elements } };
}

const identity: OpImporter = (node) => [node.input(0)];

/** Broadcasting with a shape: times ones. */
const expand: OpImporter = (node) => {
  const x = node.input(0);
  const shape = node.integers(1);
  const count = elementCount(shape);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 1))
    throw contradictory(`${node.origin} (Expand): sizes are [${shape.join(', ')}]`);
  if (!(count <= (x.kind === 'integers' ? MAX_INTEGERS : MAX_ELEMENTS)))
    throw tooLarge(`${node.origin} (Expand): ${count} numbers`);
  if (sameShape(broadcastShape(node.shape(x), shape) ?? [], node.shape(x))) return [x];
  const target =
    x.kind === 'integers'
      ? integers(shape, new Float64Array(count).fill(1))
      : node.constant(shape, new Float32Array(count).fill(1), `${node.origin}.ones`);
  return [node.apply('mul', [x, target], {})];
};

/** Of the sizes of a shape: how many numbers it holds. */
const product: OpImporter = (node) => {
  const sizes = node.input(0);
  if (sizes.kind === 'value' || node.shape(sizes).length > 1) throw new Unsupported('a product of signals');
  const numbers = [sizes.tensor.elements.reduce((all, size) => all * size, 1)];
  return [integers(node.int('keepdims', 1) === 0 ? [] : node.shape(sizes).map(() => 1), numbers)];
};

/** Of integers, with the sign of the divisor: the rest of the rest plus the divisor, which is on the right side. */
const modulo: OpImporter = (node) => {
  const [a, b] = [node.input(0), node.input(1)];
  if (a.kind === 'value' || b.kind === 'value') throw new Unsupported('the rest of a division of signals');
  if (b.tensor.elements.includes(0)) throw contradictory(`${node.origin} (Mod): a division by zero`);
  const rest = (x: Operand): Operand =>
    node.apply('sub', [x, node.apply('mul', [b, node.apply('div', [x, b], {})], {})], {});
  return [node.int('fmod', 0) !== 0 ? rest(a) : rest(node.apply('add', [rest(a), b], {}))];
};

export const constantImporters = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: shape,
  Size: size,
  Cast: cast,
  Identity: identity,
  Dropout: identity,
  Expand: expand,
  ReduceProd: product,
  Mod: modulo,
} satisfies Record<string, OpImporter>;
