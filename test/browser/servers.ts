/**
 * Two origins, as in real life: the plugin's folder on 127.0.0.1, a host's page on localhost. The plugin's server can
 * give variants of the same build under other folders: another build id, a missing file, a wrong type.
 * Used by the browser tests only.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.html': 'text/html',
};

export interface Answer {
  status: number;
  type: string;
  body: Buffer;
}

/** Changes what the plugin's server answers for a path below a variant's folder. */
export type Variant = (path: string, answer: Answer) => void;

export interface PluginServer {
  /** Where the plugin lies on this machine. */
  readonly folder: string;
  /** Address of `index.js`. */
  readonly url: string;
  /** Address of `index.js` of a changed copy. */
  variant(change: Variant): string;
  close(): Promise<void>;
}

/** Serves `dist/` as a plugin's server should: CORS and CORP for everybody. */
export async function servePlugin(
  folder = process.env.PLUGIN_FOLDER ?? join(ROOT, 'dist'),
): Promise<PluginServer> {
  const variants: Variant[] = [];
  const { origin, close } = await serve('127.0.0.1', async (path) => {
    const [, name = '', file = ''] = /^\/([^/]+)\/(.*)$/.exec(path) ?? [];
    const answer = await readAnswer(folder, file);
    variants[Number(name)]?.(file, answer);
    return {
      ...answer,
      headers: {
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      },
    };
  });
  return {
    folder,
    url: `${origin}/plugin/index.js`,
    variant: (change) => `${origin}/${variants.push(change) - 1}/index.js`,
    close,
  };
}

export interface PageOptions {
  /** With COOP and COEP. */
  readonly isolated?: boolean;
  /** Content security policy to send along. */
  readonly policy?: string;
  /** Address of a plugin that the page creates by itself. */
  readonly create?: string;
}

export interface HostServer {
  /** Address of the test host's page. */
  page(options?: PageOptions): string;
  close(): Promise<void>;
}

/** Serves the test host (`host.ts`), plainly or cross-origin isolated. */
export async function serveHost(): Promise<HostServer> {
  const bundle = await esbuild.build({
    entryPoints: [fileURLToPath(new URL('./host.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const script = Buffer.from(bundle.outputFiles[0]!.contents);
  const html = await readFile(new URL('./host.html', import.meta.url));
  const { origin, close } = await serve('localhost', (path, query) => {
    const headers: Record<string, string> = {};
    if (query.has('isolated')) {
      headers['Cross-Origin-Opener-Policy'] = 'same-origin';
      headers['Cross-Origin-Embedder-Policy'] = 'require-corp';
    }
    const policy = query.get('policy');
    if (policy) headers['Content-Security-Policy'] = policy;
    if (path === '/') return { status: 200, type: 'text/html', body: html, headers };
    if (path === '/host.js')
      return {
        status: 200,
        type: 'text/javascript',
        body: script,
        headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' },
      };
    return { status: 404, type: 'text/plain', body: Buffer.from('not here'), headers };
  });
  return {
    page: ({ isolated = false, policy, create } = {}) => {
      const query = new URLSearchParams();
      if (isolated) query.set('isolated', '');
      if (policy) query.set('policy', policy);
      if (create) query.set('create', create);
      return `${origin}/?${query}`;
    },
    close,
  };
}

async function readAnswer(folder: string, file: string): Promise<Answer> {
  const path = join(folder, normalize(`/${file}`));
  try {
    return {
      status: 200,
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      body: await readFile(path),
    };
  } catch {
    return { status: 404, type: 'text/plain', body: Buffer.from('not here') };
  }
}

type Handler = (
  path: string,
  query: URLSearchParams,
) => MaybePromise<Answer & { headers: Record<string, string> }>;
type MaybePromise<T> = T | Promise<T>;

async function serve(name: string, handle: Handler): Promise<{ origin: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    void Promise.resolve(handle(url.pathname, url.searchParams)).then(({ status, type, body, headers }) => {
      response.writeHead(status, { 'Content-Type': type, ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${name}:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
