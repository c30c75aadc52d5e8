/**
 * Gets a file into the loader: bytes, a Blob or an address become bytes that are read where they are needed, their
 * SHA-256, and a Blob to keep. Every way in which an address can fail ends in a sentence. Used by `loader.ts`.
 */

import { PluginError } from '../shared/errors.js';
import { wholeFile, type FileBytes } from '../shared/file-bytes.js';
import type { FileSource } from '../shared/messages.js';
import { release } from '../shared/release.js';

/** Larger than any model that plays in real time. */
const MOST_BYTES = 2 ** 29;
/** Bytes that are hashed at once, which the browser's own hash cannot: it wants the whole file, and copies it. */
const PIECE = 2 ** 20;
/** Bytes that are read at least where some are needed: a power of 2, since headers of tensors lie everywhere. */
const PAGE = 2 ** 14;
/** Parts of this size and more lie in arrays of their own. */
const OWN_BYTES = 2 ** 15;

export interface ReadFile {
  readonly name: string;
  readonly hash: string;
  readonly contents: FileBytes;
  /** The file if it was fetched: whoever asked has none. */
  readonly fetched: Blob | null;
}

/**
 * @param onProgress Share of the reading that is done, 0..1.
 * Thread: worker, or main as a fallback. Throws: PluginError `model/…`; an AbortError if `signal` said so.
 */
export async function readSource(
  source: FileSource,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<ReadFile> {
  switch (source.kind) {
    case 'bytes': {
      const bytes = new Uint8Array(source.bytes);
      refuseGiants(bytes.length);
      return {
        name: source.name,
        hash: await hashOf(source.bytes),
        contents: wholeFile(bytes),
        fetched: null,
      };
    }
    case 'blob': {
      const { name, blob } = source;
      return { name, ...(await readBlob(blob, name, onProgress, signal)), fetched: null };
    }
    case 'url': {
      // Most of the time goes into the download.
      const blob = await download(source.url, (share) => onProgress(0.9 * share), signal);
      const name = nameOf(source.url);
      const read = await readBlob(blob, name, (share) => onProgress(0.9 + 0.1 * share), signal);
      return { name, ...read, fetched: blob };
    }
    default:
      return source satisfies never;
  }
}

async function readBlob(
  blob: Blob,
  name: string,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<{ readonly hash: string; readonly contents: FileBytes }> {
  refuseGiants(blob.size);
  const { createSHA256 } = await import('./file-hash.js');
  const hash = (await createSHA256()).init();
  try {
    let done = 0;
    for await (const piece of piecesOf(blob)) {
      signal?.throwIfAborted();
      hash.update(piece);
      done += piece.length;
      onProgress(Math.min(1, done / blob.size));
    }
    const contents =
      typeof FileReaderSync === 'undefined'
        ? wholeFile(new Uint8Array(await blob.arrayBuffer()))
        : sparseFile(blob, name);
    return { hash: hash.digest(), contents };
  } catch (error) {
    throw signal?.aborted ? error : vanished(name, error);
  }
}

/**
 * The Blob from beginning to end. All pieces lie in one array that is filled again and again, where the browser can do
 * that: it keeps every other array until its collector comes, which may be after the whole file went by.
 */
async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = ownReader(blob);
  if (reader === null) {
    for (let at = 0; at < blob.size; at += PIECE)
      yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
    return;
  }
  let view = new Uint8Array(PIECE);
  for (;;) {
    const { done, value } = await reader.read(view);
    if (value && value.length > 0) yield value;
    if (done || !value) return;
    view = new Uint8Array(value.buffer);
  }
}

function ownReader(blob: Blob): ReadableStreamBYOBReader | null {
  try {
    return blob.stream().getReader({ mode: 'byob' });
  } catch {
    return null;
  }
}

/** The Blob's pages as they are needed. Memory that was never written takes no room. */
function sparseFile(blob: Blob, name: string): FileBytes {
  const bytes = new Uint8Array(blob.size);
  const here = new Uint8Array(Math.ceil(blob.size / PAGE));
  const taken: Uint8Array[] = [];
  const reader = new FileReaderSync();
  const read = (start: number, end: number): Uint8Array => {
    try {
      return new Uint8Array(reader.readAsArrayBuffer(blob.slice(start, end)));
    } catch (error) {
      throw vanished(name, error);
    }
  };
  const need = (start: number, end: number): void => {
    const last = Math.min(here.length, Math.ceil(end / PAGE));
    for (let page = Math.floor(start / PAGE); page < last; page++) {
      if (here[page]) continue;
      let until = page + 1;
      while (until < last && !here[until] && (until - page) * PAGE < PIECE) until++;
      const piece = read(page * PAGE, until * PAGE);
      bytes.set(piece, page * PAGE);
      release(piece);
      here.fill(1, page, until);
    }
  };
  // Weights stay where the browser read them to: it keeps that array anyway until its collector comes.
  const take = (start: number, end: number): Uint8Array => {
    if (end - start < OWN_BYTES) {
      need(start, end);
      return bytes.subarray(start, end);
    }
    const piece = read(start, end);
    taken.push(piece);
    return piece;
  };
  return { bytes, need, take, release: () => [bytes, ...taken].forEach(release) };
}

async function download(
  url: string,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(url, await whyUnreachable(url), error);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw unreachable(url, whatStatusMeans(response.status));
  }
  const total = Number(response.headers.get('Content-Length')) || 0;
  refuseGiants(total);
  let received = 0;
  const counted = response.body?.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        received += piece.length;
        refuseGiants(received);
        // Without a length (or with one of packed bytes) it only ever comes nearer to the end.
        onProgress(received <= total ? received / total : 1 - 2 ** (-received / 2 ** 26));
        controller.enqueue(piece);
      },
    }),
  );
  try {
    // The browser keeps a Blob outside of our memory, on disk if it is large.
    return await new Response(counted ?? null).blob();
  } catch (error) {
    if (signal?.aborted || error instanceof PluginError) throw error;
    throw unreachable(url, 'the connection broke before the file was complete. Try again', error);
  }
}

