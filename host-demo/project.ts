/**
 * A project as a file: which plugins, their states, the lanes, the tempo. Reads strangers' files, so it trusts nothing.
 * Pure. Used by the host.
 */
import { BEATS_PER_BAR, Lane, STEPS_PER_BEAT } from './lanes.js';
import { HostError } from './wam.js';

export interface WamRecord {
  readonly url: string;
  /** The plugin's own business. */
  readonly state: unknown;
}

export interface Project {
  readonly plugin: WamRecord;
  readonly effect: (WamRecord & { readonly bypassed: boolean }) | null;
  readonly tempo: number;
  readonly loop: boolean;
  readonly lanes: readonly [Lane, Lane];
  /** Parameter that each lane moves, by id; null for none. */
  readonly targets: readonly [string | null, string | null];
}

const FORMAT = 'latent-terrain-host-project';
const VERSION = 1;
const MAX_BARS = 64;

export function writeProject(project: Project): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, ...project }, null, 1);
}

/**
 * @throws {HostError} with a sentence on what is wrong; nothing has changed then
 */
export function readProject(text: string): Project {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new HostError('This file is not a project: it is not even JSON.', error);
  }
  if (!isRecord(file) || file['format'] !== FORMAT) {
    throw new HostError('This file is not a project of this page.');
  }
  if (file['version'] !== VERSION) {
    throw new HostError(`This project is of version ${String(file['version'])}; this page reads ${VERSION}.`);
  }
  const plugin = wamRecord(file['plugin'], 'plugin');
  const effect = file['effect'] === null ? null : wamRecord(file['effect'], 'effect');
  const { lanes, targets, tempo } = file;
  if (!Array.isArray(lanes) || lanes.length !== 2) throw broken('lanes');
  const [x, y] = [lane(lanes[0]), lane(lanes[1])];
  if (x.beats !== y.beats) throw broken('lanes');
  if (!Array.isArray(targets) || targets.length !== 2) throw broken('targets');
  if (typeof tempo !== 'number' || !(tempo >= 20 && tempo <= 300)) throw broken('tempo');
  return {
    plugin,
    effect: effect && {
      ...effect,
      bypassed: isRecord(file['effect']) && file['effect']['bypassed'] === true,
    },
    tempo,
    loop: file['loop'] !== false,
    lanes: [x, y],
    targets: [target(targets[0]), target(targets[1])],
  };
}

function wamRecord(value: unknown, what: string): WamRecord {
  if (!isRecord(value) || typeof value['url'] !== 'string') throw broken(what);
  return { url: value['url'], state: value['state'] };
}

function lane(values: unknown): Lane {
  const stepsPerBar = STEPS_PER_BEAT * BEATS_PER_BAR;
  const valid =
    Array.isArray(values) &&
    values.length > 0 &&
    values.length % stepsPerBar === 0 &&
    values.length <= MAX_BARS * stepsPerBar &&
    values.every((value) => typeof value === 'number' && value >= 0 && value <= 1);
  if (!valid) throw broken('lanes');
  return new Lane(Float32Array.from(values as number[]));
}

function target(value: unknown): string | null {
  if (value !== null && typeof value !== 'string') throw broken('targets');
  return value;
}

function broken(part: string): HostError {
  return new HostError(`This project is damaged: its "${part}" cannot be read. Nothing was changed.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
