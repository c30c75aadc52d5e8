/**
 * Runs the loader (`src/workers/loader.ts`) on one file, in a worker that lives as long as the job, or on the main
 * thread where the page allows no worker. What is opened and what becomes of it: `models.ts`, `assets.ts`.
 * Thread: main.
 */

import type { AttributeValues } from '../shared/engine-plan.js';
import { fromErrorRecord, PluginError } from '../shared/errors.js';
import type { FileSource, FromLoader, OpenedFile, OpeningStage, ToLoader } from '../shared/messages.js';
import { startModuleWorker } from '../shared/worker.js';

export interface Opened {
  readonly opened: OpenedFile;
  /** The file if it was fetched. */
  readonly file: Blob | null;
}

export interface OpeningOptions {
  readonly attributes?: AttributeValues | undefined;
  readonly onProgress?: (stage: OpeningStage, fraction: number) => void;
  readonly signal?: AbortSignal;
}

/** The worker itself did not come up; says nothing about the file. */
class WorkerUnavailable extends Error {}

/** What a musician's own cancelling ends in. */
export function cancelled(): PluginError {
  return new PluginError('model/cancelled', 'The opening was stopped. The sound goes on as it was.');
}

/**
 * @param loaderUrl Address of the built loader.
 * @param source Bytes stay the caller's; a Blob is not copied.
 * Throws: PluginError `model/…`, `terrain/…`; `model/cancelled` if `signal` said so; `asset/missing` if the loader
 * itself is missing.
 */
export async function openInLoader(
  loaderUrl: string,
  source: FileSource,
  options: OpeningOptions = {},
): Promise<Opened> {
  try {
    return await inWorker(loaderUrl, source, options);
  } catch (error) {
    if (!(error instanceof WorkerUnavailable)) throw error;
  }
  return onMainThread(loaderUrl, source, options);
}

function inWorker(
  url: string,
  source: FileSource,
  { attributes, onProgress, signal }: OpeningOptions,
): Promise<Opened> {
  return new Promise<Opened>((resolve, reject) => {
    let worker: Worker;
    try {
      worker = startModuleWorker(url);
    } catch (error) {
      reject(new WorkerUnavailable('', { cause: error }));
      return;
    }
    let cameUp = false;
    const end = () => {
      worker.terminate();
      signal?.removeEventListener('abort', cancel);
    };
    const cancel = () => {
      end();
      reject(cancelled());
    };
    worker.onmessage = ({ data }: MessageEvent<FromLoader>) => {
      cameUp = true;
      if (data.type === 'progress') {
        onProgress?.(data.stage, data.fraction);
        return;
      }
      end();
      if (data.type === 'opened') resolve({ opened: data.opened, file: data.file });
      else reject(fromErrorRecord(data.error));
    };
    // A content security policy reports here, not by throwing; so does a worker that breaks off, out of memory.
    worker.onerror = (event) => {
      event.preventDefault();
      end();
      reject(cameUp ? brokeOff(event.message) : new WorkerUnavailable(event.message));
    };
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    else
      worker.postMessage({
        type: 'open',
        id: 1,
        source,
        ...(attributes && { attributes }),
      } satisfies ToLoader);
  });
}

async function onMainThread(url: string, source: FileSource, options: OpeningOptions): Promise<Opened> {
  let loader: { openSource(source: FileSource, options: OpeningOptions): Promise<Opened> };
  try {
    loader = (await import(url)) as typeof loader;
  } catch (error) {
    throw new PluginError(
      'asset/missing',
      `The plugin's file ${url} could not be loaded. Copy the whole folder of the plugin to the server and load the plugin again.`,
      [],
      error,
    );
  }
  try {
    return await loader.openSource(source, options);
  } catch (error) {
    if (options.signal?.aborted) throw cancelled();
    // The loader's bundle has a class of its own for its errors.
    if (error instanceof Error && error.name === 'PluginError') {
      const { code, message, details } = error as PluginError;
      throw new PluginError(code, message, details, error);
    }
    throw error;
  }
}

function brokeOff(message: string): PluginError {
  return new PluginError(
    'model/too-large',
    'The file could not be prepared: the browser broke it off, perhaps for want of memory. Close other tabs or use a smaller model. Your current sound goes on.',
    [message],
  );
}
