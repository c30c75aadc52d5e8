/**
 * What the face does with files on a musician's behalf: one after the other, refusals in words, saving.
 * What a file means is the plugin's business. Thread: main. Used by the panel.
 */

import { toErrorRecord, type ErrorRecord } from '../../shared/errors.js';
import type { PluginFace } from '../../shared/face.js';
import { inOrder, refusal } from '../drop/kinds.js';

/** How long the browser may take to begin a download, in ms. */
const DOWNLOAD_MS = 60_000;

export class Files {
  readonly #face: PluginFace;
  readonly #report: (text: string | null, details?: readonly string[]) => void;
  /** Counts what was asked for: a later wish ends the queue of an earlier one. */
  #wishes = 0;

  /** @param report Shows a message of the face's own; null takes it back. */
  constructor(face: PluginFace, report: (text: string | null, details?: readonly string[]) => void) {
    this.#face = face;
    this.#report = report;
  }

  /** Opens what can be opened, models first, until one is refused or something else is asked for. */
  async open(files: readonly File[]): Promise<void> {
    const wish = this.#begin();
    const refusals = files.map(({ name, type }) => refusal(name, type));
    this.#report(refusals.find((text) => text !== null) ?? null);
    for (const file of inOrder(files.filter((_, i) => refusals[i] === null))) {
      await this.#face.openFile(file);
      // A terrain that came with a refused model would sound wrong, and its opening would hide why.
      if (wish !== this.#wishes || this.#face.notice?.kind === 'error') return;
    }
  }

  url(url: string): void {
    this.#begin();
    this.#report(null);
    void this.#face.openUrl(url);
  }

  /** @param hash Of the library; null is the built-in model. */
  play(hash: string | null): void {
    this.#begin();
    this.#report(null);
    void this.#face.openFromLibrary(hash);
  }

  cancel(): void {
    this.#begin();
    this.#face.cancelOpening();
  }

  /** The terrain that plays, as a download. */
  async save(): Promise<void> {
    try {
      const { name, blob } = await this.#face.exportTerrain();
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
    } catch (error) {
      const { message, details }: ErrorRecord = toErrorRecord(error, 'terrain/unreadable');
      this.#report(message, details);
    }
  }

  #begin(): number {
    return ++this.#wishes;
  }
}
