/**
 * The events that a processor waits for, in order of time; the SDK's queue compares times that may be missing,
 * shifts its array and posts from `process`. This one is sorted on arrival, and what came due waits to be told.
 * Knows nothing of what events mean. Used by `processor.ts`. Thread: audio.
 */

import type { WamEvent } from '@webaudiomodules/api';

export interface QueuedEvent {
  /** Number of the message that brought it, 0 if another WAM did. */
  readonly id: number;
  readonly event: WamEvent;
  /** Sample of the context at which it is due. */
  readonly frame: number;
}

/** Events from other WAMs that wait to be told, at most: they come without messages that would empty the queue. */
const GREATEST_BACKLOG = 1024;

export class EventQueue {
  /** Due ones first, [0, #head); then those to come. */
  #entries: QueuedEvent[] = [];
  #head = 0;

  /** Sorted in behind all that are due at the same sample or earlier. Allocates: not from our own `process`. */
  add(id: number, event: WamEvent, frame: number): void {
    if (id === 0) this.#forgetOldest();
    let low = this.#head;
    let high = this.#entries.length;
    // Nearly always the last place: hosts send events in order.
    if (high === low || this.#entries[high - 1]!.frame <= frame) low = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.frame <= frame) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, { id, event, frame });
  }

  /** Sample at which the next event is due; Infinity if there is none. Allocates: no. */
  nextFrame(): number {
    return this.#head < this.#entries.length ? this.#entries[this.#head]!.frame : Infinity;
  }

  /** Takes the next event; only if there is one. Allocates: no. */
  take(): WamEvent {
    const { event } = this.#entries[this.#head]!;
    this.#head++;
    return event;
  }

  /** Forgets the events to come and returns the ids of their messages. Not from `process`. */
  clear(): number[] {
    const pending = this.#entries.splice(this.#head);
    return pending.map(({ id }) => id).filter((id) => id !== 0);
  }

  /** Returns the events that came due since the last call. Not from `process`. */
  takeDue(): QueuedEvent[] {
    const due = this.#entries.splice(0, this.#head);
    this.#head = 0;
    return due;
  }

  /** What nobody asks for must not pile up; acknowledgements are owed, news are not. */
  #forgetOldest(): void {
    if (this.#head < GREATEST_BACKLOG) return;
    const kept = this.#entries.filter(({ id }, i) => id !== 0 || i >= GREATEST_BACKLOG / 2);
    this.#head -= this.#entries.length - kept.length;
    this.#entries = kept;
  }
}
