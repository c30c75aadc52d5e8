/**
 * The kernels' own elementary functions against `Math` in float64, over the whole range of float32.
 */

import { describe, expect, it } from 'vitest';
import { instantiate, randomNumbers } from '../../test/support/engine.js';
import { GraphBuilder } from '../graph/builder.js';
import * as elementary from '../graph/kernels/elementary.js';

type Unary =
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'silu'
  | 'softplus'
  | 'sqrt'
  | 'reciprocal'
  | 'floor'
  | 'acos'
  | 'erf'
  | 'round';

const COUNT = 4096;

function apply(op: Unary, inputs: Float32Array): Float32Array {
  const builder = new GraphBuilder(op);
  const x = builder.input('x', [COUNT], 'latent');
  builder.output('y', builder.apply(op, [x], {}), 'latent');
  const engine = instantiate(builder.build());
  engine.input('x').set(inputs);
  engine.step();
  return engine.output('y').slice();
}

/** Float32 numbers of all magnitudes up to `limit`, both signs if wanted, besides evenly spread ones. */
function spread(limit: number, least: number): Float32Array {
  const random = randomNumbers(17);
  return Float32Array.from({ length: COUNT }, (_, i) => {
    if (i % 2 === 0) return least < 0 ? random() * limit : Math.abs(random()) * limit;
    const magnitude = limit * 2 ** (-60 * Math.abs(random()));
    return least < 0 && i % 4 === 1 ? -magnitude : magnitude;
  });
}

const ULP = 2 ** -23;

