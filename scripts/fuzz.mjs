/**
 * `npm run fuzz`: gives damaged and hostile files to every reader of files, for a table and a status. `-- --help` lists
 * the options. The fuzzer itself is in test/fuzz/.
 */
import { join } from 'node:path';
import { ensureDependencies, main, root, runNode } from './ensure.mjs';

await main(async (args) => {
  ensureDependencies({ log: (line) => console.error(line) });
  const { buildKernels } = await import('../src/engine/kernels/build.mjs');
  await buildKernels({ outFile: join(root, 'build/kernels.wasm') });
  const { bundleFuzzer } = await import('../test/fuzz/bundle.mjs');
  await bundleFuzzer();
  return runNode(['--enable-source-maps', 'build/fuzz/main.mjs', ...args], { cwd: root });
});
