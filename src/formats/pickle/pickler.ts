/**
 * Writes pickles as PyTorch's C++ pickler does, opcode for opcode: what equals in content equals in bytes. Only what
 * archives of tensors need. Used by `formats/checkpoint`. The reader is `unpickle.ts`, the opcodes are Python's
 * `pickletools`; the order of writing and remembering was taken from archives of PyTorch.
 */

import { strToU8 } from 'fflate';
import type { PickledTensor } from './values.js';

const STORAGE_NAMES = { float32: 'FloatStorage', int64: 'LongStorage' } as const;

/** A tensor to be written, of the types that checkpoints have. */
export type WritableTensor = Pick<PickledTensor, 'key' | 'storageElements' | 'shape' | 'strides'> & {
  readonly storageType: keyof typeof STORAGE_NAMES;
  /** A parameter that is trained. */
  readonly trained: boolean;
  /** Whether it is remembered, as PyTorch does with tensors that somebody else holds too. */
  readonly remembered: boolean;
};

export class Pickler {
  private readonly bytes: number[] = [0x80, 2]; // PROTO 2
  /** Indices of remembered strings and names. */
  private readonly memo = new Map<string, number>();
  private remembered = 0;

  /** `__torch__.___torch_mangle_0 Module` begins; its attributes follow as key and value, then `endObject`. */
  beginObject(module: string, name: string): void {
    this.name(module, name);
    this.bytes.push(0x29, 0x81, 0x7d, 0x28); // EMPTY_TUPLE NEWOBJ EMPTY_DICT MARK
  }

  endObject(): void {
    this.bytes.push(0x75, 0x62); // SETITEMS BUILD
  }

  text(value: string): void {
    this.once(`X${value}`, () => {
      const encoded = strToU8(value);
      this.bytes.push(0x58); // BINUNICODE
      this.u32(encoded.length);
      this.bytes.push(...encoded);
    });
  }

  tensor({ storageType, key, storageElements, shape, strides, trained, remembered }: WritableTensor): void {
    this.name('torch._utils', '_rebuild_tensor_v2');
    this.bytes.push(0x28, 0x28); // MARK MARK
    this.text('storage');
    this.name('torch', STORAGE_NAMES[storageType]);
    this.text(key);
    this.text('cpu');
    this.int(storageElements);
    this.bytes.push(0x74, 0x51); // TUPLE BINPERSID
    this.remember();
    this.int(0);
    for (const sizes of [shape, strides]) {
      this.bytes.push(0x28); // MARK
      for (const size of sizes) this.int(size);
      this.bytes.push(0x74); // TUPLE
    }
    this.bytes.push(trained ? 0x88 : 0x89); // NEWTRUE, NEWFALSE
    this.name('collections', 'OrderedDict');
    this.bytes.push(0x29, 0x52, 0x74, 0x52); // EMPTY_TUPLE REDUCE TUPLE REDUCE
    if (remembered) this.remember();
  }

  /** Remembers what was written last. */
  remember(): void {
    const index = this.remembered++;
    if (index < 256)
      this.bytes.push(0x71, index); // BINPUT
    else {
      this.bytes.push(0x72); // LONG_BINPUT
      this.u32(index);
    }
  }

  /** The whole pickle; the last value written is its value. */
  finish(): Uint8Array {
    return Uint8Array.of(...this.bytes, 0x2e); // STOP
  }

  private int(value: number): void {
    if (value < 256)
      this.bytes.push(0x4b, value); // BININT1
    else if (value < 65536)
      this.bytes.push(0x4d, value & 255, value >> 8); // BININT2
    else {
      this.bytes.push(0x4a); // BININT
      this.u32(value);
    }
  }

  private name(module: string, name: string): void {
    this.once(`c${module} ${name}`, () => this.bytes.push(0x63, ...strToU8(`${module}\n${name}\n`))); // GLOBAL
  }

  /** Writes something and remembers it, or recalls it. */
  private once(what: string, write: () => void): void {
    const index = this.memo.get(what);
    if (index === undefined) {
      this.memo.set(what, this.remembered);
      write();
      this.remember();
    } else if (index < 256)
      this.bytes.push(0x68, index); // BINGET
    else {
      this.bytes.push(0x6a); // LONG_BINGET
      this.u32(index);
    }
  }

  private u32(value: number): void {
    this.bytes.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  }
}
