/**
 * Between the maps of parameter values that hosts send and plain values within their ranges. Thread: main.
 */

import type { WamParameterDataMap } from '@webaudiomodules/api';
import { clampParameter, isParameterId, PARAMETERS, type ParameterId } from '../shared/parameters.js';

/** A host's value in the parameter's own unit, within its range. */
export function readParameter(
  id: ParameterId,
  { value, normalized }: { readonly value?: unknown; readonly normalized?: boolean | undefined },
): number {
  const { min, max } = PARAMETERS[id];
  const number = typeof value === 'number' ? value : NaN;
  return clampParameter(id, normalized ? min + number * (max - min) : number);
}

/** Values of the parameters that we have; whatever else the map holds is ignored. */
export function readParameterMap(map: unknown): Partial<Record<ParameterId, number>> {
  const values: Partial<Record<ParameterId, number>> = {};
  if (typeof map !== 'object' || map === null) return values;
  for (const [key, entry] of Object.entries(map)) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { id = key, value, normalized } = entry as { id?: unknown; value?: unknown; normalized?: boolean };
    if (typeof id === 'string' && isParameterId(id)) values[id] = readParameter(id, { value, normalized });
  }
  return values;
}

/** A fresh map as the SDK and hosts exchange it. */
export function toParameterMap(
  values: Partial<Record<ParameterId, number>>,
  normalized = false,
): WamParameterDataMap {
  return Object.fromEntries(
    (Object.entries(values) as [ParameterId, number][]).map(([id, value]) => {
      const { min, max } = PARAMETERS[id];
      return [id, { id, value: normalized ? (value - min) / (max - min) : value, normalized }];
    }),
  );
}
