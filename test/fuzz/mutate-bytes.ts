/** Changes to bytes of any format: flips, cuts, copies, numbers written over. The base of all other mutators. */

import { INTERESTING, type Random } from './random.js';

/** @param others Files to splice parts from. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[] = [],
): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let change = random.changes(); change > 0; change--) result = changeOnce(result, random, others);
  return result;
}

function changeOnce(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  if (bytes.length === 0) return Uint8Array.from({ length: random.small(64) }, () => random.int(256));
  const at = random.int(bytes.length);
  const end = Math.min(bytes.length, at + random.small(1024));
  switch (random.int(9)) {
    case 0:
      bytes[at]! ^= 1 << random.int(8);
      return bytes;
    case 1:
      bytes[at] = random.int(256);
      return bytes;
    case 2:
      return writeNumber(bytes, at, random);
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(end));
    case 4: {
      const copies = Array<Uint8Array>(random.small(8)).fill(bytes.subarray(at, end));
      return join(bytes.subarray(0, end), ...copies, bytes.subarray(end));
    }
    case 5:
      return bytes.slice(0, at);
    case 6: {
      const to = random.int(bytes.length);
      bytes.copyWithin(to, at, end);
      return bytes;
    }
    case 7: {
      const other = others.length > 0 ? random.pick(others) : bytes;
      const from = random.int(other.length + 1);
      return join(
        bytes.subarray(0, at),
        other.subarray(from, from + random.small(4096)),
        bytes.subarray(end),
      );
    }
    default:
      return bytes.fill(random.pick([0, 0xff, 0x7f, 0x80, 0x20]), at, end);
  }
}

/** A number that tends to break things, of 1, 2, 4 or 8 bytes, or a float, in either order of bytes. */
function writeNumber(bytes: Uint8Array, at: number, random: Random): Uint8Array {
  const width = random.pick([1, 2, 4, 8]);
  if (at + width > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, width);
  const number = random.pick(INTERESTING);
  const little = random.chance(0.7);
  if (width === 1) view.setInt8(0, number);
  else if (width === 2) view.setInt16(0, number, little);
  else if (width === 8) view.setBigInt64(0, BigInt(number), little);
  else if (random.chance(0.3))
    view.setFloat32(0, random.pick([NaN, Infinity, -Infinity, 3e38, 1e-45]), little);
  else view.setInt32(0, number, little);
  return bytes;
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
