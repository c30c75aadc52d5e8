/**
 * Jobs before they have addresses: one typed function per kernel that puts its operands in the order of
 * `kernels/job-codes.ts`. `compile.ts` turns them into words once every region has its place.
 */

import * as code from './kernels/job-codes.js';
import type { Activation } from '../graph/graph.js';
import type { Region } from './views.js';

/** An address that is not known yet. */
export interface Place {
  readonly region: Region;
  /** In floats. */
  readonly offset: number;
}

/** A float32 among the integer words. */
export interface Real {
  readonly real: number;
}

export type Word = number | Place | Real | null;
export type Job = readonly Word[];

const real = (value: number): Real => ({ real: value });

/** Magnitudes below are written as 0 where a multiply-accumulate will read them; see kernels/lanes.ts. */
export const TINY = 2 ** -63;

const activationCodes: { readonly [K in Activation['kind']]: number } = {
  none: code.ACTIVATION_NONE,
  relu: code.ACTIVATION_RELU,
  leaky_relu: code.ACTIVATION_LEAKY_RELU,
  sigmoid: code.ACTIVATION_SIGMOID,
  silu: code.ACTIVATION_SILU,
  tanh: code.ACTIVATION_TANH,
};

function activationWords(activation: Activation): [number, Real] {
  return [activationCodes[activation.kind], real(activation.kind === 'leaky_relu' ? activation.alpha : 0)];
}

export interface CopyJob {
  readonly target: Place;
  readonly source: Place;
  /** Four of each, outermost first. */
  readonly sizes: readonly number[];
  readonly targetStrides: readonly number[];
  readonly sourceStrides: readonly number[];
  readonly flush: boolean;
}

export function copyJob(job: CopyJob): Job {
  return [
    code.JOB_COPY,
    job.target,
    job.source,
    ...job.sizes,
    ...job.targetStrides,
    ...job.sourceStrides,
    real(job.flush ? TINY : 0),
  ];
}

export interface UnaryJob {
  readonly target: Place;
  readonly source: Place;
  readonly rows: number;
  readonly columns: number;
  readonly targetPitch: number;
  readonly sourcePitch: number;
  readonly code: number;
  readonly a: number;
  readonly b: number;
  readonly flush: boolean;
}

export function unaryJob(job: UnaryJob): Job {
  return [
    code.JOB_UNARY,
    job.target,
    job.source,
    job.rows,
    job.columns,
    job.targetPitch,
    job.sourcePitch,
    job.code,
    real(job.a),
    real(job.b),
    real(job.flush ? TINY : 0),
  ];
}

export interface BinaryJob {
  readonly target: Place;
  readonly left: Place;
  readonly right: Place;
  readonly rows: number;
  readonly columns: number;
  /** Of target, left, right. */
  readonly pitches: readonly number[];
  /** Of left and right along a row: 0 or 1. */
  readonly leftStep: number;
  readonly rightStep: number;
  readonly code: number;
  readonly flush: boolean;
}

export function binaryJob(job: BinaryJob): Job {
  return [
    code.JOB_BINARY,
    job.target,
    job.left,
    job.right,
    job.rows,
    job.columns,
    ...job.pitches,
    job.leftStep,
    job.rightStep,
    job.code,
    real(job.flush ? TINY : 0),
  ];
}

export interface SelectJob {
  readonly target: Place;
  readonly condition: Place;
  readonly a: Place;
  readonly b: Place;
  readonly rows: number;
  readonly columns: number;
  /** Of target, condition, a, b. */
  readonly pitches: readonly number[];
  /** Of condition, a, b along a row: 0 or 1. */
  readonly steps: readonly number[];
  readonly flush: boolean;
}

export function selectJob(job: SelectJob): Job {
  return [
    code.JOB_SELECT,
    job.target,
    job.condition,
    job.a,
    job.b,
    job.rows,
    job.columns,
    ...job.pitches,
    ...job.steps,
    real(job.flush ? TINY : 0),
  ];
}

export interface GatherJob {
  readonly target: Place;
  readonly table: Place;
  readonly index: Place;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly targetPitch: number;
  readonly tablePitch: number;
  readonly flush: boolean;
}

export function gatherJob(job: GatherJob): Job {
  return [
    code.JOB_GATHER,
    job.target,
    job.table,
    job.index,
    job.count,
    job.rows,
    job.columns,
    job.targetPitch,
    job.tablePitch,
    real(job.flush ? TINY : 0),
  ];
}

export interface MatrixJob {
  readonly target: Place;
  readonly source: Place;
  readonly weight: Place;
  readonly bias: Place | null;
  readonly residual: Place | null;
  readonly rows: number;
  readonly columns: number;
  readonly taps: number;
  readonly depth: number;
  readonly tapPitch: number;
  readonly sourcePitch: number;
  readonly targetPitch: number;
  readonly residualPitch: number;
  /** Floats from one k to the next, and from one panel of 8 columns to the next. */
  readonly weightPitch: number;
  readonly panelPitch: number;
  readonly activation: Activation;
}

