/** Importers of ONNX ops that the Graph writes as several smaller ones. */

import type { OpName } from '../../../graph/graph.js';
import { contradictory, Unsupported } from '../errors.js';
import type { NodeImport, Operand } from '../node.js';
import type { OpImporter } from './elementwise.js';

/** The node's arithmetic, each step with a name of its own. */
class Steps {
  private count = 0;

  constructor(private readonly node: NodeImport) {}

  of(op: Extract<OpName, 'neg' | 'floor' | 'exp' | 'tanh' | 'erf' | 'sqrt'>, x: Operand): Operand {
    return this.node.apply(op, [x], {}, this.name());
  }

  with(op: Extract<OpName, 'add' | 'sub' | 'mul' | 'div'>, a: Operand, b: Operand | number): Operand {
    const right = typeof b === 'number' ? this.node.constant([], [b], this.name()) : b;
    return this.node.apply(op, [a, right], {}, this.name());
  }

  over(op: Extract<OpName, 'reduce_max' | 'reduce_sum' | 'reduce_mean'>, x: Operand, axis: number): Operand {
    return this.node.apply(op, [x], { axis }, this.name());
  }

  private name(): string {
    return `${this.node.origin}.${this.count++}`;
  }
}

const ceil: OpImporter = (node) => {
  const steps = new Steps(node);
  return [steps.of('neg', steps.of('floor', steps.of('neg', node.input(0))))];
};

/** x / 2 · (1 + erf(x / √2)), or with tanh(√(2/π) · (x + 0.044715 x³)) in the place of erf. */
const gelu: OpImporter = (node) => {
  const steps = new Steps(node);
  const x = node.input(0);
  const inner = (): Operand => {
    if (node.text('approximate', 'none') !== 'tanh')
      return steps.of('erf', steps.with('mul', x, Math.SQRT1_2));
    const cube = steps.with('mul', steps.with('mul', x, x), x);
    const sum = steps.with('add', x, steps.with('mul', cube, 0.044715));
    return steps.of('tanh', steps.with('mul', sum, Math.sqrt(2 / Math.PI)));
  };
  return [steps.with('mul', steps.with('mul', x, 0.5), steps.with('add', inner(), 1))];
};

const softmax: OpImporter = (node) => {
  const steps = new Steps(node);
  const x = node.input(0);
  const rank = node.shape(x).length;
  // Before operator set 13 the axis and all after it were one.
  const axis = node.axis(node.int('axis', node.opset < 13 ? 1 : -1), rank);
  if (node.opset < 13 && axis !== rank - 1) throw new Unsupported('over several axes');
  const powers = steps.of('exp', steps.with('sub', x, steps.over('reduce_max', x, axis)));
  return [steps.with('div', powers, steps.over('reduce_sum', powers, axis))];
};

/** [channels] as [channels, 1, …], to broadcast along all axes after the second of x. */
function perChannel(node: NodeImport, x: Operand, numbers: ArrayLike<number>, name: string): Operand {
  const [, channels, ...others] = node.shape(x);
  if (channels !== numbers.length)
    throw contradictory(`${node.origin} (${node.op}): ${numbers.length} numbers for ${channels} channels`);
  return node.constant([channels, ...others.map(() => 1)], numbers, `${node.origin}.${name}`);
}

function knownNumbers(node: NodeImport, index: number): Float64Array {
  const numbers = node.numbers(index);
  if (numbers === undefined) throw new Unsupported('statistics that are only known while playing');
  return Float64Array.from(numbers);
}

/** With constant statistics: a scale and an offset. */
const batchNormalization: OpImporter = (node) => {
  if (node.int('training_mode', 0) !== 0) throw new Unsupported('training');
  const x = node.input(0);
  const [weight, bias, mean, variance] = [1, 2, 3, 4].map((index) => knownNumbers(node, index));
  const epsilon = node.float('epsilon', 1e-5);
  const scale = weight!.map((number, c) => number / Math.sqrt(variance![c]! + epsilon));
  const offset = bias!.map((number, c) => number - mean![c]! * scale[c]!);
  const steps = new Steps(node);
  const scaled = steps.with('mul', x, perChannel(node, x, scale, 'scale'));
  return [steps.with('add', scaled, perChannel(node, x, offset, 'offset'))];
};

/** Normalises each channel over time. */
const instanceNormalization: OpImporter = (node) => {
  const x = node.input(0);
  const rank = node.shape(x).length;
  if (rank !== 3) throw new Unsupported(`signals of rank ${rank}`);
  const steps = new Steps(node);
  const centred = steps.with('sub', x, steps.over('reduce_mean', x, 2));
  const variance = steps.over('reduce_mean', steps.with('mul', centred, centred), 2);
  const deviation = steps.of('sqrt', steps.with('add', variance, node.float('epsilon', 1e-5)));
  const scale = perChannel(node, x, knownNumbers(node, 1), 'scale');
  const offset = perChannel(node, x, knownNumbers(node, 2), 'offset');
  return [steps.with('add', steps.with('mul', steps.with('div', centred, deviation), scale), offset)];
};

export const composedImporters = {
  Ceil: ceil,
  Gelu: gelu,
  Softmax: softmax,
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
} satisfies Record<string, OpImporter>;
