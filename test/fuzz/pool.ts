/**
 * Runs cases in child processes and judges them: a case fails that throws anything but a PluginError, takes more than
 * two seconds of processor time or 512 MB, or ends its process. What depends on the machine (time, memory, death) counts
 * only if it happens again in a fresh process.
 */

import { fork, type ChildProcess } from 'node:child_process';
import type { Answer, Task } from './child.js';
import type { Outcome } from './reader.js';

export const MOST_SECONDS = 2;
export const MOST_MEGABYTES = 512;
/** Until a silent process is ended, by the clock on the wall: other programs may have the processor. */
const PATIENCE_SECONDS = 20;

export interface Judged extends Outcome {
  readonly task: Task;
  readonly peakMegabytes: number;
}

export interface PoolOptions {
  /** The bundled child. */
  readonly childPath: string;
  readonly processes: number;
  readonly onJudged: (judged: Judged) => void;
  readonly patienceSeconds?: number;
}

/** Runs all tasks; resolves when the last is judged. */
export async function runTasks(
  tasks: Iterable<Task>,
  { childPath, processes, onJudged, patienceSeconds = PATIENCE_SECONDS }: PoolOptions,
): Promise<void> {
  const waiting = tasks[Symbol.iterator]();
  const work = async (): Promise<void> => {
    let child = new Child(childPath, patienceSeconds);
    try {
      for (let next = waiting.next(); !next.done; next = waiting.next()) {
        let judged = await child.run(next.value);
        if (child.spoiled) {
          child.end();
          child = new Child(childPath, patienceSeconds);
          judged = await child.run(next.value);
          if (child.spoiled) {
            child.end();
            child = new Child(childPath, patienceSeconds);
          }
        }
        onJudged(judged);
      }
    } finally {
      child.end();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
}

class Child {
  /** Whether it died, had to be ended, or holds too much: what it says next would not count. */
  spoiled = false;
  private readonly process: ChildProcess;
  private readonly ready: Promise<unknown>;
  private lastWords = '';

  constructor(
    path: string,
    private readonly patienceSeconds: number,
  ) {
    this.process = fork(path, {
      execArgv: ['--expose-gc', `--max-old-space-size=${MOST_MEGABYTES}`, '--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.process.stderr!.on(
      'data',
      (text: Buffer) => (this.lastWords = (this.lastWords + String(text)).slice(-2000)),
    );
    this.ready = this.answer();
  }

  async run(task: Task): Promise<Judged> {
    await this.ready;
    this.process.send(task);
    const answer = await this.answer();
    if (typeof answer === 'string') {
      this.spoiled = true;
      return { task, result: 'failed', finding: answer, seconds: NaN, peakMegabytes: NaN };
    }
    const judged = { task, ...answer };
    if (answer.peakMegabytes > MOST_MEGABYTES) {
      this.spoiled = true;
      return { ...judged, result: 'failed', finding: `takes ${answer.peakMegabytes.toFixed(0)} MB` };
    }
    if (answer.seconds > MOST_SECONDS) {
      this.spoiled = true;
      return { ...judged, result: 'failed', finding: `takes ${answer.seconds.toFixed(1)} s` };
    }
    return judged;
  }

  end(): void {
    this.process.kill('SIGKILL');
  }

  /** The next message, or in words why there is none. */
  private answer(): Promise<Answer | string> {
    return new Promise((resolve) => {
      const done = (result: Answer | string): void => {
        clearTimeout(timer);
        this.process.off('message', done).off('exit', died);
        resolve(result);
      };
      const died = (code: number | null, signal: string | null): void =>
        done(`the process ended (${signal ?? code}): ${this.lastWords.trim()}`);
      const timer = setTimeout(
        () => done(`no answer in ${this.patienceSeconds} s`),
        1000 * this.patienceSeconds,
      );
      this.process.on('message', done).on('exit', died);
    });
  }
}
