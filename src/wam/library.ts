/**
 * Models and terrains that are kept in this browser, by the SHA-256 of their files. One store for all plugins of a
 * page; other tabs, and other builds of the plugin, see its changes. Where the browser keeps nothing, everything else
 * works: nothing that sounds waits for this. Used by `files.ts`, `models.ts`, `session.ts`. Thread: main.
 */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { PluginError } from '../shared/errors.js';
import type { Library, LibraryItem } from '../shared/face.js';
import { Emitter } from './emitter.js';

/** An item with what the musician need not see. */
export interface KeptItem extends LibraryItem {
  /** Where the file was fetched from, if it was. */
  readonly url: string | null;
}

export interface KeptFile {
  readonly item: KeptItem;
  readonly file: Blob;
}

/** Two stores, so that a list does not touch the files. */
interface Schema extends DBSchema {
  items: { key: string; value: KeptItem };
  files: { key: string; value: Blob };
}

type Database = IDBPDatabase<Schema>;

const NAME = 'latent-terrain';
/** Raise it with the schema only: an older plugin on the same page then keeps nothing. */
const VERSION = 1;
/** A browser's storage that does not answer in this time will not (it happens): treat it as refused. Milliseconds. */
const PATIENCE = 4000;
const LONGEST_NAME = 200;

export class LibraryStore {
  readonly changes = new Emitter<{ library: Library }>();
  #contents: Library = { items: [], unavailable: null };
  #database: Promise<Database> | null = null;
  readonly #channel = openChannel();

  constructor() {
    this.#channel?.addEventListener('message', () => void this.refresh());
  }

  /** As last read. */
  get contents(): Library {
    return this.#contents;
  }

  /** Read the list anew. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const database = await this.#open();
      const kept = await database.getAll('items');
      kept.sort((a, b) => b.addedAt - a.addedAt);
      this.#show({ items: kept, unavailable: null });
    } catch (error) {
      this.#show({ items: [], unavailable: unavailable(error).message });
    }
  }

  /** A kept file; null if it is not kept, or nothing can be. Never rejects. */
  async find(hash: string): Promise<KeptFile | null> {
    try {
      const transaction = (await this.#open()).transaction(['items', 'files']);
      const [item, file] = await Promise.all([
        transaction.objectStore('items').get(hash),
        transaction.objectStore('files').get(hash),
      ]);
      return item && file ? { item, file } : null;
    } catch {
      return null;
    }
  }

  /**
   * Keep a file. One that is kept already keeps its name and date. Throws: PluginError `library/unavailable`,
   * `library/full`.
   */
  async keep(item: KeptItem, file: Blob): Promise<void> {
    await this.#change(async (database) => {
      const transaction = database.transaction(['items', 'files'], 'readwrite');
      const items = transaction.objectStore('items');
      const known = await items.get(item.hash);
      const kept = known
        ? { ...known, url: item.url ?? known.url }
        : { ...item, name: item.name.slice(0, LONGEST_NAME) };
      await Promise.all([
        items.put(kept, item.hash),
        known ? undefined : transaction.objectStore('files').put(file, item.hash),
        transaction.done,
      ]);
    }, item.name);
  }

  /** Throws: PluginError `library/…`. */
  async rename(hash: string, name: string): Promise<void> {
    const text = name.trim().slice(0, LONGEST_NAME);
    if (text === '') return;
    await this.#change(async (database) => {
      const transaction = database.transaction('items', 'readwrite');
      const item = await transaction.store.get(hash);
      if (item) await transaction.store.put({ ...item, name: text }, hash);
      await transaction.done;
    }, text);
  }

  /** Throws: PluginError `library/…`. */
  async remove(hash: string): Promise<void> {
    await this.#change(async (database) => {
      const transaction = database.transaction(['items', 'files'], 'readwrite');
      await Promise.all([
        transaction.objectStore('items').delete(hash),
        transaction.objectStore('files').delete(hash),
        transaction.done,
      ]);
    }, hash);
  }

  async #change(act: (database: Database) => Promise<void>, name: string): Promise<void> {
    try {
      await act(await this.#open());
    } catch (error) {
      throw isQuota(error) ? full(name, error) : unavailable(error);
    }
    this.#channel?.postMessage('changed');
    await this.refresh();
  }

  /** The same connection as long as it lasts; a failed attempt is forgotten, so that a later one can succeed. */
  #open(): Promise<Database> {
    const opening = (this.#database ??= withPatience(this.#connect()));
    opening.catch(() => {
      if (this.#database === opening) this.#database = null;
    });
    return opening;
  }

  // Async, so that a browser that refuses by throwing rejects.
  async #connect(): Promise<Database> {
    const forget = () => (this.#database = null);
    const database = await openDB<Schema>(NAME, VERSION, {
      upgrade(database) {
        database.createObjectStore('items');
        database.createObjectStore('files');
      },
      // A later version of the plugin, in another tab, wants to change the stores.
      blocking: () => {
        database.close();
        forget();
      },
      terminated: forget,
    });
    return database;
  }

  #show(contents: Library): void {
    if (JSON.stringify(contents) === JSON.stringify(this.#contents)) return;
    this.#contents = contents;
    this.changes.emit('library', contents);
  }
}

/** The store of this page. */
export const library = new LibraryStore();

function openChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel('latent-terrain library');
  } catch {
    return null; // An origin that may share nothing.
  }
}

async function withPatience<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the storage does not answer')), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

function full(name: string, cause: unknown): PluginError {
  return new PluginError(
    'library/full',
    `«${name}» could not be kept: the browser gives this page no more room. Delete something from the library, or free space on the disk. The sound goes on.`,
    [],
    cause,
  );
}

function unavailable(cause: unknown): PluginError {
  return new PluginError(
    'library/unavailable',
    'This browser keeps nothing for this page: a private window, or storage is blocked. Everything plays, but has to be opened again next time.',
    [cause instanceof Error ? cause.message : String(cause)],
    cause,
  );
}
