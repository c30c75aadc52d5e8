/**
 * The one signal that goes into a model of unnamed ports, and how it lies: models want [1, channels, time],
 * [1, time, channels], [1, channels] or [1, time], the Graph has [1, channels, time]. Part of `one-shot.ts`.
 */

import type { GraphBuilder } from '../../graph/builder.js';
import type { ValueId } from '../../graph/graph.js';
import type { Shape } from '../../graph/tensor-shape.js';
import type { PortRole } from '../../shared/engine-plan.js';
import { contradictory, unsupported } from './errors.js';
import type { GuessedPort, PortGuess } from './import.js';
import { DataType, type OnnxValueInfo } from './schema.js';

export interface SignalInput {
  readonly name: string;
  readonly rank: number;
  readonly channels: number;
  /** null: a decoder of single latents, [1, latents]. */
  readonly timeAxis: number | null;
  /** Columns that the model was exported for; null if it takes any number. */
  readonly fixed: number | null;
}

/** @throws PluginError 'model/unsupported' when there is not one plain signal. */
export function signalInput(inputs: readonly OnnxValueInfo[]): SignalInput {
  const [first] = inputs;
  if (first === undefined) throw unsupported(['inputs (model): it takes no signal']);
  if (inputs.length > 1)
    throw unsupported(
      inputs.map(
        ({ name = '' }) => `${name} (input): one of ${inputs.length}, and nothing says what each carries`,
      ),
    );
  const name = first.name ?? '';
  const refuse = (why: string): never => {
    throw unsupported([`${name} (input): ${why}`]);
  };
  const tensor = first.type?.tensor;
  if (tensor?.elementType !== DataType.FLOAT)
    refuse(`ONNX type ${tensor?.elementType ?? 0} instead of float`);
  const dims = tensor?.shape?.dimensions.map(({ value }) => value ?? null);
  if (dims === undefined) return refuse('an unknown shape');
  const printed = `[${dims.map((size) => size ?? '?').join(', ')}]`;
  if (dims.some((size) => size !== null && (!Number.isSafeInteger(size) || size < 1)))
    throw contradictory(`${name} (input): sizes are ${printed}`);
  const rank = dims.length;
  const open = dims.flatMap((size, axis) => (axis > 0 && size === null ? [axis] : []));
  if ((rank !== 2 && rank !== 3) || open.length > 1 || (dims[0] ?? 1) !== 1)
    refuse(`the shape ${printed} instead of [1, latents, time] with an open time`);
  const timeAxis = open[0] ?? (rank === 3 ? 2 : null);
  const others = dims.filter((_, axis) => axis > 0 && axis !== timeAxis);
  return {
    name,
    rank,
    channels: others[0] ?? 1,
    timeAxis,
    fixed: timeAxis === null ? null : dims[timeAxis]!,
  };
}

/**
 * The input as a port [1, channels, columns] and in the model's own layout.
 * @param held The port has one column, which the model gets so many times.
 */
export function toModel(
  input: SignalInput,
  role: PortRole,
  columns: number,
  held: boolean,
): PortGuess['input'] {
  const { name, rank, channels, timeAxis } = input;
  const given = [1, channels, held ? 1 : columns];
  const convert = (port: ValueId, builder: GraphBuilder): ValueId => {
    const whole = held
      ? builder.apply(
          'concat',
          new Array<ValueId>(columns).fill(port),
          { axis: 2 },
          { names: [`${name}.held`] },
        )
      : port;
    if (rank === 3 && timeAxis === 1)
      return builder.apply('transpose', [whole], { permutation: [0, 2, 1] }, { names: [`${name}.turned`] });
    if (rank === 2) {
      const shape = [1, timeAxis === null ? channels : columns];
      return builder.apply('reshape', [whole], { shape }, { names: [`${name}.flat`] });
    }
    return whole;
  };
  return { name, role, shape: given, convert };
}

/**
 * From the model's layout to [1, channels, columns].
 * @param axis The one along which time runs.
 * @param length Columns to bring it to, by cutting the end off or by zeros; null leaves them.
 */
export function fromModel(axis: number, length: number | null): GuessedPort['convert'] {
  return (given, builder) => {
    let value = given;
    const shape = (): Shape => builder.shape(value);
    if (shape().length < 3 || axis !== shape().length - 1) {
      if (shape().length === 3 && axis === 1)
        value = builder.apply('transpose', [value], { permutation: [0, 2, 1] }, { names: ['turned'] });
      else
        value = builder.apply('reshape', [value], { shape: [1, 1, shape()[axis]!] }, { names: ['signal'] });
    }
    const columns = shape()[2]!;
    if (length === null || length === columns) return value;
    return length < columns
      ? builder.apply('slice', [value], { axis: 2, start: 0, end: length, step: 1 }, { names: ['cut'] })
      : builder.apply('pad', [value], { axis: 2, before: 0, after: length - columns }, { names: ['long'] });
  };
}

type Shapes = ReadonlyMap<string, Shape>;

/** The output that grows most from `short` to `long`, and by how much for each of so many columns; null if none does. */
export function growth(
  short: Shapes,
  long: Shapes,
  columns: number,
): { readonly output: string; readonly axis: number; readonly rate: number } | null {
  let most: { output: string; axis: number; rate: number } | null = null;
  for (const [output, shape] of short) {
    const other = long.get(output)!;
    const axes = shape.flatMap((size, axis) => (other[axis] === size ? [] : [axis]));
    const [axis] = axes;
    if (axis === undefined || axes.length > 1 || shape.length > 3 || axis === 0) continue;
    const rate = (other[axis]! - shape[axis]!) / columns;
    if (rate > (most?.rate ?? 0)) most = { output, axis, rate };
  }
  return most;
}

/** Whether what was read for `share` of the length is in proportion to what was read for all of it. */
export function isInProportion(short: Shapes, whole: Shapes, share: number): boolean {
  let grows = false;
  for (const [output, shape] of whole) {
    const other = short.get(output);
    if (other?.length !== shape.length) return false;
    for (const [axis, size] of shape.entries()) {
      if (other[axis] === size) continue;
      if (other[axis] !== size * share) return false;
      grows = true;
    }
  }
  return grows;
}
