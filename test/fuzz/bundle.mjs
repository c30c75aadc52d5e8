/**
 * Bundles the fuzzer into build/fuzz/: the command, the process that runs its cases, and one that fails on purpose.
 */
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../../scripts/ensure.mjs';

export async function bundleFuzzer() {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['main', 'main-child', 'faulty-child'].map((name) => `test/fuzz/${name}.ts`),
    outdir: join(root, 'build/fuzz'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'linked',
    platform: 'node',
    packages: 'external',
  });
}
