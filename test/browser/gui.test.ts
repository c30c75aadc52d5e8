/**
 * The face in a real Chromium: pointer, touch, keys, what it shows, what it leaves behind, accessibility.
 * The plugin is played by `gui-page.ts`; the picture comes from the built worker, from another origin as in hosts.
 */
import type { Locator, Page as Tab } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { drawn, SIZES, typeSizes, useFaces, violations } from './gui-harness.js';
import type { Page } from './gui-page.js';

declare const page: Page;

const faces = useFaces();

/** Until no frame is asked for any more: nothing moves. */
const atRest = (tab: Tab): Promise<unknown> => tab.waitForFunction(() => page.pendingFrames === 0);

const gestures = (tab: Tab) => tab.evaluate(() => page.plugin.gestures.splice(0));
const value = (tab: Tab, id: 'x' | 'y' | 'gain' | 'glide' | 'width') =>
  tab.evaluate((each) => page.plugin.value(each), id);
const pad = (tab: Tab): Locator => tab.getByRole('application');
const slider = (tab: Tab, name: string): Locator => tab.getByRole('slider', { name, exact: true });

describe('the terrain', () => {
  it('shows a picture with many colours, from the worker of another origin, at last in full size', async () => {
    const tab = await faces.open(300, 260);
    const size = await tab.evaluate(() => {
      const { clientWidth, clientHeight } = page.face.shadowRoot!.querySelector('.view')!;
      return [clientWidth, clientHeight];
    });
    await tab.waitForFunction(([width, height]) => {
      const canvas = page.face
        .shadowRoot!.querySelector('.view')!
        .shadowRoot!.querySelector<HTMLCanvasElement>('.picture')!;
      return canvas.width === width && canvas.height === height;
    }, size);
    const colours = await tab.evaluate(() => {
      const canvas = page.face
        .shadowRoot!.querySelector('.view')!
        .shadowRoot!.querySelector<HTMLCanvasElement>('.picture')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set<number>();
      for (let i = 0; i < data.length; i += 4)
        seen.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
      return seen.size;
    });
    expect(colours).toBeGreaterThan(1000);
  });

  it('is played by the mouse: position under the pointer, held beyond the edge, let go on release', async () => {
    const tab = await faces.open();
    const box = (await pad(tab).boundingBox())!;
    await tab.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.25);
    expect(await gestures(tab)).toEqual([]);
    await tab.mouse.down();
    await tab.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5);
    await tab.mouse.move(box.x + box.width + 300, box.y - 300);
    await tab.mouse.up();
    await tab.mouse.move(box.x + 10, box.y + 10);
    const sent = await gestures(tab);
    expect(sent[0]!.x).toBeCloseTo(0.25, 2);
    expect(sent[0]!.y).toBeCloseTo(0.75, 2);
    expect(sent[1]!.x).toBeCloseTo(0.75, 2);
    expect(sent[1]!.y).toBeCloseTo(0.5, 2);
    expect(sent.at(-1)).toEqual({ x: 1, y: 1 });
  });

  it('is played by touch, one finger at a time, without scrolling the page', async () => {
    const tab = await faces.open(720, 480, { hasTouch: true });
    const box = (await pad(tab).boundingBox())!;
    const at = (x: number, y: number, id = 1) => ({
      x: box.x + box.width * x,
      y: box.y + box.height * y,
      id,
    });
    const touch = await tab.context().newCDPSession(tab);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: ReturnType<typeof at>[]) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', [at(0.5, 0.8)]);
    await send('touchMove', [at(0.5, 0.2)]);
    await send('touchStart', [at(0.5, 0.2), at(0.9, 0.9, 2)]);
    await send('touchEnd', []);
    const sent = await gestures(tab);
    expect(sent[0]!.y).toBeCloseTo(0.2, 2);
    expect(sent.at(-1).x).toBeCloseTo(0.5, 2);
    expect(sent.at(-1).y).toBeCloseTo(0.8, 2);
    expect(await tab.evaluate(() => scrollY)).toBe(0);
  });

  it('moves a tenth as far while Shift is held', async () => {
    const tab = await faces.open();
    const box = (await pad(tab).boundingBox())!;
    await tab.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
    await tab.mouse.down();
    await tab.keyboard.down('Shift');
    await tab.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5);
    await tab.mouse.up();
    await tab.keyboard.up('Shift');
    expect((await gestures(tab)).at(-1).x).toBeCloseTo(0.52, 2);
  });

  it('is played by keys, which the host does not see', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      document.addEventListener('keydown', ({ key }) => seen.push(key));
    });
    await pad(tab).focus();
    for (const key of [
      'ArrowRight',
      'Shift+ArrowRight',
      'Control+ArrowUp',
      'Alt+ArrowDown',
      'Home',
      'PageUp',
    ])
      await tab.keyboard.press(key);
    const sent = await gestures(tab);
    const expected = [
      [0.52, 0.5],
      [0.522, 0.5],
      [0.522, 0.6],
      [0.522, 0.5],
      [0, 0.5],
      [0, 0.6],
    ];
    expected.forEach(([x, y], i) => {
      expect(sent[i]!.x).toBeCloseTo(x!, 6);
      expect(sent[i]!.y).toBeCloseTo(y!, 6);
    });
    await tab.keyboard.press('k');
    const seen = await tab.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    expect(seen.filter((key) => !['Shift', 'Control', 'Alt'].includes(key))).toEqual(['k']);
  });

  it('tells its position on P, in 0..1 and on the map', async () => {
    const tab = await faces.open();
    await pad(tab).focus();
    await tab.keyboard.press('p');
    const told = tab.getByRole('status').filter({ hasText: 'X 0.50' });
    expect(await told.textContent()).toBe('X 0.50, Y 0.50; on the map 0, 0');
  });

  it('shows the bounds, also new ones', async () => {
    const tab = await faces.open();
    const bounds = () => tab.locator('.bound').allTextContents();
    expect(await bounds()).toEqual(['Y1', 'Y−1', 'X−2', 'X2']);
    await tab.evaluate(() => {
      page.plugin.terrain = {
        ...page.plugin.terrain,
        name: 'Own',
        bounds: [
          [-16, 16],
          [-4, 4.5],
        ],
      };
      page.plugin.emit('terrain', page.plugin.terrain);
    });
    await tab.getByRole('application', { name: 'Own' }).waitFor();
    expect(await bounds()).toEqual(['Y4.5', 'Y−4', 'X−16', 'X16']);
  });

  it('shows where the sound was, automation included, and lets it fade', async () => {
    const tab = await faces.open();
    const light = (x: number, y: number) => tab.evaluate(([a, b]) => page.overlayAt(a, b), [x, y] as const);
    await atRest(tab);
    expect((await light(0.2, 0.3))[3]).toBe(0);
    await tab.evaluate(() => {
      page.plugin.automate({ x: 0.8, y: 0.8 });
      page.plugin.hear([0.1, 0.3]);
      page.plugin.hear([0.1, 0.3, 0.3, 0.3]);
    });
    await tab.waitForFunction(() => page.overlayAt(0.2, 0.3)[3]! > 150);
    expect((await light(0.2, 0.3))[0]).toBeGreaterThan(200);
    expect(await gestures(tab)).toEqual([]);
    await atRest(tab);
    expect((await light(0.2, 0.3))[3]).toBe(0);
  });

  it('follows automation, but not while a hand holds the position', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => page.plugin.automate({ x: 0.25, y: 0.9 }));
    // The hair line above the ring.
    await tab.waitForFunction(() => page.overlayAt(0.25, 0.2)[3]! > 60);
    const box = (await pad(tab).boundingBox())!;
    await tab.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
    await tab.mouse.down();
    await tab.evaluate(() => page.plugin.automate({ x: 0.1 }));
    await tab.waitForFunction(() => page.overlayAt(0.6, 0.9)[3]! > 60);
    await tab.mouse.up();
    await tab.waitForFunction(() => page.overlayAt(0.1, 0.9)[3]! > 60);
  });

  it('moves no trail when less motion is preferred, but still shows where the sound is', async () => {
    const tab = await faces.open(720, 480, { reducedMotion: 'reduce' });
    await tab.evaluate(() => {
      page.plugin.hear([0.1, 0.3]);
      page.plugin.hear([0.1, 0.3, 0.3, 0.3]);
    });
    await tab.waitForFunction(() => page.overlayAt(0.3, 0.3)[3]! === 255);
    expect(await tab.evaluate(() => page.overlayAt(0.2, 0.3)[3])).toBe(0);
  });
});

