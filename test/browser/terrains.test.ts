/** Every factory terrain must sound at a pleasing level over most of its plane. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { useBrowser } from './harness.js';

const lab = useBrowser();

/** Seconds at each position; the first part lets the decoder's memory of the place before fade. */
const STAY = 1;
const SETTLE = 0.4;
const POSITIONS = [1 / 6, 1 / 2, 5 / 6].flatMap((y) => [1 / 6, 1 / 2, 5 / 6].map((x) => [x, y] as const));

it('every factory terrain sounds between -40 and -6 dBFS at seven or more of nine positions', async () => {
  const { terrains } = JSON.parse(
    await readFile(`${lab.plugin.folder}/assets/terrains/index.json`, 'utf8'),
  ) as { terrains: { id: string }[] };
  expect(terrains.length).toBeGreaterThanOrEqual(6);
  const page = await lab.page();
  const rows = [];
  for (const { id } of terrains) {
    const found = await page.evaluate(
      async ([url, id, positions, stay, settle]) => {
        const rate = 48_000;
        const rendering = await host.render(
          url,
          {
            seconds: positions.length * stay,
            sampleRate: rate,
            state: { factoryTerrain: id, parameters: { glide: 0 } },
          },
          (plugin) =>
            plugin.audioNode.scheduleEvents(
              ...positions.flatMap(([x, y], i) => [
                host.automation('x', x, i * stay),
                host.automation('y', y, i * stay),
              ]),
            ),
        );
        return {
          finite: rendering.finite,
          peak: rendering.peak,
          levels: positions.map((_, i) =>
            host.level(rendering, (i * stay + settle) * rate, (i + 1) * stay * rate),
          ),
        };
      },
      [lab.plugin.url, id, POSITIONS, STAY, SETTLE] as const,
    );
    rows.push({ id, ...found });
    console.log(
      `${id.padEnd(16)} ${found.levels.map((level) => level.toFixed(0).padStart(4)).join('')} dBFS`,
    );
  }
  for (const { id, finite, peak, levels } of rows) {
    const good = levels.filter((level) => level >= -40 && level <= -6).length;
    expect({ id, finite, peak: peak <= 1, good: good >= 7 }).toEqual({
      id,
      finite: true,
      peak: true,
      good: true,
    });
  }
});
