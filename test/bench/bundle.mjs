/**
 * Bundles the bench into build/bench/: the command for Node, the page and the audio-thread processor for Chromium.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../../scripts/ensure.mjs';

export async function bundleBench() {
  const outdir = join(root, 'build/bench');
  const common = { absWorkingDir: root, bundle: true, format: 'esm', target: 'es2022', sourcemap: 'linked' };
  await mkdir(outdir, { recursive: true });
  await Promise.all([
    esbuild.build({
      ...common,
      entryPoints: { main: 'test/bench/main.ts' },
      outdir,
      outExtension: { '.js': '.mjs' },
      platform: 'node',
      packages: 'external',
    }),
    esbuild.build({
      ...common,
      entryPoints: { page: 'test/bench/page.ts', processor: 'test/bench/processor.ts' },
      outdir,
      // Loaded by address at run time, each from its own folder.
      external: ['/ort/*', '/dist/*'],
    }),
    copyFile(join(root, 'test/bench/page.html'), join(outdir, 'index.html')),
  ]);
}
