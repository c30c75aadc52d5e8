/**
 * Changes to pickles opcode by opcode: the numbers, names and memory places that an archive's objects are made of. A
 * pickle that cannot be cut into opcodes is changed as plain bytes.
 */

import { join, mutateBytes } from './mutate-bytes.js';
import { INTERESTING, type Random } from './random.js';

interface Opcode {
  readonly code: number;
  readonly rest: Uint8Array;
}

/** Bytes after the opcode; for the others none. */
const FIXED: Readonly<Record<number, number>> = {
  0x80: 1, // PROTO
  0x4b: 1, // BININT1
  0x4d: 2, // BININT2
  0x4a: 4, // BININT
  0x47: 8, // BINFLOAT
  0x71: 1, // BINPUT
  0x72: 4, // LONG_BINPUT
  0x68: 1, // BINGET
  0x6a: 4, // LONG_BINGET
  0x95: 8, // FRAME
};
const BINUNICODE = 0x58;
const SHORT_BINUNICODE = 0x8c;
const LONG1 = 0x8a;
const GLOBAL = 0x63;
const BINFLOAT = 0x47;
const INTS = [0x4b, 0x4d, 0x4a, LONG1];
const MEMORY = [0x71, 0x72, 0x68, 0x6a];
/** Opcodes that PyTorch writes, and some that it never would. */
const ANY = [
  0x4e, 0x88, 0x89, 0x28, 0x29, 0x85, 0x86, 0x87, 0x74, 0x5d, 0x61, 0x65, 0x7d, 0x73, 0x75, 0x2e, 0x81, 0x52,
  0x62, 0x51, 0x30, 0x32, 0x31, 0x6f, 0x69, 0x93, 0x94, 0x90, 0x8f, 0x92, 0x97,
];

export function mutatePickle(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const opcodes = random.chance(0.9) ? cut(bytes) : null;
  if (!opcodes) return mutateBytes(bytes, random, others);
  for (let change = random.changes(); change > 0 && opcodes.length > 0; change--) changeOnce(opcodes, random);
  return join(...opcodes.map(({ code, rest }) => join(Uint8Array.of(code), rest)));
}

/** The opcodes of a pickle; null if it ends in the middle of one. */
function cut(bytes: Uint8Array): Opcode[] | null {
  const opcodes: Opcode[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const code = bytes[at]!;
    let length = FIXED[code] ?? 0;
    if (code === BINUNICODE && at + 5 <= bytes.length) length = 4 + view.getUint32(at + 1, true);
    else if ((code === SHORT_BINUNICODE || code === LONG1) && at + 2 <= bytes.length)
      length = 1 + bytes[at + 1]!;
    else if (code === GLOBAL) {
      const first = bytes.indexOf(10, at);
      length = first < 0 ? bytes.length : bytes.indexOf(10, first + 1) - at;
    }
    if (length < 0 || at + 1 + length > bytes.length) return null;
    opcodes.push({ code, rest: bytes.subarray(at + 1, at + 1 + length) });
    at += 1 + length;
  }
  return opcodes;
}

function changeOnce(opcodes: Opcode[], random: Random): void {
  const places = (codes: readonly number[]): number[] =>
    opcodes.flatMap(({ code }, index) => (codes.includes(code) ? [index] : []));
  const kind = random.int(10);
  if (kind < 4) {
    const ints = places(INTS);
    if (ints.length > 0) opcodes[random.pick(ints)] = int(random.pick(INTERESTING), random);
  } else if (kind === 4) {
    const memory = places(MEMORY);
    if (memory.length === 0) return;
    const at = random.pick(memory);
    const rest = opcodes[at]!.rest.slice();
    rest[0] = random.int(256);
    opcodes[at] = { code: random.pick([opcodes[at]!.code, opcodes[at]!.code ^ 0x19]), rest };
  } else if (kind === 5) {
    const names = places([BINUNICODE, SHORT_BINUNICODE, GLOBAL]);
    if (names.length > 0) opcodes[random.pick(names)] = opcodes[random.pick(names)]!;
  } else if (kind === 6) {
    const floats = places([BINFLOAT, ...INTS]);
    if (floats.length > 0) opcodes[random.pick(floats)] = float(random);
  } else if (kind === 7) {
    const at = random.int(opcodes.length);
    const some = opcodes.slice(at, at + random.small(50));
    for (let copies = random.small(40); copies > 0; copies--) opcodes.splice(at, 0, ...some);
  } else if (kind === 8) opcodes.splice(random.int(opcodes.length), random.small(6));
  else {
    const code = random.pick(ANY);
    const some = Array<Opcode>(random.chance(0.2) ? random.small(20_000) : 1).fill({
      code,
      rest: new Uint8Array(),
    });
    const at = random.int(opcodes.length);
    opcodes.splice(at, random.int(2), ...some);
  }
}

function int(value: number, random: Random): Opcode {
  const rest = new Uint8Array(9);
  const view = new DataView(rest.buffer);
  if (Math.abs(value) < 2 ** 31 && random.chance(0.9)) {
    view.setInt32(0, value, true);
    return { code: 0x4a, rest: rest.subarray(0, 4) };
  }
  rest[0] = 8;
  view.setBigInt64(1, BigInt(value), true);
  return { code: LONG1, rest };
}

function float(random: Random): Opcode {
  const rest = new Uint8Array(8);
  new DataView(rest.buffer).setFloat64(
    0,
    random.pick([NaN, Infinity, -1, 0.5, 1e308, 5e-324, 2 ** 60]),
    false,
  );
  return { code: BINFLOAT, rest };
}
