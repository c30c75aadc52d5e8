/**
 * The commands' own parts: what counts as stale, where Chromium is looked for, the static server.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findChromium, root, staleDependencies } from '../scripts/ensure.mjs';
import { serve } from '../scripts/serve.mjs';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scripts-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('dependencies', () => {
  const lock = (version: string): string =>
    JSON.stringify({
      packages: {
        '': { name: 'project' },
        'node_modules/one': { version, integrity: `sha512-${version}` },
        'node_modules/for-mac': { version: '1.0.0', optional: true },
      },
    });
  /** A project with package `one` installed in version 1.0.0 and locked in `locked`. */
  async function project(locked = '1.0.0'): Promise<void> {
    await mkdir(join(folder, 'node_modules/one'), { recursive: true });
    await writeFile(join(folder, 'package-lock.json'), lock(locked));
    const { packages } = JSON.parse(lock('1.0.0')) as { packages: Record<string, unknown> };
    delete packages[''];
    delete packages['node_modules/for-mac'];
    await writeFile(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
    await writeFile(join(folder, 'node_modules/one/package.json'), JSON.stringify({ version: '1.0.0' }));
  }

  it('are in order when npm installed what the lock file says', async () => {
    await project();
    expect(staleDependencies(folder)).toBeNull();
  });

  it('are missing without node_modules', async () => {
    await project();
    await rm(join(folder, 'node_modules'), { recursive: true });
    expect(staleDependencies(folder)).toBe('nothing is installed');
  });

  it('are stale when the lock file moved on', async () => {
    await project('1.1.0');
    expect(staleDependencies(folder)).toBe('node_modules/one is out of date');
  });

  it('are stale when a package was changed or removed by hand', async () => {
    await project();
    await writeFile(join(folder, 'node_modules/one/package.json'), JSON.stringify({ version: '0.9.0' }));
    expect(staleDependencies(folder)).toBe('node_modules/one was changed');
    await rm(join(folder, 'node_modules/one'), { recursive: true });
    expect(staleDependencies(folder)).toBe('node_modules/one was changed');
  });

  it('of this project are in order', () => {
    expect(staleDependencies(root)).toBeNull();
  });
});

describe('Chromium', () => {
  it('is the program that CHROMIUM_PATH names, or a clear refusal', async () => {
    const program = join(folder, 'my-chrome');
    await writeFile(program, '', { mode: 0o755 });
    expect(findChromium({ CHROMIUM_PATH: program })).toBe(program);
    expect(() => findChromium({ CHROMIUM_PATH: join(folder, 'none') })).toThrow(/is not a program/);
  });

  it('is found on the path', async () => {
    expect(findChromium({ PATH: folder })).toBeNull();
    await writeFile(join(folder, 'chromium'), '', { mode: 0o755 });
    expect(findChromium({ PATH: folder })).toBe(join(folder, 'chromium'));
  });
});

