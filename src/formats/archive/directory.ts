/**
 * The central directory of a zip archive from a stranger, checked against what the file really holds: every entry lies
 * inside the file, behind a local header of the same name, and no two overlap. It takes no entry out; that is
 * `archive.ts`. Source: PKWARE's APPNOTE 6.3.10.
 *
 * Our own because the libraries weighed do not fit: fflate's reader tells no offsets (so stored entries would be
 * copied), checks little and follows bad ones; zip.js reads asynchronously, copies too, and is 70 kB gzipped.
 */

import { strFromU8 } from 'fflate';
import type { FileBytes } from '../../shared/file-bytes.js';
import { tooLarge, unreadable, unsupported } from './errors.js';
import {
  END_BYTES,
  END_SIGNATURE,
  ENTRY_BYTES,
  ENTRY_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
} from './zip-format.js';

export interface DirectoryEntry {
  /** As in the archive, with its folders. */
  readonly name: string;
  readonly compression: 'stored' | 'deflated';
  readonly crc: number;
  /** Bytes once inflated, as declared. */
  readonly size: number;
  /** Where the entry's bytes lie in the file. */
  readonly start: number;
  readonly end: number;
}

/** Full-size models have about 600. */
const MOST_ENTRIES = 20_000;
const LONGEST_NAME = 1024;
const NOT_HERE = 0xffffffff;

/** With its comment, and the 64-bit records before it. */
const LONGEST_END = 2 ** 17;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;

/** Encrypted, patched, strongly encrypted, masked headers. */
const REFUSED_FLAGS = 0x0001 | 0x0020 | 0x0040 | 0x2000;

/** Where the directory lies. */
interface Extent {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/**
 * @param file The whole file; the end, the directory and the local headers of it are read.
 * @returns Its files in directory order, folders left out.
 * @throws PluginError 'model/unreadable', 'model/too-large' or 'model/unsupported' (encrypted, unknown compression).
 */
export function readDirectory(file: FileBytes): DirectoryEntry[] {
  const { bytes } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  file.need(Math.max(0, bytes.length - LONGEST_END), bytes.length);
  const extent = findDirectory(view);
  file.need(extent.start, extent.end);
  if (extent.count > MOST_ENTRIES)
    throw tooLarge(`${extent.count} entries, where ${MOST_ENTRIES} are possible`);
  const entries: DirectoryEntry[] = [];
  const extents: { readonly start: number; readonly end: number; readonly name: string }[] = [];
  let at = extent.start;
  for (let i = 0; i < extent.count; i++) {
    if (at + ENTRY_BYTES > extent.end || view.getUint32(at, true) !== ENTRY_SIGNATURE)
      throw unreadable(`entry ${i} of ${extent.count}: not in the directory (byte ${at})`);
    const nameBytes = view.getUint16(at + 28, true);
    const next = at + ENTRY_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > extent.end) throw unreadable(`entry ${i}: leaves the directory (byte ${at})`);
    if (nameBytes > LONGEST_NAME) throw tooLarge(`entry ${i}: a name of ${nameBytes} bytes`);
    const rawName = bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    const flags = view.getUint16(at + 8, true);
    // Without the flag a name may be in any old code page: Latin-1 loses nothing.
    const name = strFromU8(rawName, (flags & 0x0800) === 0);
    const entry = readEntry(file, view, at, extent.start, rawName, name);
    extents.push({ start: view.getUint32(at + 42, true), end: entry.end, name });
    if (!name.endsWith('/')) entries.push(entry);
    at = next;
  }
  if (at !== extent.end) throw unreadable(`${extent.end - at} bytes of the directory belong to no entry`);
  refuseOverlaps(extents);
  return entries;
}

