/**
 * The files that the plugins of this page play, by SHA-256. A host that bounces makes a second plugin from the first
 * one's state: it must find the model also when the library cannot keep it, or does not keep it yet or any more.
 * Holds Blobs, which take no memory of the page. Thread: main.
 */

import { library } from './library.js';

/** What an instance plays that came from a file. */
type Part = 'model' | 'terrain';

interface Use {
  readonly user: object;
  readonly part: Part;
  readonly hash: string;
  readonly file: Blob;
}

let uses: readonly Use[] = [];
const listeners = new Set<(hash: string) => void>();

/** `user` plays this file now, and no other of its kind; null: none. */
export function holdFile(user: object, part: Part, held: { hash: string; file: Blob } | null): void {
  uses = uses.filter((use) => use.user !== user || use.part !== part);
  if (!held) return;
  uses = [...uses, { user, part, ...held }];
  for (const listener of [...listeners]) listener(held.hash);
}

/** `user` is gone. */
export function releaseFiles(user: object): void {
  uses = uses.filter((use) => use.user !== user);
}

/** Hear of files that can be had: one comes into use, or the library changed. @returns ends it. */
export function onFileHere(listener: (hash: string) => void): () => void {
  listeners.add(listener);
  const end = library.changes.on('library', ({ items }) => items.forEach(({ hash }) => listener(hash)));
  return () => {
    end();
    listeners.delete(listener);
  };
}

export interface FoundFile {
  readonly file: Blob;
  /** What the musician calls it, if it is kept. */
  readonly name: string | null;
  readonly url: string | null;
}

/** Where a file can be had on this machine without asking anybody, best first. Never rejects. */
export async function findFiles(hash: string): Promise<readonly FoundFile[]> {
  const kept = await library.find(hash);
  const found = uses
    .filter((use) => use.hash === hash)
    .map(({ file }) => ({ file, name: kept?.item.name ?? null, url: kept?.item.url ?? null }));
  // A kept file cannot have been moved or changed since.
  return kept ? [{ file: kept.file, name: kept.item.name, url: kept.item.url }, ...found] : found;
}
