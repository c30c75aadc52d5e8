/**
 * The parameters as a host asks for them. Answered here instead of by the processor: information that crosses the
 * thread arrives without its methods, and never after `destroy()`. Thread: main.
 */

import { getWamParameterInfo } from '@webaudiomodules/sdk';
import type { WamParameterInfo, WamParameterInfoMap } from '@webaudiomodules/api';
import { isParameterId, PARAMETER_IDS, PARAMETERS, type ParameterId } from '../shared/parameters.js';

// The SDK's own class; its `valueString` gives nothing for parameters without choices.
const SdkParameterInfo = getWamParameterInfo();

class ParameterInfo extends SdkParameterInfo {
  override valueString(value: number): string {
    if (this.type === 'boolean') return value >= 0.5 ? 'on' : 'off';
    const digits = this.maxValue - this.minValue > 20 ? 1 : 2;
    return [value.toFixed(digits), this.units].join(' ').trim();
  }
}

function describe(id: ParameterId): WamParameterInfo {
  const { label, type, min, max, default: defaultValue, unit } = PARAMETERS[id];
  return new ParameterInfo(id, { label, type, minValue: min, maxValue: max, defaultValue, units: unit });
}

/** Information on the parameters asked for, or on all; unknown ids are left out. A fresh object each call. */
export function parameterInfo(ids: readonly string[]): WamParameterInfoMap {
  const wanted = ids.length === 0 ? PARAMETER_IDS : ids.filter(isParameterId);
  return Object.fromEntries(wanted.map((id) => [id, describe(id)]));
}
