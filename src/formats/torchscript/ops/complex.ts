/**
 * Complex tensors and Fourier transforms. A complex tensor is a real one with a last axis of 2; a transform is a product
 * with a constant basis, which for the sizes in audio models (64 to 2048) costs little beside the convolutions.
 */

import { cos, sin } from '../../../graph/kernels/elementary.js';
import { elementCount } from '../../../graph/tensor-shape.js';
import { newTensor, ScriptTensor } from '../tensor.js';
import type { Trace } from '../trace.js';
import { type OpRule, Unsupported } from './arguments.js';
import {
  axisOf,
  binary,
  concat,
  constantTensor,
  reshape,
  result,
  scalarTensor,
  select,
  slice,
  swapAxes,
  unary,
  unsqueeze,
} from './support.js';

/** More than any audio model's frames; a basis of this size has 4 million numbers. */
const MAX_TRANSFORM = 2048;

/** The same numbers as a real tensor with a last axis of 2. */
function asReal(trace: Trace, x: ScriptTensor): ScriptTensor {
  return x.isEmpty ? newTensor('float', [...x.shape, 2], null) : result(trace, trace.read(x), 'float');
}

function asComplex(trace: Trace, x: ScriptTensor): ScriptTensor {
  if (x.shape.at(-1) !== 2) trace.fail('a complex view needs a last axis of 2');
  return x.isEmpty
    ? newTensor('complex', x.shape.slice(0, -1), null)
    : result(trace, trace.read(x), 'complex');
}

function part(trace: Trace, x: ScriptTensor, index: 0 | 1): ScriptTensor {
  if (x.dtype !== 'complex') {
    if (index === 0) return x;
    return binary(trace, 'mul', x, scalarTensor(trace, 0));
  }
  return select(trace, asReal(trace, x), x.rank, index);
}

function join(trace: Trace, real: ScriptTensor, imaginary: ScriptTensor): ScriptTensor {
  const parts = [real, imaginary].map((x) => unsqueeze(trace, x, x.rank));
  return asComplex(trace, concat(trace, parts, real.rank));
}

export function complexBinary(
  trace: Trace,
  op: 'add' | 'sub' | 'mul' | 'div',
  a: ScriptTensor,
  b: ScriptTensor,
): ScriptTensor {
  const [ar, ai, br, bi] = [part(trace, a, 0), part(trace, a, 1), part(trace, b, 0), part(trace, b, 1)];
  if (op === 'add' || op === 'sub') return join(trace, binary(trace, op, ar, br), binary(trace, op, ai, bi));
  const product = (x: ScriptTensor, y: ScriptTensor): ScriptTensor => binary(trace, 'mul', x, y);
  if (op === 'mul')
    return join(
      trace,
      binary(trace, 'sub', product(ar, br), product(ai, bi)),
      binary(trace, 'add', product(ar, bi), product(ai, br)),
    );
  const norm = binary(trace, 'add', product(br, br), product(bi, bi));
  const real = binary(trace, 'add', product(ar, br), product(ai, bi));
  const imaginary = binary(trace, 'sub', product(ai, br), product(ar, bi));
  return join(trace, binary(trace, 'div', real, norm), binary(trace, 'div', imaginary, norm));
}

export function complexMagnitude(trace: Trace, x: ScriptTensor): ScriptTensor {
  const squares = [part(trace, x, 0), part(trace, x, 1)].map((y) => binary(trace, 'mul', y, y));
  return unary(trace, 'sqrt', binary(trace, 'add', squares[0]!, squares[1]!));
}

/** Cosine and sine of each n-th of a turn. */
function circle(n: number): { cosines: Float64Array; sines: Float64Array } {
  const angles = Float64Array.from({ length: n }, (_, index) => (2 * Math.PI * index) / n);
  return { cosines: angles.map(cos), sines: angles.map(sin) };
}

/** [n, bins, 2]: e^(−2πi·k·j/n), row j, as cosine and sine. */
function forwardBasis(n: number, bins: number): Float32Array {
  const { cosines, sines } = circle(n);
  const basis = new Float32Array(n * bins * 2);
  for (let j = 0; j < n; j++)
    for (let k = 0; k < bins; k++) {
      basis[(j * bins + k) * 2] = cosines[(j * k) % n]!;
      basis[(j * bins + k) * 2 + 1] = -sines[(j * k) % n]!;
    }
  return basis;
}

/** [bins, 2, n]: from half a spectrum back to n samples. */
function inverseBasis(bins: number, n: number): Float32Array {
  const { cosines, sines } = circle(n);
  const basis = new Float32Array(bins * 2 * n);
  for (let k = 0; k < bins; k++) {
    // Every bin stands for its mirror image too, except the first and, for even n, the middle one.
    const alone = k === 0 || 2 * k === n;
    const weight = (alone ? 1 : 2) / n;
    for (let j = 0; j < n; j++) {
      basis[k * 2 * n + j] = weight * cosines[(j * k) % n]!;
      basis[(k * 2 + 1) * n + j] = alone ? 0 : -weight * sines[(j * k) % n]!;
    }
  }
  return basis;
}

function product(
  trace: Trace,
  x: ScriptTensor,
  rows: number,
  columns: number,
  basis: Float32Array,
): ScriptTensor {
  const lead = x.shape.slice(0, -1);
  const flat = reshape(trace, x, [elementCount(lead), rows]);
  const weight = constantTensor(trace, [rows, columns], basis);
  const value = trace.emit('matmul', [trace.read(flat), trace.read(weight)], {});
  return reshape(trace, result(trace, value), [...lead, columns]);
}

