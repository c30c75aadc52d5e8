/**
 * Makes a stream of a network that was written for one pass over a whole signal, as models are exported without
 * streaming: convolutions between zeros, transposed convolutions that are cropped, no state. Run hop by hop such a
 * network meets its own padding at every hop, and clicks. Here the padding gives way to what really came before.
 *
 * A one-shot value becomes a stream of `rate` columns per hop that is `delay` columns late. Then
 * - padding `l` columns in front, or cutting `p` off, changes nothing but what is called column 0: delay - l, delay + p.
 *   After a padding the delay may be below zero, since the stream has no use for the zeros;
 * - a convolution over a history of h columns gives column n when it has seen column n · stride of its input: the delay
 *   is (delay + h) / stride, and where that is no whole number a delay line comes first. h is what the model pads, as in
 *   exports that stream, so centred padding (l, r) is r columns late and causal padding (l, 0) not at all;
 * - a transposed convolution adds the tail of the hop before, with delay · stride;
 * - reshapes that turn channels into time multiply the delay, those that cut time into pieces divide it;
 * - where signals meet, the earlier ones wait in delay lines;
 * - constants that repeat in time (masks) are turned to fit.
 * The result is the one-shot output, late by a constant. Only the beginning differs, for as long as the network looks
 * back: one pass pads zeros at every layer, a stream starts with silence at its input and lets each layer answer it.
 *
 * Used by the loader on what the front ends give. Makes no sense of models that look at all of time at once.
 */

import type { AnyNode, Graph, OpName, ValueId } from '../graph.js';
import { foldConstants } from './constant-folding.js';
import { dropDeadCode } from './dead-code.js';
import { Comparison, type Difference, type OneShot } from './make-streaming-axes.js';
import { type Situation, type StreamRule, streamRules } from './make-streaming-rules.js';
import { findCycle, withSize } from './make-streaming-cycle.js';
import { type Signal, type Stream, StreamWriter } from './make-streaming-writer.js';

export type { Difference as NotPlain, OneShot } from './make-streaming-axes.js';

export type StreamingResult =
  /** A network for one hop with its states; `delays` are columns of each output port behind the one-shot output. */
  | { readonly kind: 'streaming'; readonly graph: Graph; readonly delays: readonly number[] }
  /** It streams as it is: it keeps states already, or no node looks beyond its hop. */
  | { readonly kind: 'unchanged' }
  /** What cannot be followed. Played hop by hop, expect a click wherever hops meet. */
  | { readonly kind: 'not-plain'; readonly findings: readonly Difference[] };

/**
 * The streaming network for one hop.
 * @param short The one-shot network written for some hops, `long` the same for more: what grows is time. Two and three
 *   hops are best: with a single one, front ends may have left out steps that matter only for longer signals.
 * @throws PluginError('model/invalid') only where a value outgrows what a Graph may hold.
 */
export function makeStreaming(short: OneShot, long: OneShot): StreamingResult {
  if (short.graph.states.length > 0) return { kind: 'unchanged' };
  const prepared = { ...short, graph: prepare(short.graph) };
  const comparison = new Comparison(prepared, { ...long, graph: prepare(long.graph) });
  if (comparison.difference !== null) return { kind: 'not-plain', findings: [comparison.difference] };
  return new Rewrite(prepared.graph, comparison).run();
}

/** Masks and the like are computed, so that only what depends on the input is left to follow. */
function prepare(graph: Graph): Graph {
  return dropDeadCode(foldConstants(graph));
}

class Rewrite {
  private readonly writer: StreamWriter;
  /** null: lost, because of something that was found before. */
  private readonly signals = new Map<ValueId, Signal | null>();
  private readonly findings: Difference[] = [];
  /** Whether every value had whole hops of columns. */
  private even = true;

  constructor(
    private readonly graph: Graph,
    private readonly comparison: Comparison,
  ) {
    this.writer = new StreamWriter(graph.name);
  }

  run(): StreamingResult {
    this.writeInputs();
    for (const node of this.graph.nodes) this.writeNode(node);
    const outputs = this.graph.outputs.map(({ value }) => this.signal(value));
    const { findings } = this;
    if (findings.length > 0) return { kind: 'not-plain', findings };
    const delays = this.writeOutputs(outputs as readonly Signal[]);
    for (const [key, text] of Object.entries(this.graph.metadata)) this.writer.builder.setMetadata(key, text);
    const graph = this.writer.builder.build();
    const looksBeyond = graph.states.length > 0 || delays.some((delay) => delay !== 0);
    if (this.even && !looksBeyond) return { kind: 'unchanged' };
    return { kind: 'streaming', graph, delays };
  }

