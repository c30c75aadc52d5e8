/**
 * Gives every region its address. Scratch regions whose lifetimes do not meet share memory; all voices share it too,
 * because they run one after the other. Constants are shared, states and ports are per voice. Used by `compile.ts`.
 */

import { RESERVED_BYTES, SLACK_BYTES } from './kernels/job-codes.js';
import type { Region } from './views.js';

const ALIGNMENT = 64;
const FLOAT_BYTES = 4;

export interface PlacedVoice {
  readonly addresses: ReadonlyMap<Region, number>;
  readonly jobs: number;
  readonly stateOffset: number;
  readonly stateBytes: number;
}

export interface Placement {
  readonly constants: ReadonlyMap<Region, number>;
  readonly voices: readonly PlacedVoice[];
  readonly memoryBytes: number;
}

export interface PlacementOptions {
  readonly voices: number;
  /** Bytes of one voice's job table. */
  readonly jobBytes: number;
  /** Bytes left free around every region, which then shares memory with no other: for tests that look for stray writes. */
  readonly guardBytes: number;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

export function place(regions: readonly Region[], options: PlacementOptions): Placement {
  let end = RESERVED_BYTES;
  const take = (bytes: number): number => {
    const start = aligned(end + options.guardBytes);
    end = start + bytes + options.guardBytes;
    return start;
  };
  const of = (kind: Region['kind']): Region[] => regions.filter((region) => region.kind === kind);
  const takeAll = (kind: Region['kind']): Map<Region, number> =>
    new Map(of(kind).map((region) => [region, take(region.length * FLOAT_BYTES)]));

  const constants = takeAll('constant');
  const scratch = new Map<Region, number>();
  if (options.guardBytes > 0)
    for (const [region, address] of takeAll('scratch')) scratch.set(region, address);
  else {
    const start = aligned(end);
    end = start + share(of('scratch'), start, scratch);
  }
  const voices = Array.from({ length: options.voices }, (): PlacedVoice => {
    const jobs = take(options.jobBytes);
    const stateOffset = aligned(end + options.guardBytes);
    const states = takeAll('state');
    const stateBytes = states.size === 0 ? 0 : end - options.guardBytes - stateOffset;
    const addresses = new Map([...constants, ...scratch, ...states, ...takeAll('port')]);
    return { addresses, jobs, stateOffset, stateBytes };
  });
  return { constants, voices, memoryBytes: aligned(end + SLACK_BYTES) };
}

/** Puts each region, the largest first, at the lowest address that is free during its whole life. Returns the size. */
function share(regions: readonly Region[], start: number, addresses: Map<Region, number>): number {
  const placed: { from: number; to: number; region: Region }[] = [];
  let size = 0;
  const bySize = regions.filter(({ last }) => last >= 0).sort((a, b) => b.length - a.length);
  for (const region of bySize) {
    const bytes = aligned(region.length * FLOAT_BYTES);
    const neighbours = placed
      .filter((other) => other.region.first <= region.last && region.first <= other.region.last)
      .sort((a, b) => a.from - b.from);
    let from = 0;
    for (const other of neighbours) {
      if (from + bytes <= other.from) break;
      from = Math.max(from, other.to);
    }
    placed.push({ from, to: from + bytes, region });
    addresses.set(region, start + from);
    size = Math.max(size, from + bytes);
  }
  return size;
}
