/**
 * Reads the pickles of PyTorch archives (`data.pkl`, `constants.pkl`) as plain values: the opcodes and names that
 * PyTorch writes, and no others. A pickle is a program for a stack machine; this one has no way to run anything.
 * Work and memory are bounded by the bytes that are there; what comes out is finite when walked as a tree.
 * Source: Python's `pickletools` for the opcodes; `globals.ts` for the names.
 */

import { strFromU8 } from 'fflate';
import { PluginError } from '../../shared/errors.js';
import { call, isClass, isKnownGlobal, storage, type StackItem } from './globals.js';
import { refuseEndless } from './shape-of-tree.js';
import type { PickleValue } from './values.js';

/** Opcodes of one pickle, and items that one of them looks through; full-size models have about 15,000. */
const MOST_STEPS = 500_000;
const LONGEST_NAME = 1000;

/**
 * @param bytes A whole pickle.
 * @param file Its name in the archive, for messages.
 * @returns Its value; objects that the pickle shares are the same JavaScript object. No cycles.
 * @throws PluginError 'model/unreadable' (damaged), 'model/unsupported' (an opcode or name that is not PyTorch's, with
 *   its place), 'model/too-large'.
 */
export function unpickle(bytes: Uint8Array, file = 'data.pkl'): PickleValue {
  const machine = new Unpickler(bytes, file);
  const value = machine.run();
  refuseEndless(value, file);
  return value;
}