/** Cuts or fills the last axis with zeros to n. */
function withLength(trace: Trace, x: ScriptTensor, n: number): ScriptTensor {
  const size = x.shape.at(-1)!;
  if (size > n) return slice(trace, x, x.rank - 1, 0, n);
  if (size === n) return x;
  const fill = trace.fill(x.dtype === 'complex' ? 'float' : x.dtype, [...x.shape.slice(0, -1), n - size], 0);
  if (x.dtype === 'complex') throw new Unsupported('an inverse transform longer than its spectrum');
  return concat(trace, [x, fill], x.rank - 1);
}

function checkTransform(n: number): void {
  if (n < 1 || n > MAX_TRANSFORM) throw new Unsupported(`a Fourier transform of ${n} samples`);
}

const rfft: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const axis = axisOf(trace, args.int(2, 'dim', -1), x.rank);
  if (args.text(3, 'norm', 'backward') !== 'backward')
    throw new Unsupported('a normalised Fourier transform');
  const turned = swapAxes(trace, x, axis, x.rank - 1);
  const n = args.int(1, 'n', turned.shape.at(-1));
  checkTransform(n);
  const bins = Math.floor(n / 2) + 1;
  const flat = product(trace, withLength(trace, turned, n), n, bins * 2, forwardBasis(n, bins));
  const spectrum = asComplex(trace, reshape(trace, flat, [...flat.shape.slice(0, -1), bins, 2]));
  return swapAxes(trace, spectrum, axis, x.rank - 1);
};

const irfft: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const axis = axisOf(trace, args.int(2, 'dim', -1), x.rank);
  if (args.text(3, 'norm', 'backward') !== 'backward')
    throw new Unsupported('a normalised Fourier transform');
  const turned = swapAxes(trace, x, axis, x.rank - 1);
  const n = args.int(1, 'n', 2 * (turned.shape.at(-1)! - 1));
  checkTransform(n);
  const bins = Math.floor(n / 2) + 1;
  const cut = withLength(trace, turned, bins);
  const real =
    cut.dtype === 'complex' ? asReal(trace, cut) : asReal(trace, join(trace, cut, part(trace, cut, 1)));
  const flat = reshape(trace, real, [...real.shape.slice(0, -2), bins * 2]);
  return swapAxes(trace, product(trace, flat, bins * 2, n, inverseBasis(bins, n)), axis, x.rank - 1);
};

/** Frames of the signal, each times the window, each transformed: a convolution with the windowed basis. */
const stft: OpRule = (args) => {
  const { trace } = args;
  const x = args.tensor(0);
  const n = args.int(1, 'n_fft');
  checkTransform(n);
  const hop = args.int(2, 'hop_length', Math.floor(n / 4));
  const length = args.int(3, 'win_length', n);
  const window = args.optionalTensor(4, 'window');
  if (args.bool(5, 'normalized', false) || !args.bool(6, 'onesided', true))
    throw new Unsupported('a normalised or two-sided short-time transform');
  const bins = Math.floor(n / 2) + 1;
  const numbers = window === null ? new Float32Array(length).fill(1) : trace.numbers(trace.read(window));
  if (numbers?.length !== length) throw new Unsupported('a window that is computed');
  const basis = forwardBasis(n, bins);
  const weight = new Float32Array(bins * 2 * n);
  const shift = Math.floor((n - length) / 2);
  for (let j = 0; j < length; j++)
    for (let row = 0; row < bins * 2; row++)
      weight[row * n + shift + j] = basis[(shift + j) * bins * 2 + row]! * numbers[j]!;
  if (elementCount(x.shape.slice(0, -1)) !== 1)
    throw new Unsupported('a short-time transform of several signals');
  const signal = reshape(trace, x, [1, 1, x.shape.at(-1)!]);
  const attributes = { stride: hop, dilation: 1, groups: 1, activation: { kind: 'none' } } as const;
  const value = trace.emit(
    'conv1d',
    [trace.read(signal), trace.constant([bins * 2, 1, n], weight)],
    attributes,
  );
  const frames = trace.builder.shape(value)[2]!;
  // [1, bins · 2, frames] → [bins, frames] complex
  const parted = reshape(trace, result(trace, value), [bins, 2, frames]);
  const spectrum = asComplex(trace, swapAxes(trace, parted, 1, 2));
  return x.rank === 1 ? spectrum : reshape(trace, spectrum, [1, bins, frames]);
};

export const complexOps: Readonly<Record<string, OpRule>> = {
  fft_rfft: rfft,
  fft_irfft: irfft,
  stft,
  view_as_complex: (args) => asComplex(args.trace, args.tensor(0)),
  view_as_real: (args) => asReal(args.trace, args.tensor(0)),
  complex: (args) => join(args.trace, args.tensor(0), args.tensor(1)),
  real: (args) => part(args.trace, args.tensor(0), 0),
  imag: (args) => part(args.trace, args.tensor(0), 1),
  conj: (args) => {
    const x = args.tensor(0);
    if (x.dtype !== 'complex') return x;
    return join(args.trace, part(args.trace, x, 0), unary(args.trace, 'neg', part(args.trace, x, 1)));
  },
};
