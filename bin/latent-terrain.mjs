#!/usr/bin/env node
/**
 * The command line, as one starts it: builds itself from `bin/*.ts` when it is missing or older than its sources, then
 * runs. Plain Node; what the commands do is in `main.ts`.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = join(root, 'build/cli/main.mjs');
const kernels = join(root, 'build/kernels.wasm');

/** When the newest file below a folder changed, in milliseconds; tests do not count. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return /\.test\.ts$/.test(path) ? 0 : stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function isStale(built, ...sources) {
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  return sources.some((source) => newest(join(root, source)) > mtimeMs);
}

/** Written under another name and moved, so that two commands at once never read half a file. */
async function replace(target, write) {
  const unfinished = `${target}.${process.pid}.new`;
  await write(unfinished);
  await rename(unfinished, target);
}

async function buildWhatIsStale() {
  if (isStale(kernels, 'src/engine/kernels')) {
    const { buildKernels } = await import('../src/engine/kernels/build.mjs');
    await mkdir(join(root, 'build'), { recursive: true });
    await replace(kernels, (outFile) => buildKernels({ outFile }));
  }
  if (isStale(bundle, 'src', 'bin', 'package-lock.json')) {
    const { build } = await import('esbuild');
    await mkdir(join(root, 'build/cli'), { recursive: true });
    await replace(bundle, (outfile) =>
      build({
        absWorkingDir: root,
        entryPoints: ['bin/main.ts'],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        define: { BUILD_ID: '"cli"' },
        logLevel: 'error',
      }),
    );
  }
}

try {
  await buildWhatIsStale();
} catch (error) {
  console.error(
    error?.code === 'ERR_MODULE_NOT_FOUND'
      ? `Install the packages first: run «npm ci» in ${root}`
      : `The command line could not be built: ${error?.message ?? error}`,
  );
  process.exit(1);
}
const { main } = await import(pathToFileURL(bundle).href);
process.exitCode = await main(process.argv.slice(2), kernels);
