/**
 * A PyTorch archive (TorchScript model, nn.terrain checkpoint) as named byte strings, read from strangers' files: a
 * stored entry is a view of the file, never a copy; a packed one is inflated once, to at most its declared size.
 * What the entries mean is for `formats/pickle`, `formats/torchscript` and `formats/checkpoint`.
 */

import { Inflate } from 'fflate';
import { wholeFile, type FileBytes } from '../../shared/file-bytes.js';
import { crc32 } from './crc32.js';
import { readDirectory, type DirectoryEntry } from './directory.js';
import { tooLarge, unreadable, unsupported } from './errors.js';

export interface Archive {
  /** Files by their names below the archive's root folder (`data.pkl`, `code/__torch__.py`), in directory order. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * Bytes that `read` will give.
   * @throws PluginError 'model/unreadable' if there is no such entry.
   */
  size(name: string): number;
  /**
   * The bytes of an entry: a view of the file if it is stored (do not write to it), else inflated and kept. Its checksum
   * is checked the first time.
   * @throws PluginError 'model/unreadable' if there is no such entry or it is damaged.
   */
  read(name: string): Uint8Array;
  /**
   * Bytes [start, end) of an entry. Of a stored entry nothing else is read, so its checksum cannot be told.
   * @throws PluginError 'model/unreadable' as `read`, or if the entry has no such bytes.
   */
  part(name: string, start: number, end: number): Uint8Array;
  /**
   * Counts bytes that a reader is about to take for copies of what is in here, over the archive's whole life.
   * @throws PluginError 'model/too-large' if they are out of proportion: a small file shall not become a huge model.
   */
  charge(bytes: number): void;
}

/** Packed entries are code; full-size models have 0.3 MB of it. A repacked one may have all of its weights packed. */
const MOST_INFLATED = 2 ** 28;
/** What deflate reaches at best. */
const GREATEST_RATIO = 1032;
/** Input bytes per step of inflating: what a lying entry may inflate to before it is caught is 1032 times this. */
const STEP = 4096;
/** Copies for everybody, even from a tiny file. */
const FREE_COPIES = 2 ** 26;
/** Copies in sizes of the file: half precision doubles, bytes become fourfold. */
const COPIES = 4;

/**
 * Reads and checks the directory; entries are read when asked for. Thread: any but the audio thread.
 * @param file All of its bytes, which the archive keeps and hands out views of. If it is read bit by bit, an entry is
 *   read when it is asked for.
 * @throws PluginError 'model/unreadable' (no archive, damaged, incomplete), 'model/too-large', 'model/unsupported'
 *   (encrypted, other compression, big-endian).
 */
export function openArchive(file: Uint8Array | FileBytes): Archive {
  const given = file instanceof Uint8Array ? file : file.bytes;
  // Node's Buffer is a Uint8Array whose `slice` does not copy: what goes out is always a plain one.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const source = file instanceof Uint8Array ? wholeFile(bytes) : file;
  const directory = readDirectory(source);
  const entries = belowRoot(directory);
  let inflated = 0;
  for (const { name, compression, size, start, end } of entries.values()) {
    if (compression === 'stored') continue;
    inflated += size;
    if (inflated > MOST_INFLATED) throw tooLarge(`more than ${MOST_INFLATED} bytes of packed entries`);
    if (size > GREATEST_RATIO * (end - start))
      throw unreadable(`${JSON.stringify(name)} lies about its size`);
  }
  const archive = new OpenArchive(source, entries);
  if (archive.has('byteorder')) {
    const order = archive.read('byteorder');
    if (order.length !== 6 || String.fromCharCode(...order) !== 'little')
      throw unsupported('its numbers are not little-endian');
  }
  return archive;
}

class OpenArchive implements Archive {
  readonly names: readonly string[];
  private readonly opened = new Map<string, Uint8Array>();
  private left: number;

  constructor(
    private readonly file: FileBytes,
    private readonly entries: ReadonlyMap<string, DirectoryEntry>,
  ) {
    this.names = [...entries.keys()];
    this.left = FREE_COPIES + COPIES * file.bytes.length;
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  size(name: string): number {
    return this.entry(name).size;
  }

  read(name: string): Uint8Array {
    const known = this.opened.get(name);
    if (known) return known;
    const entry = this.entry(name);
    const raw = this.file.take(entry.start, entry.end);
    const content = entry.compression === 'stored' ? raw : inflate(raw, entry);
    // PyTorch writes 0 where it was told not to compute checksums.
    if (entry.crc !== 0 && crc32(content) !== entry.crc)
      throw unreadable(`${JSON.stringify(name)}: the checksum differs`);
    this.opened.set(name, content);
    return content;
  }

  part(name: string, start: number, end: number): Uint8Array {
    const entry = this.entry(name);
    if (!(start >= 0 && start <= end && end <= entry.size))
      throw unreadable(`${JSON.stringify(name)} has no bytes ${start} to ${end}`);
    const known = entry.compression === 'stored' ? this.opened.get(name) : this.read(name);
    return known?.subarray(start, end) ?? this.file.take(entry.start + start, entry.start + end);
  }

  charge(bytes: number): void {
    this.left -= bytes;
    // Written so that NaN fails too.
    if (!(this.left >= 0)) throw tooLarge('its tensors are larger than what the file holds');
  }

  private entry(name: string): DirectoryEntry {
    const entry = this.entries.get(name);
    if (!entry) throw unreadable(`${JSON.stringify(name)} is missing`);
    return entry;
  }
}

/** As PyTorch does: the root is the first entry's first folder, whatever it is called. What lies beside it is ignored. */
function belowRoot(directory: readonly DirectoryEntry[]): Map<string, DirectoryEntry> {
  const first = directory[0]?.name ?? '';
  const root = first.slice(0, first.indexOf('/') + 1);
  if (root === '') throw unreadable('no folder at its root');
  const entries = new Map<string, DirectoryEntry>();
  for (const entry of directory) {
    if (!entry.name.startsWith(root)) continue;
    const name = entry.name.slice(root.length);
    if (entries.has(name)) throw unreadable(`two entries are called ${JSON.stringify(name)}`);
    entries.set(name, entry);
  }
  return entries;
}

/** @throws PluginError 'model/unreadable' unless exactly the declared size comes out. */
function inflate(packed: Uint8Array, { name, size }: DirectoryEntry): Uint8Array {
  const content = new Uint8Array(size);
  let filled = 0;
  const stream = new Inflate((part) => {
    if (filled + part.length > size) throw unreadable(`${JSON.stringify(name)} is longer than it says`);
    content.set(part, filled);
    filled += part.length;
  });
  try {
    for (let at = 0; at < packed.length; at += STEP)
      stream.push(packed.subarray(at, at + STEP), at + STEP >= packed.length);
  } catch (error) {
    if (error instanceof Error && error.name === 'PluginError') throw error;
    throw unreadable(`${JSON.stringify(name)} cannot be inflated`, error);
  }
  if (filled !== size) throw unreadable(`${JSON.stringify(name)} is shorter than it says`);
  return content;
}