/** One entry, with the payload found behind its local header. @param at Of its directory record, which is complete. */
function readEntry(
  file: FileBytes,
  view: DataView,
  at: number,
  limit: number,
  rawName: Uint8Array,
  name: string,
): DirectoryEntry {
  const what = JSON.stringify(name);
  const flags = view.getUint16(at + 8, true);
  if (flags & REFUSED_FLAGS) throw unsupported(`${what} is encrypted`);
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8) throw unsupported(`${what} is packed by method ${method}`);
  const packed = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const local = view.getUint32(at + 42, true);
  if (packed === NOT_HERE || size === NOT_HERE || local === NOT_HERE)
    throw tooLarge(`${what} is larger than 4 GB, or lies behind them`);
  if (method === 0 && packed !== size)
    throw unreadable(`${what} has ${packed} bytes, but says it has ${size}`);
  file.need(local, local + LOCAL_BYTES + rawName.length);
  if (local + LOCAL_BYTES > limit || view.getUint32(local, true) !== LOCAL_SIGNATURE)
    throw unreadable(`${what} is not where the directory says (byte ${local})`);
  const nameAt = local + LOCAL_BYTES;
  const start = nameAt + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (view.getUint16(local + 26, true) !== rawName.length || start + packed > limit)
    throw unreadable(`${what} leaves its place in the file (byte ${local})`);
  for (let i = 0; i < rawName.length; i++)
    if (view.getUint8(nameAt + i) !== rawName[i]) throw unreadable(`${what} has two names (byte ${local})`);
  if (view.getUint16(local + 8, true) !== method)
    throw unreadable(`${what} is packed in two ways (byte ${local})`);
  return {
    name,
    compression: method === 0 ? 'stored' : 'deflated',
    crc: view.getUint32(at + 16, true),
    size,
    start,
    end: start + packed,
  };
}

/** From the end of the file: the end record whose comment ends with the file, and its 64-bit form where one is needed. */
function findDirectory(view: DataView): Extent {
  const least = Math.max(0, view.byteLength - END_BYTES - 0xffff);
  for (let at = view.byteLength - END_BYTES; at >= least; at--) {
    if (view.getUint32(at, true) !== END_SIGNATURE) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== view.byteLength) continue;
    if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 8, true) !== view.getUint16(at + 10, true))
      throw unsupported('it is one part of several');
    const end64 = findEnd64(view, at);
    const bytes = end64 ? end64.bytes : view.getUint32(at + 12, true);
    const start = end64 ? end64.start : view.getUint32(at + 16, true);
    const count = end64 ? end64.count : view.getUint16(at + 10, true);
    const end = start + bytes;
    // Also true for what only doubles hold: sums of two such are far from any file's size.
    if (end > (end64 ? end64.at : at)) throw unreadable('the directory is not in the file');
    // Each record has at least its fixed part: this bounds the work before it begins.
    if (count * ENTRY_BYTES > bytes) throw unreadable(`${count} entries in a directory of ${bytes} bytes`);
    return { start, end, count };
  }
  throw unreadable('no zip directory: the end of the file is missing, or it is no zip archive');
}

/** The 64-bit end record, which PyTorch always writes; null if there is none. @param end Of the 32-bit record. */
function findEnd64(
  view: DataView,
  end: number,
): { readonly at: number; readonly start: number; readonly bytes: number; readonly count: number } | null {
  const locator = end - LOCATOR_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_SIGNATURE) return null;
  const at = Number(view.getBigUint64(locator + 8, true));
  if (at + END64_BYTES > locator || view.getUint32(at, true) !== END64_SIGNATURE)
    throw unreadable('its 64-bit directory record is not where the file says');
  return {
    at,
    count: Number(view.getBigUint64(at + 32, true)),
    bytes: Number(view.getBigUint64(at + 40, true)),
    start: Number(view.getBigUint64(at + 48, true)),
  };
}

/** Entries that share bytes let a small file inflate into a huge one. */
function refuseOverlaps(
  extents: { readonly start: number; readonly end: number; readonly name: string }[],
): void {
  extents.sort((a, b) => a.start - b.start);
  for (let i = 1; i < extents.length; i++)
    if (extents[i]!.start < extents[i - 1]!.end)
      throw unreadable(
        `${JSON.stringify(extents[i - 1]!.name)} and ${JSON.stringify(extents[i]!.name)} overlap`,
      );
}
