/**
 * The loader worker: reads a file and prepares what is in it, so that none of that disturbs pointer or picture. Where a
 * page forbids workers the same module is imported on the main thread instead. Lives for one file; to cancel, end it.
 * Used by `src/wam/opening.ts`.
 */

import { toErrorRecord } from '../shared/errors.js';
import type { AttributeValues } from '../shared/engine-plan.js';
import type { FileSource, FromLoader, OpenedFile, OpeningStage, ToLoader } from '../shared/messages.js';
import { openFile } from './open-file.js';
import { readSource } from './read-source.js';

export interface OpenSourceOptions {
  /** @param fraction Of the whole opening, 0..1; never falls. */
  readonly onProgress?: (stage: OpeningStage, fraction: number) => void;
  readonly attributes?: AttributeValues | undefined;
  readonly signal?: AbortSignal;
}

/** Share of an opening that reading takes: little on a disk, most of it on a line. */
const READING_SHARE: Readonly<Record<FileSource['kind'], number>> = { bytes: 0.1, blob: 0.3, url: 0.7 };

/**
 * Thread: worker, or main as a fallback. Throws: PluginError.
 * @returns What the file holds; `file` if it was fetched.
 */
export async function openSource(
  source: FileSource,
  { onProgress, attributes, signal }: OpenSourceOptions = {},
): Promise<{ readonly opened: OpenedFile; readonly file: Blob | null }> {
  const reading = READING_SHARE[source.kind];
  const progress = (stage: OpeningStage, fraction: number) => onProgress?.(stage, fraction);
  progress('read', 0);
  const { name, hash, contents, fetched } = await readSource(
    source,
    (share) => progress('read', reading * share),
    signal,
  );
  signal?.throwIfAborted();
  const opened = await openFile(contents, name, {
    attributes,
    hash,
    onProgress: (stage, fraction) => progress(stage, reading + (1 - reading) * fraction),
  });
  contents.release();
  return { opened, file: fetched };
}

/** The weights go, they are not copied. */
function transferables(opened: OpenedFile): Transferable[] {
  if (opened.kind === 'terrain') return [];
  return [...new Set(opened.instrument.decoder.image.map(({ bytes }) => bytes.buffer as ArrayBuffer))];
}

// Imported on a page there is nobody to answer to.
if (typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope) {
  self.onmessage = ({ data: { id, source, attributes } }: MessageEvent<ToLoader>) => {
    const answer = (message: FromLoader, transfer: Transferable[] = []) =>
      self.postMessage(message, transfer);
    openSource(source, {
      attributes,
      onProgress: (stage, fraction) => answer({ type: 'progress', id, stage, fraction }),
    }).then(
      ({ opened, file }) => answer({ type: 'opened', id, opened, file }, transferables(opened)),
      (error: unknown) => answer({ type: 'failed', id, error: toErrorRecord(error, 'model/unreadable') }),
    );
  };
}
