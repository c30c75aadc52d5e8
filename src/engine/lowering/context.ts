/**
 * The state of lowering one Graph: where each value lies, which constants were packed, the jobs so far.
 * The ops' lowerings are written against it; `compile.ts` owns it.
 *
 * A value may have a *destination*: a place that a later op wants it in (its part of a concatenation, the row after a
 * convolution's history, an output port). A lowering writes there at once when its kernel can, else `define` copies.
 */

import type { AnyNode, Graph, ValueId } from '../../graph/graph.js';
import { elementCount, rowMajorStrides, type Shape } from '../../graph/tensor-shape.js';
import { copyJob, type Job, type Place } from '../jobs.js';
import {
  forEachTurn,
  isRowMajor,
  loopsOver,
  sameStrides,
  usualStrides,
  type Region,
  type View,
} from '../views.js';

/** A signal whose rows are contiguous: `pitch` floats from one moment to the next. */
export interface Frames {
  readonly place: Place;
  readonly channels: number;
  readonly time: number;
  readonly pitch: number;
}

export class LoweringContext {
  readonly jobs: Job[] = [];
  readonly regions: Region[] = [];
  readonly destinations = new Map<ValueId, View>();
  /** The state that each cached convolution owns: history and new columns in one signal, or the tail. */
  readonly caches = new Map<AnyNode, View>();
  macs = 0;
  private readonly views = new Map<ValueId, View>();
  private readonly usual = new Map<ValueId, View>();
  private readonly packed = new Map<string, Region>();

  constructor(
    readonly graph: Graph,
    /** For each value that only matrix products and convolutions read: tiny magnitudes become 0. */
    private readonly feedsProducts: ReadonlySet<ValueId>,
  ) {}

  shape(value: ValueId): Shape {
    return this.graph.values[value]!.shape;
  }

  constant(value: ValueId): Float32Array | undefined {
    return this.graph.constants.get(value);
  }

  flushes(value: ValueId): boolean {
    return this.feedsProducts.has(value);
  }

  emit(job: Job): void {
    const index = this.jobs.push(job) - 1;
    for (const word of job) {
      if (word === null || typeof word === 'number' || !('region' in word)) continue;
      word.region.first = Math.min(word.region.first, index);
      word.region.last = Math.max(word.region.last, index);
    }
  }

  region(kind: Region['kind'], name: string, length: number, contents?: Float32Array): Region {
    const region: Region = {
      kind,
      name,
      length,
      first: Infinity,
      last: -1,
      ...(contents ? { contents } : {}),
    };
    this.regions.push(region);
    return region;
  }

  /** Scratch memory for a dense tensor. */
  scratch(name: string, shape: Shape, strides: readonly number[] = usualStrides(shape)): View {
    return { region: this.region('scratch', name, elementCount(shape)), offset: 0, shape, strides };
  }

  /**
   * Constant memory, made once per key: weights in the order in which a kernel reads them. The plan takes over what
   * `make` gives, so it must be a whole array of its own.
   */
  pack(key: string, make: () => Float32Array): Region {
    let region = this.packed.get(key);
    if (!region) {
      const contents = make();
      region = this.region('constant', key, contents.length, contents);
      this.packed.set(key, region);
    }
    return region;
  }

  view(value: ValueId): View {
    const view = this.views.get(value);
    if (view) return view;
    const numbers = this.constant(value);
    if (!numbers) throw new Error(`value ${this.graph.values[value]!.name} is read before it is computed`);
    const shape = this.shape(value);
    const region = this.pack(`${value} as it is`, () => numbers.slice());
    const made = { region, offset: 0, shape, strides: rowMajorStrides(shape) };
    this.views.set(value, made);
    return made;
  }

  /** The value with dense strides: frame-major for a signal, else row-major. */
  usualView(value: ValueId): View {
    let view = this.usual.get(value);
    if (!view) {
      view = this.asStrides(this.view(value), usualStrides(this.shape(value)));
      this.usual.set(value, view);
    }
    return view;
  }

  /** The view itself when it has these strides, else a copy that has. */
  asStrides(view: View, strides: readonly number[]): View {
    if (sameStrides(view.shape, view.strides, strides)) return view;
    return this.duplicate(view, strides);
  }

  rowMajor(view: View): View {
    return isRowMajor(view) ? view : this.duplicate(view, rowMajorStrides(view.shape));
  }

  /** A signal in rows of contiguous channels. */
  frames(value: ValueId): Frames {
    return asFrames(this.view(value)) ?? asFrames(this.usualView(value))!;
  }

  private duplicate(view: View, strides: readonly number[]): View {
    const copy = this.scratch(`copy of ${view.region.name}`, view.shape, strides);
    this.copy(copy, view);
    return copy;
  }

  copy(target: View, source: View, flush = false): void {
    const loops = loopsOver(target.shape, [target.strides, source.strides]);
    const inner = loops.slice(-4);
    while (inner.length < 4) inner.unshift({ size: 1, strides: [0, 0] });
    forEachTurn(loops.slice(0, -4), 2, ([to, from]) =>
      this.emit(
        copyJob({
          target: { region: target.region, offset: target.offset + to! },
          source: { region: source.region, offset: source.offset + from! },
          sizes: inner.map(({ size }) => size),
          targetStrides: inner.map(({ strides }) => strides[0]!),
          sourceStrides: inner.map(({ strides }) => strides[1]!),
          flush,
        }),
      ),
    );
  }

  /** Where to write a value: its destination when the kernel can write there, else scratch memory. */
  target(value: ValueId, fits: (view: View) => boolean, strides?: readonly number[]): View {
    const wanted = this.destinations.get(value);
    if (wanted && fits(wanted)) return wanted;
    return this.scratch(this.graph.values[value]!.name, this.shape(value), strides);
  }

  /** A target in rows of contiguous channels. */
  targetFrames(value: ValueId): { view: View; frames: Frames } {
    const view = this.target(value, (candidate) => asFrames(candidate) !== null);
    return { view, frames: asFrames(view)! };
  }

  /** Says where a value lies, once its jobs are emitted. */
  define(value: ValueId, view: View): void {
    this.views.set(value, view);
    const wanted = this.destinations.get(value);
    if (wanted && !sameView(wanted, view)) this.copy(wanted, view, this.flushes(value));
  }
}

export function sameView(a: View, b: View): boolean {
  return a.region === b.region && a.offset === b.offset && sameStrides(a.shape, a.strides, b.strides);
}

/** null unless the view is a signal with contiguous channels. */
export function asFrames(view: View): Frames | null {
  const [batch, channels, time] = view.shape;
  if (view.shape.length !== 3 || batch !== 1 || (channels !== 1 && view.strides[1] !== 1)) return null;
  const pitch = time === 1 ? channels! : view.strides[2]!;
  return {
    place: { region: view.region, offset: view.offset },
    channels: channels!,
    time: time!,
    pitch,
  };
}

export function placeOf(view: View, extra = 0): Place {
  return { region: view.region, offset: view.offset + extra };
}
