/**
 * Reads and writes streaming ONNX models. `ports.ts` tells how a model names its states and ports; ARCHITECTURE.md, where a
 * model goes from here.
 */

import type { Graph } from '../../graph/graph.js';
import { PluginError } from '../../shared/errors.js';
import { tooLarge, unreadable } from './errors.js';
import { ImportSession } from './import.js';
import { isOneShot, readOneShot } from './one-shot.js';
import { model, type OnnxModel } from './schema.js';
import { decode } from './wire.js';

export { writeOnnx } from './write/index.js';

const MAX_FILE_BYTES = 2 ** 28;

/**
 * Reads an ONNX file as a verified Graph, not yet optimised. Thread: any but the audio thread.
 * A decoder or encoder that was exported for one pass becomes one for a hop, with what its maker left out guessed from
 * shapes; `metadata.notes` then says so, one sentence a line.
 * @param bytes The whole file. Weights are copied; nothing keeps it.
 * @throws PluginError 'model/unreadable' (no ONNX, damaged), 'model/unsupported' (`details` names every node that cannot
 * be played), 'model/invalid' (contradicts itself), 'model/not-finite', 'model/too-large'.
 */
export function readOnnx(bytes: Uint8Array): Graph {
  if (bytes.length > MAX_FILE_BYTES) throw tooLarge(`${bytes.length} bytes`);
  let decoded: OnnxModel;
  try {
    decoded = decode(bytes, model);
  } catch (error) {
    if (error instanceof PluginError) throw error;
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
  const session = new ImportSession(decoded);
  return isOneShot(session) ? readOneShot(session) : session.import();
}
