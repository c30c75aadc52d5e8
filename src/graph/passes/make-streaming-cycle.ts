/**
 * Constants that repeat in time, such as masks that turn every second column: known for a few hops, valid for any number
 * of hops and at any delay. Part of `make-streaming.ts`.
 */

import { aroundAxis } from '../kernels/tensor.js';
import { elementCount, type Shape } from '../tensor-shape.js';
import type { TimeAxis } from './make-streaming-axes.js';

export interface Cycle {
  readonly kind: 'cycle';
  readonly name: string;
  /** At least two periods along `axis`. */
  readonly shape: Shape;
  readonly numbers: Float32Array;
  readonly axis: number;
  /** Columns after which all begins again; divides `rate`, the columns per hop. */
  readonly period: number;
  readonly rate: number;
}

type Constant = Pick<Cycle, 'name' | 'shape' | 'numbers'>;

/** The constant as one that repeats with every hop or more often; null when it does not. */
export function findCycle(constant: Constant, { axis, rate }: TimeAxis): Cycle | null {
  const { shape, numbers } = constant;
  const { outer, size, inner } = aroundAxis(shape, axis);
  const repeatsAfter = (period: number): boolean => {
    for (let o = 0; o < outer; o++)
      for (let i = (o * size + period) * inner; i < (o + 1) * size * inner; i++)
        if (numbers[i] !== numbers[i - period * inner]) return false;
    return true;
  };
  for (let period = 1; period <= rate && 2 * period <= size; period++)
    if (rate % period === 0 && repeatsAfter(period))
      return { kind: 'cycle', ...constant, axis, period, rate };
  return null;
}

/** One hop of it, `delay` columns late. */
export function unroll(
  cycle: Cycle,
  delay: number,
): { readonly shape: Shape; readonly numbers: Float32Array } {
  const { axis, period, rate } = cycle;
  const { outer, size, inner } = aroundAxis(cycle.shape, axis);
  const shape = withSize(cycle.shape, axis, rate);
  const numbers = new Float32Array(elementCount(shape));
  for (let o = 0; o < outer; o++)
    for (let t = 0; t < rate; t++) {
      const from = (o * size + modulo(t - delay, period)) * inner;
      numbers.set(cycle.numbers.subarray(from, from + inner), (o * rate + t) * inner);
    }
  return { shape, numbers };
}

/** a modulo m, never negative. */
export function modulo(a: number, m: number): number {
  return ((a % m) + m) % m;
}

/** The shape with another size on one axis. */
export function withSize(shape: Shape, axis: number, size: number): number[] {
  return shape.map((old, other) => (other === axis ? size : old));
}
