/**
 * Changes to zip archives of PyTorch: inside an entry, so that the change reaches the reader behind (the archive is
 * written anew around it); to the list of entries; to the zip's own records; or to bytes anywhere.
 */

import { unzipSync, zipSync } from 'fflate';
import { writeArchive, type ArchiveEntry } from '../../src/formats/archive/index.js';
import { join, mutateBytes } from './mutate-bytes.js';
import { mutatePickle } from './mutate-pickle.js';
import { mutateText, wordsOf } from './mutate-text.js';
import { INTERESTING, type Random } from './random.js';

/** An archive as its entries, with the root folder of their names taken off. */
export function entriesOf(archive: Uint8Array): ArchiveEntry[] {
  return Object.entries(unzipSync(archive)).map(([path, bytes]) => ({
    name: path.slice(path.indexOf('/') + 1),
    bytes,
  }));
}

export function mutateArchive(
  archive: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array {
  if (random.chance(0.1)) return mutateBytes(archive, random, others);
  if (random.chance(0.1)) return changeRecord(archive, random);
  const entries = entriesOf(archive);
  if (random.chance(0.1)) changeList(entries, random);
  else changeContent(entries, random, others);
  return write(entries, random);
}

function changeContent(entries: ArchiveEntry[], random: Random, others: readonly Uint8Array[]): void {
  const kinds = [/\.py$/, /\.py$/, /\.py$/, /^data\.pkl$/, /^data\.pkl$/, /^data\//, /./];
  const wanted = random.pick(kinds);
  const found = entries.flatMap((entry, index) => (wanted.test(entry.name) ? [index] : []));
  const index = found.length > 0 ? random.pick(found) : random.int(entries.length);
  const { name, bytes } = entries[index]!;
  if (name.endsWith('.py')) {
    const decoder = new TextDecoder();
    const words = entries
      .filter((entry) => entry.name.endsWith('.py'))
      .flatMap((entry) => wordsOf(decoder.decode(entry.bytes)));
    const text = mutateText(decoder.decode(bytes), random, words);
    entries[index] = { name, bytes: new TextEncoder().encode(text) };
  } else if (name.endsWith('.pkl')) {
    const pickles = random.chance(0.1)
      ? others.map((other) => entriesOf(other).find((entry) => entry.name === name)?.bytes)
      : [];
    const known = pickles.filter((pickle) => pickle !== undefined);
    entries[index] = { name, bytes: mutatePickle(bytes, random, known) };
  } else entries[index] = { name, bytes: mutateBytes(bytes, random) };
}

function changeList(entries: ArchiveEntry[], random: Random): void {
  const at = random.int(entries.length);
  const other = random.pick(entries);
  const entry = entries[at]!;
  switch (random.int(5)) {
    case 0:
      entries.splice(at, random.small(5));
      break;
    case 1:
      entries.splice(at, 0, entry);
      break;
    case 2:
      entries[at] = { name: other.name, bytes: entry.bytes };
      break;
    case 3:
      entries[at] = { name: entry.name, bytes: other.bytes };
      break;
    default:
      entries[at] = {
        name: random.pick(['', '/', '../x', 'data.pkl/', 'é', 'data/0', 'byteorder', 'version']),
        bytes: entry.bytes,
      };
  }
}

function write(entries: readonly ArchiveEntry[], random: Random): Uint8Array {
  if (random.chance(0.8)) return writeArchive('fuzz', entries);
  const files = Object.fromEntries(entries.map(({ name, bytes }) => [`fuzz/${name}`, bytes]));
  return zipSync(files, { level: random.pick([0, 1, 6]), mtime: new Date(1980, 1, 1) });
}

/** A number of a local header, a directory record or an end record. */
function changeRecord(archive: Uint8Array, random: Random): Uint8Array {
  const result = archive.slice();
  const signature = random.pick([
    [0x50, 0x4b, 3, 4, 26],
    [0x50, 0x4b, 1, 2, 42],
    [0x50, 0x4b, 5, 6, 18],
    [0x50, 0x4b, 6, 6, 52],
    [0x50, 0x4b, 6, 7, 16],
  ]);
  const found: number[] = [];
  for (let at = result.indexOf(0x50); at >= 0; at = result.indexOf(0x50, at + 1)) {
    if (signature.slice(0, 4).every((byte, index) => result[at + index] === byte)) found.push(at);
  }
  if (found.length === 0) return mutateBytes(archive, random);
  for (let change = random.changes(); change > 0; change--) {
    const at = random.pick(found) + 4 + random.int(signature[4]!);
    if (at + 4 > result.length) continue;
    const view = new DataView(result.buffer, at, 4);
    if (random.chance(0.5)) view.setInt16(0, random.pick(INTERESTING), true);
    else view.setInt32(0, random.pick(INTERESTING), true);
  }
  return random.chance(0.1) ? join(result, result) : result;
}
