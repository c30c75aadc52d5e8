/**
 * Base64 (RFC 4648, padded) on bytes. Our own because `btoa` takes strings and Node's `Buffer` is not in a Worker.
 * Used by the terrain codec.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 61; // '='

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = bytes.length - i;
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    text += rest > 1 ? ALPHABET[(bits >> 6) & 63]! : '=';
    text += rest > 2 ? ALPHABET[bits & 63]! : '=';
  }
  return text;
}

/** @returns The bytes, or null if the text is not canonical padded base64 of exactly `length` bytes. */
export function decodeBase64(text: string, length: number): Uint8Array | null {
  if (text.length !== 4 * Math.ceil(length / 3)) return null;
  const padding = (3 - (length % 3)) % 3;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let bits = 0;
    const kept = i + 4 === text.length ? 4 - padding : 4;
    for (let j = 0; j < 4; j++) {
      const code = text.charCodeAt(i + j);
      if (j >= kept) {
        if (code !== PADDING) return null;
        bits <<= 6;
        continue;
      }
      const value = code < 128 ? VALUES[code]! : -1;
      if (value < 0) return null;
      bits = (bits << 6) | value;
    }
    // Bits behind the last byte must be zero, so that one array of bytes has one text only.
    if (kept < 4 && bits & ((1 << (8 * (4 - kept))) - 1)) return null;
    for (let j = 0; j < kept - 1; j++) bytes[at++] = (bits >> (16 - 8 * j)) & 255;
  }
  return bytes;
}
