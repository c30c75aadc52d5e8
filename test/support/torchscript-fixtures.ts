/** The archives of `test/fixtures/torchscript` with what LibTorch answered for them (see the README there). */

import { readFileSync } from 'node:fs';
import type { AttributeValues } from '../../src/shared/engine-plan.js';
import type { RecordedCalls } from './torchscript.js';

const folder = new URL('../fixtures/torchscript/', import.meta.url);

interface Place {
  /** Of one call. */
  readonly shape: readonly number[];
  /** First number in NAME.f32. */
  readonly at: number;
}

interface Entry {
  readonly torch: string;
  readonly runs: readonly {
    readonly method: string;
    readonly attributes: AttributeValues;
    readonly calls: number;
    readonly inputs: Place;
    readonly zero: Place;
    readonly stored?: Place;
  }[];
}

export interface FixtureRun extends RecordedCalls {
  /** Where the inputs start in NAME.f32, in numbers. */
  readonly at: number;
  /** From silence. */
  readonly zero: Float32Array;
  /** From what the archive stores; null if it stores what no answer can come from. */
  readonly stored: Float32Array | null;
}

const entries = JSON.parse(readFileSync(new URL('fixtures.json', folder), 'utf8')) as Record<string, Entry>;

export const fixtureNames: readonly string[] = Object.keys(entries);

/** The archive's bytes. */
export function fixtureArchive(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.torchscript`, folder)));
}

export function fixtureRuns(name: string): FixtureRun[] {
  const { runs } = entries[name]!;
  if (runs.length === 0) return [];
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.f32`, folder)));
  const numbers = new Float32Array(bytes.buffer);
  return runs.map(({ method, attributes, calls, inputs, zero, stored }) => {
    const part = ({ shape, at }: Place): Float32Array =>
      numbers.slice(at, at + calls * shape.reduce((product, size) => product * size, 1));
    return {
      method,
      attributes,
      calls,
      shape: inputs.shape,
      at: inputs.at,
      inputs: part(inputs),
      zero: part(zero),
      stored: stored ? part(stored) : null,
    };
  });
}
