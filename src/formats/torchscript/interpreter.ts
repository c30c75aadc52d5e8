/**
 * Follows a model's code statement by statement: numbers, lists and conditions are computed, tensors become values of
 * the Graph. So loops unroll and branches are decided, and what remains is one straight line of tensor ops.
 * What single ops do is in `ops/`; what becomes of tensors in `trace.ts`. Every step is counted, so no file can hang us.
 */

import type { Expression, FunctionDefinition, Place, Statement, Target } from './ast.js';
import { TraceFailure } from './errors.js';
import type { PickleValue } from '../pickle/index.js';
import { Objects } from './objects.js';
import { Arguments } from './ops/arguments.js';
import { callOp, isOp } from './ops/index.js';
import type { Program } from './program.js';
import { convert, isInstance, truth } from './types.js';
import type { Trace } from './trace.js';
import {
  asInt,
  asItems,
  bool,
  float,
  int,
  list,
  NONE,
  type ScriptObject,
  type ScriptValue,
  UNKNOWN,
} from './values.js';

const MAX_CALL_DEPTH = 100;
const NEW = '.__new__';

type Scope = Map<string, ScriptValue>;
/** Set while a function returns: its value. */
interface Returned {
  readonly value: ScriptValue;
}

export class Interpreter {
  readonly objects: Objects;
  private depth = 0;

  constructor(
    readonly trace: Trace,
    private readonly program: Program,
    constants: PickleValue,
  ) {
    this.objects = new Objects(trace, program, constants);
  }

  /** Calls a method by name. Throws TraceFailure where the code cannot be followed. */
  callMethod(
    object: ScriptObject,
    name: string,
    positional: readonly ScriptValue[],
    keywords: ReadonlyMap<string, ScriptValue> = new Map(),
  ): ScriptValue {
    const method = object.definition.methods.get(name);
    if (!method) this.trace.fail(`${object.className} has no method ${name}`);
    const path = this.trace.path;
    this.trace.path = object.path;
    const result = this.call(method, [object, ...positional], keywords);
    this.trace.path = path;
    return result;
  }

  private call(
    definition: FunctionDefinition,
    positional: readonly ScriptValue[],
    keywords: ReadonlyMap<string, ScriptValue>,
  ): ScriptValue {
    if (++this.depth > MAX_CALL_DEPTH) this.trace.fail(`calls nest deeper than ${MAX_CALL_DEPTH}`);
    const caller = this.trace.place;
    const scope: Scope = new Map();
    definition.parameters.forEach(({ name, type, defaultValue }, index) => {
      let value = positional[index] ?? keywords.get(name);
      if (value === undefined && defaultValue !== null) value = this.evaluate(defaultValue, scope);
      if (value === undefined) this.trace.fail(`${definition.name} is called without its argument ${name}`);
      scope.set(name, type === null ? value : convert(value, type, this.trace));
    });
    if (positional.length > definition.parameters.length)
      this.trace.fail(`${definition.name} is called with too many arguments`);
    const returned = this.run(definition.body, scope);
    this.trace.place = caller;
    this.depth--;
    return returned?.value ?? NONE;
  }

  private run(statements: readonly Statement[], scope: Scope): Returned | null {
    for (const statement of statements) {
      const returned = this.execute(statement, scope);
      if (returned) return returned;
    }
    return null;
  }

  private execute(statement: Statement, scope: Scope): Returned | null {
    this.trace.countSteps();
    this.trace.place = statement.place;
    switch (statement.kind) {
      case 'assign': {
        const value = this.evaluate(statement.value, scope);
        const { type } = statement;
        this.assign(statement.target, type === null ? value : convert(value, type, this.trace), scope);
        return null;
      }
      case 'expression':
        this.evaluate(statement.value, scope);
        return null;
      case 'if':
        return this.run(
          this.decide(statement.condition, scope) ? statement.then : statement.otherwise,
          scope,
        );
      case 'for':
        return this.repeat(statement, scope);
      case 'while':
        while (this.decide(statement.condition, scope)) {
          const returned = this.run(statement.body, scope);
          if (returned) return returned;
        }
        return null;
      case 'return':
        return { value: statement.value === null ? NONE : this.evaluate(statement.value, scope) };
      case 'pass':
        return null;
    }
    statement satisfies never;
    return null;
  }

