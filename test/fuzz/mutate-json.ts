/** Changes to JSON that leave it JSON, mostly: values, keys, lengths, depth. */

import { mutateBytes } from './mutate-bytes.js';
import { INTERESTING, type Random } from './random.js';

const MOST_COPIED = 100_000;
const KEYS = ['__proto__', 'constructor', 'length', '', 'toString', 'version', 'data'];

/** @param others Files to take values from. */
export function mutateJson(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  if (random.chance(0.1)) return mutateBytes(bytes, random, others);
  // Wrapped, so that the whole is a value like any other.
  const root: unknown[] = [JSON.parse(new TextDecoder().decode(bytes))];
  for (let change = random.changes(); change > 0; change--) changeOnce(root, random, others);
  const depth = random.small(100_000);
  const text = JSON.stringify(root[0] ?? null)
    // JSON has no way to write infinity, but a number that is read as one.
    .replaceAll('"<infinite>"', random.pick(['1e999', '-1e999']))
    .replace('"<deep>"', `${'['.repeat(depth)}${']'.repeat(depth)}`);
  return new TextEncoder().encode(text);
}

interface Slot {
  readonly of: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** Every place that holds a value. */
function slots(root: unknown[]): Slot[] {
  const found: Slot[] = [];
  const waiting: (Record<string, unknown> | unknown[])[] = [root];
  for (let of = waiting.pop(); of; of = waiting.pop()) {
    for (const key of Object.keys(of)) {
      found.push({ of, key });
      const value = (of as Record<string, unknown>)[key];
      if (typeof value === 'object' && value !== null) waiting.push(value as Record<string, unknown>);
    }
  }
  return found;
}

function changeOnce(root: unknown[], random: Random, others: readonly Uint8Array[]): void {
  if (root.length === 0) root.push(null);
  const all = slots(root);
  // Long lists would draw all changes to their items.
  const { of, key } = random.chance(0.5) ? random.pick(all) : random.pick(all.slice(0, 60));
  const holder = of as Record<string, unknown>;
  const value = holder[key];
  switch (random.int(8)) {
    case 0:
      if (Array.isArray(of)) of.splice(Number(key), random.small(4));
      else delete holder[key];
      return;
    case 1:
      if (Array.isArray(of)) of.splice(Number(key), 0, ...copies(value, random));
      else define(holder, random.pick(KEYS), value);
      return;
    case 2: {
      const other = random.pick(all);
      holder[key] = structuredClone((other.of as Record<string, unknown>)[other.key]);
      return;
    }
    case 3: {
      let nested: unknown = value;
      for (let depth = random.small(300); depth > 0; depth--)
        nested = random.chance(0.5) ? [nested] : { a: nested };
      holder[key] = nested;
      return;
    }
    case 4: {
      const other: unknown = JSON.parse(new TextDecoder().decode(random.pick(others)));
      holder[key] = other;
      return;
    }
    default:
      holder[key] = changedValue(value, random);
  }
}

/** Many, but not more than fit a large file. */
function copies(value: unknown, random: Random): unknown[] {
  const most = Math.ceil(MOST_COPIED / JSON.stringify(value ?? null).length);
  return Array<unknown>(Math.min(most, random.small(2000))).fill(value);
}

/** Also keys that assignment would not create. */
function define(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function changedValue(value: unknown, random: Random): unknown {
  if (typeof value === 'number' && random.chance(0.8)) return number(value, random);
  if (typeof value === 'string' && random.chance(0.8)) {
    const at = random.int(value.length + 1);
    const end = at + random.small(40);
    return random.pick([
      value.slice(0, at),
      value.slice(0, at) + value.slice(end),
      value.slice(0, end) + value.slice(at),
      `${value.slice(0, at)}${random.pick(['=', '/', 'é', '\0', ' ', '-', 'A', '\ud800'])}${value.slice(at + 1)}`,
      value.repeat(random.small(20)),
    ]);
  }
  return random.pick<unknown>([
    null,
    true,
    false,
    '',
    'x',
    [],
    {},
    [[]],
    number(0, random),
    [1, 2],
    '<infinite>',
    '<deep>',
  ]);
}

function number(value: number, random: Random): unknown {
  return random.pick<unknown>([
    random.pick(INTERESTING),
    value + 1,
    value - 1,
    -value,
    value * 1e6,
    value + 0.5,
    1e308,
    5e-324,
    String(value),
    '<infinite>',
  ]);
}
