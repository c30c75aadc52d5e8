/**
 * Takes the pictures in docs/: the demo page at three sizes, and the plugin alone at three sizes, both while they play;
 * then the instrument's menu with models that were opened as a musician opens them.
 * The models are this project's own: test fixtures, and the built-in decoder as a file that is opened like any other.
 * Run by hand after `npm run build` when the look changes: `node scripts/screenshots.mjs`. Needs Chromium.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './ensure.mjs';
import { serve } from './serve.mjs';

const DEMO_SIZES = [
  [480, 800],
  [1024, 768],
  [1600, 900],
];
const PLUGIN_SIZES = [
  [480, 320],
  [960, 600],
  [1600, 900],
];
/** Long enough for the picture's last pass and a full trail. */
const SETTLE_MS = 6000;

/** What a musician would call the file, and what is in it. */
const MODELS = [
  ['stream-fixture.ts', 'test/fixtures/torchscript/stream.torchscript'],
  ['sonic-pi-samples.onnx', 'assets/instrument/decoder.onnx'],
  ['variational-fixture.ts', 'test/fixtures/torchscript/variational.torchscript'],
];

const folder = join(root, 'docs');
await mkdir(folder, { recursive: true });
const server = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});
const page = await browser.newPage();
page.on('pageerror', (error) => console.error(error.message));

/** Opens every model, one after the other; the last one plays. */
async function openModels() {
  for (const [name, path] of MODELS) {
    await page.getByRole('button', { name: /^Instrument: / }).click();
    const chosen = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open a file…' }).click();
    const buffer = name.endsWith('.onnx')
      ? named(await readFile(join(root, path)), name)
      : await readFile(join(root, path));
    await (await chosen).setFiles({ name, mimeType: 'application/octet-stream', buffer });
    await page.getByRole('button', { name: `Instrument: ${name.replace(/\.\w+$/, '')}` }).waitFor();
  }
}

/** An ONNX file that calls itself by its file's name: one more entry of metadata, of which the last counts. */
function named(bytes, file) {
  const field = (number, content) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
  const name = Buffer.from(file.replace(/\.onnx$/, ''));
  return Buffer.concat([bytes, field(14, Buffer.concat([field(1, Buffer.from('name')), field(2, name)]))]);
}

try {
  await page.goto(server.url);
  await page.locator('#start:enabled').click();
  for (const [width, height] of DEMO_SIZES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: join(folder, `demo-${width}x${height}.png`) });
  }
  // The same plugin, playing on, as a host that shows nothing else would show it.
  await page.addStyleTag({
    content:
      '#gui { position: fixed !important; inset: 0; z-index: 99; width: 100vw !important; height: 100vh !important }',
  });
  for (const [width, height] of PLUGIN_SIZES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: join(folder, `plugin-${width}x${height}.png`) });
  }
  await page.setViewportSize({ width: 960, height: 600 });
  await openModels();
  // What the plugin says of terrain and model stands in the menu, too.
  await page.getByRole('button', { name: 'Dismiss message' }).click();
  await page.getByRole('button', { name: /^Instrument: / }).click();
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: join(folder, 'own-model-960x600.png') });
} finally {
  await browser.close();
  await server.close();
}