describe('a control', () => {
  it('is dragged, fine with Shift, and says its value with its unit', async () => {
    const tab = await faces.open();
    const gain = slider(tab, 'Gain');
    expect(await gain.getAttribute('aria-valuetext')).toBe('0.0 dB');
    const box = (await gain.boundingBox())!;
    await tab.mouse.move(box.x + 20, box.y + 20);
    await tab.mouse.down();
    await tab.mouse.move(box.x + 20, box.y + 65);
    await tab.mouse.up();
    // 45 px of 180 are a quarter of the travel; at 0 dB it stands at (60/72)^1.6.
    const travel = (60 / 72) ** 1.6 - 0.25;
    expect(await value(tab, 'gain')).toBeCloseTo(-60 + 72 * travel ** (1 / 1.6), 1);
    expect(await gain.getAttribute('aria-valuetext')).toMatch(/^−\d+\.\d dB$/);
  });

  it('goes back to its default on a double click', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => page.plugin.automate({ width: 1.7 }));
    await slider(tab, 'Width').dblclick();
    expect(await value(tab, 'width')).toBe(1);
  });

  it('is moved by keys', async () => {
    const tab = await faces.open();
    await slider(tab, 'Width').focus();
    const seen: number[] = [];
    for (const key of ['ArrowUp', 'Shift+ArrowUp', 'PageDown', 'End', 'Home', 'Delete']) {
      await tab.keyboard.press(key);
      seen.push(await value(tab, 'width'));
    }
    expect(seen).toEqual([1.04, 1.05, 0.85, 2, 0, 1]);
  });

  it('takes typed values: by Enter, by a digit, by a click on the number; Escape takes back', async () => {
    const tab = await faces.open();
    await slider(tab, 'Glide').focus();
    await tab.keyboard.press('Enter');
    await tab.keyboard.type('1.5 s');
    await tab.keyboard.press('Enter');
    expect(await value(tab, 'glide')).toBe(1500);
    await tab.keyboard.type('250');
    await tab.keyboard.press('Enter');
    expect(await value(tab, 'glide')).toBe(250);
    await tab.locator('.value').filter({ hasText: 'dB' }).click();
    await tab.keyboard.type('99');
    await tab.keyboard.press('Enter');
    expect(await value(tab, 'gain')).toBe(12);
    await tab.keyboard.press('Enter');
    await tab.keyboard.type('-20');
    await tab.keyboard.press('Escape');
    expect(await value(tab, 'gain')).toBe(12);
  });

  it('turns by the wheel only when it is focused', async () => {
    const tab = await faces.open();
    const box = (await slider(tab, 'Jitter').boundingBox())!;
    await tab.mouse.move(box.x + 20, box.y + 20);
    await tab.mouse.wheel(0, -100);
    expect(await gestures(tab)).toEqual([]);
    await tab.evaluate(() => scrollTo(0, 0));
    await slider(tab, 'Jitter').focus();
    await tab.mouse.wheel(0, -100);
    await tab.waitForFunction(() => page.plugin.gestures.length > 0);
    expect(await gestures(tab)).toEqual([{ jitter: 0.06 }]);
  });

  it('follows automation without answering it', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => page.plugin.automate({ x: 0.125, glide: 1250 }));
    await atRest(tab);
    expect(await slider(tab, 'X').getAttribute('aria-valuetext')).toBe('0.125');
    expect(await slider(tab, 'Glide').getAttribute('aria-valuenow')).toBe('1250');
    expect(await gestures(tab)).toEqual([]);
  });
});

