/**
 * Random one-shot networks as fast-check draws them: a list of layers, each written so that it fits whatever came before.
 * Truth for makeStreaming by invariance. Not part of the plugin.
 */

import fc from 'fast-check';
import type { TestBuilder } from './graph-testing.js';
import type { Describe } from './streaming-testing.js';
import { convAttributes } from '../src/graph/builder.js';
import type { Activation, ValueId } from '../src/graph/graph.js';
import { dilatedLength } from '../src/graph/tensor-shape.js';

export type Layer =
  | {
      readonly kind: 'convolution';
      readonly kernel: number;
      readonly stride: number;
      readonly dilation: number;
      readonly grouped: boolean;
      /** Zeros before and after; null: as many before as there are to come (causal). */
      readonly padding: readonly [number, number] | null;
    }
  | {
      readonly kind: 'transposed';
      readonly kernel: number;
      readonly stride: number;
      readonly dilation: number;
      readonly crop: readonly [number, number];
      readonly outputPadding: number;
    }
  | {
      readonly kind: 'residual';
      readonly kernel: number;
      readonly dilation: number;
      readonly centred: boolean;
    }
  | { readonly kind: 'branches'; readonly kernels: readonly [number, number] }
  | { readonly kind: 'shuffle' | 'repeat' | 'framewise'; readonly factor: number }
  | { readonly kind: 'shift'; readonly before: number; readonly joined: boolean }
  | { readonly kind: 'every'; readonly start: number; readonly step: number }
  | { readonly kind: 'mask' | 'noise' };

const CHANNELS = 4;
const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

const layer: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({
    kind: fc.constant('convolution' as const),
    kernel: size(6),
    stride: fc.constantFrom(1, 1, 2, 3, 4),
    dilation: size(3),
    grouped: fc.boolean(),
    padding: fc.option(fc.tuple(upTo(9), upTo(9))),
  }),
  fc.record({
    kind: fc.constant('transposed' as const),
    kernel: size(7),
    stride: size(4),
    dilation: size(2),
    crop: fc.tuple(upTo(3), upTo(3)),
    outputPadding: upTo(2),
  }),
  fc.record({
    kind: fc.constant('residual' as const),
    kernel: fc.constantFrom(3, 5),
    dilation: size(3),
    centred: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('branches' as const), kernels: fc.tuple(size(5), size(5)) }),
  fc.record({
    kind: fc.constantFrom('shuffle' as const, 'repeat' as const, 'framewise' as const),
    factor: size(4),
  }),
  fc.record({ kind: fc.constant('shift' as const), before: size(5), joined: fc.boolean() }),
  fc.record({ kind: fc.constant('every' as const), start: upTo(3), step: fc.constantFrom(2, 3) }),
  fc.record({ kind: fc.constantFrom('mask' as const, 'noise' as const) }),
);

export const networks = fc.record({
  rate: fc.constantFrom(1, 2, 6, 12),
  layers: fc.array(layer, { minLength: 1, maxLength: 6 }),
});

/** The network for any number of hops. What a layer does depends on the layers before, never on the length. */
export function describeNetwork({ rate, layers }: { rate: number; layers: readonly Layer[] }): Describe {
  return (builder, hops) => {
    const writer = new NetworkWriter(builder, hops, rate);
    for (const layer of layers) writer.add(layer);
    builder.out(writer.value);
  };
}

class NetworkWriter {
  value: ValueId;
  private inputs = 0;

  constructor(
    private readonly builder: TestBuilder,
    private readonly hops: number,
    /** Columns per hop. */
    private rate: number,
  ) {
    this.value = this.input(rate * hops);
  }

  private input(columns: number): ValueId {
    return this.builder.audio(`x${this.inputs++}`, [1, CHANNELS, columns]);
  }

  private get columns(): number {
    return this.builder.shape(this.value)[2]!;
  }

  /** Columns beyond whole hops. */
  private get excess(): number {
    return this.columns - this.rate * this.hops;
  }

  add(layer: Layer): void {
    switch (layer.kind) {
      case 'convolution':
        return this.convolution(layer);
      case 'transposed':
        return this.transposed(layer);
      case 'residual': {
        const { kernel, dilation, centred } = layer;
        const reach = (kernel - 1) * dilation;
        const padding = centred ? ([reach / 2, reach / 2] as const) : ([reach, 0] as const);
        const x = this.value;
        this.convolve({ kernel, stride: 1, dilation, groups: 1, padding });
        this.value = this.builder.apply('add', [x, this.value], {});
        return;
      }
      case 'branches':
        return this.branches(layer.kernels);
      case 'shuffle':
      case 'repeat':
      case 'framewise':
        return this.reshaped(layer.kind, layer.factor);
      case 'shift': {
        // Some columns late, the last ones cut off.
        const { before, joined } = layer;
        const columns = this.columns;
        const zeros = this.builder.constant(
          'zeros',
          [1, CHANNELS, before],
          new Float32Array(CHANNELS * before),
        );
        const late = joined
          ? this.builder.apply('concat', [zeros, this.value], { axis: 2 })
          : this.builder.apply('pad', [this.value], { axis: 2, before, after: 0 });
        const cut = this.cut(late, 0, columns);
        this.value = this.builder.apply('add', [this.value, cut], {});
        return;
      }
      case 'every': {
        const { start, step } = layer;
        if (this.rate % step !== 0 || this.excess <= -this.rate) return;
        this.value = this.cut(this.value, start, this.columns, step);
        this.rate /= step;
        return;
      }
      case 'mask': {
        // Two periods must be seen to be believed.
        if (this.excess < -this.rate) return;
        const period = this.rate % 3 === 0 ? 3 : this.rate;
        const numbers = Float32Array.from({ length: this.columns }, (_, t) => 1 + (t % period) / 2);
        const mask = this.builder.constant('mask', [this.columns], numbers);
        this.value = this.builder.apply('mul', [mask, this.value], {});
        return;
      }
      case 'noise':
        if (this.excess === 0)
          this.value = this.builder.apply('mul', [this.value, this.input(this.columns)], {});
        return;
    }
    layer satisfies never;
  }

