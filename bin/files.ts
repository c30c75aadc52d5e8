/**
 * Files of the command line: bytes, raw numbers, WAV. Signals are interleaved, as the files are.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import wavefile from 'wavefile';
import { FileError, UsageError } from './command.js';

/** [frame][channel] */
export interface Signal {
  readonly channels: number;
  readonly frames: number;
  readonly samples: Float32Array;
}

export interface Sound extends Signal {
  /** Hz; null for raw files, which do not say it. */
  readonly sampleRate: number | null;
}

function refusal(path: string, why: string, cause?: unknown): FileError {
  return new FileError(`«${path}» ${why}`, { cause });
}

/** @throws FileError when there is no such file. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'does not exist.'
        : code === 'EISDIR'
          ? 'is a folder.'
          : `cannot be read (${code ?? 'unknown'}).`;
    throw refusal(path, why, error);
  }
}

/** @param path `-` is the standard output. */
export function writeBytes(path: string, bytes: Uint8Array | string): void {
  try {
    writeFileSync(path === '-' ? 1 : path, bytes);
  } catch (error) {
    throw refusal(path, `cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`, error);
  }
}

/** Raw numbers of so many channels. */
export function readRaw(path: string, channels: number): Signal {
  const bytes = readBytes(path);
  if (bytes.length === 0 || bytes.length % (4 * channels) !== 0)
    throw refusal(
      path,
      `has ${bytes.length} bytes, which are no whole frames of ${channels} numbers of 4 bytes. Check how many channels it has.`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return { channels, frames: samples.length / channels, samples };
}

export function writeRaw(path: string, { samples }: Signal): void {
  const bytes = new Uint8Array(samples.length * 4);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, i) => view.setFloat32(4 * i, sample, true));
  writeBytes(path, bytes);
}

function isWav(path: string): boolean {
  return /\.wav$/i.test(path);
}

/** @throws UsageError for the name of a file that is neither WAV nor raw. */
export function checkSoundName(path: string): void {
  if (!isWav(path) && !/\.f32$/i.test(path))
    throw new UsageError(`«${path}» must end in .wav or .f32: the ending says how sound is written.`);
}

/** @param channels Of a raw file, which does not say it. */
export function readSound(path: string, channels: number): Sound {
  checkSoundName(path);
  if (!isWav(path)) return { ...readRaw(path, channels), sampleRate: null };
  const bytes = readBytes(path);
  const wav = new wavefile.WaveFile();
  try {
    // A view of its own: Node pools small files in one larger store.
    wav.fromBuffer(Uint8Array.from(bytes));
    wav.toBitDepth('32f');
  } catch (error) {
    throw refusal(path, 'is no WAV file that can be read. Save it again as PCM or 32-bit float.', error);
  }
  const { numChannels, sampleRate } = wav.fmt as { numChannels: number; sampleRate: number };
  // wavefile gives one array for one channel, else one for each.
  const given = wav.getSamples(false, Float32Array) as unknown as Float32Array | Float32Array[];
  const parts = given instanceof Float32Array ? [given] : given;
  const frames = parts[0]?.length ?? 0;
  if (frames === 0 || parts.length !== numChannels) throw refusal(path, 'holds no sound.');
  const samples = new Float32Array(frames * numChannels);
  parts.forEach((part, c) => part.forEach((sample, t) => (samples[t * numChannels + c] = sample)));
  return { channels: numChannels, frames, samples, sampleRate };
}

/** WAV is 32-bit float. */
export function writeSound(path: string, sound: Signal, sampleRate: number): void {
  if (!isWav(path)) return writeRaw(path, sound);
  const { channels, frames, samples } = sound;
  const parts = Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: frames }, (_unused, t) => samples[t * channels + c]!),
  );
  const wav = new wavefile.WaveFile();
  wav.fromScratch(channels, sampleRate, '32f', channels === 1 ? parts[0]! : parts);
  writeBytes(path, wav.toBuffer());
}
