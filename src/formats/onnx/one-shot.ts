/**
 * Decoders and encoders that were exported for one pass over a whole signal, as `torch.onnx.export` writes them: one
 * signal in, one out, nothing that says what is what. Which axis is time and how long a hop is show when the model is
 * read for several lengths; `graph/passes/make-streaming.ts` then turns its padding into states.
 */

import type { Graph } from '../../graph/graph.js';
import { makeStreaming, type StreamingResult } from '../../graph/passes/make-streaming.js';
import type { Shape } from '../../graph/tensor-shape.js';
import type { PortRole } from '../../shared/engine-plan.js';
import { PluginError } from '../../shared/errors.js';
import { contradictory, tooLarge } from './errors.js';
import type { ImportSession } from './import.js';
import {
  fromModel,
  growth,
  isInProportion,
  type SignalInput,
  signalInput,
  toModel,
} from './one-shot-ports.js';

/** Columns at once that are tried where a single one is too few for the model. */
const LENGTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Samples in which the hop of an encoder shows: longer than any hop. */
const LONG = 2 ** 16;
/** A hop beyond this is no instrument any more. Samples. */
const LONGEST_HOP = 2 ** 16;
const USUAL_RATE = 44_100;
const RATE_KEYS = ['sampleRate', 'sample_rate', 'sampling_rate', 'sr'];

/** What a model does with time. */
interface Found {
  readonly kind: 'decoder' | 'encoder';
  readonly output: string;
  /** Axis of the output along which time runs. */
  readonly axis: number;
  /** Samples for each latent. */
  readonly hop: number;
  /** Columns of the input for a hop. */
  readonly unit: number;
}

interface Shortest {
  readonly columns: number;
  /** Of the outputs, for so many columns. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Whether other lengths give as much in proportion. */
  readonly isFlexible: boolean;
}

/** Whether nothing in the file says how it streams: an open length, or not one role. */
export function isOneShot(session: ImportSession): boolean {
  if (session.hasStates) return false;
  return (
    !session.hasRoles || session.signals.some(({ type }) => hasOpenLength(type?.tensor?.shape?.dimensions))
  );
}

function hasOpenLength(dimensions: readonly { readonly value?: number | undefined }[] = []): boolean {
  return dimensions.slice(1).some(({ value }) => value === undefined);
}

/** @throws PluginError as `readOnnx` does. */
export function readOneShot(session: ImportSession): Graph {
  return new OneShotReader(session).read();
}

class OneShotReader {
  private readonly input: SignalInput;
  private readonly notes: string[] = [];

  constructor(private readonly session: ImportSession) {
    this.input = signalInput(session.signals);
  }

  read(): Graph {
    const shortest = this.shortest();
    const found = this.find(shortest);
    if (found.hop > LONGEST_HOP) throw tooLongHops(found.hop);
    const graph = this.stream(found, shortest);
    const shapeOf = (role: PortRole): Shape =>
      graph.values[[...graph.inputs, ...graph.outputs].find((port) => port.role === role)!.value]!.shape;
    const hop = shapeOf('audio')[2]!;
    if (hop > LONGEST_HOP) throw tooLongHops(hop);
    const rate = RATE_KEYS.map((key) => graph.metadata[key]).find((text) => Number(text) > 0);
    if (rate === undefined)
      this.notes.push(`The file does not say its sample rate: ${USUAL_RATE / 1000} kHz is assumed.`);
    const metadata = {
      ...graph.metadata,
      sampleRate: rate ?? String(USUAL_RATE),
      hop: String(hop),
      latents: String(shapeOf('latent')[1]),
      notes: this.notes.join('\n'),
    };
    return { ...graph, metadata };
  }

  /** The fewest columns that the model takes, and what it then gives. */
  private shortest(): Shortest {
    const { timeAxis, fixed } = this.input;
    if (timeAxis === null) return { columns: 1, shapes: this.shapes(1), isFlexible: false };
    if (fixed !== null) return this.shortestOfFixed(fixed);
    let refusal: unknown;
    for (const columns of LENGTHS)
      try {
        return { columns, shapes: this.shapes(columns), isFlexible: true };
      } catch (error) {
        refusal ??= expectTooShort(error);
      }
    throw refusal;
  }

  /** A model exported for one length may take others too, unless that length is written down inside. */
  private shortestOfFixed(fixed: number): Shortest {
    const whole = this.shapes(fixed);
    for (const columns of fixed === 1 ? [2] : LENGTHS.filter((length) => length < fixed))
      try {
        const shapes = this.shapes(columns);
        if (isInProportion(shapes, whole, columns / fixed))
          return fixed === 1
            ? { columns: 1, shapes: whole, isFlexible: true }
            : { columns, shapes, isFlexible: true };
      } catch (error) {
        expectTooShort(error);
      }
    return { columns: fixed, shapes: whole, isFlexible: false };
  }

