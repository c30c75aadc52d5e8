/**
 * The model's objects as the traced code sees them, made from the pickle when they are first looked at. One trace owns
 * one set of them: what it assigns to attributes is forgotten with it.
 */

import type { PickledObject, PickledTensor, PickleValue } from '../pickle/values.js';
import type { Program } from './program.js';
import type { Trace } from './trace.js';
import { bool, float, int, list, NONE, type ScriptObject, type ScriptValue } from './values.js';
import { TraceFailure } from './errors.js';

/** More nesting than this is no model. */
const MAX_DEPTH = 64;

export class Objects {
  private readonly made = new Map<PickleValue, ScriptValue>();
  private readonly sources = new Map<ScriptObject, PickledObject>();
  /** Buffers that were replaced by assignment: what each is at the end of the hop. */
  readonly replaced = new Map<string, ScriptValue>();

  constructor(
    private readonly trace: Trace,
    private readonly program: Program,
    /** The tuple in `constants.pkl`: tensors that were baked into the code. */
    private readonly constants: PickleValue,
  ) {}

  root(pickled: PickledObject): ScriptObject {
    return this.object(pickled, '');
  }

  /** @param name `c0`, `c1`, … Throws TraceFailure when there is none. */
  constant(name: string): ScriptValue {
    const index = /^c(\d{1,6})$/.exec(name)?.[1];
    const constants = this.constants.kind === 'tuple' ? this.constants.items : [];
    const pickled = constants[Number(index ?? -1)];
    if (!pickled) throw new TraceFailure(`the file has no constant ${name}`, null);
    return this.value(pickled, `CONSTANTS.${name}`, 0);
  }

  /** An attribute that was assigned or stored; undefined if there is none (the class may have a constant). */
  attribute(object: ScriptObject, name: string): ScriptValue | undefined {
    const known = object.attributes.get(name);
    if (known !== undefined) return known;
    const pickled = this.sources.get(object)?.attributes.get(name);
    if (pickled === undefined) return undefined;
    const value = this.value(pickled, object.path === '' ? name : `${object.path}.${name}`, 0);
    object.attributes.set(name, value);
    return value;
  }

  assign(object: ScriptObject, name: string, value: ScriptValue): void {
    const pickled = this.sources.get(object)?.attributes.get(name);
    if (pickled?.kind === 'tensor') {
      const before = this.attribute(object, name);
      if (before === value) return;
      this.replaced.set(object.path === '' ? name : `${object.path}.${name}`, value);
    }
    object.attributes.set(name, value);
  }

  private object(pickled: PickledObject, path: string): ScriptObject {
    const known = this.made.get(pickled);
    if (known?.kind === 'object') return known;
    const definition = this.program.classOf(pickled.className);
    const made: ScriptObject = {
      kind: 'object',
      className: pickled.className,
      definition,
      path,
      attributes: new Map(),
    };
    this.made.set(pickled, made);
    this.sources.set(made, pickled);
    return made;
  }

  private value(pickled: PickleValue, path: string, depth: number): ScriptValue {
    if (depth > MAX_DEPTH) throw new TraceFailure(`${path} is nested too deeply`, null);
    switch (pickled.kind) {
      case 'none':
        return NONE;
      case 'bool':
        return bool(pickled.value);
      case 'int':
        return int(pickled.value);
      case 'float':
        return float(pickled.value);
      case 'string':
        return { kind: 'string', value: pickled.value };
      case 'tensor':
        return this.tensor(pickled, path);
      case 'object':
        return this.object(pickled, path);
      case 'list':
      case 'tuple':
        return this.sequence(pickled, path, depth);
      case 'dict':
        throw new TraceFailure(`${path} is a dictionary, which is not supported`, null);
    }
    pickled satisfies never;
    throw new Error('unreachable');
  }

  /** A shared list is one list. */
  private sequence(
    pickled: PickleValue & { kind: 'list' | 'tuple' },
    path: string,
    depth: number,
  ): ScriptValue {
    const known = this.made.get(pickled);
    if (known) return known;
    const items = pickled.items.map((item, index) => this.value(item, `${path}.${index}`, depth + 1));
    const made: ScriptValue = pickled.kind === 'list' ? list(items) : { kind: 'tuple', items };
    this.made.set(pickled, made);
    return made;
  }

  private tensor(pickled: PickledTensor, path: string): ScriptValue {
    const known = this.made.get(pickled);
    if (known) return known;
    const made = this.trace.leaf(path, pickled);
    this.made.set(pickled, made);
    return made;
  }
}
