/**
 * The layer rule on what esbuild really bundles, file by file (lint holds it on import statements, types included).
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Linter } from 'eslint';
import * as esbuild from 'esbuild';
import tseslint from 'typescript-eslint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import config from '../eslint.config.js';
import { layerViolation, roomOf } from '../scripts/layers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Everything that breaks the rule in the sources of `folder`, each with both files and ranks. */
async function violations(folder: string): Promise<{ edges: number; broken: string[] }> {
  const entryPoints: string[] = [];
  for (const top of ['src', 'host-demo', 'bin']) {
    const names = await readdir(join(folder, top), { recursive: true }).catch(() => []);
    for (const name of names) {
      const path = `${top}/${name.replaceAll('\\', '/')}`;
      // The kernels are AssemblyScript, a language of their own, and import nothing outside their folder.
      if (
        /\.(ts|mjs)$/.test(path) &&
        !/\.(test|d)\.ts$/.test(path) &&
        !path.startsWith('src/engine/kernels/')
      ) {
        entryPoints.push(path);
      }
    }
  }
  const { metafile } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints,
    outdir: 'unwritten',
    bundle: true,
    packages: 'external',
    platform: 'neutral',
    external: ['node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const edges = Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
    imports.filter((edge) => !edge.external).map((edge) => [from, edge.path] as const),
  );
  const broken = edges.flatMap(([from, to]) => layerViolation(from, to) ?? []);
  return { edges: edges.length, broken };
}

describe('layer rule', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layers-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  }

  it('holds in the bundle of every source file', async () => {
    const { edges, broken } = await violations(root);
    expect(broken).toEqual([]);
    expect(edges).toBeGreaterThan(10);
  });

  it('refuses a sideways, an upward and a host-demo import, and allows the others', async () => {
    await write({
      'src/shared/a.ts': 'export const a = 1;',
      'src/graph/b.ts': "export { t } from '../terrain/t.js';",
      'src/terrain/t.ts': "import { a } from '../shared/a.js'; export const t = a;",
      'src/engine/deep/e.ts': "import { p } from '../../dsp/p.js'; export const e = p;",
      'src/dsp/p.ts': "import { b } from './q.js'; export const p = b;",
      'src/dsp/q.ts': "export { t as b } from '../terrain/t.js';",
      'host-demo/main.ts': "import { a } from '../src/shared/a.js'; console.log(a);",
    });
    const { broken } = await violations(folder);
    expect(broken.sort()).toEqual([
      expect.stringContaining('host-demo/main.ts imports src/shared/a.ts'),
      expect.stringContaining('src/engine/deep/e.ts (engine, rank 2) imports src/dsp/p.ts (dsp, rank 3)'),
      expect.stringContaining('src/graph/b.ts (graph, rank 1) imports src/terrain/t.ts (terrain, rank 1)'),
    ]);
  });

  it('is linted on type imports, which no bundle shows', () => {
    // The project's own rule, without the rules that need types and half a minute.
    const plugins = config.find((entry) => entry.plugins && 'latent' in entry.plugins)?.plugins ?? {};
    const messages = (from: string): (string | null)[] =>
      new Linter({ cwd: root })
        .verify(
          "import type { Graph } from '../graph/graph.js';\nexport type G = Graph;\n",
          [
            {
              files: ['**/*.ts'],
              plugins,
              languageOptions: { parser: tseslint.parser },
              rules: { 'latent/layers': 'error' },
            },
          ],
          join(root, from),
        )
        .map(({ ruleId }) => ruleId);
    expect(messages('src/terrain/bounds.ts')).toEqual(['latent/layers']);
    expect(messages('src/engine/compile.ts')).toEqual([]);
    expect(config.some((entry) => entry.rules?.['latent/layers'] === 'error')).toBe(true);
  });

  it('wants a rank for every new room', () => {
    expect(() => roomOf('src/attic/box.ts')).toThrow(/no rank/);
  });
});
