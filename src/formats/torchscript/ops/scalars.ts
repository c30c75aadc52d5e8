/** Ops on numbers, texts and lists, which are computed while tracing; and the language's own functions. */

import type { Trace } from '../trace.js';
import { numberOf, truth } from '../types.js';
import {
  asInt,
  asItems,
  bool,
  equals,
  float,
  int,
  isScalar,
  list,
  NONE,
  type ScriptValue,
} from '../values.js';
import { type Arguments, type OpRule, Unsupported } from './arguments.js';
import { dtypeCode } from './creation.js';

/** More elements than this hold no sizes, strides or layers. */
const MAX_LIST = 65_536;

/** A whole number from whole numbers, a float otherwise. */
function arithmetic(compute: (a: number, b: number) => number): OpRule {
  return (args) => {
    const [a, b] = [args.need(0), args.need(1)];
    const value = compute(args.number(0), args.number(1));
    return a.kind === 'float' || b.kind === 'float' ? float(value) : whole(args.trace, value);
  };
}

function whole(trace: Trace, value: number): ScriptValue {
  if (!Number.isSafeInteger(value)) trace.fail('a whole number grows beyond what can be counted');
  return int(value);
}

function comparison(compute: (a: number, b: number) => boolean): OpRule {
  return (args) => bool(compute(args.number(0), args.number(1)));
}

function rounded(compute: (a: number) => number): OpRule {
  return (args) => whole(args.trace, compute(args.number(0)));
}

function real(compute: (a: number) => number): OpRule {
  return (args) => float(compute(args.number(0)));
}

const add: OpRule = (args) => {
  const [a, b] = [args.need(0), args.need(1)];
  if (a.kind === 'list' && b.kind === 'list') return bounded(args, [...a.items, ...b.items]);
  if (a.kind === 'string' && b.kind === 'string')
    return { kind: 'string', value: (a.value + b.value).slice(0, 4096) };
  return arithmetic((x, y) => x + y)(args);
};

const mul: OpRule = (args) => {
  const [a] = args.positional;
  if (a?.kind !== 'list') return arithmetic((x, y) => x * y)(args);
  const count = args.int(1);
  if (count * a.items.length > MAX_LIST) throw new Unsupported('a very long list');
  return list(Array.from({ length: Math.max(0, count) }, () => a.items).flat());
};

function bounded(args: Arguments, items: ScriptValue[]): ScriptValue {
  if (items.length > MAX_LIST) args.trace.fail(`a list grows beyond ${MAX_LIST} elements`);
  return list(items);
}

function equality(same: boolean): OpRule {
  return (args) => {
    const result = equals(args.need(0), args.need(1));
    if (result === null) throw new Unsupported(`${args.op} of ${args.need(0).kind} and ${args.need(1).kind}`);
    return bool(result === same);
  };
}

/** Only None is ever asked for. */
function identity(same: boolean): OpRule {
  return (args) => {
    const [a, b] = [args.need(0), args.need(1)];
    return bool((a === b || (a.kind === 'none' && b.kind === 'none')) === same);
  };
}

const slice: OpRule = (args) => {
  const value = args.need(0);
  const items = value.kind === 'string' ? null : asItems(value, 'slice', args.trace.place!);
  const bound = (index: number): number | undefined => (args.has(index) ? args.int(index) : undefined);
  if (args.has(3) && args.int(3) !== 1) throw new Unsupported('every n-th element of a list');
  if (items === null)
    return { kind: 'string', value: (value as { value: string }).value.slice(bound(1), bound(2)) };
  return list(items.slice(bound(1), bound(2)));
};

const append: OpRule = (args) => {
  const target = args.need(0);
  if (target.kind !== 'list') return args.trace.fail(`append to ${target.kind}`);
  if (target.items.length >= MAX_LIST) args.trace.fail(`a list grows beyond ${MAX_LIST} elements`);
  target.items.push(args.need(1));
  return target;
};

const pop: OpRule = (args) => {
  const target = args.need(0);
  if (target.kind !== 'list' || target.items.length === 0)
    return args.trace.fail('pop from what has no elements');
  const index = args.int(1, 'idx', -1);
  return target.items.splice(index < 0 ? index + target.items.length : index, 1)[0] ?? NONE;
};

const range: OpRule = (args) => {
  const numbers = args.positional.map((_, index) => args.int(index));
  const [start, end, step] =
    numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0) args.trace.fail('a range with step 0');
  const length = Math.max(0, Math.ceil((end - start) / step));
  if (!(length <= MAX_LIST)) args.trace.fail(`a loop of ${length} turns`);
  return list(Array.from({ length }, (_, index) => int(start + index * step)));
};

/** Whether a number, or what a tensor of one number holds. */
function plain(args: Arguments): ScriptValue {
  const value = args.need(0);
  return value.kind === 'tensor' ? numberOf(value, args.trace) : value;
}

const toInt: OpRule = (args) => {
  const value = plain(args);
  if (!isScalar(value)) return args.trace.fail(`int of ${value.kind}`);
  return whole(args.trace, Math.trunc(Number(value.value)));
};

const toFloat: OpRule = (args) => {
  const value = plain(args);
  if (value.kind === 'string') return float(Number(value.value.replace('inf', 'Infinity')));
  if (!isScalar(value)) return args.trace.fail(`float of ${value.kind}`);
  return float(Number(value.value));
};

/** Texts are only messages. */
const text: OpRule = (args) => ({
  kind: 'string',
  value: args.positional.map(describe).join(' ').slice(0, 500),
});

