/**
 * Which rule a call means: by name, and by whether tensors are among the arguments, as TorchScript's overloads do. A
 * name that ends in `_` writes the result of the op without it into its first argument.
 */

import { type ScriptValue, UNKNOWN } from '../values.js';
import { type Arguments, type OpRule, Unsupported } from './arguments.js';
import { complexOps } from './complex.js';
import { assignTo, creationOps } from './creation.js';
import { elementwiseOps } from './elementwise.js';
import { networkOps } from './network.js';
import { reduceOps } from './reduce.js';
import { builtins, languageOps, scalarOps } from './scalars.js';
import { shapeOps } from './shape.js';

function table(...families: readonly Readonly<Record<string, OpRule>>[]): ReadonlyMap<string, OpRule> {
  return new Map(families.flatMap((family) => Object.entries(family)));
}

const tensorRules = table(elementwiseOps, shapeOps, reduceOps, networkOps, creationOps, complexOps);
const scalarRules = table(scalarOps);
const languageRules = table(languageOps);
const builtinRules = table(builtins);

/** `torch.add` → add, `ops.prim.dtype` → dtype; null for what is no path of an op. */
function opName(path: string): string | null {
  const match = /^(?:torch|ops\.(?:prim|aten))\.([A-Za-z_0-9]+)$/.exec(path);
  return match?.[1] ?? null;
}

/** Whether there is any rule for it. */
export function isOp(path: string): boolean {
  const name = opName(path);
  if (name === null) return builtinRules.has(path);
  return (
    languageRules.has(name) ||
    scalarRules.has(name) ||
    tensorRules.has(name) ||
    inPlaceBase(name) !== undefined
  );
}

/** Names of all rules, for the test that none stands untested. */
export function operatorNames(): string[] {
  return [
    ...new Set([tensorRules, scalarRules, languageRules, builtinRules].flatMap((rules) => [...rules.keys()])),
  ];
}

function inPlaceBase(name: string): OpRule | undefined {
  return name.endsWith('_') && !name.endsWith('__') ? tensorRules.get(name.slice(0, -1)) : undefined;
}

/** Lists hold unknown values as any others. */
const KEEPS: ReadonlySet<string> = new Set(['torch.append', 'torch.extend', 'torch.insert', 'torch.list']);

/** Runs the rule. What it cannot do becomes a finding and an unknown value. */
export function callOp(path: string, args: Arguments): ScriptValue {
  if (!KEEPS.has(path) && contains(args, 'unknown')) return UNKNOWN;
  try {
    return dispatch(path, args);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    args.trace.report(error.message);
    return UNKNOWN;
  }
}

function dispatch(path: string, args: Arguments): ScriptValue {
  const name = opName(path);
  const fixed = name === null ? builtinRules.get(path) : languageRules.get(name);
  if (fixed) return fixed(args);
  const tensors = contains(args, 'tensor');
  const scalar = tensors ? undefined : scalarRules.get(name!);
  if (scalar) return scalar(args);
  const rule = tensorRules.get(name!);
  if (rule) return rule(args);
  const base = inPlaceBase(name!);
  if (!base) throw new Unsupported(`${path} of ${args.all.map(({ kind }) => kind).join(', ')}`);
  const value = base(args);
  if (value.kind !== 'tensor') throw new Unsupported(path);
  return assignTo(args.trace, args.tensor(0), value);
}

/** Whether an argument is of this kind, or anything in its lists. Counted: a list may hold the same list many times. */
function contains({ all, trace }: Arguments, kind: ScriptValue['kind']): boolean {
  const within = (value: ScriptValue): boolean => {
    if (value.kind === kind) return true;
    if (value.kind !== 'list' && value.kind !== 'tuple') return false;
    trace.countSteps(value.items.length);
    return value.items.some(within);
  };
  return all.some(within);
}
