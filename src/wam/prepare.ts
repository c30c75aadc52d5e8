/**
 * Runs the loader (`src/workers/loader.ts`) in a worker that lives as long as the job, or on the main thread where the
 * page allows no worker. Thread: main.
 */

import type { Instrument } from '../shared/engine-plan.js';
import { fromErrorRecord, PluginError } from '../shared/errors.js';
import type { FromLoader, ToLoader } from '../shared/messages.js';
import { startModuleWorker } from '../shared/worker.js';

/** The worker itself did not come up; says nothing about the file. */
class WorkerUnavailable extends Error {}

/**
 * Instrument from a decoder's file.
 * @param loaderUrl Address of the built loader. @param decoder Transferred to the worker where there is one.
 * Throws: PluginError `model/…`; `asset/missing` if the loader itself is missing.
 */
export async function prepareInstrument(loaderUrl: string, decoder: ArrayBuffer): Promise<Instrument> {
  try {
    return await inWorker(loaderUrl, decoder.slice(0));
  } catch (error) {
    if (!(error instanceof WorkerUnavailable)) throw error;
  }
  return onMainThread(loaderUrl, decoder);
}

function inWorker(url: string, decoder: ArrayBuffer): Promise<Instrument> {
  return new Promise<Instrument>((resolve, reject) => {
    let worker: Worker;
    try {
      worker = startModuleWorker(url);
    } catch (error) {
      reject(new WorkerUnavailable('', { cause: error }));
      return;
    }
    worker.onmessage = ({ data }: MessageEvent<FromLoader>) => {
      worker.terminate();
      if (data.type === 'instrument') resolve(data.instrument);
      else reject(fromErrorRecord(data.error));
    };
    // A content security policy reports here, not by throwing.
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(new WorkerUnavailable(event.message));
    };
    worker.postMessage({ type: 'instrument', id: 1, decoder } satisfies ToLoader, [decoder]);
  });
}

async function onMainThread(url: string, decoder: ArrayBuffer): Promise<Instrument> {
  let loader: { loadInstrument(decoder: ArrayBuffer): Promise<Instrument> };
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
  return loader.loadInstrument(decoder);
}
