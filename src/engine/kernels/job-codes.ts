/**
 * The job table: what `compile.ts` writes and the kernels read. One job is JOB_WORDS little-endian 32-bit words,
 * the first is its code. Compiled by both TypeScript and AssemblyScript: numbers only, no types, no imports.
 *
 * Words after the code, in order ("pitch" = floats from one row to the next; addresses are bytes, 0 = absent):
 *
 *   COPY        target, source, 4 sizes, 4 target strides, 4 source strides, flush
 *   UNARY       target, source, rows, columns, target pitch, source pitch, function, a, b, flush
 *   BINARY      target, left, right, rows, columns, target pitch, left pitch, right pitch,
 *               left step 0|1, right step 0|1, function, flush
 *   MATRIX      target, source, weight, bias, residual, rows, columns, taps, depth per tap, tap pitch,
 *               source pitch, target pitch, residual pitch, weight pitch, weight pitch per 8 columns, rows per pass,
 *               activation, alpha
 *   DEPTHWISE   target, source, weight, bias, residual, rows, columns, taps, tap pitch, source pitch,
 *               target pitch, residual pitch, activation, alpha
 *   OVERLAP_ADD target, source, tail, bias, rows, columns, hop, tail length, target length, bias length,
 *               activation, alpha                        (lengths in floats)
 *   NORMALISE   target, source, weight, bias, rows, columns, target pitch, source pitch, epsilon
 *   REDUCE      target, source, outer, count, inner, target outer pitch, target inner pitch, source outer pitch,
 *               source pitch, source inner pitch, scale
 *   MAXIMA      as REDUCE, with 1 in place of the scale to get the maximum's index, else 0
 *   SELECT      target, condition, a, b, rows, columns, target pitch, condition pitch, a pitch, b pitch,
 *               condition step 0|1, a step 0|1, b step 0|1, flush
 *   GATHER      target, table, index, count, rows of the table, columns, target pitch, table pitch, flush
 *
 * `flush`, `a`, `b`, `alpha`, `epsilon`, `scale` are float32 bits; all else is int32.
 */

export const JOB_WORDS = 24;

export const JOB_COPY = 1;
export const JOB_UNARY = 2;
export const JOB_BINARY = 3;
export const JOB_MATRIX = 4;
export const JOB_DEPTHWISE = 5;
export const JOB_OVERLAP_ADD = 6;
export const JOB_NORMALISE = 7;
export const JOB_REDUCE = 8;
export const JOB_MAXIMA = 9;
export const JOB_SELECT = 10;
export const JOB_GATHER = 11;
export const JOB_LAST = 11;

export const UNARY_NEG = 1;
export const UNARY_ABS = 2;
export const UNARY_EXP = 3;
export const UNARY_LOG = 4;
export const UNARY_SQRT = 5;
export const UNARY_SIN = 6;
export const UNARY_COS = 7;
export const UNARY_FLOOR = 8;
export const UNARY_RECIPROCAL = 9;
export const UNARY_RELU = 10;
export const UNARY_SIGMOID = 11;
export const UNARY_SILU = 12;
export const UNARY_TANH = 13;
export const UNARY_SOFTPLUS = 14;
export const UNARY_LEAKY_RELU = 15;
export const UNARY_CLIP = 16;
export const UNARY_ACOS = 17;
export const UNARY_ERF = 18;
export const UNARY_ROUND = 19;

export const BINARY_ADD = 1;
export const BINARY_SUB = 2;
export const BINARY_MUL = 3;
export const BINARY_DIV = 4;
export const BINARY_POW = 5;
export const BINARY_MINIMUM = 6;
export const BINARY_MAXIMUM = 7;
export const BINARY_EQUAL = 8;
export const BINARY_LESS = 9;
export const BINARY_LESS_OR_EQUAL = 10;

export const ACTIVATION_NONE = 0;
export const ACTIVATION_RELU = 1;
export const ACTIVATION_LEAKY_RELU = 2;
export const ACTIVATION_SIGMOID = 3;
export const ACTIVATION_SILU = 4;
export const ACTIVATION_TANH = 5;

/** Bytes at the start of memory that no plan uses. */
export const RESERVED_BYTES = 1024;

/** Bytes after everything else: kernels read (never write) up to this far past the end of a row. */
export const SLACK_BYTES = 256;