  private convolution(layer: Layer & { kind: 'convolution' }): void {
    const { kernel, stride, dilation, grouped } = layer;
    const reach = dilatedLength(kernel, dilation);
    const padding = layer.padding ?? [reach - 1, 0];
    const room = 2 * this.rate + this.excess + padding[0] + padding[1];
    if (this.rate % stride !== 0 || room < reach) return;
    this.convolve({ kernel, stride, dilation, groups: grouped ? 2 : 1, padding });
    this.rate /= stride;
    this.bend();
  }

  private convolve(conv: {
    kernel: number;
    stride: number;
    dilation: number;
    groups: number;
    padding: readonly [number, number];
  }): void {
    const { kernel, stride, dilation, groups, padding } = conv;
    const { builder } = this;
    const [before, after] = padding;
    const wide = builder.apply('pad', [this.value], { axis: 2, before, after });
    const weights = builder.weights('w', CHANNELS, CHANNELS / groups, kernel);
    const inputs = [wide, weights, builder.weights('b', CHANNELS)];
    this.value = builder.apply('conv1d', inputs, convAttributes({ stride, dilation, groups }));
  }

  private transposed({
    kernel,
    stride,
    dilation,
    crop,
    outputPadding,
  }: Layer & { kind: 'transposed' }): void {
    const { builder } = this;
    const reach = dilatedLength(kernel, dilation);
    const left = 2 * this.rate + this.excess - 1;
    if (left < 0 || left * stride + reach + outputPadding <= crop[0] + crop[1]) return;
    const inputs = [
      this.value,
      builder.weights('w', CHANNELS, CHANNELS, kernel),
      builder.weights('b', CHANNELS),
    ];
    const full = builder.apply('conv_transpose1d', inputs, convAttributes({ stride, dilation }));
    const longer = builder.apply('pad', [full], { axis: 2, before: 0, after: outputPadding });
    this.value = this.cut(longer, crop[0], builder.shape(longer)[2]! - crop[1]);
    this.rate *= stride;
    this.bend();
  }

  /** Two convolutions that look ahead by different lengths, side by side. */
  private branches(kernels: readonly [number, number]): void {
    const { builder, value } = this;
    const parts = kernels.map((kernel, index) => {
      this.value = value;
      const ahead = index === 0 ? kernel - 1 : 0;
      this.convolve({ kernel, stride: 1, dilation: 1, groups: 1, padding: [kernel - 1 - ahead, ahead] });
      return builder.apply('slice', [this.value], { axis: 1, start: 0, end: CHANNELS / 2, step: 1 });
    });
    this.value = builder.apply('concat', parts, { axis: 1 });
    this.bend();
  }

  private reshaped(kind: 'shuffle' | 'repeat' | 'framewise', factor: number): void {
    const { builder, columns } = this;
    if (kind === 'framewise') {
      // [1, C, T] → pieces of `factor` columns, each through one matrix → [1, C, T]
      if (this.rate % factor !== 0 || this.excess % factor !== 0 || columns < factor) return;
      const pieces = builder.apply('reshape', [this.value], {
        shape: [1, CHANNELS, columns / factor, factor],
      });
      const mixed = builder.apply('matmul', [pieces, builder.weights('m', factor, factor)], {});
      this.value = builder.apply('reshape', [mixed], { shape: [1, CHANNELS, columns] });
      return;
    }
    if (kind === 'shuffle') {
      const inputs = [this.value, builder.weights('w', CHANNELS * factor, CHANNELS, 1)];
      const wide = builder.apply('conv1d', inputs, convAttributes());
      this.value = builder.apply('pixel_shuffle', [wide], { factor });
    } else {
      const alone = builder.apply('reshape', [this.value], { shape: [1, CHANNELS, columns, 1] });
      const copies = builder.apply('concat', Array<ValueId>(factor).fill(alone), { axis: 3 });
      this.value = builder.apply('reshape', [copies], { shape: [1, CHANNELS, columns * factor] });
    }
    this.rate *= factor;
  }

  private cut(x: ValueId, start: number, end: number, step = 1): ValueId {
    return this.builder.apply('slice', [x], { axis: 2, start, end, step });
  }

  /** Keeps values small, and networks from being linear. */
  private bend(): void {
    const activation: Activation['kind'] = 'tanh';
    this.value = this.builder.apply(activation, [this.value], {});
  }
}
