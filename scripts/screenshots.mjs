/**
 * Takes the pictures in docs/: the demo page at three sizes, and the plugin alone at three sizes, both while they play.
 * Run by hand after `npm run build` when the look changes: `node scripts/screenshots.mjs`. Needs Chromium.
 */
import { mkdir } from 'node:fs/promises';
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
} finally {
  await browser.close();
  await server.close();
}
