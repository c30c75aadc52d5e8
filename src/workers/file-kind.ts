/**
 * What a file is, told by its first bytes: names lie, and addresses often have none. A file of another kind is refused
 * with what it is and what to do instead. Used by `open-file.ts`.
 */

import { PluginError } from '../shared/errors.js';

/** `archive`: a PyTorch archive, model or terrain; `terrain`: our own JSON. */
export type FileKind = 'archive' | 'onnx' | 'terrain';

/** Bytes that are looked at. */
export const HEAD_BYTES = 512;

const SOUND_GOES_ON = 'Your current sound goes on.';

/** What people drop by mistake: how it begins, what it is, what to do. */
const OTHERS: readonly (readonly [begins: RegExp, what: string, cure: string])[] = [
  [
    /^\s*(<!doctype|<html|<\?xml|<head)/i,
    'a web page',
    'The address may lead to a page about the file: use the address of the download itself.',
  ],
  [
    /^version https:\/\/git-lfs/,
    'a Git LFS pointer, which only names the model',
    'Download the file itself: «git lfs pull», or the download button of the web page.',
  ],
  [
    /^\x80[\x02-\x05]/,
    'a pickle of Python objects',
    'Export the model as TorchScript (for RAVE: «rave export --streaming»).',
  ],
  [/^\x89HDF\r\n/, 'a Keras or HDF5 file', 'Export the model as TorchScript (.ts) or as streaming ONNX.'],
  [/^.{8}\{"/s, 'a safetensors file, which has weights but no network', 'Open the exported model (.ts).'],
  [
    /^(RIFF|fLaC|OggS|ID3|FORM|\xff[\xfa-\xfb\xf2-\xf3])/,
    'a sound',
    'Open a model (.ts, .onnx) or a terrain (.pt).',
  ],
  [/^(\x1f\x8b|Rar!|7z\xbc\xaf|BZh)/, 'a compressed folder', 'Unpack it and open the model inside.'],
];

/**
 * @param head The file's first HEAD_BYTES bytes, or all if it has fewer.
 * @throws PluginError `model/unreadable` if it is nothing that can be opened.
 */
export function kindOf(head: Uint8Array, name: string): FileKind {
  const text = Array.from(head.subarray(0, HEAD_BYTES), (byte) => String.fromCharCode(byte)).join('');
  if (text.startsWith('PK\x03\x04')) return 'archive';
  // Plain text cannot begin with a tag of protobuf's varint 1, which every ONNX writer puts first: the format's version.
  if (/^\x08[\x01-\x20]/.test(text)) return 'onnx';
  if (/^\s*\{/.test(text) && text.includes('latent-terrain')) return 'terrain';
  for (const [begins, what, cure] of OTHERS)
    if (begins.test(text)) throw refusal(name, `it is ${what}`, cure);
  if (text === '') throw refusal(name, 'it is empty', 'Download or export it again.');
  // A reader that knows the format says best what is wrong with a file that claims to be of it.
  if (/\.onnx$/i.test(name)) return 'onnx';
  if (/\.(ts|pt)$/i.test(name)) throw refusal(name, 'it is no PyTorch archive, or it is damaged', AGAIN);
  throw refusal(
    name,
    'it is none of the kinds that can be',
    `${AGAIN} Models are .ts or .onnx, terrains .pt.`,
  );
}

const AGAIN = 'Download or export it again.';

function refusal(name: string, why: string, cure: string): PluginError {
  return new PluginError('model/unreadable', `«${name}» cannot be opened: ${why}. ${cure} ${SOUND_GOES_ON}`);
}