/** What one pass over the rows may read, so that it stays in the second-level cache. */
const PASS_FLOATS = 32 * 1024;

/**
 * Long sums are cut into taps, which the kernel adds up separately: float32's error grows with the length of a sum, and
 * the logarithm of an encoder's quiet bands would show it.
 */
const LONGEST_SUM = 256;

function cutLongSums(job: MatrixJob): MatrixJob {
  if (job.taps !== 1) return job;
  let taps = Math.ceil(job.depth / LONGEST_SUM);
  // Equal parts only, none so short that the inner loop does not pay.
  while (job.depth % taps !== 0) taps++;
  if (job.depth / taps < LONGEST_SUM / 4) return job;
  return { ...job, taps, depth: job.depth / taps, tapPitch: job.depth / taps };
}

export function matrixJob(whole: MatrixJob): Job {
  const job = cutLongSums(whole);
  const rowsPerPass = Math.max(4, Math.floor(PASS_FLOATS / (job.taps * job.depth)) & ~3);
  return [
    code.JOB_MATRIX,
    job.target,
    job.source,
    job.weight,
    job.bias,
    job.residual,
    job.rows,
    job.columns,
    job.taps,
    job.depth,
    job.tapPitch,
    job.sourcePitch,
    job.targetPitch,
    job.residualPitch,
    job.weightPitch,
    job.panelPitch,
    rowsPerPass,
    ...activationWords(job.activation),
  ];
}

export interface DepthwiseJob {
  readonly target: Place;
  readonly source: Place;
  readonly weight: Place;
  readonly bias: Place | null;
  readonly residual: Place | null;
  readonly rows: number;
  readonly columns: number;
  readonly taps: number;
  readonly tapPitch: number;
  readonly sourcePitch: number;
  readonly targetPitch: number;
  readonly residualPitch: number;
  readonly activation: Activation;
}

export function depthwiseJob(job: DepthwiseJob): Job {
  return [
    code.JOB_DEPTHWISE,
    job.target,
    job.source,
    job.weight,
    job.bias,
    job.residual,
    job.rows,
    job.columns,
    job.taps,
    job.tapPitch,
    job.sourcePitch,
    job.targetPitch,
    job.residualPitch,
    ...activationWords(job.activation),
  ];
}

export interface OverlapAddJob {
  readonly target: Place;
  readonly source: Place;
  readonly tail: Place | null;
  readonly bias: Place | null;
  readonly rows: number;
  /** Lengths in floats. */
  readonly columns: number;
  readonly hop: number;
  readonly tailLength: number;
  readonly targetLength: number;
  readonly biasLength: number;
  readonly activation: Activation;
}

export function overlapAddJob(job: OverlapAddJob): Job {
  return [
    code.JOB_OVERLAP_ADD,
    job.target,
    job.source,
    job.tail,
    job.bias,
    job.rows,
    job.columns,
    job.hop,
    job.tailLength,
    job.targetLength,
    job.biasLength,
    ...activationWords(job.activation),
  ];
}

export interface NormaliseJob {
  readonly target: Place;
  readonly source: Place;
  readonly weight: Place;
  readonly bias: Place;
  readonly rows: number;
  readonly columns: number;
  readonly targetPitch: number;
  readonly sourcePitch: number;
  readonly epsilon: number;
}

export function normaliseJob(job: NormaliseJob): Job {
  return [
    code.JOB_NORMALISE,
    job.target,
    job.source,
    job.weight,
    job.bias,
    job.rows,
    job.columns,
    job.targetPitch,
    job.sourcePitch,
    real(job.epsilon),
  ];
}

export interface ReduceJob {
  readonly target: Place;
  readonly source: Place;
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
  readonly targetOuter: number;
  readonly targetInner: number;
  readonly sourceOuter: number;
  readonly sourcePitch: number;
  readonly sourceInner: number;
  /** A sum times a number, the maximum, or the maximum's index. */
  readonly kind: { readonly scale: number } | 'maximum' | 'index';
}

export function reduceJob(job: ReduceJob): Job {
  const { kind } = job;
  return [
    typeof kind === 'object' ? code.JOB_REDUCE : code.JOB_MAXIMA,
    job.target,
    job.source,
    job.outer,
    job.count,
    job.inner,
    job.targetOuter,
    job.targetInner,
    job.sourceOuter,
    job.sourcePitch,
    job.sourceInner,
    typeof kind === 'object' ? real(kind.scale) : kind === 'index' ? 1 : 0,
  ];
}