class Unpickler {
  private readonly view: DataView;
  private readonly stack: StackItem[] = [];
  /** Heights of the stack at the open marks. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, StackItem>();
  private at = 0;
  private steps = 0;
  /** Of the opcode at work, for messages. */
  private opcodeAt = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (;;) {
      this.opcodeAt = this.at;
      this.work(1);
      const opcode = this.u8();
      if (opcode === 0x2e) return this.stop();
      this.step(opcode);
    }
  }

  /** Bounds time and memory: each step makes at most one small thing. */
  private work(steps: number): void {
    this.steps += steps;
    if (this.steps <= MOST_STEPS) return;
    throw new PluginError(
      'model/too-large',
      'This file is more complicated than this instrument can read. Try a smaller model. Your current sound goes on.',
      [`${this.place}: more than ${MOST_STEPS} steps`],
    );
  }

  /** STOP: exactly one value is left. */
  private stop(): PickleValue {
    const value = this.popValue();
    if (this.stack.length > 0 || this.marks.length > 0) this.damaged('something is left at the end');
    return value;
  }

  private step(opcode: number): void {
    switch (opcode) {
      // Framing.
      case 0x80: // PROTO
        if (this.u8() > 5) this.unsupported('a newer pickle protocol');
        return;
      case 0x95: // FRAME: says how much to read ahead
        this.skip(8);
        return;
      // Numbers and other plain values.
      case 0x4e: // NONE
        return this.push({ kind: 'none' });
      case 0x88: // NEWTRUE
        return this.push({ kind: 'bool', value: true });
      case 0x89: // NEWFALSE
        return this.push({ kind: 'bool', value: false });
      case 0x4b: // BININT1
        return this.push({ kind: 'int', value: this.u8() });
      case 0x4d: // BININT2
        return this.push({ kind: 'int', value: this.u16() });
      case 0x4a: // BININT
        return this.push({ kind: 'int', value: this.u32() | 0 });
      case 0x8a: // LONG1
        return this.push({ kind: 'int', value: this.long(this.u8()) });
      case 0x47: // BINFLOAT
        this.skip(8);
        return this.push({ kind: 'float', value: this.view.getFloat64(this.at - 8, false) });
      case 0x58: // BINUNICODE
        return this.push({ kind: 'string', value: this.text(this.u32()) });
      case 0x8c: // SHORT_BINUNICODE
        return this.push({ kind: 'string', value: this.text(this.u8()) });
      // Collections.
      case 0x28: // MARK
        this.marks.push(this.stack.length);
        return;
      case 0x29: // EMPTY_TUPLE
        return this.push({ kind: 'tuple', items: [] });
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.tuple(this.popSeveral(opcode - 0x84));
      case 0x74: // TUPLE
        return this.tuple(this.popToMark());
      case 0x5d: // EMPTY_LIST
        return this.push({ kind: 'list', items: [] });
      case 0x61: // APPEND
        return this.append(this.popSeveral(1));
      case 0x65: // APPENDS
        return this.append(this.popToMark());
      case 0x7d: // EMPTY_DICT
        return this.push({ kind: 'dict', entries: [] });
      case 0x73: // SETITEM
        return this.setItems(this.popSeveral(2));
      case 0x75: // SETITEMS
        return this.setItems(this.popToMark());
      // Memory.
      case 0x71: // BINPUT
        return this.remember(this.u8());
      case 0x72: // LONG_BINPUT
        return this.remember(this.u32());
      case 0x94: // MEMOIZE
        return this.remember(this.memo.size);
      case 0x68: // BINGET
        return this.recall(this.u8());
      case 0x6a: // LONG_BINGET
        return this.recall(this.u32());
      // Names, calls, objects.
      case 0x63: // GLOBAL
        return this.global(this.line(), this.line());
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popSeveral(2);
        if (module?.kind !== 'string' || name?.kind !== 'string') this.damaged('a name is no text');
        return this.global(module.value, name.value);
      }
      case 0x51: // BINPERSID
        return this.push(storage(this.pop(), (why) => this.damaged(why)));
      case 0x52: // REDUCE
        return this.reduce();
      case 0x81: // NEWOBJ
        return this.newObject();
      case 0x62: // BUILD
        return this.build();
      default:
        this.unsupported(`opcode 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }

  private reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (callee.kind !== 'global' || args.kind !== 'tuple')
      this.damaged('something is called that is no name');
    if (isClass(callee.name)) this.unsupported(`an object of ${callee.name} made by a call`);
    // The pickle may call for the same long list again and again.
    const [first] = args.items;
    if (first?.kind === 'list') this.work(first.items.length);
    this.push(call(callee, args.items, (why) => this.damaged(why)));
  }

  private newObject(): void {
    const args = this.pop();
    const named = this.pop();
    if (named.kind !== 'global' || args.kind !== 'tuple') this.damaged('an object is not made of a name');
    if (!isClass(named.name) || args.items.length > 0) this.unsupported(`an object of ${named.name}`);
    this.push({ kind: 'object', className: named.name.replace(' ', '.'), attributes: new Map() });
  }

  /** Sets attributes from a dict. */
  private build(): void {
    const state = this.popValue();
    const object = this.top();
    if (object.kind !== 'object') this.damaged('attributes for something that is no object');
    if (state.kind !== 'dict') this.unsupported(`${object.className} is saved in a form of its own`);
    this.work(state.entries.length);
    for (const [key, value] of state.entries) {
      if (key.kind !== 'string') this.damaged('an attribute without a name');
      object.attributes.set(key.value, value);
    }
  }

  private global(module: string, name: string): void {
    if (module.length + name.length > LONGEST_NAME) this.unsupported('a name of absurd length');
    const full = `${module} ${name}`;
    if (!isKnownGlobal(full)) this.unsupported(`the name ${JSON.stringify(full)}`);
    this.stack.push({ kind: 'global', name: full });
  }

  private append(items: readonly StackItem[]): void {
    const list = this.top();
    if (list.kind !== 'list') this.damaged('items for something that is no list');
    for (const item of items) list.items.push(this.asValue(item));
  }

  private setItems(items: readonly StackItem[]): void {
    const dict = this.top();
    if (dict.kind !== 'dict' || items.length % 2 !== 0) this.damaged('entries for something that is no dict');
    for (let i = 0; i < items.length; i += 2)
      dict.entries.push([this.asValue(items[i]!), this.asValue(items[i + 1]!)]);
  }

  /** Tuples also carry the arguments of calls and storages' types, so they may hold names until `asValue` sees them. */
  private tuple(items: StackItem[]): void {
    this.stack.push({ kind: 'tuple', items: items as PickleValue[] });
  }

  private remember(index: number): void {
    this.memo.set(index, this.top());
  }

  private recall(index: number): void {
    this.push(this.memo.get(index) ?? this.damaged(`nothing was remembered as ${index}`));
  }

  private push(item: StackItem): void {
    this.stack.push(item);
  }

  private top(): StackItem {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) this.damaged('the stack is empty');
    return this.stack.at(-1)!;
  }

  private pop(): StackItem {
    this.top();
    return this.stack.pop()!;
  }

  private popValue(): PickleValue {
    return this.asValue(this.pop());
  }

  private popSeveral(count: number): StackItem[] {
    if (this.stack.length - count < (this.marks.at(-1) ?? 0)) this.damaged('the stack is empty');
    return this.stack.splice(this.stack.length - count);
  }

  private popToMark(): StackItem[] {
    const mark = this.marks.pop();
    return mark === undefined ? this.damaged('a mark is missing') : this.stack.splice(mark);
  }

  private asValue(item: StackItem): PickleValue {
    if (item.kind === 'global' || item.kind === 'storage') this.damaged('a name stands where a value should');
    return item;
  }

  /** Moves behind `count` bytes that are there. */
  private skip(count: number): void {
    if (count > this.bytes.length - this.at) this.damaged('it ends too early');
    this.at += count;
  }

  private u8(): number {
    this.skip(1);
    return this.bytes[this.at - 1]!;
  }

  private u16(): number {
    this.skip(2);
    return this.view.getUint16(this.at - 2, true);
  }

  private u32(): number {
    this.skip(4);
    return this.view.getUint32(this.at - 4, true);
  }

  /** A little-endian two's complement number of `count` bytes. */
  private long(count: number): number {
    this.skip(count);
    let value = 0n;
    for (let i = 1; i <= count; i++) value = (value << 8n) | BigInt(this.bytes[this.at - i]!);
    const number = Number(BigInt.asIntN(8 * count, value));
    if (!Number.isSafeInteger(number)) this.unsupported(`the whole number ${number}`);
    return number;
  }

  private text(count: number): string {
    this.skip(count);
    return strFromU8(this.bytes.subarray(this.at - count, this.at));
  }

  /** Up to the next line feed. */
  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) this.damaged('it ends in a name');
    const text = this.text(end - this.at);
    this.skip(1);
    return text;
  }

  private get place(): string {
    return `${this.file}, byte ${this.opcodeAt}`;
  }

  private damaged(why: string): never {
    throw new PluginError(
      'model/unreadable',
      'This file is damaged: its table of contents makes no sense. Download or export it again. ' +
        'Your current sound goes on.',
      [`${this.place}: ${why}`],
    );
  }

  private unsupported(what: string): never {
    throw new PluginError(
      'model/unsupported',
      `This file holds something that neither a model nor a terrain needs: ${what}. It was not run. ` +
        'Export the model again as TorchScript, or get it from somebody you trust. Your current sound goes on.',
      [`${this.place}: ${what}`],
    );
  }
}