  private decide(condition: Expression, scope: Scope): boolean {
    this.trace.countSteps();
    const value = this.evaluate(condition, scope);
    if (value.kind === 'unknown') this.trace.fail('a decision depends on something unsupported');
    return truth(value, this.trace);
  }

  private repeat(statement: Statement & { kind: 'for' }, scope: Scope): Returned | null {
    const over = this.evaluate(statement.over, scope);
    if (over.kind === 'unknown') this.trace.fail('a loop depends on something unsupported');
    // The list may grow while we walk over it; the step count ends what never ends.
    const items = asItems(over, 'loop', statement.place);
    for (let index = 0; index < items.length; index++) {
      this.trace.countSteps();
      scope.set(statement.name, items[index]!);
      const returned = this.run(statement.body, scope);
      if (returned) return returned;
    }
    return null;
  }

  private assign(target: Target, value: ScriptValue, scope: Scope): void {
    switch (target.kind) {
      case 'name':
        scope.set(target.name, value);
        return;
      case 'attribute': {
        const object = this.evaluate(target.of, scope);
        if (object.kind === 'unknown') return;
        if (object.kind !== 'object') this.trace.fail(`an attribute of ${object.kind} is assigned`);
        this.objects.assign(object, target.name, value);
        return;
      }
      case 'index':
        this.assignItem(target, value, scope);
        return;
      case 'tuple':
        this.unpack(target, value, scope);
        return;
    }
    target satisfies never;
  }

  private assignItem(target: Target & { kind: 'index' }, value: ScriptValue, scope: Scope): void {
    const holder = this.evaluate(target.of, scope);
    if (holder.kind === 'unknown') return;
    if (holder.kind !== 'list') this.trace.fail(`an element of ${holder.kind} is assigned`);
    const index = this.position(this.evaluate(target.index, scope), holder.items.length, target.place);
    holder.items[index] = value;
  }

  private unpack(target: Target & { kind: 'tuple' }, value: ScriptValue, scope: Scope): void {
    const items =
      value.kind === 'unknown' ? target.items.map(() => UNKNOWN) : asItems(value, 'unpacking', target.place);
    if (items.length !== target.items.length)
      this.trace.fail(`${items.length} values are unpacked into ${target.items.length}`);
    // The parser gives only targets inside a target.
    target.items.forEach((item, index) => this.assign(item as Target, items[index]!, scope));
  }

  private evaluate(expression: Expression, scope: Scope): ScriptValue {
    switch (expression.kind) {
      case 'none':
        return NONE;
      case 'bool':
        return bool(expression.value);
      case 'int':
        return int(expression.value);
      case 'float':
        return float(expression.value);
      case 'string':
        return { kind: 'string', value: expression.value };
      case 'name':
        return scope.get(expression.name) ?? { kind: 'path', path: expression.name };
      case 'attribute':
        return this.attribute(this.evaluate(expression.of, scope), expression.name);
      case 'call':
        return this.callExpression(expression, scope);
      case 'annotate':
      case 'unchecked_cast':
        return convert(this.evaluate(expression.value, scope), expression.type, this.trace);
      case 'uninitialized':
        return NONE;
      case 'isinstance': {
        const value = this.evaluate(expression.value, scope);
        return value.kind === 'unknown'
          ? UNKNOWN
          : bool(expression.types.some((type) => isInstance(value, type)));
      }
      case 'index':
        return this.item(expression, scope);
      case 'list':
        return list(expression.items.map((item) => this.evaluate(item, scope)));
      case 'tuple':
        return { kind: 'tuple', items: expression.items.map((item) => this.evaluate(item, scope)) };
      case 'dict':
        this.trace.report('a dictionary');
        return UNKNOWN;
    }
    expression satisfies never;
    return UNKNOWN;
  }

