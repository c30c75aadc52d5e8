/** What a fuzzed reader is, and the one place that says what an outcome means. */

import { PluginError } from '../../src/shared/errors.js';
import { Random } from './random.js';

export interface Reader {
  /** Ending of the files that it reads, for those that are kept. */
  readonly extension: string;
  /** Sound files to start from; asked for once. */
  readonly seeds: () => readonly Uint8Array[];
  /** @param others The seeds, to take parts from. */
  readonly mutate: (seed: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;
  /** Everything that the plugin does with such a file until it plays. Throws as the plugin does. */
  readonly open: (bytes: Uint8Array) => void | Promise<void>;
}

/** `failed`: anything but an acceptance or a refusal in words. */
export interface Outcome {
  readonly result: 'accepted' | 'refused' | 'failed';
  /** The refusal's code, or what went wrong. */
  readonly finding: string;
  /** Processor time of the opening, of all threads of the process. */
  readonly seconds: number;
}

const seedsOf = new Map<Reader, readonly Uint8Array[]>();

/** The file of one case: the same for the same words, whatever ran before. */
export function makeCase(reader: Reader, name: string, seed: number, number: number): Uint8Array {
  const seeds = seedsOf.get(reader) ?? reader.seeds();
  seedsOf.set(reader, seeds);
  const random = new Random(seed, name, number);
  return reader.mutate(random.pick(seeds), random, seeds);
}

export async function openCase(reader: Reader, bytes: Uint8Array): Promise<Outcome> {
  const before = process.cpuUsage();
  const outcome = (result: Outcome['result'], finding: string): Outcome => {
    const { user, system } = process.cpuUsage(before);
    return { result, finding, seconds: (user + system) / 1e6 };
  };
  try {
    await reader.open(bytes);
    return outcome('accepted', '');
  } catch (error) {
    if (error instanceof PluginError) return outcome('refused', error.code);
    return outcome('failed', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
