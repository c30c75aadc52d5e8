/**
 * The models that RAVE itself exported, with what LibTorch answered for them: a folder outside the repository, named by
 * the environment variable RAVE_ORACLE (how to make one: README.md here).
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValues } from '../../src/shared/engine-plan.js';
import type { RecordedCalls } from '../support/torchscript.js';

/** The folder; null where there is none. */
export const oracle = process.env['RAVE_ORACLE'] ?? null;

interface RunReference {
  /** Calls, then the shape of one call; absent where LibTorch refused. */
  readonly in_shape?: readonly number[];
  /** Set before the calls. */
  readonly attributes?: AttributeValues;
}

interface Reference {
  readonly exporter?: string;
  readonly torch: string;
  /** Which records beside code and numbers the archive has: they tell the PyTorch that wrote it. */
  readonly records: readonly string[];
  readonly nan_state: boolean;
  /** By name: `decode`, `decode_four_at_once`, … */
  readonly runs: Readonly<Record<string, RunReference>>;
}

export interface OracleRun extends RecordedCalls {
  readonly name: string;
  /** From caches of zeros. */
  readonly zero: Float32Array;
  /** From what the archive stores; null where that is NaN. */
  readonly stored: Float32Array | null;
}

/** Archives that have answers, without the twins whose random ops were replaced by zeros. */
export function oracleNames(): string[] {
  if (oracle === null) return [];
  const names = readdirSync(oracle)
    .filter((file) => file.endsWith('.ref.json') && !file.endsWith('_det.ref.json'))
    .map((file) => file.slice(0, -'.ref.json'.length))
    .sort();
  if (names.length === 0) throw new Error(`RAVE_ORACLE=${oracle} has no NAME.ref.json`);
  return names;
}

export function oracleArchive(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(oracle!, `${name}.ts`)));
}

export function oracleReference(name: string): Reference {
  return JSON.parse(readFileSync(join(oracle!, `${name}.ref.json`), 'utf8')) as Reference;
}

/** @returns Runs that LibTorch could answer; those it refused are left out. */
export function oracleRuns(name: string): OracleRun[] {
  const { runs, nan_state: nanState } = oracleReference(name);
  return Object.entries(runs).flatMap(([run, { in_shape: shape, attributes }]) => {
    const file = (part: string): string => join(oracle!, `${name}.${run}.${part}.f32`);
    if (!shape || !existsSync(file('in'))) return [];
    const inputs = readNumbers(file('in'));
    return [
      {
        name: run,
        method: run.split('_')[0]!,
        attributes: attributes ?? (run === 'decode_stereo' ? { stereo_mode: true } : {}),
        calls: shape[0]!,
        shape: shape.slice(1),
        inputs,
        zero: readNumbers(file('zerostate.out')),
        stored: nanState ? null : readNumbers(file('out')),
      },
    ];
  });
}

function readNumbers(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}
