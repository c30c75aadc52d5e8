/**
 * A TorchScript model that was opened: what it says of itself, and its methods as Graphs. Tracing is done twice: the
 * first pass finds which buffers the method writes (its streaming state), the second builds the Graph with them.
 * Thread: any but the audio thread.
 */

import type { Graph } from '../../graph/graph.js';
import type { AttributeValues } from '../../shared/engine-plan.js';
import { type Archive, openArchive } from '../archive/index.js';
import { type PickledObject, type PickleValue, readTensor, unpickle } from '../pickle/index.js';
import { describeModel, methodOf, type NnMethod, type TorchScriptInfo } from './describe.js';
import { located, TraceFailure, tooLarge, unreadable, unsupported } from './errors.js';
import { Interpreter } from './interpreter.js';
import { Program } from './program.js';
import { newTensor, type ScriptTensor } from './tensor.js';
import { type PlannedState, type StatePlan, type TensorReader, Trace } from './trace.js';
import { bool, float, int, type ScriptObject, type ScriptValue } from './values.js';

export interface TraceOptions {
  /** Latents per call (or as many hops of audio); 1 if not given. */
  readonly steps?: number;
  /** Channels of the input; those that the method names if not given. A nn~ decoder may take all of its latents. */
  readonly inputChannels?: number;
  /** Streams at once; 1 if not given. */
  readonly batch?: number;
  /** Settings that differ from the file's. */
  readonly attributes?: AttributeValues;
}

export interface TorchScriptModel {
  readonly info: TorchScriptInfo;
  /**
   * Follow a method for one call.
   * @param method One of `info.methods`.
   * @returns A Graph with ports `latents` (role latent), `audio` (role audio) and `noise…` (role noise) in the shapes
   *   [batch, channels, steps or samples]; states hold what the file stored, starting from zeros unless asked otherwise.
   *   Not optimised yet. Metadata: name, method, sampleRate, hop, latents, namedLatents, as far as they are known.
   * @throws PluginError 'model/unsupported' with every finding and its place, 'model/unreadable', 'model/too-large'.
   */
  trace(method: string, options?: TraceOptions): Graph;
}

const NO_CONSTANTS: PickleValue = { kind: 'tuple', items: [] };
/** Traces after which the states of a model must be known; models need two. */
const MAX_ROUNDS = 4;
/** Steps, channels or streams of one call. */
const MAX_STEPS = 4096;

/**
 * @param file The whole file, or what `openArchive` gave for it; tensors stay views of it. @param name What to call it, for messages and metadata.
 * @throws PluginError 'model/unreadable', 'model/too-large', 'model/unsupported'.
 */
export function openTorchScript(file: Uint8Array | Archive, name = 'model'): Promise<TorchScriptModel> {
  return Promise.resolve().then(() => {
    const archive = file instanceof Uint8Array ? openArchive(file) : file;
    const root = unpickle(archive.read('data.pkl'));
    if (root.kind !== 'object') throw unreadable('the archive holds no model');
    const constants = archive.has('constants.pkl') ? archive.read('constants.pkl') : null;
    const baked = constants === null ? NO_CONSTANTS : unpickle(constants, 'constants.pkl');
    return new Model(archive, new Program(archive), root, baked, name);
  });
}

class Model implements TorchScriptModel {
  readonly info: TorchScriptInfo;

  /** The trace in progress, for what it found before it failed. */
  private current: Trace | null = null;

  constructor(
    private readonly archive: Archive,
    private readonly program: Program,
    private readonly root: PickledObject,
    private readonly constants: PickleValue,
    private readonly name: string,
  ) {
    this.info = this.readably(() => {
      const { interpreter, model } = this.begin(new Map(), true);
      return describeModel(interpreter, model);
    });
  }

  trace(method: string, options: TraceOptions = {}): Graph {
    return this.readably(() => {
      const states = this.findStates(method, options);
      return this.finish(this.run(method, options, states, false), states);
    });
  }

