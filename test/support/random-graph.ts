/**
 * Graphs made of arbitrary recipes, for property tests: each step picks an op and its operands by number, so that
 * fast-check can shrink a failing network to a few steps. Values stay in a range in which float32 and float64 agree.
 */

import fc from 'fast-check';
import { convAttributes, GraphBuilder } from '../../src/graph/builder.js';
import type { Activation, Graph, ValueId } from '../../src/graph/graph.js';
import { elementCount } from '../../src/graph/tensor-shape.js';
import { randomArray, randomNumbers } from './engine.js';

export interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

const number = fc.nat(999);
export const steps = fc.array(fc.record({ op: number, a: number, b: number, c: number, d: number }), {
  minLength: 1,
  maxLength: 14,
});

interface Recipe {
  readonly builder: GraphBuilder;
  readonly values: ValueId[];
  readonly random: () => number;
  states: number;
}

const activations: readonly Activation[] = [
  { kind: 'none' },
  { kind: 'relu' },
  { kind: 'silu' },
  { kind: 'sigmoid' },
  { kind: 'tanh' },
  { kind: 'leaky_relu', alpha: 0.2 },
];

function constant({ builder, random }: Recipe, shape: readonly number[], scale = 1): ValueId {
  return builder.constant('c', shape, randomArray(random, elementCount(shape), scale));
}

type Maker = (recipe: Recipe, x: ValueId, step: Step) => ValueId;

const unary =
  (op: 'neg' | 'abs' | 'sin' | 'cos' | 'relu' | 'sigmoid' | 'silu' | 'tanh' | 'softplus'): Maker =>
  ({ builder }, x) =>
    builder.apply(op, [x], {});

/** After an absolute value and + 0.5, so that the function is tame. */
const positive =
  (op: 'log' | 'sqrt' | 'reciprocal'): Maker =>
  (recipe, x) => {
    const { builder } = recipe;
    const magnitude = builder.apply('abs', [x], {});
    return builder.apply(
      op,
      [builder.apply('add', [magnitude, recipe.builder.constant('h', [], [0.5])], {})],
      {},
    );
  };

const binary =
  (op: 'add' | 'sub' | 'mul' | 'minimum' | 'maximum'): Maker =>
  (recipe, x, { b, c }) => {
    const { builder, values } = recipe;
    const shape = builder.shape(x);
    const same = values.filter((value) => String(builder.shape(value)) === String(shape));
    // Another value of this shape, or a constant that broadcasts along some axes.
    const other =
      c % 2 === 0
        ? same[b % same.length]!
        : constant(
            recipe,
            shape.map((size, axis) => ((b >> axis) & 1 ? size : 1)).slice(b % 3 === 0 ? 1 : 0),
          );
    return builder.apply(op, c % 3 === 0 ? [other, x] : [x, other], {});
  };

const conv =
  (cached: boolean): Maker =>
  (recipe, given, { b, c, d }) => {
    const { builder } = recipe;
    const x = asSignal(recipe, given);
    const [, channels, time] = builder.shape(x) as [number, number, number];
    const groups = b % 3 === 0 ? channels : b % 3 === 1 && channels % 2 === 0 ? 2 : 1;
    const out = groups * (1 + (c % (groups === 1 ? 19 : 3)));
    const dilation = 1 + (d % 3);
    const kernel = 1 + (cached ? d % 5 : Math.min(d % 5, Math.floor((time - 1) / dilation)));
    const stride = 1 + (c % 3);
    const perGroup = channels / groups;
    const weight = constant(recipe, [out, perGroup, kernel], 1 / Math.sqrt(perGroup * kernel));
    const bias = b % 2 === 0 ? constant(recipe, [out]) : null;
    const attributes = convAttributes({ stride, dilation, groups, activation: activations[c % 6]! });
    const past = (kernel - 1) * dilation;
    if (!cached || past === 0) {
      const plain = builder.apply('conv1d', [x, weight, bias], attributes);
      if (d % 2 === 0) return plain;
      return builder.apply('conv1d', [x, weight, bias, constant(recipe, builder.shape(plain))], attributes);
    }
    const name = `state${recipe.states++}`;
    const history = builder.state(name, [1, channels, past]);
    const [y, next] = builder.node('cached_conv1d', [x, history, weight, bias], attributes);
    builder.setState(name, next!);
    return y!;
  };

