/**
 * Errors that a musician may read: what happened, why, what to do, and that the sound goes on.
 * The stable `code` is for tests, logs and support; `details` is the long form, one line per finding.
 */

export type ErrorCode =
  | 'model/unreadable' // not a file of the kind, corrupt or truncated
  | 'model/unsupported' // readable, but uses what we cannot play: `details` lists all of it
  | 'model/not-finite' // NaN or infinite weights
  | 'model/too-large'
  | 'model/cancelled' // the musician stopped the opening
  | 'model/unreachable' // an address that does not answer, or not to this page
  | 'library/unavailable' // private mode, or storage refused
  | 'library/full'
  | 'model/invalid' // a Graph that breaks its own rules: our defect or a lying file
  | 'terrain/unreadable'
  | 'terrain/not-finite'
  | 'terrain/mismatch' // latents of the terrain and of the instrument differ
  | 'dictionary/unreadable' // lines and latents of nn.terrain: not of the kind, or damaged
  | 'state/unreadable'
  | 'asset/missing' // an address that gives no file
  | 'host/not-initialised'
  | 'audio/blocked'
  | 'processor/failed';

export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: ErrorCode;
  readonly details: readonly string[];

  /** @param message Whole sentences for a musician: what happened, why, what to do. */
  constructor(code: ErrorCode, message: string, details: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** A PluginError as plain data, to cross threads. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: readonly string[];
}

export function toErrorRecord(error: unknown, fallback: ErrorCode): ErrorRecord {
  if (error instanceof PluginError)
    return { code: error.code, message: error.message, details: error.details };
  const message = error instanceof Error ? error.message : String(error);
  return { code: fallback, message, details: [] };
}

export function fromErrorRecord(record: ErrorRecord): PluginError {
  return new PluginError(record.code, record.message, record.details);
}