  private attribute(of: ScriptValue, name: string): ScriptValue {
    if (of.kind === 'unknown') return UNKNOWN;
    if (of.kind === 'path' && of.path === 'CONSTANTS') return this.objects.constant(name);
    if (of.kind === 'path') return { kind: 'path', path: `${of.path}.${name}` };
    if (of.kind !== 'object') this.trace.fail(`the attribute ${name} of ${of.kind} is read`);
    const value = this.objects.attribute(of, name);
    if (value !== undefined) return value;
    const constant = of.definition.constants.get(name);
    if (constant === undefined) this.trace.fail(`${of.className} has no attribute ${name}`);
    return this.evaluate(constant, new Map());
  }

  private item(expression: Expression & { kind: 'index' }, scope: Scope): ScriptValue {
    const of = this.evaluate(expression.of, scope);
    const index = this.evaluate(expression.index, scope);
    if (of.kind === 'unknown' || index.kind === 'unknown') return UNKNOWN;
    const items = asItems(of, 'indexing', expression.place);
    return items[this.position(index, items.length, expression.place)]!;
  }

  private position(value: ScriptValue, length: number, place: Place): number {
    const index = asInt(value, 'index', place);
    const position = index < 0 ? index + length : index;
    if (position < 0 || position >= length)
      throw new TraceFailure(`index ${index} of ${length} elements`, place);
    return position;
  }

  private callExpression(expression: Expression & { kind: 'call' }, scope: Scope): ScriptValue {
    this.trace.countSteps();
    const { callee } = expression;
    const positional = expression.positional.map((argument) => this.evaluate(argument, scope));
    const keywords = new Map(
      expression.keywords.map(({ name, value }) => [name, this.evaluate(value, scope)]),
    );
    if (callee.kind === 'attribute') {
      const of = this.evaluate(callee.of, scope);
      if (of.kind === 'unknown') return UNKNOWN;
      if (of.kind === 'object') return this.callMethod(of, callee.name, positional, keywords);
      return this.callPath(this.attribute(of, callee.name), positional, keywords, expression.place);
    }
    return this.callPath(this.evaluate(callee, scope), positional, keywords, expression.place);
  }

  private callPath(
    callee: ScriptValue,
    positional: readonly ScriptValue[],
    keywords: ReadonlyMap<string, ScriptValue>,
    place: Place,
  ): ScriptValue {
    if (callee.kind === 'unknown') return UNKNOWN;
    if (callee.kind === 'object') return this.callMethod(callee, 'forward', positional, keywords);
    if (callee.kind !== 'path') this.trace.fail(`${callee.kind} is called`);
    const { path } = callee;
    this.trace.place = place;
    if (path === 'getattr') return this.getAttribute(positional);
    if (path.startsWith('__torch__.')) return this.callOwn(path, positional, keywords);
    if (!isOp(path)) {
      this.trace.report(path);
      return UNKNOWN;
    }
    return callOp(path, new Arguments(this.trace, path, positional, keywords));
  }

  private getAttribute([object, name]: readonly ScriptValue[]): ScriptValue {
    if (object === undefined || name?.kind !== 'string') this.trace.fail('getattr without object and name');
    return this.attribute(object, name.value);
  }

  /** A function or class of the file. */
  private callOwn(
    path: string,
    positional: readonly ScriptValue[],
    keywords: ReadonlyMap<string, ScriptValue>,
  ): ScriptValue {
    const definition = this.program.findFunction(path);
    if (definition) return this.call(definition, positional, keywords);
    // `C.__new__(C)` makes an object whose `__init__` is called by the next line.
    const bare = path.endsWith(NEW);
    const className = bare ? path.slice(0, -NEW.length) : path;
    const made: ScriptObject = {
      kind: 'object',
      className,
      definition: this.program.classOf(className),
      path: this.trace.path,
      attributes: new Map(),
    };
    if (bare) return made;
    if (made.definition.methods.has('__init__')) this.callMethod(made, '__init__', positional, keywords);
    else
      [...made.definition.attributes.keys()].forEach((name, index) => {
        const value = positional[index] ?? keywords.get(name);
        if (value !== undefined) made.attributes.set(name, value);
      });
    return made;
  }
}