  private writeInputs(): void {
    for (const { name, value, role, channel, distribution } of this.graph.inputs) {
      const extent = this.comparison.extent(value);
      const { shape } = this.graph.values[value]!;
      if (extent.kind === 'uneven' || (extent.kind === 'time' && extent.excess !== 0)) {
        this.lose({ op: 'input', origin: name, outputs: [value] }, 'does not grow evenly with the signal');
        continue;
      }
      const hop = extent.kind === 'none' ? shape : withSize(shape, extent.axis, extent.rate);
      const input = this.writer.builder.input(name, hop, role, channel, distribution);
      this.signals.set(
        value,
        extent.kind === 'none'
          ? { kind: 'timeless', value: input }
          : { kind: 'stream', value: input, axis: extent.axis, delay: 0 },
      );
    }
  }

  private writeNode(node: AnyNode): void {
    const [result] = node.outputs as readonly [ValueId];
    this.writer.label = { origin: node.origin, name: this.graph.values[result]!.name };
    const inputs = node.inputs.map((input) => (input === null ? null : this.signal(input)));
    if (node.inputs.some((input, index) => input !== null && inputs[index] === null))
      return this.forget(node);
    if (inputs.every((signal) => signal === null || signal.kind === 'timeless'))
      return this.copy(node, inputs);
    const extent = this.comparison.extent(result);
    if (extent.kind === 'none') return this.lose(node, 'looks at all of time at once');
    if (extent.kind === 'uneven') return this.lose(node, 'gives no whole number of columns for each hop');
    const first = this.comparison.extent(node.inputs[0]!);
    const excess = first.kind === 'time' ? first.excess : 0;
    const stream = applyRule(node, { writer: this.writer, inputs, excess, outAxis: extent.axis });
    if (typeof stream === 'string') return this.lose(node, stream);
    if (stream.axis !== extent.axis || this.writer.rate(stream) !== extent.rate)
      return this.lose(node, 'moves time where it cannot be followed');
    if (extent.excess !== 0) this.even = false;
    this.signals.set(result, stream);
  }

  private copy(node: AnyNode, inputs: readonly (Signal | null)[]): void {
    const values = inputs.map((signal) => (signal?.kind === 'timeless' ? signal.value : null));
    const value = this.writer.add(node.op, values, node.attributes);
    this.signals.set(node.outputs[0]!, { kind: 'timeless', value });
  }

  /** What an input has become; constants are written when they are first used. */
  private signal(value: ValueId): Signal | null {
    let signal = this.signals.get(value);
    if (signal === undefined) {
      signal = this.constant(value);
      this.signals.set(value, signal);
    }
    return signal;
  }

  private constant(value: ValueId): Signal | null {
    const { name, shape } = this.graph.values[value]!;
    const extent = this.comparison.extent(value);
    if (extent.kind === 'none') {
      const numbers = this.graph.constants.get(value)!;
      return { kind: 'timeless', value: this.writer.builder.constant(name, shape, numbers) };
    }
    const cycle =
      extent.kind === 'time' ? findCycle({ name, ...this.comparison.longConstant(value) }, extent) : null;
    if (cycle === null)
      this.lose(
        { op: 'constant', origin: name, outputs: [] },
        'changes in time without repeating in every hop',
      );
    return cycle;
  }

  /** Output ports of one rate come out together. */
  private writeOutputs(signals: readonly Signal[]): number[] {
    const { writer } = this;
    const streams = signals.map((signal) => (signal.kind === 'timeless' ? null : writer.stream(signal)));
    return this.graph.outputs.map(({ name, role, channel }, index) => {
      const [signal, stream] = [signals[index]!, streams[index]!];
      if (signal.kind === 'timeless') {
        writer.builder.output(name, signal.value, role, channel);
        return 0;
      }
      const rate = writer.rate(stream);
      const group = streams.flatMap((other) =>
        other !== null && writer.rate(other) === rate ? [other.delay] : [],
      );
      const delay = Math.max(0, ...group);
      writer.label = { origin: name, name };
      writer.builder.output(name, writer.delayed(stream, delay).value, role, channel);
      return delay;
    });
  }

  private lose(node: Pick<AnyNode, 'origin' | 'outputs'> & { op: string }, reason: string): void {
    this.findings.push({ op: node.op, origin: node.origin, reason });
    this.forget(node);
  }

  private forget({ outputs }: Pick<AnyNode, 'outputs'>): void {
    for (const output of outputs) this.signals.set(output, null);
  }
}

function applyRule(node: AnyNode, situation: Situation): Stream | string {
  // The table guarantees that the rule fits the attributes; TypeScript cannot correlate the two unions.
  const rule = streamRules[node.op] as StreamRule<OpName>;
  return rule(node, situation);
}
