/**
 * Makes sure that an unpickled value can be walked as a tree: no cycles, no great depth, and no sharing by which a few
 * bytes stand for a tree of billions. Then every later walk may be a plain recursion. Used by `unpickle.ts`.
 */

import { PluginError } from '../../shared/errors.js';
import type { PickleValue } from './values.js';

/** Modules within modules; full-size models have about 12 levels. */
const GREATEST_DEPTH = 200;
/** Values of the tree, shared ones counted each time they appear. */
const MOST_VALUES = 1_000_000;

type Parent = Extract<PickleValue, { kind: 'list' | 'tuple' | 'dict' | 'object' }>;

interface Visit {
  readonly parent: Parent;
  readonly children: readonly Parent[];
  next: number;
  /** Values and levels found below so far. */
  values: number;
  depth: number;
}

/**
 * @param file For messages.
 * @throws PluginError 'model/unreadable' for cycles, 'model/too-large' for depth or size; also for names and storages
 *   hidden in tuples, which are no values.
 */
export function refuseEndless(root: PickleValue, file: string): void {
  if (!isParent(root)) return;
  const done = new Map<Parent, { readonly values: number; readonly depth: number }>();
  const open = new Set<Parent>();
  const path: Visit[] = [];
  const enter = (parent: Parent): void => {
    const all = childrenOf(parent, file);
    path.push({
      parent,
      children: all.filter(isParent),
      next: 0,
      values: 1 + all.length,
      depth: 1,
    });
    open.add(parent);
  };
  enter(root);
  while (path.length > 0) {
    const visit = path.at(-1)!;
    const child = visit.children[visit.next++];
    if (child === undefined) {
      path.pop();
      open.delete(visit.parent);
      done.set(visit.parent, visit);
      const above = path.at(-1);
      if (above) join(above, visit, file);
      continue;
    }
    const known = done.get(child);
    if (known) join(visit, known, file);
    else if (open.has(child)) throw unreadable(`${file}: something contains itself`);
    else enter(child);
  }
}

function join(above: Visit, below: { readonly values: number; readonly depth: number }, file: string): void {
  above.values += below.values;
  above.depth = Math.max(above.depth, below.depth + 1);
  if (above.values > MOST_VALUES) throw tooLarge(`${file}: more than ${MOST_VALUES} values`);
  if (above.depth > GREATEST_DEPTH) throw tooLarge(`${file}: more than ${GREATEST_DEPTH} levels`);
}

function isParent(value: PickleValue): value is Parent {
  return value.kind === 'list' || value.kind === 'tuple' || value.kind === 'dict' || value.kind === 'object';
}

function childrenOf(parent: Parent, file: string): readonly PickleValue[] {
  switch (parent.kind) {
    case 'list':
      return parent.items;
    case 'tuple':
      // Tuples carry a call's names and storages until it is made; one that was never used for a call is no value.
      if (parent.items.some(({ kind }: { kind: string }) => kind === 'global' || kind === 'storage'))
        throw unreadable(`${file}: a name stands where a value should`);
      return parent.items;
    case 'dict':
      return parent.entries.flat();
    case 'object':
      return [...parent.attributes.values()];
  }
}

function unreadable(detail: string): PluginError {
  return new PluginError(
    'model/unreadable',
    'This file is damaged: its parts contain each other. Download or export it again. Your current sound goes on.',
    [detail],
  );
}

function tooLarge(detail: string): PluginError {
  return new PluginError(
    'model/too-large',
    'This file has more parts than this instrument can hold. Try a smaller model. Your current sound goes on.',
    [detail],
  );
}
