/**
 * Writes the streaming network that `make-streaming.ts` derives: values for one hop, delay lines that bring streams
 * together, constants that repeat in time. Knows of delays and rates, not of what the ops mean.
 */

import { GraphBuilder } from '../builder.js';
import type { OpAttributes, OpName, ValueId } from '../graph.js';
import type { Shape } from '../tensor-shape.js';
import { type Cycle, unroll, withSize } from './make-streaming-cycle.js';

/** The same at any time: weights, and what is computed from them. */
export interface Timeless {
  readonly kind: 'timeless';
  readonly value: ValueId;
}

/** One hop of a signal. Its column t, counted from the start of the stream, is column t - delay of the one-shot's. */
export interface Stream {
  readonly kind: 'stream';
  readonly value: ValueId;
  readonly axis: number;
  readonly delay: number;
}

/** The one-shot node that a new one stands for: where it comes from, and what its result is called. */
export interface Label {
  readonly origin: string;
  readonly name: string;
}

export type Signal = Timeless | Stream | Cycle;

export class StreamWriter {
  readonly builder: GraphBuilder;
  /** The one-shot node whose stand-ins are being written. */
  label: Label = { origin: 'graph', name: 'value' };
  private readonly lines = new Map<string, ValueId>();
  private states = 0;

  constructor(name: string) {
    this.builder = new GraphBuilder(name);
  }

  /** Columns per hop. */
  rate({ value, axis }: Stream): number {
    return this.builder.shape(value)[axis]!;
  }

  add<K extends OpName>(
    op: K,
    inputs: readonly (ValueId | null)[],
    attributes: OpAttributes[K],
    name = this.label.name,
  ): ValueId {
    return this.builder.apply(op, inputs, attributes, { origin: this.label.origin, names: [name] });
  }

  /** Adds a node that owns a state: its input 1 and its output 1. */
  addCached(
    op: 'cached_conv1d' | 'cached_conv_transpose1d',
    inputs: readonly [x: ValueId, weight: ValueId, bias: ValueId | null],
    stateShape: Shape,
    attributes: OpAttributes[typeof op],
  ): ValueId {
    const { name, before } = this.state(stateShape);
    const [x, weight, bias] = inputs;
    const [y, after] = this.builder.node(op, [x, before, weight, bias], attributes, {
      origin: this.label.origin,
      names: [this.label.name, `${name}.next`],
    });
    this.builder.setState(name, after!);
    return y!;
  }

  /** The stream so late that its delay is `delay`, which is not less than it is. */
  delayed(stream: Stream, delay: number): Stream {
    const columns = delay - stream.delay;
    return columns === 0 ? stream : { ...stream, value: this.delayLine(stream, columns), delay };
  }

  private delayLine({ value, axis }: Stream, columns: number): ValueId {
    // The same value may count its columns differently, behind a padding: what matters is how many it waits.
    const key = `${value} ${columns}`;
    const known = this.lines.get(key);
    if (known !== undefined) return known;
    const shape = this.builder.shape(value);
    const rate = shape[axis]!;
    const { name, before } = this.state(withSize(shape, axis, columns));
    const joined = this.add('concat', [before, value], { axis }, `${name}.joined`);
    const cut = (start: number, end: number, suffix: string): ValueId =>
      this.add('slice', [joined], { axis, start, end, step: 1 }, `${name}.${suffix}`);
    const late = cut(0, rate, 'late');
    this.builder.setState(name, cut(rate, rate + columns, 'next'));
    this.lines.set(key, late);
    return late;
  }

  /** The signal as a stream; a constant that repeats starts wherever `delay` wants it. */
  stream(signal: Stream | Cycle, delay = 0): Stream {
    if (signal.kind === 'stream') return signal;
    const { axis } = signal;
    const { shape, numbers } = unroll(signal, delay);
    return { kind: 'stream', value: this.builder.constant(signal.name, shape, numbers), axis, delay };
  }

  /** All of them at the delay of the latest stream. What has no time stays as it is. */
  together(signals: readonly Signal[]): { readonly values: ValueId[]; readonly delay: number } {
    const delays = signals.flatMap((signal) => (signal.kind === 'stream' ? [signal.delay] : []));
    const delay = delays.length === 0 ? 0 : Math.max(...delays);
    const values = signals.map((signal) => {
      if (signal.kind === 'timeless') return signal.value;
      return this.delayed(this.stream(signal, delay), delay).value;
    });
    return { values, delay };
  }

  private state(shape: Shape): { readonly name: string; readonly before: ValueId } {
    const name = `${this.label.name}.past_${++this.states}`;
    return { name, before: this.builder.state(name, shape) };
  }
}
