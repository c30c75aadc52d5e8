/** Readers that misbehave in every way that the fuzzer must notice: its own test. */

import { PluginError } from '../../src/shared/errors.js';
import { serve } from './child.js';
import type { Reader } from './reader.js';

function faulty(open: Reader['open']): Reader {
  return {
    extension: 'bin',
    seeds: () => [new Uint8Array(8)],
    mutate: (_, random) => Uint8Array.of(random.int(256)),
    open,
  };
}

/** Some milliseconds. */
function work(): void {
  let sum = 0;
  for (let i = 0; i < 1e6; i++) sum += Math.sqrt(i);
  if (sum === 0) throw new Error('unreachable');
}

const kept: Uint8Array[] = [];

serve({
  accepts: faulty(() => {}),
  refuses: faulty(() => {
    throw new PluginError('model/unreadable', 'No.');
  }),
  throws: faulty(() => {
    throw new TypeError('of undefined');
  }),
  rejects: faulty(() => Promise.reject(new RangeError('too deep'))),
  hangs: faulty(() => {
    for (;;);
  }),
  slow: faulty(() => {
    const before = process.cpuUsage();
    for (
      let spent = { user: 0, system: 0 };
      spent.user + spent.system < 2.2e6;
      spent = process.cpuUsage(before)
    )
      work();
  }),
  greedy: faulty(() => {
    kept.push(new Uint8Array(600 * 2 ** 20).fill(1));
  }),
  dies: faulty(() => {
    process.abort();
  }),
});