describe('the panel', () => {
  it('starts and stops the sound', async () => {
    const tab = await faces.open();
    const play = tab.getByRole('button', { name: 'Play', exact: true });
    expect(await play.getAttribute('aria-pressed')).toBe('true');
    await play.click();
    expect(await gestures(tab)).toEqual([{ playing: 0 }]);
    await atRest(tab);
    expect(await play.getAttribute('aria-pressed')).toBe('false');
    await play.click();
    expect(await gestures(tab)).toEqual([{ playing: 1 }]);
  });

  it('changes the terrain by list, keys and neighbours', async () => {
    const tab = await faces.open();
    const current = tab.getByRole('button', { name: /^Terrain:/ });
    await current.click();
    await tab.getByRole('option', { name: /Tabla Field/ }).click();
    await tab.getByRole('button', { name: 'Terrain: Tabla Field' }).waitFor();
    await tab.getByRole('button', { name: 'Next terrain' }).click();
    await tab.getByRole('button', { name: 'Terrain: Plucked Ridge' }).waitFor();
    await current.press('Enter');
    await tab.getByRole('option', { selected: true }).press('Home');
    await tab.keyboard.press('Enter');
    await tab.getByRole('button', { name: 'Terrain: Slow Tides' }).waitFor();
    await tab.getByRole('button', { name: 'Previous terrain' }).click();
    await tab.getByRole('button', { name: 'Terrain: Weather' }).waitFor();
  });

  it('closes an open list on Escape and on a press elsewhere', async () => {
    const tab = await faces.open();
    const current = tab.getByRole('button', { name: /^Terrain:/ });
    await current.click();
    await tab.keyboard.press('Escape');
    expect(await tab.getByRole('listbox').count()).toBe(0);
    await current.click();
    await pad(tab).click({ position: { x: 20, y: 200 } });
    expect(await tab.getByRole('listbox').count()).toBe(0);
  });

  it('shows a terrain that could not be loaded as an alert, and keeps what is there', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => {
      page.plugin.selectFactoryTerrain = () => Promise.reject(new Error('This terrain did not load.'));
    });
    await tab.getByRole('button', { name: 'Next terrain' }).click();
    await tab.getByRole('alert').filter({ hasText: 'This terrain did not load.' }).waitFor();
    await tab.getByRole('button', { name: 'Terrain: Slow Tides' }).waitFor();
    await tab.getByRole('button', { name: 'Dismiss message' }).click();
    expect(await tab.getByRole('alert').textContent()).not.toContain('did not load');
  });

  it("shows the plugin's messages with details on demand, and moves nothing for them", async () => {
    const tab = await faces.open();
    const before = await pad(tab).boundingBox();
    await tab.evaluate(() =>
      page.plugin.notify({ kind: 'error', text: 'Too large.', details: ['2,000 MB', 'at most 1,024 MB'] }),
    );
    const alert = tab.getByRole('alert').filter({ hasText: 'Too large.' });
    await alert.waitFor();
    expect(await pad(tab).boundingBox()).toEqual(before);
    expect(await tab.getByText('2,000 MB').isVisible()).toBe(false);
    await tab.getByText('Details').click();
    expect(await tab.getByText('2,000 MB').isVisible()).toBe(true);
    await tab.getByRole('button', { name: 'Dismiss message' }).click();
    await alert.waitFor({ state: 'detached' });
    expect(await tab.evaluate(() => page.plugin.notice)).toBeNull();
    await tab.evaluate(() => page.plugin.notify({ kind: 'info', text: 'Loading.' }));
    await tab.getByRole('status').filter({ hasText: 'Loading.' }).waitFor();
  });

  it('says so when the picture cannot be drawn', async () => {
    const tab = await faces.tab({}, faces.address.replace('picture.js', 'nothing.js'));
    await tab.evaluate(() => page.open(720, 480));
    await tab.getByRole('alert').filter({ hasText: 'The terrain cannot be drawn' }).waitFor();
    // Chromium's own line about the missing file.
    expect(faces.complaints.splice(0).filter((line) => !line.includes('404'))).toEqual([]);
  });

  it('changes the look of the picture', async () => {
    const tab = await faces.open();
    await tab.getByRole('button', { name: /^Look/ }).click();
    await tab.getByRole('radio', { name: 'Magma' }).click();
    await slider(tab, 'Latent').focus();
    await tab.keyboard.press('End');
    await slider(tab, 'From').focus();
    await tab.keyboard.type('-1.5');
    await tab.keyboard.press('Enter');
    expect(await tab.evaluate(() => page.plugin.style)).toEqual({
      map: 'magma',
      latent: 7,
      range: [-1.5, 3],
    });
    await tab.getByRole('radio', { name: 'Magma' }).press('ArrowRight');
    // Four latents from the eighth on are not there: the first shown moves down.
    expect(await tab.evaluate(() => page.plugin.style)).toMatchObject({ map: 'colour', latent: 4 });
  });

  it('shows level, load and missed deadlines', async () => {
    const tab = await faces.open();
    await tab.evaluate(() =>
      page.plugin.hear([0.5, 0.5], { peaks: [0.5, 0.25], load: 0.34, missedDeadlines: 7 }),
    );
    const meter = tab.getByRole('meter', { name: 'Output level' });
    await tab.waitForFunction(() =>
      page.face.shadowRoot!.querySelector('.load')!.shadowRoot!.textContent.includes('34 %'),
    );
    await expect.poll(() => meter.getAttribute('aria-valuetext')).toBe('−6.0 dBFS');
    expect(await tab.locator('.late').textContent()).toBe('7');
  });
});