describe('serve', () => {
  let server: Awaited<ReturnType<typeof serve>>;
  beforeEach(async () => {
    await mkdir(join(folder, 'public/deep'), { recursive: true });
    await writeFile(join(folder, 'secret.txt'), 'secret');
    await writeFile(join(folder, 'public/index.html'), '<p>page</p>');
    await writeFile(join(folder, 'public/deep/engine.wasm'), new Uint8Array([0, 97, 115, 109]));
    server = await serve({ mounts: [['/', join(folder, 'public')]] });
  });
  afterEach(() => server.close());

  /** A request whose path nobody tidies up, as `fetch` would. */
  function raw(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
    return new Promise((done, failed) => {
      request({ port: server.port, host: 'localhost', path, method }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () => done({ status: response.statusCode ?? 0, body }));
      })
        .on('error', failed)
        .end();
    });
  }

  it('gives pages and wasm with their types, readable from any origin', async () => {
    const page = await fetch(server.url);
    expect(await page.text()).toBe('<p>page</p>');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const wasm = await fetch(`${server.url}deep/engine.wasm?v=1`);
    expect(wasm.headers.get('content-type')).toBe('application/wasm');
    expect(wasm.headers.get('access-control-allow-origin')).toBe('*');
    expect(wasm.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(wasm.headers.get('cross-origin-embedder-policy')).toBeNull();
    expect((await wasm.arrayBuffer()).byteLength).toBe(4);
  });

  it('isolates the page when asked', async () => {
    const isolated = await serve({ mounts: [['/', join(folder, 'public')]], isolated: true });
    const { headers } = await fetch(isolated.url);
    await isolated.close();
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  });

  it('answers HEAD with the headers alone and refuses to write', async () => {
    const head = await fetch(`${server.url}deep/engine.wasm`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('4');
    expect(await head.text()).toBe('');
    expect((await raw('/', 'PUT')).status).toBe(405);
  });

  it('sends a file again only when it changed', async () => {
    const first = await fetch(server.url);
    const tag = first.headers.get('etag') ?? '';
    const again = await fetch(server.url, { headers: { 'If-None-Match': tag } });
    expect(again.status).toBe(304);
    await writeFile(join(folder, 'public/index.html'), '<p>new page</p>');
    expect((await fetch(server.url, { headers: { 'If-None-Match': tag } })).status).toBe(200);
  });

  it('gives nothing outside its folders', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/deep/..%2f..%2fsecret.txt',
      '/%00',
      '/%zz',
    ]) {
      expect(await raw(path), path).toEqual({ status: 404, body: 'Not found.' });
    }
    expect((await raw('/deep')).status).toBe(404);
  });

  it('takes the next free port when the wished one is taken', async () => {
    const second = await serve({ mounts: [['/', folder]], port: server.port });
    expect(second.port).not.toBe(server.port);
    expect(await (await fetch(`${second.url}secret.txt`)).text()).toBe('secret');
    await second.close();
  });
});

describe('the count of the tests', () => {
  async function count(report: unknown): Promise<{ status: number; last: string }> {
    const path = join(folder, 'report.json');
    await writeFile(path, JSON.stringify(report));
    try {
      const out = execFileSync(process.execPath, ['scripts/count-tests.mjs', path], {
        cwd: root,
        stdio: 'pipe',
      });
      return { status: 0, last: out.toString().trim() };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: Buffer };
      return { status, last: stdout.toString().trim() };
    }
  }
  const file = (name: string, ...statuses: string[]): object => ({
    name: join(root, name),
    status: statuses.includes('failed') ? 'failed' : 'passed',
    assertionResults: statuses.map((status) => ({ status, fullName: `${name} reads ../shared` })),
  });

  it('adds up files and fails with the tests', async () => {
    const some = [file('src/a.test.ts', 'passed', 'skipped'), file('src/b.test.ts', 'passed')];
    expect(await count({ testResults: some })).toEqual({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
    const worse = [...some, file('src/c.test.ts', 'failed')];
    expect(await count({ testResults: worse })).toEqual({ status: 1, last: '2 passed, 1 failed, 1 skipped' });
  });

  it.skipIf(!existsSync(join(root, '../shared')))(
    'fails when the files beside the project are there and no test used them',
    async () => {
      const other = { ...file('src/a.test.ts'), assertionResults: [{ status: 'passed', fullName: 'adds' }] };
      expect((await count({ testResults: [other] })).status).toBe(1);
    },
  );

  it('fails when a file could not be loaded or nothing ran', async () => {
    const unloaded = { name: 'src/d.test.ts', status: 'failed', assertionResults: [] };
    const good = file('src/a.test.ts', 'passed');
    expect(await count({ testResults: [good, unloaded] })).toEqual({ status: 1, last: '1 passed, 1 failed' });
    expect(await count({ testResults: [] })).toEqual({ status: 1, last: '0 passed, 0 failed' });
    expect(await count('torn')).toEqual({ status: 1, last: '0 passed, 0 failed' });
  });
});

it('every command can start before any package is installed', async () => {
  for (const name of ['ensure', 'serve', 'start', 'test', 'check', 'bench', 'layers']) {
    const text = await readFile(join(root, `scripts/${name}.mjs`), 'utf8');
    const imports = [...text.matchAll(/^import .* from '([^']+)'/gm)].map((match) => match[1] ?? '');
    expect(imports.filter((path) => !/^(node:|\.\/)/.test(path))).toEqual([]);
  }
});