function describe(value: ScriptValue): string {
  if (value.kind === 'string' || isScalar(value)) return String(value.value);
  if (value.kind === 'list' || value.kind === 'tuple')
    return `[${value.items.slice(0, 16).map(describe).join(', ')}]`;
  return value.kind;
}

const raise: OpRule = (args) =>
  args.trace.fail(`the model itself refuses: ${args.positional.map(describe).join(' ').slice(0, 300)}`);

function extreme(compute: (...numbers: number[]) => number): OpRule {
  return (args) => {
    const [first] = args.positional;
    const values = first?.kind === 'list' ? first.items : args.positional;
    const numbers = values.map((value) =>
      isScalar(value) ? Number(value.value) : args.trace.fail('min or max of no number'),
    );
    if (numbers.length === 0) args.trace.fail('min or max of nothing');
    const found = compute(...numbers);
    return values.some((value) => value.kind === 'float') ? float(found) : int(found);
  };
}

const nothing: OpRule = () => NONE;

/** For calls without tensors. */
export const scalarOps: Readonly<Record<string, OpRule>> = {
  add,
  sub: arithmetic((a, b) => a - b),
  mul,
  div: (args) => float(args.number(0) / args.number(1)),
  floordiv: arithmetic((a, b) => Math.floor(a / b)),
  remainder: arithmetic((a, b) => a - b * Math.floor(a / b)),
  fmod: arithmetic((a, b) => a % b),
  pow: (args) => {
    const value = args.number(0) ** args.number(1);
    const wholes = args.need(0).kind === 'int' && args.need(1).kind === 'int' && Number.isInteger(value);
    return wholes ? whole(args.trace, value) : float(value);
  },
  neg: (args) => (args.need(0).kind === 'float' ? float(-args.number(0)) : int(-args.int(0))),
  abs: (args) =>
    args.need(0).kind === 'float' ? float(Math.abs(args.number(0))) : int(Math.abs(args.int(0))),
  ceil: rounded(Math.ceil),
  floor: rounded(Math.floor),
  round: real((a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a))),
  sqrt: real(Math.sqrt),
  log: real(Math.log),
  log2: real(Math.log2),
  log10: real(Math.log10),
  exp: real(Math.exp),
  sin: real(Math.sin),
  cos: real(Math.cos),
  tanh: real(Math.tanh),
  eq: equality(true),
  ne: equality(false),
  lt: comparison((a, b) => a < b),
  le: comparison((a, b) => a <= b),
  gt: comparison((a, b) => a > b),
  ge: comparison((a, b) => a >= b),
  min: extreme(Math.min),
  max: extreme(Math.max),
  __and__: (args) => bool(truth(args.need(0), args.trace) && truth(args.need(1), args.trace)),
  __or__: (args) => bool(truth(args.need(0), args.trace) || truth(args.need(1), args.trace)),
  __xor__: (args) => bool(truth(args.need(0), args.trace) !== truth(args.need(1), args.trace)),
  sum: (args) => {
    const items = asItems(args.need(0), 'sum', args.trace.place!);
    return int(items.reduce((total, item) => total + asInt(item, 'sum', args.trace.place!), 0));
  },
  slice,
  len: (args) => {
    const value = args.need(0);
    if (value.kind === 'string') return int(value.value.length);
    return int(asItems(value, 'len', args.trace.place!).length);
  },
};

/** For any arguments: these never depend on the elements of tensors, or read them on purpose. */
export const languageOps: Readonly<Record<string, OpRule>> = {
  __is__: identity(true),
  __isnot__: identity(false),
  __not__: (args) => bool(!truth(args.need(0), args.trace)),
  __contains__: (args) => {
    const items = asItems(args.need(0), 'in', args.trace.place!);
    return bool(items.some((item) => equals(item, args.need(1)) === true));
  },
  list: (args) => list([...asItems(args.need(0), 'list', args.trace.place!)]),
  append,
  extend: (args) => {
    const target = args.need(0);
    if (target.kind !== 'list') return args.trace.fail(`extend of ${target.kind}`);
    target.items.push(...asItems(args.need(1), 'extend', args.trace.place!));
    if (target.items.length > MAX_LIST) args.trace.fail(`a list grows beyond ${MAX_LIST} elements`);
    return NONE;
  },
  pop,
  insert: (args) => {
    const target = args.need(0);
    if (target.kind !== 'list' || target.items.length >= MAX_LIST)
      return args.trace.fail(`insert into ${target.kind}`);
    target.items.splice(args.int(1), 0, args.need(2));
    return NONE;
  },
  reverse: (args) => {
    const target = args.need(0);
    if (target.kind === 'list') target.items.reverse();
    return NONE;
  },
  item: plain,
  format: text,
  str: text,
  warn: nothing,
  print: nothing,
  RaiseException: raise,
  dtype: (args) => int(dtypeCode(args.tensor(0).dtype)),
  device: nothing,
  layout: nothing,
  requires_grad: () => bool(false),
  is_floating_point: (args) => bool(args.tensor(0).dtype === 'float'),
  is_complex: (args) => bool(args.tensor(0).dtype === 'complex'),
  is_grad_enabled: () => bool(false),
  set_grad_enabled: nothing,
  is_cuda: () => bool(false),
};

/** The language's functions, written without `torch.`. */
export const builtins: Readonly<Record<string, OpRule>> = {
  int: toInt,
  float: toFloat,
  bool: (args) => bool(truth(args.need(0), args.trace)),
  str: text,
  range,
  print: nothing,
  len: scalarOps['len']!,
  list: languageOps['list']!,
};
