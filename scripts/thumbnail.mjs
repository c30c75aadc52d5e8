/**
 * Draws assets/thumbnail.png: a factory terrain as the plugin shows it, with a trail. Run by hand when the look of the
 * picture or the terrain changes: `node scripts/thumbnail.mjs [terrain]`. Needs Chromium (CHROMIUM_PATH or Debian's).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';
import { buildKernels } from '../src/engine/kernels/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const terrain = process.argv[2] ?? 'carousel';
const WIDTH = 400;
const HEIGHT = 250;

/** Runs in the page: the plugin's own worker and overlay, a path of our own. */
const PAGE = `
  import { decodeTerrain } from './src/formats/preset/terrain.ts';
  import { drawOverlay } from './src/gui/terrain-view/overlay.ts';
  import { PictureClient } from './src/gui/terrain-view/picture-client.ts';
  import { Trail } from './src/gui/terrain-view/trail.ts';
  const [width, height] = [${WIDTH}, ${HEIGHT}];
  const terrain = decodeTerrain(await (await fetch('/terrain.json')).json());
  const [picture, overlay] = document.querySelectorAll('canvas');
  const trail = new Trail();
  const path = (t) => [0.5 + 0.3 * Math.sin(t), 0.5 + 0.27 * Math.sin(1.6 * t + 0.4)];
  for (let i = 0; i <= 150; i++) trail.add(Float32Array.from(path(i / 45)), 16 * i);
  const [x, y] = path(150 / 45);
  const canvas = overlay.getContext('2d');
  canvas.scale(2, 2);
  drawOverlay(canvas, { width: width / 2, height: height / 2, bounds: terrain.bounds, x, y, held: false,
    playing: true, trail, showTrail: true, now: 2400 });
  const client = new PictureClient(new URL('workers/picture.js', location.href).href, (pass) => {
    if (!pass.last) return;
    picture.getContext('2d').putImageData(new ImageData(pass.pixels, pass.width, pass.height), 0, 0);
    client.stop();
    document.body.dataset.state = 'done';
  }, (error) => (document.body.dataset.state = error.message));
  client.draw(terrain, width, height, { map: 'colour', latent: 0, range: [-3, 3] });
`;
const HTML = `<!doctype html><style>body{margin:0}canvas{position:absolute;inset:0}</style>
<canvas width=${WIDTH} height=${HEIGHT}></canvas><canvas width=${WIDTH} height=${HEIGHT}></canvas>
<script type=module src=page.js></script>`;

/** @param {import('esbuild').BuildOptions} entry */
async function bundle(entry) {
  const { outputFiles } = await esbuild.build({
    ...entry,
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0].contents;
}

const kernels = `${root}/build/kernels.wasm`;
await buildKernels({ outFile: kernels });
const files = {
  '/': ['text/html', HTML],
  '/page.js': ['text/javascript', await bundle({ stdin: { contents: PAGE, resolveDir: root } })],
  '/workers/picture.js': ['text/javascript', await bundle({ entryPoints: ['src/workers/picture.ts'] })],
  '/engine.wasm': ['application/wasm', await readFile(kernels)],
  '/terrain.json': ['application/json', await readFile(`${root}/assets/terrains/${terrain}.json`)],
};
const server = createServer((request, response) => {
  const [type, body] = files[request.url ?? ''] ?? [];
  response.writeHead(type ? 200 : 404, { 'Content-Type': type ?? 'text/plain' }).end(body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => document.body.dataset.state);
  const state = await page.evaluate(() => document.body.dataset.state);
  if (state !== 'done') throw new Error(state);
  await writeFile(`${root}/assets/thumbnail.png`, await page.screenshot());
} finally {
  await browser.close();
  server.close();
}
