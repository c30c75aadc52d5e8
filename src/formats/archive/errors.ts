/** What the readers of PyTorch archives say when they refuse a file: to the musician in `message`, to a developer in `details`. */

import { PluginError } from '../../shared/errors.js';

const SOUND_GOES_ON = 'Your current sound goes on.';

/** @param details One line per finding, with its place in the file. */
export function unreadable(detail: string, cause?: unknown): PluginError {
  return new PluginError(
    'model/unreadable',
    `This file is not a PyTorch archive, or it is damaged or incomplete. Download or export it again. ${SOUND_GOES_ON}`,
    [detail],
    cause,
  );
}

export function tooLarge(detail: string): PluginError {
  return new PluginError(
    'model/too-large',
    `This file asks for more than this instrument can hold. Try a smaller model. ${SOUND_GOES_ON}`,
    [detail],
  );
}

export function unsupported(detail: string): PluginError {
  return new PluginError(
    'model/unsupported',
    `This file is saved in a form that this instrument cannot read yet: ${detail}. Export the model again as ` +
      `TorchScript, or try another. ${SOUND_GOES_ON}`,
    [detail],
  );
}