/** The browser does not tell a page why: what can be found out is asked without reading any of it. */
async function whyUnreachable(url: string): Promise<string> {
  if (!navigator.onLine) return 'this computer is not connected to a network';
  try {
    await fetch(url, { mode: 'no-cors', method: 'HEAD' });
  } catch {
    return 'there was no answer, or this page may not ask there. Check the address';
  }
  return (
    'its server does not let other pages use it (it sends no «Access-Control-Allow-Origin»). ' +
    'Download the file and drop it here'
  );
}

function whatStatusMeans(status: number): string {
  if (status === 404 || status === 410) return `there is no such file (${status}). Check the address`;
  if (status === 401 || status === 403)
    return `the server gives it only to those who may have it (${status}). Download the file and drop it here`;
  return `the server answered ${status}. Try again later`;
}

function unreachable(url: string, why: string, cause?: unknown): PluginError {
  return new PluginError(
    'model/unreachable',
    `${url} cannot be opened: ${why}. Your current sound goes on.`,
    [],
    cause,
  );
}

function vanished(name: string, cause: unknown): PluginError {
  return new PluginError(
    'model/unreadable',
    `«${name}» can no longer be read: it was moved, changed or deleted. Open it again. Your current sound goes on.`,
    [],
    cause,
  );
}

/** For the small files that are given as bytes. */
async function hashOf(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function refuseGiants(bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new PluginError(
    'model/too-large',
    `This file is larger than ${MOST_BYTES / 2 ** 20} MB: no model of that size plays in real time. Use a smaller one. Your current sound goes on.`,
    [`${bytes} bytes`],
  );
}

/** The last part of the address's path. */
function nameOf(url: string): string {
  const { pathname, hostname } = new URL(url);
  const last = pathname.split('/').filter(Boolean).at(-1) ?? hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