describe('size', () => {
  it.each(SIZES)('at %i × %i everything is inside, nothing overlaps', async (width, height) => {
    const tab = await faces.open(width, height, { viewport: { width, height } });
    const boxes = await tab.evaluate(() => {
      const root = page.face.shadowRoot!;
      const parts = ['.instrument', '.menu', '.state', '.view', '.play', '[data-parameter]'].flatMap(
        (selector) => [...root.querySelectorAll(selector)],
      );
      return parts
        .map((part) => part.getBoundingClientRect())
        .filter((box) => box.width > 0)
        .map(({ left, top, right, bottom }) => [left, top, right, bottom] as const);
    });
    expect(boxes).toHaveLength(5 + 7);
    for (const [left, top, right, bottom] of boxes) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(width);
      expect(bottom).toBeLessThanOrEqual(height);
    }
    boxes.forEach((a, i) =>
      boxes.slice(i + 1).forEach((b) => {
        const apart = a[2] <= b[0] + 0.5 || b[2] <= a[0] + 0.5 || a[3] <= b[1] + 0.5 || b[3] <= a[1] + 0.5;
        expect(apart, `${a.join()} and ${b.join()}`).toBe(true);
      }),
    );
  });

  it.each(SIZES)('at %i × %i no text is smaller than 12 px', async (width, height) => {
    const tab = await faces.open(width, height, { viewport: { width, height } });
    const sizes = await typeSizes(tab);
    expect(sizes.length).toBeGreaterThan(15);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
  });

  it('follows its container, takes attributes, and is 720 × 480 where nothing says otherwise', async () => {
    const tab = await faces.open(600, 400);
    const size = () => tab.evaluate(() => [page.face.offsetWidth, page.face.offsetHeight]);
    expect(await size()).toEqual([600, 400]);
    await tab.evaluate(() => (page.face.parentElement!.style.cssText = 'width:800px;height:500px'));
    expect(await size()).toEqual([800, 500]);
    await tab.evaluate(() => (page.face.parentElement!.style.cssText = 'width:max-content'));
    expect(await size()).toEqual([720, 480]);
    await tab.evaluate(() => {
      page.face.setAttribute('width', '512');
      page.face.setAttribute('height', '384');
    });
    await expect.poll(size).toEqual([512, 384]);
  });
});

