/**
 * Turns an instrument's file into a plan for the engine: parse, optimise, compile. A worker's entry, so that none of it
 * disturbs pointer or picture; where a page forbids workers the same module is imported on the main thread instead.
 * It fetches nothing: bytes come in, plain data goes out. Used by `src/wam/instrument.ts`.
 */

import { compile } from '../engine/compile.js';
import { readOnnx } from '../formats/onnx/index.js';
import type { Graph } from '../graph/graph.js';
import { optimise } from '../graph/passes/index.js';
import type { Instrument, InstrumentInfo } from '../shared/engine-plan.js';
import { PluginError, toErrorRecord } from '../shared/errors.js';
import type { FromLoader, ToLoader } from '../shared/messages.js';

/**
 * Read a decoder and lay it out for the engine.
 * @param decoder Bytes of a streaming ONNX decoder.
 * Thread: worker (or main, as a fallback). Throws: PluginError `model/…`.
 */
export async function loadInstrument(decoder: ArrayBuffer): Promise<Instrument> {
  const graph = readOnnx(new Uint8Array(decoder));
  const info = describe(graph, await sha256(decoder));
  // A mono decoder runs twice, each channel with its own noise; one that makes both channels runs once.
  return { info, decoder: compile(optimise(graph), { voices: info.channels === 1 ? 2 : 1 }) };
}

function describe(graph: Graph, hash: string): InstrumentInfo {
  const audio = graph.outputs.filter((port) => port.role === 'audio');
  const shape = audio[0] && graph.values[audio[0].value]?.shape;
  const problems: string[] = [];
  if (audio.length !== 1 || !shape || shape.length !== 3)
    problems.push('it must have one audio output of shape [1, channels, samples]');
  const channels = shape?.[1] ?? 0;
  if (channels !== 1 && channels !== 2)
    problems.push(`it has ${channels} audio channels; 1 or 2 can be played`);
  const number = (key: string) => {
    const value = Number(graph.metadata[key]);
    if (!Number.isInteger(value) || value < 1)
      problems.push(`its metadata «${key}» is not a whole number above 0`);
    return value;
  };
  const sampleRate = number('sampleRate');
  const hop = number('hop');
  const latents = number('latents');
  if (shape && shape[2] !== hop) problems.push(`its hop is ${hop} samples but its output has ${shape[2]}`);
  if (problems.length > 0)
    throw new PluginError(
      'model/unsupported',
      'This instrument cannot be played: it does not describe a decoder that we know how to feed. The sound stays as it was. Export it again or choose another.',
      problems,
    );
  return { name: graph.metadata.name ?? graph.name, hash, sampleRate, hop, latents, channels };
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function answer(message: FromLoader): void {
  const buffers =
    message.type === 'instrument' ? message.instrument.decoder.image.map(({ bytes }) => bytes.buffer) : [];
  self.postMessage(message, [...new Set(buffers)] as Transferable[]);
}

// Imported on a page there is nobody to answer to.
if (typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope) {
  self.onmessage = ({ data }: MessageEvent<ToLoader>) => {
    loadInstrument(data.decoder).then(
      (instrument) => answer({ type: 'instrument', id: data.id, instrument }),
      (error: unknown) =>
        answer({ type: 'failed', id: data.id, error: toErrorRecord(error, 'model/unreadable') }),
    );
  };
}
