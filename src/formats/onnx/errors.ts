/** What the ONNX reader says when it refuses a file: to the musician in `message`, to a developer in `details`. */

import { PluginError } from '../../shared/errors.js';

const SOUND_GOES_ON = 'Your current sound goes on.';

export function unreadable(detail: string, cause?: unknown): PluginError {
  return new PluginError(
    'model/unreadable',
    `This file is not an ONNX model, or it is damaged. Download or export it again. ${SOUND_GOES_ON}`,
    [detail],
    cause,
  );
}

export function tooLarge(detail: string): PluginError {
  return new PluginError(
    'model/too-large',
    `This model is larger than this instrument can hold. Try a smaller one. ${SOUND_GOES_ON}`,
    [detail],
  );
}

export function contradictory(detail: string): PluginError {
  return new PluginError(
    'model/invalid',
    'This model contradicts itself, so it cannot be played. The file may be damaged: export it again or try ' +
      `another. ${SOUND_GOES_ON}`,
    [detail],
  );
}

export function notFinite(detail: string): PluginError {
  return new PluginError(
    'model/not-finite',
    'This model holds weights that are not numbers, so it would give no sound. The training may have failed: ' +
      `export it again or try another. ${SOUND_GOES_ON}`,
    [detail],
  );
}

/** What PyTorch's newer exporter does unless told otherwise. */
export function weightsElsewhere(name: string): PluginError {
  return new PluginError(
    'model/unsupported',
    'The weights of this model lie in a second file beside it, which a browser cannot reach. Export it as one file ' +
      `(PyTorch: external_data=False) and open that. ${SOUND_GOES_ON}`,
    [`${name}: weights in a second file`],
  );
}

/** @param findings All that is missing, one line each: `node (Op): what`. */
export function unsupported(findings: readonly string[]): PluginError {
  const count = findings.length === 1 ? 'one thing' : `${findings.length} things`;
  return new PluginError(
    'model/unsupported',
    `This model uses ${count} that this instrument cannot play yet: ${findings[0]}` +
      `${findings.length > 1 ? ' …' : ''}. Export it as a streaming model of 1-D convolutions, or try another. ` +
      SOUND_GOES_ON,
    findings,
  );
}

/** Thrown inside the importer for one node; collected, so that the file's error lists every one. */
export class Unsupported extends Error {}