  /** Traces until the set of written buffers no longer changes: what is a state may decide what is written. */
  private findStates(method: string, options: TraceOptions): StatePlan {
    let known: StatePlan = new Map();
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const states = writtenStates(this.run(method, options, known, true).interpreter, known);
      const same =
        states.size === known.size && [...states].every(([name, { rows }]) => known.get(name)?.rows === rows);
      if (same) return known;
      known = states;
    }
    throw new TraceFailure('the state of the model never settles', null);
  }

  private begin(states: StatePlan, draft: boolean): { interpreter: Interpreter; model: ScriptObject } {
    const read: TensorReader = (tensor, name) =>
      readTensor(this.archive, tensor, name.startsWith('CONSTANTS.') ? 'constants' : 'data');
    const trace = new Trace(this.name, states, read, draft);
    this.current = trace;
    const interpreter = new Interpreter(trace, this.program, this.constants);
    return { interpreter, model: interpreter.objects.root(this.root) };
  }

  private run(name: string, options: TraceOptions, planned: StatePlan, draft: boolean): Run {
    const method = methodOf(this.info, name);
    const { steps = 1, batch = 1, inputChannels = method.inputChannels } = options;
    if (
      ![steps, batch, inputChannels].every((size) => Number.isInteger(size) && size >= 1 && size <= MAX_STEPS)
    )
      throw new TraceFailure(`a call with ${inputChannels} channels, ${batch} streams, ${steps} steps`, null);
    const { interpreter, model } = this.begin(planned, draft);
    setAttributes(interpreter, model, options.attributes ?? {});
    const role = roleOf(method.inputRatio);
    const shape = [batch, inputChannels, (steps * this.info.hop) / method.inputRatio];
    const port = interpreter.trace.builder.input(PORT_NAMES[role], shape, role);
    const given = interpreter.callMethod(model, name, [newTensor('float', shape, port)]);
    if (interpreter.trace.findings.size > 0) throw unsupported([...interpreter.trace.findings]);
    // Some models give a tuple of one.
    const output = given.kind === 'tuple' && given.items.length === 1 ? given.items[0]! : given;
    if (output.kind !== 'tensor') throw new TraceFailure(`${name} gives ${output.kind}, not a tensor`, null);
    return { interpreter, method, output, inputChannels };
  }

  private finish({ interpreter, method, output, inputChannels }: Run, planned: StatePlan): Graph {
    const { trace, objects } = interpreter;
    const { builder } = trace;
    const role = roleOf(method.outputRatio);
    const sameRole = role === roleOf(method.inputRatio);
    builder.output(sameRole ? `${PORT_NAMES[role]}_out` : PORT_NAMES[role], trace.read(output), role);
    for (const name of planned.keys()) {
      const tensor = trace.leaves.get(name)?.tensor;
      if (!tensor) throw new TraceFailure(`the state ${name} comes and goes`, null);
      const replaced = objects.replaced.get(name);
      builder.setState(name, replaced?.kind === 'tensor' ? trace.read(replaced) : tensor.cell.content!);
    }
    const { sampleRate, hop } = this.info;
    const facts = {
      name: this.name,
      method: method.name,
      hop,
      ...(sampleRate !== null && { sampleRate }),
      ...(method.inputRatio > 1 && { latents: inputChannels, namedLatents: method.inputChannels }),
    };
    for (const [key, fact] of Object.entries(facts)) builder.setMetadata(key, String(fact));
    return builder.build();
  }

  /** Runs it so that whatever the file does wrong or we cannot do ends in a PluginError. */
  private readably<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      const findings = [...(this.current?.findings ?? [])];
      if (error instanceof TraceFailure)
        throw unsupported([...findings, located(error.finding, error.place)]);
      // The engine of the browser ran out of stack: code that nests without end.
      if (error instanceof RangeError) throw tooLarge(error.message);
      throw error;
    }
  }
}

interface Run {
  readonly interpreter: Interpreter;
  readonly method: NnMethod;
  readonly output: ScriptTensor;
  readonly inputChannels: number;
}

const PORT_NAMES = { audio: 'audio', latent: 'latents' } as const;

/** What runs at the audio's rate is audio. */
function roleOf(ratio: number): 'audio' | 'latent' {
  return ratio === 1 ? 'audio' : 'latent';
}

/** Buffers that are read and then written. @param known What they were taken for in this trace. */
function writtenStates({ trace, objects }: Interpreter, known: StatePlan): StatePlan {
  const states = new Map<string, PlannedState>();
  for (const [name, { leaf, tensor }] of trace.leaves) {
    const next = objects.replaced.get(name);
    if (tensor.cell.version === 0 && next === undefined) continue;
    const size = tensor.shape[0] ?? 1;
    // A buffer for another number of streams, which the first call replaces, unread, by one that fits.
    const fits = next?.kind === 'tensor' && next.rank === tensor.rank ? (next.shape[0] ?? 1) : size;
    const rows = next === undefined ? Math.min(leaf.rows, size) : Math.min(fits, size);
    const forgotten = (known.get(name)?.forgotten ?? false) || (next !== undefined && rows < size);
    if (leaf.read || forgotten) states.set(name, { rows, forgotten });
  }
  return states;
}

/** Calls the model's own setters. Throws TraceFailure for a setting that it does not have. */
function setAttributes(interpreter: Interpreter, model: ScriptObject, values: AttributeValues): void {
  for (const [name, value] of Object.entries(values)) {
    const setter = model.definition.methods.get(`set_${name}`);
    const given = scriptValue(interpreter, value, setter?.parameters[1]?.type?.name);
    if (setter) interpreter.callMethod(model, `set_${name}`, [given]);
    else if (interpreter.objects.attribute(model, name) !== undefined)
      interpreter.objects.assign(model, name, given);
    else throw new TraceFailure(`the model has no setting ${name}`, null);
  }
}

function scriptValue(
  interpreter: Interpreter,
  value: boolean | number,
  type: string | undefined,
): ScriptValue {
  const number = Number(value);
  if (type === 'Tensor') return newTensor('float', [], interpreter.trace.scalar(number));
  if (type === 'float') return float(number);
  if (typeof value === 'boolean' || type === 'bool') return bool(Boolean(value));
  return type === 'int' || Number.isInteger(number) ? int(number) : float(number);
}
