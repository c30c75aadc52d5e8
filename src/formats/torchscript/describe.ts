/**
 * What a nn~ model says of itself: its methods with channels and ratios (buffers `NAME_params`), labels, settings,
 * sample rate. Found by asking the model's own methods where it has them; models of all exporters answer to some of it.
 */

import type { ModelAttribute } from '../../shared/engine-plan.js';
import { TraceFailure } from './errors.js';
import type { Interpreter } from './interpreter.js';
import type { ScriptObject, ScriptValue } from './values.js';

/** A method that turns a stream into a stream: [batch, inputChannels, n / inputRatio] → [batch, outputChannels, n / outputRatio]. */
export interface NnMethod {
  readonly name: string;
  readonly inputChannels: number;
  /** Samples per column of the input: 1 for audio. */
  readonly inputRatio: number;
  readonly outputChannels: number;
  readonly outputRatio: number;
  readonly inputLabels: readonly string[];
  readonly outputLabels: readonly string[];
}

export interface TorchScriptInfo {
  readonly className: string;
  readonly methods: readonly NnMethod[];
  /** Greatest ratio of all methods: samples per latent. */
  readonly hop: number;
  /** Hz, if the file says it. */
  readonly sampleRate: number | null;
  /** Latents that the model has in all, if it says so; its methods may name fewer. */
  readonly fullLatents: number | null;
  readonly attributes: readonly ModelAttribute[];
}

const MAX_CHANNELS = 4096;
const MAX_RATIO = 2 ** 17;

/** Throws TraceFailure where the model contradicts itself. */
export function describeModel(interpreter: Interpreter, model: ScriptObject): TorchScriptInfo {
  const methods = [...model.definition.methods.keys()]
    .map((name) => readMethod(interpreter, model, name))
    .filter((method) => method !== null);
  return {
    className: model.className,
    methods,
    hop: Math.max(1, ...methods.flatMap(({ inputRatio, outputRatio }) => [inputRatio, outputRatio])),
    sampleRate: readSampleRate(interpreter, model),
    fullLatents: readNumber(interpreter, model, 'full_latent_size'),
    attributes: attributeNames(interpreter, model)
      .map((name) => readAttribute(interpreter, model, name))
      .filter((attribute) => attribute !== null),
  };
}

export function methodOf(info: TorchScriptInfo, name: string): NnMethod {
  const found = info.methods.find((method) => method.name === name);
  if (found) return found;
  const others = info.methods.map((method) => method.name).join(', ') || 'none';
  throw new TraceFailure(`the model has no method ${name} (it has ${others})`, null);
}

function readMethod(interpreter: Interpreter, model: ScriptObject, name: string): NnMethod | null {
  const numbers = numbersOf(interpreter, interpreter.objects.attribute(model, `${name}_params`));
  if (numbers?.length !== 4) return null;
  const [inputChannels, inputRatio, outputChannels, outputRatio] = numbers as [
    number,
    number,
    number,
    number,
  ];
  const whole = (value: number, most: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= most;
  if (![inputChannels, outputChannels].every((channels) => whole(channels, MAX_CHANNELS))) return null;
  if (![inputRatio, outputRatio].every((ratio) => whole(ratio, MAX_RATIO))) return null;
  return {
    name,
    inputChannels,
    inputRatio,
    outputChannels,
    outputRatio,
    inputLabels: textsOf(interpreter.objects.attribute(model, `${name}_input_labels`)),
    outputLabels: textsOf(interpreter.objects.attribute(model, `${name}_output_labels`)),
  };
}

/** Newer models are asked; older ones hold it in `sr` or in a buffer `sampling_rate`, theirs or their inner model's. */
function readSampleRate(interpreter: Interpreter, model: ScriptObject): number | null {
  const inner = interpreter.objects.attribute(model, '_rave');
  const candidates = [
    () => ask(interpreter, model, 'get_sample_rate'),
    () => interpreter.objects.attribute(model, 'sr'),
    () => interpreter.objects.attribute(model, 'sampling_rate'),
    () => (inner?.kind === 'object' ? interpreter.objects.attribute(inner, 'sampling_rate') : undefined),
  ];
  for (const candidate of candidates) {
    const [rate] = numbersOf(interpreter, candidate()) ?? [];
    if (rate !== undefined && Number.isInteger(rate) && rate > 0) return rate;
  }
  return null;
}

function readNumber(interpreter: Interpreter, model: ScriptObject, name: string): number | null {
  const numbers = numbersOf(interpreter, interpreter.objects.attribute(model, name));
  return numbers?.length === 1 && Number.isInteger(numbers[0]) ? numbers[0]! : null;
}

/** Settings that the model lists, and those that it can set without listing them. */
function attributeNames(interpreter: Interpreter, model: ScriptObject): string[] {
  const listed = textsOf(ask(interpreter, model, 'get_attributes'));
  const settable = [...model.definition.methods.keys()]
    .filter((method) => method.startsWith('set_'))
    .map((method) => method.slice('set_'.length))
    .filter((name) => interpreter.objects.attribute(model, name) !== undefined);
  return [...new Set([...listed, ...settable])];
}

/** null for settings that are no single number or switch. */
function readAttribute(interpreter: Interpreter, model: ScriptObject, name: string): ModelAttribute | null {
  const value = only(ask(interpreter, model, `get_${name}`) ?? interpreter.objects.attribute(model, name));
  if (value?.kind === 'bool') return { name, kind: 'bool', value: value.value };
  if (value?.kind === 'int' || value?.kind === 'float') return { name, kind: value.kind, value: value.value };
  return null;
}

/** nn~ keeps settings in tuples, mostly of one. */
function only(value: ScriptValue | undefined): ScriptValue | undefined {
  if (value?.kind === 'tuple' || value?.kind === 'list')
    return value.items.length === 1 ? value.items[0] : undefined;
  return value;
}

/** What a method without arguments gives; undefined if there is none or it cannot be followed. */
function ask(interpreter: Interpreter, model: ScriptObject, name: string): ScriptValue | undefined {
  if (model.definition.methods.get(name)?.parameters.length !== 1) return undefined;
  try {
    return interpreter.callMethod(model, name, []);
  } catch (error) {
    if (error instanceof TraceFailure) return undefined;
    throw error;
  }
}

function numbersOf(interpreter: Interpreter, value: ScriptValue | undefined): number[] | null {
  if (value?.kind === 'int' || value?.kind === 'float') return [value.value];
  if (value?.kind === 'tuple' || value?.kind === 'list') {
    const numbers = value.items.map((item) => numbersOf(interpreter, item)?.[0]);
    return numbers.every((number) => number !== undefined) ? numbers : null;
  }
  if (value?.kind !== 'tensor' || value.isEmpty) return null;
  const numbers = interpreter.trace.numbers(interpreter.trace.read(value));
  return numbers && numbers.length <= 16 ? [...numbers] : null;
}

function textsOf(value: ScriptValue | undefined): string[] {
  if (value?.kind !== 'list' && value?.kind !== 'tuple') return [];
  return value.items
    .slice(0, MAX_CHANNELS)
    .map((item) => (item.kind === 'string' ? item.value.slice(0, 200) : ''));
}
