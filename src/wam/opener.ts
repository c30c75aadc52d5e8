/**
 * The one file that a plugin is opening: its progress, and its end when it is cancelled or another one is opened.
 * What is done with the file says who opens it (`files.ts`, `models.ts`, `session.ts`). Thread: main.
 */

import type { AttributeValues } from '../shared/engine-plan.js';
import type { Opening } from '../shared/face.js';
import type { FileSource, OpeningStage } from '../shared/messages.js';
import { LOADER_URL } from './assets.js';
import { Emitter } from './emitter.js';
import { cancelled, openInLoader, type Opened } from './opening.js';

export class Opener {
  readonly changes = new Emitter<{ opening: Opening | null }>();
  #opening: Opening | null = null;
  #abort: AbortController | null = null;

  get opening(): Opening | null {
    return this.#opening;
  }

  /**
   * Opens a file and lets `use` do with it what it wants; the opening is over when that is done. Ends the opening in
   * progress. Throws: PluginError as the loader and `use`; `model/cancelled`.
   */
  async open<T>(
    source: FileSource,
    attributes: AttributeValues,
    use: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    const name = source.kind === 'url' ? source.url : source.name;
    const onProgress = (stage: OpeningStage, fraction: number) => {
      if (this.#abort === abort) this.#show({ name, stage, fraction });
    };
    onProgress('read', 0);
    try {
      const opened = await openInLoader(LOADER_URL, source, {
        attributes,
        onProgress,
        signal: abort.signal,
      });
      if (abort.signal.aborted) throw cancelled();
      return await use(opened);
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.#show(null);
      }
    }
  }

  cancel(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#show(null);
  }

  #show(opening: Opening | null): void {
    if (opening === this.#opening) return;
    this.#opening = opening;
    this.changes.emit('opening', opening);
  }
}
