/** What a browser downloads before the first sound: the plugin without instrument and terrains, gzipped. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = 'dist';

/** A module of the build and all that it imports at once. */
function needed(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const code = readFileSync(join(ROOT, file), 'utf8');
  for (const [, from] of code.matchAll(/(?:from|import)"(\.[^"]+\.js)"/g))
    needed(relative(ROOT, join(ROOT, dirname(file), from!)), found);
  return found;
}

describe('the plugin', () => {
  it('sounds after a download of at most 150 kB', () => {
    const entries = ['index.js', 'processor.js', 'workers/loader.js', 'workers/picture.js'];
    const files = new Set([...entries.flatMap((entry) => [...needed(entry)]), 'engine.wasm']);
    const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(ROOT, file))).length, 0);
    console.log(`${files.size} files, ${(bytes / 1000).toFixed(0)} kB gzipped`);
    expect(files.size).toBeGreaterThan(entries.length);
    expect(bytes).toBeLessThanOrEqual(150_000);
  });
});