const convTranspose: Maker = (recipe, given, { b, c, d }) => {
  const { builder } = recipe;
  const x = asSignal(recipe, given);
  const [, channels, time] = builder.shape(x) as [number, number, number];
  const groups = b % 3 === 0 && channels % 2 === 0 ? 2 : 1;
  const perGroup = 1 + (c % 9);
  const stride = 1 + (b % 3);
  const dilation = 1 + (c % 2);
  const kernel = stride + (d % 5);
  const weight = constant(recipe, [channels, perGroup, kernel], 1 / Math.sqrt((channels / groups) * 2));
  const bias = c % 3 === 0 ? null : constant(recipe, [perGroup * groups]);
  const attributes = convAttributes({ stride, dilation, groups, activation: activations[d % 6]! });
  const tail = (time - 1) * stride + (kernel - 1) * dilation + 1 - time * stride;
  if (d % 3 === 0 || tail <= 0) return builder.apply('conv_transpose1d', [x, weight, bias], attributes);
  const name = `state${recipe.states++}`;
  const old = builder.state(name, [1, perGroup * groups, tail]);
  const [y, next] = builder.node('cached_conv_transpose1d', [x, old, weight, bias], attributes);
  builder.setState(name, next!);
  return y!;
};

function asSignal({ builder }: Recipe, x: ValueId): ValueId {
  const shape = builder.shape(x);
  if (shape.length === 3 && shape[0] === 1) return x;
  const last = shape.at(-1) ?? 1;
  return builder.apply('reshape', [x], { shape: [1, elementCount(shape) / last, last] });
}