describe('life', () => {
  it('draws nothing and hears no telemetry while it is out of view, and goes on when it is back', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => scrollTo(0, 2000));
    await tab.waitForFunction(() => page.plugin.listeners.telemetry.size === 0);
    const frames = await tab.evaluate(() => {
      const { frames } = page;
      page.plugin.automate({ x: 0.9, gain: -12 });
      return frames;
    });
    expect(await tab.evaluate(() => [page.pendingFrames, page.frames])).toEqual([0, frames]);
    expect(await slider(tab, 'Gain').getAttribute('aria-valuetext')).toBe('0.0 dB');
    await tab.evaluate(() => scrollTo(0, 0));
    await tab.waitForFunction(() => page.plugin.listeners.telemetry.size === 1);
    await atRest(tab);
    expect(await slider(tab, 'Gain').getAttribute('aria-valuetext')).toBe('−12.0 dB');
  });

  it('rests while nothing moves', async () => {
    const tab = await faces.open();
    await atRest(tab);
    await tab.evaluate(() => {
      for (let i = 0; i < 20; i++) page.plugin.hear([0.5, 0.5], { peaks: [0, 0] });
    });
    await atRest(tab);
  });

  it('leaves nothing behind when it is destroyed, also when the plugin is gone already', async () => {
    const tab = await faces.open();
    const left = await tab.evaluate(() => {
      const { face, plugin } = page;
      plugin.hear([0.1, 0.1]);
      const running = page.workers;
      plugin.value = () => {
        throw new Error('destroyed');
      };
      page.destroyFace(face);
      page.destroyFace(face);
      return [running, page.workers, plugin.listenerCount, page.pendingFrames, face.isConnected];
    });
    expect(left).toEqual([1, 0, 0, 0, false]);
  });

  it('stops when a host takes it off the page, and goes on when it is back', async () => {
    const tab = await faces.open();
    for (let i = 0; i < 3; i++) {
      const left = await tab.evaluate(() => {
        const container = page.face.parentElement!;
        page.face.remove();
        const counts = [page.workers, page.plugin.listenerCount, page.pendingFrames];
        page.plugin.automate({ x: 0.3 });
        container.append(page.face);
        return counts;
      });
      expect(left).toEqual([0, 0, 0]);
      await drawn(tab);
    }
    await tab.waitForFunction(() => page.workers === 1);
    await pad(tab).focus();
    await tab.keyboard.press('ArrowRight');
    expect((await gestures(tab)).at(-1).x).toBeCloseTo(0.32, 6);
  });

  it('has several faces of several plugins on one page, and two of one plugin that agree', async () => {
    const tab = await faces.tab({ viewport: { width: 1000, height: 1400 } });
    const seen = await tab.evaluate(() => {
      page.open(480, 320);
      const other = page.plugin;
      page.open(480, 320);
      page.open(480, 320, page.plugin);
      page.plugin.gesture({ gain: -6 });
      other.gesture({ gain: 6 });
      return document.querySelectorAll('main > div > *').length;
    });
    expect(seen).toBe(3);
    await expect
      .poll(() =>
        tab.getByRole('slider', { name: 'Gain' }).evaluateAll((all) => all.map((one) => one.ariaValueText)),
      )
      .toEqual(['+6.0 dB', '−6.0 dB', '−6.0 dB']);
    await tab.evaluate(() => page.clear());
    expect(await tab.evaluate(() => [page.workers, page.pendingFrames, page.plugin.listenerCount])).toEqual([
      0, 0, 0,
    ]);
  });

  it('lives beside another build, and beside a second copy of its own', async () => {
    const tab = await faces.tab({});
    await tab.evaluate(() => page.open(480, 320));
    for (const url of ['/other.js', '/page.js?again']) {
      await tab.addScriptTag({ url, type: 'module' });
      await tab.evaluate(() => page.open(480, 320));
      await drawn(tab);
    }
    const names = await tab.evaluate(() =>
      [...document.querySelectorAll('main > div > *')].map(({ localName }) => localName),
    );
    expect(names).toEqual([
      'latent-terrain-panel-test-a',
      'latent-terrain-panel-test-b',
      'latent-terrain-panel-test-a',
    ]);
  });
});

describe('accessibility', () => {
  it.each(SIZES)('at %i × %i axe finds nothing', async (width, height) => {
    const tab = await faces.open(width, height, { viewport: { width, height } });
    expect(await violations(tab)).toEqual([]);
    await tab.getByRole('button', { name: /^Terrain:/ }).click();
    expect(await violations(tab)).toEqual([]);
    await tab.getByRole('button', { name: /^Look/ }).click();
    expect(await violations(tab)).toEqual([]);
    await slider(tab, 'Gain').press('Enter');
    await tab.evaluate(() =>
      page.plugin.notify({ kind: 'error', text: 'Too large.', details: ['2,000 MB'] }),
    );
    await tab.getByText('Too large.').waitFor();
    expect(await violations(tab)).toEqual([]);
  });

  it('with several faces axe finds nothing', async () => {
    const tab = await faces.tab({ viewport: { width: 1000, height: 1000 } });
    await tab.evaluate(() => {
      page.open(480, 320);
      page.open(480, 320);
    });
    await drawn(tab);
    expect(await violations(tab)).toEqual([]);
  });
});
