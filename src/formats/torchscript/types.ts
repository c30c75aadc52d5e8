/**
 * Types as the code names them: the implicit conversions of TorchScript (a tensor of one number to int), the truth of a
 * value, and `isinstance`.
 */

import type { TypeExpression } from './ast.js';
import type { Trace } from './trace.js';
import { bool, float, int, isScalar, type ScriptValue } from './values.js';

/** The value as a variable or parameter of this type holds it. */
export function convert(value: ScriptValue, type: TypeExpression, trace: Trace): ScriptValue {
  if (type.name === 'Optional') {
    const [inner] = type.parameters;
    return value.kind === 'none' || !inner ? value : convert(value, inner, trace);
  }
  if (value.kind === 'tensor' && (type.name === 'int' || type.name === 'float' || type.name === 'bool'))
    return convert(numberOf(value, trace), type, trace);
  if (!isScalar(value)) return value;
  if (type.name === 'float' && value.kind === 'int') return float(value.value);
  if (type.name === 'int' && value.kind === 'bool') return int(Number(value.value));
  return value;
}

/** The only number of a tensor, if it is known; else the trace ends: code depends on what is heard. */
export function numberOf(value: ScriptValue & { kind: 'tensor' }, trace: Trace): ScriptValue {
  const numbers = trace.firstNumbers(trace.read(value));
  if (numbers?.length !== 1) trace.fail('the code depends on numbers that are only known while it plays');
  const [number] = numbers as unknown as [number];
  if (value.dtype === 'bool') return bool(number !== 0);
  return value.dtype === 'int' ? int(number) : float(number);
}

export function truth(value: ScriptValue, trace: Trace): boolean {
  if (value.kind === 'tensor') return truth(numberOf(value, trace), trace);
  if (isScalar(value)) return Boolean(value.value);
  if (value.kind === 'list') return value.items.length > 0;
  trace.fail(`a condition is ${value.kind}`);
}

export function isInstance(value: ScriptValue, type: TypeExpression): boolean {
  switch (type.name) {
    case 'Tensor':
      return value.kind === 'tensor';
    case 'NoneType':
      return value.kind === 'none';
    case 'str':
      return value.kind === 'string';
    case 'int':
    case 'float':
    case 'bool':
      return value.kind === type.name;
    case 'List':
      return value.kind === 'list';
    case 'Tuple':
      return value.kind === 'tuple';
    case 'Optional':
      return value.kind === 'none' || type.parameters.some((inner) => isInstance(value, inner));
    default:
      return value.kind === 'object' && value.className === type.name;
  }
}
