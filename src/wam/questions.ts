/**
 * Questions to the processor that are still open. In the SDK a question to a processor that is gone waits for ever;
 * here it ends with what its asker wants in that case. Thread: main.
 */

import type { PluginError } from '../shared/errors.js';

/** For those who have nothing to say instead of an answer. */
export function refuse(why: PluginError): never {
  throw why;
}

export class Questions {
  readonly #open = new Set<(why: PluginError) => void>();
  #gone: PluginError | null = null;

  /**
   * The answer; or what `otherwise` returns or throws when the processor is gone, before or while it is asked.
   * @param question Posts the question. Not called when there is nobody to answer.
   */
  ask<T>(question: () => Promise<T>, otherwise: (why: PluginError) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (why: PluginError) => {
        try {
          resolve(otherwise(why));
        } catch (error) {
          reject(error instanceof Error ? error : why);
        }
      };
      if (this.#gone) {
        giveUp(this.#gone);
        return;
      }
      this.#open.add(giveUp);
      question()
        .then(resolve, reject)
        .finally(() => this.#open.delete(giveUp));
    });
  }

  /** Nobody will answer any more. */
  giveUp(why: PluginError): void {
    this.#gone = why;
    for (const giveUp of this.#open) giveUp(why);
    this.#open.clear();
  }
}
