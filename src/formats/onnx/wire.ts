/**
 * Reads protobuf messages into plain objects, guided by a table of fields. The bytes themselves are read by
 * protobufjs' minimal Reader: its reflection would generate code, which a host's content policy may forbid.
 * Knows nothing of ONNX; `schema.ts` has the tables.
 */

import protobuf from 'protobufjs/minimal.js';

type Reader = protobuf.Reader;

/** How one value of a field is read. */
export interface Kind<T> {
  readonly wireType: 0 | 2 | 5;
  readonly read: (reader: Reader) => T;
}

interface Field<T> {
  readonly id: number;
  readonly kind: Kind<T>;
  readonly repeated: boolean;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

/** The object that a table of fields describes. Single fields that are absent are undefined. */
export type Decoded<S extends Fields> = {
  readonly [K in keyof S]: S[K] extends Field<infer T>
    ? S[K] extends { readonly repeated: true }
      ? readonly T[]
      : T | undefined
    : never;
};

/** Entries that one repeated field may have: bounds the memory that a small file can take. */
const MAX_ENTRIES = 2 ** 24;

export const int: Kind<number> = {
  wireType: 0,
  read(reader) {
    const value = reader.int64() as unknown as number | { toNumber(): number };
    return typeof value === 'number' ? value : value.toNumber();
  },
};
export const float: Kind<number> = { wireType: 5, read: (reader) => reader.float() };
export const text: Kind<string> = { wireType: 2, read: (reader) => reader.string() };
/** A view of the file's own bytes, not a copy. */
export const bytes: Kind<Uint8Array> = { wireType: 2, read: (reader) => reader.bytes() };

export function one<T>(id: number, kind: Kind<T>): Field<T> & { readonly repeated: false } {
  return { id, kind, repeated: false };
}

export function many<T>(id: number, kind: Kind<T>): Field<T> & { readonly repeated: true } {
  return { id, kind, repeated: true };
}

/** A message inside a message. */
export function message<S extends Fields>(fields: S): Kind<Decoded<S>> {
  const byId = indexFields(fields);
  return { wireType: 2, read: (reader) => readFields(reader, endOfDelimited(reader), fields, byId) };
}

/** Reads a whole file. Throws plain errors (RangeError, Error) when it is no such message. */
export function decode<S extends Fields>(file: Uint8Array, fields: S): Decoded<S> {
  // A plain view, so that protobufjs takes the same way in Node and in browsers.
  const view = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  return readFields(new protobuf.Reader(view), view.length, fields, indexFields(fields));
}

type FieldIndex = ReadonlyMap<number, readonly [string, Field<unknown>]>;

function indexFields(fields: Fields): FieldIndex {
  return new Map(Object.entries(fields).map(([name, field]) => [field.id, [name, field]]));
}

function endOfDelimited(reader: Reader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(`a part ends ${end - reader.len} bytes after the file`);
  return end;
}

function readFields<S extends Fields>(reader: Reader, end: number, fields: S, byId: FieldIndex): Decoded<S> {
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) if (field.repeated) result[name] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const [name, field] = byId.get(tag >>> 3) ?? [];
    if (name === undefined || field === undefined) reader.skipType(wireType);
    else if (field.repeated) readRepeated(reader, wireType, field, result[name] as unknown[]);
    else result[name] = readOne(reader, wireType, field);
  }
  if (reader.pos !== end) throw new RangeError('a part reaches past the end of what holds it');
  return result as Decoded<S>;
}

function readOne(reader: Reader, wireType: number, field: Field<unknown>): unknown {
  if (wireType !== field.kind.wireType) throw new Error(`field ${field.id} has wire type ${wireType}`);
  return field.kind.read(reader);
}

/** Numbers of a repeated field may come packed into one run of bytes. */
function readRepeated(reader: Reader, wireType: number, field: Field<unknown>, entries: unknown[]): void {
  const packed = wireType === 2 && field.kind.wireType !== 2;
  const end = packed ? endOfDelimited(reader) : 0;
  do {
    if (packed && reader.pos >= end) break;
    if (entries.length >= MAX_ENTRIES) throw new RangeError(`field ${field.id} has too many entries`);
    entries.push(packed ? field.kind.read(reader) : readOne(reader, wireType, field));
  } while (packed);
}
