/** The process in which cases run, so that one that hangs or takes all memory takes nothing else along. */

import { makeCase, openCase, type Outcome, type Reader } from './reader.js';

export interface Task {
  readonly reader: string;
  readonly seed: number;
  readonly number: number;
}

export interface Answer extends Outcome {
  /** The most that the process ever held. */
  readonly peakMegabytes: number;
}

/** Garbage of many cases is not the memory of one. */
const TIDY_ABOVE_BYTES = 200 * 2 ** 20;

/** Answers tasks of the parent, until that ends. */
export function serve(readers: Readonly<Record<string, Reader>>): void {
  process.on('message', (task: Task) => {
    const reader = readers[task.reader];
    if (!reader) throw new Error(`no reader ${task.reader}`);
    const bytes = makeCase(reader, task.reader, task.seed, task.number);
    void openCase(reader, bytes).then((outcome) => {
      const answer: Answer = { ...outcome, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
      if (process.memoryUsage.rss() > TIDY_ABOVE_BYTES) globalThis.gc?.();
      process.send!(answer);
    });
  });
  process.send!('ready');
}
