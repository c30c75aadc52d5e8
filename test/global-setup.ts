/** Builds the engine's kernels before the unit tests, when they are missing or older than their sources. */
import { readdir, stat } from 'node:fs/promises';
import { buildKernels } from '../src/engine/kernels/build.mjs';

export default async function setup(): Promise<void> {
  const sources = new URL('../src/engine/kernels/', import.meta.url);
  const out = new URL('../build/kernels.wasm', import.meta.url);
  const built = await stat(out).then(
    (s) => s.mtimeMs,
    () => 0,
  );
  for (const name of await readdir(sources)) {
    if ((await stat(new URL(name, sources))).mtimeMs > built) {
      await buildKernels({ outFile: out.pathname });
      return;
    }
  }
}
