/**
 * A small static file server for the plugin and pages that load it: right types, readable from any origin.
 * Plain Node, no packages. Not for the open internet. Used by `npm start`, the bench and the browser tests.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { root } from './ensure.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wav': 'audio/wav',
  '.txt': 'text/plain; charset=utf-8',
  '.onnx': 'application/octet-stream',
};

/** Where `npm start` finds the host demo and the plugin. */
export const DEMO_MOUNTS = [
  ['/dist/', join(root, 'dist')],
  ['/', join(root, 'host-demo')],
  ['/', join(root, 'build/host-demo')],
];

/**
 * Serves folders over HTTP.
 * @param {object} options
 * @param {readonly (readonly [string, string])[]} [options.mounts] address prefix (ends in '/') and folder, tried in order
 * @param {number} [options.port] wished port; 0 takes any. If it is taken, the next free one is used.
 * @param {boolean} [options.isolated] sends COOP and COEP, which make the page cross-origin isolated
 * @param {string} [options.host] address to listen on
 * @returns {Promise<{ port: number, url: string, close: () => Promise<void> }>}
 */
export async function serve({ mounts = DEMO_MOUNTS, port = 0, isolated = false, host = 'localhost' } = {}) {
  const server = createServer((request, response) => {
    answer(request, response, mounts, isolated).catch(() => response.destroy());
  });
  const taken = await listen(server, port, host);
  return {
    port: taken,
    url: `http://localhost:${taken}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Listens on `port` or, if that is taken, on the first free one after it; gives the port. */
async function listen(server, port, host) {
  for (let attempt = 0; ; attempt++) {
    // After twenty neighbours the system chooses.
    const wish = port === 0 || attempt > 20 || port + attempt > 65535 ? 0 : port + attempt;
    try {
      await new Promise((done, failed) => {
        server.once('error', failed);
        server.listen(wish, host, () => {
          server.off('error', failed);
          done();
        });
      });
      return server.address().port;
    } catch (error) {
      const busy = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      if (!busy || wish === 0) throw error;
    }
  }
}

async function answer(request, response, mounts, isolated) {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (isolated) {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return end(response, 405, 'Only GET and HEAD.');
  }
  const file = await find(request.url ?? '/', mounts);
  if (!file) return end(response, 404, 'Not found.');
  // Always asked again, seldom sent again: what `npm run dev` rebuilds shows up at once.
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', file.tag);
  if (request.headers['if-none-match'] === file.tag) {
    response.writeHead(304);
    return response.end();
  }
  response.writeHead(200, {
    'Content-Type': TYPES[extname(file.path)] ?? 'application/octet-stream',
    'Content-Length': file.size,
  });
  if (request.method === 'HEAD') return response.end();
  await pipeline(createReadStream(file.path), response);
}

/** The file that an address means, or null: never one outside the mounted folders. */
async function find(address, mounts) {
  let path;
  try {
    path = decodeURIComponent(address.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  for (const [prefix, folder] of mounts) {
    if (!path.startsWith(prefix)) continue;
    const inside = resolve(folder, `.${sep}${path.slice(prefix.length)}`);
    if (inside !== resolve(folder) && !inside.startsWith(resolve(folder) + sep)) continue;
    const target = path.endsWith('/') ? join(inside, 'index.html') : inside;
    const found = await stat(target).catch(() => null);
    if (found?.isFile()) {
      return { path: target, size: found.size, tag: `"${found.size}-${Math.round(found.mtimeMs)}"` };
    }
  }
  return null;
}

function end(response, status, text) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}
