/**
 * Samples → the bytes of a WAV file. Pure. Used by the bounce.
 */

export type WavFormat = 'int16' | 'float32';

/**
 * @param channels one array per channel, all of one length, linear amplitude; 16 bits clip at ±1
 * @param sampleRate in hertz
 * 16 bits are dithered (triangular, one step wide to each side) with the same noise every time,
 * so that equal sound gives equal files.
 */
export function encodeWav(
  channels: readonly Float32Array[],
  sampleRate: number,
  format: WavFormat,
): ArrayBuffer {
  const frames = channels[0]?.length ?? 0;
  const bytesPerSample = format === 'int16' ? 2 : 4;
  const dataBytes = frames * channels.length * bytesPerSample;
  // Anything but PCM needs the length of its `fmt ` extension and a `fact` chunk.
  const formatBytes = format === 'int16' ? 16 : 18;
  const factBytes = format === 'int16' ? 0 : 12;
  const bytes = new ArrayBuffer(12 + 8 + formatBytes + factBytes + 8 + dataBytes);
  const view = new DataView(bytes);
  let at = 0;
  const text = (word: string): void => {
    for (const letter of word) view.setUint8(at++, letter.charCodeAt(0));
  };
  const u16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };

  text('RIFF');
  u32(bytes.byteLength - 8);
  text('WAVEfmt ');
  u32(formatBytes);
  u16(format === 'int16' ? 1 : 3);
  u16(channels.length);
  u32(sampleRate);
  u32(sampleRate * channels.length * bytesPerSample);
  u16(channels.length * bytesPerSample);
  u16(bytesPerSample * 8);
  if (format === 'float32') {
    u16(0);
    text('fact');
    u32(4);
    u32(frames);
  }
  text('data');
  u32(dataBytes);

  const noise = whiteNoise();
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of channels) {
      const sample = channel[frame] ?? 0;
      if (format === 'float32') view.setFloat32(at, sample, true);
      else {
        // Digital silence stays silent.
        const dither = sample === 0 ? 0 : noise() + noise() - 1;
        view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(sample * 32767 + dither))), true);
      }
      at += bytesPerSample;
    }
  }
  return bytes;
}

/** Even noise 0..1, the same in every file (a 32-bit linear congruential generator, Numerical Recipes' constants). */
function whiteNoise(): () => number {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}