const makers: readonly Maker[] = [
  ...(['neg', 'abs', 'sin', 'cos', 'relu', 'sigmoid', 'silu', 'tanh', 'softplus'] as const).map(unary),
  ...(['log', 'sqrt', 'reciprocal'] as const).map(positive),
  ...(['add', 'sub', 'mul', 'minimum', 'maximum'] as const).map(binary),
  (recipe, x) => recipe.builder.apply('leaky_relu', [x], { alpha: 0.1 }),
  (recipe, x, { b }) => recipe.builder.apply('clip', [x], { min: -1 - (b % 3), max: 0.5 }),
  (recipe, x) => recipe.builder.apply('exp', [recipe.builder.apply('tanh', [x], {})], {}),
  (recipe, x, { b }) =>
    recipe.builder.apply('div', [x, recipe.builder.constant('h', [1], [1 + (b % 5)])], {}),
  (recipe, x, { b, c }) => {
    const shape = recipe.builder.shape(x);
    const axes = shape.map((_, axis) => axis);
    const permutation = axes.map((_, axis) => axes[(axis + (b % 3)) % axes.length]!);
    if (c % 2 === 0) permutation.reverse();
    return recipe.builder.apply('transpose', [x], { permutation });
  },
  (recipe, x, { b, c }) => {
    const count = elementCount(recipe.builder.shape(x));
    const divisors = Array.from({ length: count }, (_, i) => i + 1).filter((i) => count % i === 0);
    const first = divisors[b % divisors.length]!;
    const rest = count / first;
    const shapes = [[first, rest], [1, first, rest], [first, 1, rest, 1], [count]];
    return recipe.builder.apply('reshape', [x], { shape: shapes[c % 4]! });
  },
  (recipe, x, { b, c, d }) => {
    const shape = recipe.builder.shape(x);
    const axis = b % Math.max(1, shape.length);
    if (shape.length === 0) return x;
    const fits = recipe.values.filter((value) => {
      const other = recipe.builder.shape(value);
      return other.length === shape.length && other.every((size, i) => i === axis || size === shape[i]);
    });
    return recipe.builder.apply('concat', [x, fits[c % fits.length]!, fits[d % fits.length]!], { axis });
  },
  (recipe, x, { b, c, d }) => {
    const shape = recipe.builder.shape(x);
    if (shape.length === 0) return x;
    const axis = b % shape.length;
    const start = c % shape[axis]!;
    const end = start + 1 + (d % (shape[axis]! - start));
    return recipe.builder.apply('slice', [x], { axis, start, end, step: 1 + (c % 2) });
  },
  (recipe, x, { b, c, d }) => {
    const shape = recipe.builder.shape(x);
    if (shape.length === 0) return x;
    return recipe.builder.apply('pad', [x], { axis: b % shape.length, before: c % 3, after: d % 3 });
  },
  (recipe, x, { b }) => {
    const signal = asSignal(recipe, x);
    const channels = recipe.builder.shape(signal)[1]!;
    const factor = [4, 3, 2, 1].filter((f) => channels % f === 0)[b % 2] ?? 1;
    return recipe.builder.apply('pixel_shuffle', [signal], { factor });
  },
  ...(['reduce_sum', 'reduce_mean', 'reduce_max', 'flip'] as const).map((op): Maker => (recipe, x, { b }) => {
    const shape = recipe.builder.shape(x);
    return shape.length === 0 ? x : recipe.builder.apply(op, [x], { axis: b % shape.length });
  }),
  (recipe, x, { b }) => {
    const shape = recipe.builder.shape(x);
    if (shape.length === 0) return x;
    const axis = b % shape.length;
    const size = shape[axis]!;
    const inputs = [x, constant(recipe, [size]), constant(recipe, [size])];
    // A large epsilon: the variance of two nearly equal numbers is noise in float32.
    return recipe.builder.apply('layer_norm', inputs, { axis, epsilon: 0.1 });
  },
  (recipe, given, { b, c }) => {
    const shape = recipe.builder.shape(given);
    const x = shape.length < 2 ? asSignal(recipe, given) : given;
    const [rows, inner] = recipe.builder.shape(x).slice(-2) as [number, number];
    if (c % 3 === 0)
      return recipe.builder.apply('matmul', [constant(recipe, [1 + (b % 11), rows], 0.3), x], {});
    if (c % 3 === 1)
      return recipe.builder.apply('matmul', [x, constant(recipe, [inner, 1 + (b % 11)], 0.3)], {});
    const axes = recipe.builder.shape(x).map((_, axis) => axis);
    const permutation = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
    return recipe.builder.apply('matmul', [x, recipe.builder.apply('transpose', [x], { permutation })], {});
  },
  (recipe, x, { b, c, d }) => {
    const count = elementCount(recipe.builder.shape(x));
    const table = recipe.builder.apply('reshape', [x], { shape: [count, 1] });
    const index = recipe.builder.constant('i', [2, 3], [b, c, d, b + c, c + d, b + d]);
    return recipe.builder.apply('gather', [table, index], {});
  },
  conv(false),
  conv(true),
  convTranspose,
];

/** Keeps magnitudes near 1 whatever came before, and sizes small. */
const MAX_ELEMENTS = 4000;

export function graphFromSteps(recipeSteps: readonly Step[], seed: number): Graph {
  const builder = new GraphBuilder('random');
  const recipe: Recipe = { builder, values: [], random: randomNumbers(seed), states: 0 };
  recipe.values.push(
    builder.input('a', [1, 12, 4], 'latent'),
    builder.input('b', [1, 5, 1], 'latent'),
    builder.input('c', [1, 1, 32], 'audio'),
    builder.input('d', [3, 8], 'noise'),
  );
  // A state that nothing owns: it becomes what an input was.
  const delayed = builder.state('delay', [1, 12, 4]);
  builder.setState('delay', recipe.values[0]!);
  const older = builder.state('delay2', [1, 12, 4]);
  builder.setState('delay2', delayed);
  recipe.values.push(delayed, older);
  for (const step of recipeSteps) {
    const x = recipe.values[step.a % recipe.values.length]!;
    const made = makers[step.op % makers.length]!(recipe, x, step);
    if (elementCount(builder.shape(made)) > MAX_ELEMENTS) continue;
    recipe.values.push(builder.apply('clip', [made], { min: -3, max: 3 }));
    if (step.d % 3 === 0) recipe.values.push(made);
  }
  recipe.values.slice(-3).forEach((value, index) => builder.output(`out${index}`, value, 'audio'));
  return builder.build();
}