describe('elementary functions', () => {
  // Errors relative to the exact value, in units of float32's precision.
  it.each<[Unary, number, number, (x: number) => number, number]>([
    ['exp', 87, -87, Math.exp, 2],
    ['log', 3e38, 0, Math.log, 2],
    ['log', 2, 0, Math.log, 2],
    ['tanh', 12, -12, Math.tanh, 3],
    ['sigmoid', 80, -80, (x) => 1 / (1 + Math.exp(-x)), 4],
    ['silu', 80, -80, (x) => x / (1 + Math.exp(-x)), 4],
    ['sqrt', 3e38, 0, Math.sqrt, 1],
    ['reciprocal', 1e6, -1e6, (x) => 1 / x, 1],
    ['floor', 1e6, -1e6, Math.floor, 0],
    // The float64 kernels are held against integral and Math in graph/kernels.
    ['erf', 6, -6, elementary.erf, 2],
    ['acos', 1, -1, Math.acos, 2],
    ['round', 1e6, -1e6, elementary.round, 0],
  ])('%s up to %d', (op, limit, least, exact, ulps) => {
    const inputs = spread(limit, least);
    const got = apply(op, inputs);
    let worst = 0;
    inputs.forEach((x, i) => {
      const expected = exact(x);
      // Below the least normal number there is no precision to speak of.
      const scale = Math.max(Math.abs(expected), 2 ** -126);
      worst = Math.max(worst, Math.abs(got[i]! - expected) / scale / ULP);
    });
    expect(worst).toBeLessThanOrEqual(ulps);
  });

  it.each<[Unary, number, (x: number) => number]>([
    ['sin', 10, Math.sin],
    ['cos', 10, Math.cos],
    ['sin', 1e6, Math.sin],
    ['cos', 1e6, Math.cos],
    ['softplus', 50, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  ])('%s up to %d stays within 1.2e-7 of the greater of 1 and its value', (op, limit, exact) => {
    const inputs = spread(limit, -limit);
    const got = apply(op, inputs);
    inputs.forEach((x, i) => {
      const expected = exact(x);
      expect(Math.abs(got[i]! - expected)).toBeLessThanOrEqual(1.2e-7 * Math.max(1, Math.abs(expected)));
    });
  });

  const special = [0, -0, Infinity, -Infinity, NaN, 3e38, -3e38, 1e-42, -1e-42, 90, -90, -104, -200];
  it.each<[Unary, readonly number[]]>([
    ['exp', [1, 1, Infinity, 0, NaN, Infinity, 0, 1, 1, Infinity, 0, 0, 0]],
    ['sigmoid', [0.5, 0.5, 1, 0, NaN, 1, 0, 0.5, 0.5, 1, 0, 0, 0]],
    ['tanh', [0, -0, 1, -1, NaN, 1, -1, 1e-42, -1e-42, 1, -1, -1, -1]],
    ['erf', [0, -0, 1, -1, NaN, 1, -1, 1.128379167e-42, -1.128379167e-42, 1, -1, -1, -1]],
    [
      'acos',
      [Math.PI / 2, Math.PI / 2, NaN, NaN, NaN, NaN, NaN, Math.PI / 2, Math.PI / 2, NaN, NaN, NaN, NaN],
    ],
    ['round', [0, -0, Infinity, -Infinity, NaN, 3e38, -3e38, 0, -0, 90, -90, -104, -200]],
    [
      'softplus',
      [Math.log(2), Math.log(2), Infinity, 0, NaN, 3e38, 0, Math.log(2), Math.log(2), 90, 0, 0, 0],
    ],
  ])('%s goes through infinities, NaN, huge and denormal numbers as it should', (op, expected) => {
    const inputs = new Float32Array(COUNT);
    inputs.set(special);
    const got = apply(op, inputs);
    expected.forEach((value, i) => {
      const wanted = Math.fround(value);
      if (Number.isNaN(wanted)) expect(got[i]).toBeNaN();
      else if (Number.isFinite(wanted))
        expect(Math.abs(got[i]! - wanted)).toBeLessThanOrEqual(1.2e-7 * Math.max(1, Math.abs(wanted)));
      else expect(got[i]).toBe(wanted);
    });
  });

  it('log is -Infinity at 0, NaN below, and right for denormals', () => {
    const inputs = new Float32Array(COUNT).fill(1);
    inputs.set([0, -0, -1, Infinity, NaN, 1e-42, 1.2e-38]);
    const got = apply('log', inputs);
    expect([...got.slice(0, 5)]).toEqual([-Infinity, -Infinity, NaN, Infinity, NaN]);
    expect(got[5]).toBeCloseTo(Math.log(inputs[5]!), 5);
    expect(got[6]).toBeCloseTo(Math.log(inputs[6]!), 5);
  });

  it.each(['sin', 'cos'] as const)('%s of any finite number lies within -1..1', (op) => {
    const got = apply(op, spread(3.4e38, -3.4e38));
    for (const y of got) expect(Math.abs(y)).toBeLessThanOrEqual(1);
  });
});

describe('pow', () => {
  it('agrees with Math.pow for all pairs of ordinary and special numbers', () => {
    const bases = [0, 1, -1, 2, -2, 0.3, -0.3, 10, 1e-20, 1e20, Infinity, -Infinity, NaN, -8, 3.7, -1e10];
    const exponents = [0, 1, -1, 2, 3, -3, 0.5, 1 / 3, 10, -10, 2.5, Infinity, -Infinity, NaN, 7, -2];
    const pairs = bases.flatMap((base) => exponents.map((exponent) => [base, exponent] as const));
    const builder = new GraphBuilder('pow');
    const x = builder.input('x', [pairs.length], 'latent');
    const y = builder.input('y', [pairs.length], 'latent');
    builder.output('z', builder.apply('pow', [x, y], {}), 'latent');
    const engine = instantiate(builder.build());
    engine.input('x').set(pairs.map(([base]) => base));
    engine.input('y').set(pairs.map(([, exponent]) => exponent));
    engine.step();
    pairs.forEach((_, i) => {
      const [base, exponent] = [engine.input('x')[i]!, engine.input('y')[i]!];
      const got = engine.output('z')[i]!;
      // C and ONNX say 1 ** anything = 1; JavaScript says NaN for a few of these.
      const expected =
        base === 1 ? 1 : base === -1 && Math.abs(exponent) === Infinity ? 1 : Math.fround(base ** exponent);
      const label = `${base} ** ${exponent}: ${got}`;
      if (Number.isNaN(expected)) expect(got, label).toBeNaN();
      else if (Number.isFinite(expected))
        expect(Math.abs(got - expected), label).toBeLessThanOrEqual(2 * ULP * Math.abs(expected));
      else expect(got, label).toBe(expected);
    });
  });
});