  private find({ columns, shapes, isFlexible }: Shortest): Found {
    if (!isFlexible) return this.wholeSignal(columns, shapes);
    const decoder = growth(shapes, this.shapes(2 * columns), columns);
    if (decoder !== null && decoder.rate > 1 && Number.isInteger(decoder.rate))
      return { kind: 'decoder', ...decoder, hop: decoder.rate, unit: 1 };
    if (decoder?.rate !== 1) {
      const encoder = growth(this.shapes(LONG), this.shapes(2 * LONG), LONG);
      const hop = encoder === null ? 0 : 1 / encoder.rate;
      if (encoder !== null && hop > 1 && Number.isInteger(hop))
        return { kind: 'encoder', ...encoder, hop, unit: hop };
    }
    throw contradictory(
      `${this.input.name} (input): no output grows by whole hops with it, so this is neither a decoder nor an encoder`,
    );
  }

  /** A model of one length: all that it gives is one hop. */
  private wholeSignal(columns: number, shapes: ReadonlyMap<string, Shape>): Found {
    let longest: Found | null = null;
    for (const [output, shape] of shapes) {
      const axis = shape.length - 1;
      const hop = shape[axis] ?? 0;
      if (hop > (longest?.hop ?? columns)) longest = { kind: 'decoder', output, axis, hop, unit: columns };
    }
    if (longest === null)
      throw contradictory(`${this.input.name} (input): no output is longer than it, so this is no decoder`);
    return longest;
  }

  private stream(found: Found, { columns, isFlexible }: Shortest): Graph {
    if (this.session.outputs.length > 1) this.notes.push(`Of its outputs only «${found.output}» is used.`);
    const result = isFlexible ? this.tryStreaming(found, columns) : null;
    if (result?.kind === 'streaming') {
      this.notes.push(madeStreaming(found.kind, Math.max(...result.delays)));
      return result.graph;
    }
    if (result?.kind === 'not-plain') {
      const [finding] = result.findings;
      this.notes.push(
        `This model was exported for one pass over a whole sound and cannot be made streaming (${finding?.origin} ` +
          `${finding?.reason}): expect a click wherever hops meet. Export it for streaming to be rid of them.`,
      );
    }
    if (!isFlexible && this.input.timeAxis !== null)
      this.notes.push(
        `This model was exported for ${columns === 1 ? 'one latent' : `${columns} latents`} at a time: expect a click ` +
          'wherever hops meet, unless it is made for that. Export it with an open length (dynamic_axes) to be rid of them.',
      );
    if (found.kind === 'encoder') return this.importFor(found, found.unit, { held: false, exact: true });
    if (columns > 1) this.notes.push(`It wants ${columns} latents at once: each one is held for so many.`);
    return this.importFor(found, columns, { held: columns > 1, exact: true });
  }

  /** The model for two lengths, side by side. */
  private tryStreaming(found: Found, shortest: number): StreamingResult {
    // A single hop may leave out steps that matter for longer signals only.
    const fewest = found.kind === 'decoder' ? Math.max(2, shortest) : 2;
    const [short, long] = [fewest, fewest + 1].map((hops) => ({
      graph: this.importFor(found, hops * found.unit),
      hops,
    }));
    return makeStreaming(short!, long!);
  }

  /** @param form `held`: one column at the port, so often repeated. `exact`: whole hops come out, whatever is cut. */
  private importFor(found: Found, columns: number, form = { held: false, exact: false }): Graph {
    const decodes = found.kind === 'decoder';
    const length = decodes ? (columns / found.unit) * found.hop : columns / found.hop;
    return this.session.import({
      input: toModel(this.input, decodes ? 'latent' : 'audio', columns, form.held),
      output: {
        name: found.output,
        role: decodes ? 'audio' : 'latent',
        convert: fromModel(found.axis, form.exact ? length : null),
      },
    });
  }

  private shapes(columns: number): ReadonlyMap<string, Shape> {
    return this.session.outputShapes(toModel(this.input, 'latent', columns, false));
  }
}

function tooLongHops(samples: number): PluginError {
  return tooLarge(`${samples} samples a hop, at most ${LONGEST_HOP}: export it with an open length`);
}

/** Sizes that do not fit may fit for another length; throws what is no matter of length. */
function expectTooShort(error: unknown): unknown {
  if (error instanceof PluginError && error.code === 'model/invalid') return error;
  throw error;
}

function madeStreaming(kind: Found['kind'], late: number): string {
  const unit = `${kind === 'decoder' ? 'sample' : 'latent'}${late === 1 ? '' : 's'}`;
  return (
    'This model was exported for one pass over a whole sound. It was made streaming: what it would pad is remembered ' +
    `from hop to hop${late > 0 ? `, and it is ${late} ${unit} late` : ''}.`
  );
}
