/** What the TorchScript reader says when it refuses a model: to the musician in `message`, to a developer in `details`. */

import { PluginError } from '../../shared/errors.js';
import type { Place } from './ast.js';

const SOUND_GOES_ON = 'Your current sound goes on.';

/** Ends a trace: the code does what cannot be followed. Turned into a PluginError by `trace.ts`. */
export class TraceFailure extends Error {
  constructor(
    readonly finding: string,
    readonly place: Place | null,
  ) {
    super(finding);
  }
}

/** `code/__torch__/rave/model.py:12: what` */
export function located(finding: string, place: Place | null): string {
  return place === null ? finding : `${place.file}:${place.line}: ${finding}`;
}

export function unreadable(detail: string, cause?: unknown): PluginError {
  return new PluginError(
    'model/unreadable',
    `This file is not a TorchScript model, or it is damaged. Download or export it again. ${SOUND_GOES_ON}`,
    [detail],
    cause,
  );
}

export function tooLarge(detail: string): PluginError {
  return new PluginError(
    'model/too-large',
    `This model asks for more than this instrument can hold or work through. Try a smaller one. ${SOUND_GOES_ON}`,
    [detail],
  );
}

/** @param findings All that is missing, one line each, with its place in the file. */
export function unsupported(findings: readonly string[]): PluginError {
  const count = findings.length === 1 ? 'something' : `${findings.length} things`;
  return new PluginError(
    'model/unsupported',
    `This model does ${count} that this instrument cannot play yet; the first is ${findings[0]}. ` +
      `Export it in another configuration, or try another model. ${SOUND_GOES_ON}`,
    findings,
  );
}
