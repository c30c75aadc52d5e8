/**
 * Compiles the kernels to one WebAssembly module with plain SIMD: no relaxed operations, so that every machine
 * computes the same bits. Used by esbuild.config.mjs and by the tests' global set-up.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));

/** Every file whose change makes the module stale. */
export const kernelSources = [
  'build.mjs',
  'convolution.ts',
  'index.ts',
  'job-codes.ts',
  'lanes.ts',
  'maths.ts',
  'matrix.ts',
  'picks.ts',
  'rows.ts',
].map((name) => join(here, name));

/**
 * @param {{ outFile: string, debug?: boolean }} options `debug` keeps names and adds bounds of `assert`.
 * @returns {Promise<Uint8Array>} the module, also written to outFile
 * @throws {Error} with the compiler's messages
 */
export async function buildKernels({ outFile, debug = false }) {
  const inputs = new Map();
  for (const path of kernelSources) inputs.set(relative(here, path), await readFile(path, 'utf8'));
  let binary;
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'kernels.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '--initialMemory',
      '1',
      '--enable',
      'simd',
      '--use',
      'abort=',
      ...(debug ? ['--debug'] : ['-O3', '--converge', '--noAssert']),
    ],
    {
      readFile: (name) => inputs.get(name) ?? null,
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary)
    throw new Error(`the kernels do not compile:\n${stderr.toString()}`, { cause: error });
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, binary);
  return binary;
}
