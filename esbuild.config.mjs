/**
 * Builds the plugin into dist/ and the host demo into build/host-demo/.
 *
 *   dist/index.js        the WAM's address      dist/engine.wasm     SIMD kernels
 *   dist/processor.js    the audio thread       dist/workers/*.js    loader, picture
 *   dist/descriptor.json, thumbnail.png, assets/
 *
 * Everything in dist/ finds the rest by its own address. `--watch` rebuilds on change.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { buildKernels } from './src/engine/kernels/build.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Hash of every source of the plugin: names the processor and the custom elements, so that two builds can share a page. */
async function sourceHash() {
  const hash = createHash('sha256');
  const walk = async (folder) => {
    for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else hash.update(entry.name).update(await readFile(path));
    }
  };
  await walk(join(root, 'src'));
  hash.update(await readFile(join(root, 'package-lock.json')));
  return hash.digest('hex').slice(0, 10);
}

/**
 * @param {{ outdir?: string, buildId?: string, write?: boolean }} options `outdir` and `buildId` let tests make a second build.
 */
export async function build({ outdir = join(root, 'dist'), buildId } = {}) {
  const id = buildId ?? (await sourceHash());
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await mkdir(join(root, 'build'), { recursive: true });
  await buildKernels({ outFile: join(root, 'build/kernels.wasm') });

  const common = {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: 'linked',
    legalComments: 'linked',
    define: { BUILD_ID: JSON.stringify(id) },
    metafile: true,
    logLevel: 'warning',
  };
  // What several of them need is downloaded once; what only some files need, when there is such a file.
  const plugin = await esbuild.build({
    ...common,
    entryPoints: {
      index: 'src/index.ts',
      'workers/loader': 'src/workers/loader.ts',
      'workers/picture': 'src/workers/picture.ts',
    },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outdir,
  });
  // One file: the audio thread loads no others.
  const processor = await esbuild.build({
    ...common,
    entryPoints: { processor: 'src/dsp/worklet.ts' },
    outdir,
  });
  const demo = await esbuild.build({
    ...common,
    entryPoints: { main: 'host-demo/main.ts' },
    outdir: join(root, 'build/host-demo'),
  });
  await cp(join(root, 'build/kernels.wasm'), join(outdir, 'engine.wasm'));
  await cp(join(root, 'src/descriptor.json'), join(outdir, 'descriptor.json'));
  await cp(join(root, 'assets/thumbnail.png'), join(outdir, 'thumbnail.png'));
  await cp(join(root, 'assets/instrument'), join(outdir, 'assets/instrument'), { recursive: true });
  await cp(join(root, 'assets/terrains'), join(outdir, 'assets/terrains'), { recursive: true });
  await writeFile(
    join(root, 'build/meta.json'),
    JSON.stringify({ plugin: plugin.metafile, processor: processor.metafile, demo: demo.metafile }),
  );
  return { buildId: id };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { buildId } = await build();
  console.log(`dist/ is ready (build ${buildId})`);
  if (process.argv.includes('--watch')) {
    const { watch } = await import('node:fs');
    let running = Promise.resolve();
    let timer;
    const again = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        running = running.then(build).then(
          (result) => console.log(`rebuilt (build ${result.buildId})`),
          (error) => console.error(error.message),
        );
      }, 150);
    };
    for (const folder of ['src', 'host-demo', 'assets'])
      watch(join(root, folder), { recursive: true }, again);
    console.log('watching src/, host-demo/, assets/');
  }
}
