/**
 * A file of which only the parts that somebody needs are read: a model's encoder and its stored histories are most of a
 * full-size archive, and nobody plays them. Made by `src/workers/read-source.ts`, used by `src/formats/archive`.
 */
export interface FileBytes {
  /** As long as the file. What was not needed yet is zero. */
  readonly bytes: Uint8Array;
  /**
   * Makes bytes [start, end) those of the file; beyond the file's end nothing happens.
   * Throws: PluginError `model/unreadable` when the file cannot be read any more.
   */
  readonly need: (start: number, end: number) => void;
  /** Bytes [start, end) to keep: a view of `bytes`, or an array of their own where that saves a copy. Throws as `need`. */
  readonly take: (start: number, end: number) => Uint8Array;
  /** Gives all memory back at once; nothing may be read, nor what was read be used, afterwards. */
  readonly release: () => void;
}

/** All of a file, read already. It belongs to whoever gave it: `release` leaves it alone. */
export function wholeFile(bytes: Uint8Array): FileBytes {
  return { bytes, need: () => {}, take: (start, end) => bytes.subarray(start, end), release: () => {} };
}
