/**
 * Writes archives as PyTorch does: stored entries below one root folder, each payload at a multiple of 64 bytes (by an
 * extra field "FB"), so that tensors can be mapped into memory. Read by `torch.jit.load` and by `archive.ts`.
 */

import { strToU8 } from 'fflate';
import { crc32 } from './crc32.js';
import {
  END_BYTES,
  END_SIGNATURE,
  ENTRY_BYTES,
  ENTRY_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
} from './zip-format.js';

const ALIGNMENT = 64;
/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 1 January 1980, midnight: the same content gives the same bytes. */
const DATE = 0x0021;

export interface ArchiveEntry {
  /** Below the root folder: `data/0`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * @param root Name of the root folder, without slashes.
 * @param entries In the order in which they shall lie in the file; below 4 GB and 65,535 in number.
 */
export function writeArchive(root: string, entries: readonly ArchiveEntry[]): Uint8Array {
  let at = 0;
  let directoryBytes = 0;
  const places = entries.map(({ name, bytes }) => {
    const rawName = strToU8(`${root}/${name}`);
    const local = at;
    const unaligned = local + LOCAL_BYTES + rawName.length + 4;
    const padding = (ALIGNMENT - (unaligned % ALIGNMENT)) % ALIGNMENT;
    const start = unaligned + padding;
    at = start + bytes.length;
    directoryBytes += ENTRY_BYTES + rawName.length;
    return { rawName, bytes, local, padding, start, crc: crc32(bytes) };
  });
  const directory = at;
  const file = new Uint8Array(directory + directoryBytes + END_BYTES);
  const view = new DataView(file.buffer);

  /** What a local header and a directory record share, from "version needed" on. */
  const common = (to: number, place: (typeof places)[number], extra: number): void => {
    view.setUint16(to, 20, true);
    view.setUint16(to + 2, FLAGS, true);
    view.setUint16(to + 8, DATE, true);
    view.setUint32(to + 10, place.crc, true);
    view.setUint32(to + 14, place.bytes.length, true);
    view.setUint32(to + 18, place.bytes.length, true);
    view.setUint16(to + 22, place.rawName.length, true);
    view.setUint16(to + 24, extra, true);
  };
  for (const place of places) {
    const { local, rawName, padding, start, bytes } = place;
    view.setUint32(local, LOCAL_SIGNATURE, true);
    common(local + 4, place, 4 + padding);
    file.set(rawName, local + LOCAL_BYTES);
    const extra = local + LOCAL_BYTES + rawName.length;
    file.set(strToU8('FB'), extra);
    view.setUint16(extra + 2, padding, true);
    file.fill(0x5a, extra + 4, start);
    file.set(bytes, start);

    view.setUint32(at, ENTRY_SIGNATURE, true);
    common(at + 6, place, 0);
    view.setUint32(at + 42, local, true);
    file.set(rawName, at + ENTRY_BYTES);
    at += ENTRY_BYTES + rawName.length;
  }
  view.setUint32(at, END_SIGNATURE, true);
  view.setUint16(at + 8, places.length, true);
  view.setUint16(at + 10, places.length, true);
  view.setUint32(at + 12, directoryBytes, true);
  view.setUint32(at + 16, directory, true);
  return file;
}
