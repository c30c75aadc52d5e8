/**
 * Ops that work element by element, with NumPy's broadcasting. Each becomes jobs over rows in which every operand
 * either moves by one float or stands still; operands that do neither are copied into such an order first.
 */

import type { AnyNode, OpName, ValueId } from '../../graph/graph.js';
import { binaryJob, selectJob, unaryJob } from '../jobs.js';
import * as code from '../kernels/job-codes.js';
import { broadcastView, forEachTurn, loopsOver, turns, type Loop, type View } from '../views.js';
import { placeOf, type LoweringContext } from './context.js';
import type { Lowering } from './table.js';

/** Above this many jobs for one op, operands are spread out in memory instead. */
const MAX_TURNS = 64;

function unary<K extends OpName>(
  operation: number,
  bounds: (node: Extract<AnyNode, { op: K }>) => readonly [number, number] = () => [0, 0],
): Lowering<K> {
  return (node, context) => {
    const [a, b] = bounds(node);
    const output = node.outputs[0]!;
    const { target, operands, loops } = plan(context, output, [node.inputs[0]!]);
    const [rows, columns] = inner(loops, 2);
    forEachTurn(loops.slice(0, -2), 2, ([to, from]) =>
      context.emit(
        unaryJob({
          target: placeOf(target, to),
          source: placeOf(operands[0]!, from),
          rows: rows.size,
          columns: columns.size,
          targetPitch: rows.strides[0]!,
          sourcePitch: rows.strides[1]!,
          code: operation,
          a,
          b,
          flush: context.flushes(output),
        }),
      ),
    );
    context.define(output, target);
  };
}

function binary<K extends OpName>(operation: number): Lowering<K> {
  return (node, context) => {
    const output = node.outputs[0]!;
    const { target, operands, loops } = plan(context, output, [node.inputs[0]!, node.inputs[1]!]);
    const [rows, columns] = inner(loops, 3);
    forEachTurn(loops.slice(0, -2), 3, ([to, left, right]) =>
      context.emit(
        binaryJob({
          target: placeOf(target, to),
          left: placeOf(operands[0]!, left),
          right: placeOf(operands[1]!, right),
          rows: rows.size,
          columns: columns.size,
          pitches: rows.strides,
          leftStep: columns.strides[1]!,
          rightStep: columns.strides[2]!,
          code: operation,
          flush: context.flushes(output),
        }),
      ),
    );
    context.define(output, target);
  };
}

const where: Lowering<'where'> = (node, context) => {
  const output = node.outputs[0]!;
  const { target, operands, loops } = plan(context, output, node.inputs as readonly ValueId[]);
  const [rows, columns] = inner(loops, 4);
  forEachTurn(loops.slice(0, -2), 4, ([to, condition, a, b]) =>
    context.emit(
      selectJob({
        target: placeOf(target, to),
        condition: placeOf(operands[0]!, condition),
        a: placeOf(operands[1]!, a),
        b: placeOf(operands[2]!, b),
        rows: rows.size,
        columns: columns.size,
        pitches: rows.strides,
        steps: columns.strides.slice(1),
        flush: context.flushes(output),
      }),
    ),
  );
  context.define(output, target);
};

/** The two innermost loops; missing ones turn once. */
function inner(loops: readonly Loop[], operands: number): [Loop, Loop] {
  const once = { size: 1, strides: new Array<number>(operands).fill(0) };
  return [loops.at(-2) ?? once, loops.at(-1) ?? once];
}

interface ElementwisePlan {
  readonly target: View;
  /** Broadcast to the target's shape. */
  readonly operands: readonly View[];
  readonly loops: readonly Loop[];
}

function plan(context: LoweringContext, output: ValueId, inputs: readonly ValueId[]): ElementwisePlan {
  const shape = context.shape(output);
  const natural = inputs.map((input) => context.view(input));
  const usual = (): View[] => inputs.map((input) => context.usualView(input));
  const wanted = context.destinations.get(output);
  // In order of cost: everything where it is, operands put in the usual order, then everything dense.
  if (wanted) {
    const direct = fit(wanted, natural);
    if (direct) return direct;
  }
  const target = context.scratch(context.graph.values[output]!.name, shape);
  const fitting = fit(target, natural) ?? fit(target, usual());
  if (fitting) return fitting;
  const dense = usual().map((operand) => {
    const copy = context.scratch(`spread ${operand.region.name}`, shape);
    context.copy(copy, broadcastView(operand, shape));
    return copy;
  });
  return fit(target, dense)!;
}

function fit(target: View, natural: readonly View[]): ElementwisePlan | null {
  const operands = natural.map((operand) => broadcastView(operand, target.shape));
  const loops = loopsOver(target.shape, [target.strides, ...operands.map(({ strides }) => strides)]);
  const row = loops.at(-1);
  if (row && (row.strides[0] !== 1 || row.strides.some((stride) => stride !== 0 && stride !== 1)))
    return null;
  if (turns(loops.slice(0, -2)) > MAX_TURNS) return null;
  return { target, operands, loops };
}

export const elementwiseLowerings = {
  neg: unary<'neg'>(code.UNARY_NEG),
  abs: unary<'abs'>(code.UNARY_ABS),
  exp: unary<'exp'>(code.UNARY_EXP),
  log: unary<'log'>(code.UNARY_LOG),
  sqrt: unary<'sqrt'>(code.UNARY_SQRT),
  sin: unary<'sin'>(code.UNARY_SIN),
  cos: unary<'cos'>(code.UNARY_COS),
  floor: unary<'floor'>(code.UNARY_FLOOR),
  reciprocal: unary<'reciprocal'>(code.UNARY_RECIPROCAL),
  relu: unary<'relu'>(code.UNARY_RELU),
  sigmoid: unary<'sigmoid'>(code.UNARY_SIGMOID),
  silu: unary<'silu'>(code.UNARY_SILU),
  tanh: unary<'tanh'>(code.UNARY_TANH),
  softplus: unary<'softplus'>(code.UNARY_SOFTPLUS),
  acos: unary<'acos'>(code.UNARY_ACOS),
  erf: unary<'erf'>(code.UNARY_ERF),
  round: unary<'round'>(code.UNARY_ROUND),
  leaky_relu: unary<'leaky_relu'>(code.UNARY_LEAKY_RELU, ({ attributes }) => [attributes.alpha, 0]),
  clip: unary<'clip'>(code.UNARY_CLIP, ({ attributes }) => [attributes.min, attributes.max]),
  add: binary<'add'>(code.BINARY_ADD),
  sub: binary<'sub'>(code.BINARY_SUB),
  mul: binary<'mul'>(code.BINARY_MUL),
  div: binary<'div'>(code.BINARY_DIV),
  pow: binary<'pow'>(code.BINARY_POW),
  minimum: binary<'minimum'>(code.BINARY_MINIMUM),
  maximum: binary<'maximum'>(code.BINARY_MAXIMUM),
  equal: binary<'equal'>(code.BINARY_EQUAL),
  less: binary<'less'>(code.BINARY_LESS),
  less_or_equal: binary<'less_or_equal'>(code.BINARY_LESS_OR_EQUAL),
  where,
};
