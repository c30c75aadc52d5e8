/**
 * Changes to protobuf messages that keep lengths right, so that they reach what reads the fields: numbers, dropped and
 * doubled fields, values from elsewhere. Knows the wire format, not ONNX.
 */

import { join, mutateBytes } from './mutate-bytes.js';
import { INTERESTING, type Random } from './random.js';

interface Field {
  number: number;
  wireType: number;
  /** Of wire type 0. */
  varint: bigint;
  /** Of the others, unless `inner` is there. */
  bytes: Uint8Array;
  inner: Field[] | null;
}

const DEEPEST = 8;

export function mutateProtobuf(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const fields = random.chance(0.85) ? parse(bytes, 0) : null;
  if (!fields) return mutateBytes(bytes, random, others);
  for (let change = random.changes(); change > 0; change--) changeOnce(fields, random);
  return encode(fields);
}

/** The fields of a message; null if the bytes are none. */
function parse(bytes: Uint8Array, depth: number): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return null;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return null;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === null) return null;
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (number === 0 || number > 1000) return null;
    const field: Field = { number, wireType, varint: 0n, bytes: new Uint8Array(), inner: null };
    if (wireType === 0) {
      const value = varint();
      if (value === null) return null;
      field.varint = value;
    } else {
      const length = wireType === 5 ? 4n : wireType === 1 ? 8n : wireType === 2 ? varint() : null;
      if (length === null || length > BigInt(bytes.length - at)) return null;
      field.bytes = bytes.subarray(at, at + Number(length));
      at += Number(length);
      // Texts may look like messages; then they are changed as such.
      if (wireType === 2 && length > 0n && depth < DEEPEST) field.inner = parse(field.bytes, depth + 1);
    }
    fields.push(field);
  }
  return fields;
}

function encode(fields: readonly Field[]): Uint8Array {
  return join(
    ...fields.flatMap(({ number, wireType, varint, bytes, inner }) => {
      const tag = encodeVarint(BigInt(number) * 8n + BigInt(wireType));
      if (wireType === 0) return [tag, encodeVarint(varint)];
      const content = inner ? encode(inner) : bytes;
      return wireType === 2 ? [tag, encodeVarint(BigInt(content.length)), content] : [tag, content];
    }),
  );
}

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

/** Every list of fields, with the place of each field in it. */
function places(fields: Field[]): (readonly [Field[], number])[] {
  return fields.flatMap((field, index) => [
    [fields, index] as const,
    ...(field.inner ? places(field.inner) : []),
  ]);
}

function changeOnce(fields: Field[], random: Random): void {
  const all = places(fields);
  if (all.length === 0) return;
  const [list, index] = random.pick(all);
  const field = list[index]!;
  switch (random.int(8)) {
    case 0:
      list.splice(index, 1);
      return;
    case 1:
      list.splice(index, 0, ...Array.from({ length: random.small(30) }, () => structuredClone(field)));
      return;
    case 2: {
      const [otherList, otherIndex] = random.pick(all);
      list[index] = structuredClone(otherList[otherIndex]!);
      list[index].number = random.chance(0.8) ? field.number : list[index].number;
      return;
    }
    case 3:
      field.number = random.small(20);
      return;
    default:
      if (field.wireType === 0) field.varint = BigInt(random.pick(INTERESTING));
      else if (field.inner && random.chance(0.8)) changeOnce(field.inner, random);
      else {
        field.inner = null;
        field.bytes = mutateBytes(field.bytes, random);
        // Fields of fixed width keep it.
        if (field.wireType !== 2)
          field.bytes = join(field.bytes, new Uint8Array(8)).slice(0, field.wireType === 5 ? 4 : 8);
      }
  }
}
