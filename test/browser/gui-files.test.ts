/**
 * Opening models and terrains in the face, in a real Chromium: drop, dialog, address, library, a missing model; by
 * mouse and by keys alone. The plugin is played by `gui-page.ts`: no file is read, and openings end when a test says.
 * Drags are the browser's own, with files of this machine, as from a file manager.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIZES, typeSizes, useFaces, violations } from './gui-harness.js';
import type { Page } from './gui-page.js';

declare const page: Page;

const faces = useFaces();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gui-files-'));
  await writeFile(join(folder, 'darbouka.ts'), 'model');
  await writeFile(join(folder, 'percussion.pt'), 'terrain');
  await writeFile(join(folder, 'cover.png'), 'picture');
  await mkdir(join(folder, 'models'));
});
afterAll(() => rm(folder, { recursive: true }));

const asked = (tab: Tab) => tab.evaluate(() => page.plugin.asked.splice(0));
const button = (at: Tab | Locator, name: string | RegExp): Locator =>
  at.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
const instrument = (tab: Tab): Locator => button(tab, /^Instrument: /);
const menu = (tab: Tab): Locator => tab.getByRole('dialog', { name: 'Instrument' });
const progress = (tab: Tab): Locator => tab.getByRole('progressbar');
const focused = (tab: Tab): Promise<string> =>
  tab.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const text = at?.getAttribute('aria-label') ?? (at as HTMLElement | null)?.innerText ?? '';
    return text.trim().replace(/\s+/g, ' ');
  });

/** The browser's own drag of files, or of a text, to a place on the page. */
async function drag(
  tab: Tab,
  what: readonly string[] | { readonly text: string },
  ...steps: ('dragEnter' | 'dragOver' | 'drop' | 'dragCancel' | 'leave')[]
): Promise<void> {
  const session = await tab.context().newCDPSession(tab);
  const data =
    'text' in what
      ? { items: [{ mimeType: 'text/plain', data: what.text }], dragOperationsMask: 1 }
      : { items: [], files: what.map((name) => join(folder, name)), dragOperationsMask: 1 };
  for (const step of steps) {
    const [type, x] = step === 'leave' ? (['dragOver', 900] as const) : ([step, 300] as const);
    await session.send('Input.dispatchDragEvent', { type, x, y: 200, data });
  }
  await session.detach();
}

/** What the page around the face hears of a drag. */
async function listenInPage(tab: Tab): Promise<() => Promise<string[]>> {
  await tab.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'])
      document.body.addEventListener(type, () => heard.push(type));
  });
  return () => tab.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
}

describe('files over the face', () => {
  it('show a target that says what it takes, which goes when they do, and the host hears nothing', async () => {
    const tab = await faces.open(720, 480, {});
    const heard = await listenInPage(tab);
    const target = tab.getByText('Drop to play');
    await drag(tab, ['darbouka.ts'], 'dragEnter', 'dragOver');
    await target.waitFor();
    await tab.getByText('.ts (RAVE, nn~)').waitFor();
    expect(await heard()).toEqual([]);
    await drag(tab, ['darbouka.ts'], 'leave');
    await target.waitFor({ state: 'detached' });
    await drag(tab, ['darbouka.ts'], 'dragOver');
    await target.waitFor();
    // Broken off with Escape, of which Chromium's protocol tells the page nothing.
    await drag(tab, ['darbouka.ts'], 'dragCancel');
    await tab.mouse.move(310, 210);
    await target.waitFor({ state: 'detached' });
    expect(await asked(tab)).toEqual([]);
  });

  it('are opened when dropped, the model before its terrain, one after the other', async () => {
    const tab = await faces.open(720, 480, {});
    const heard = await listenInPage(tab);
    await drag(tab, ['percussion.pt', 'darbouka.ts'], 'dragEnter', 'dragOver', 'drop');
    await progress(tab).waitFor();
    expect(await tab.getByText('Drop to play').count()).toBe(0);
    expect(await asked(tab)).toEqual(['file darbouka.ts 5']);
    await tab.evaluate(() => page.plugin.play({ name: 'darbouka' }));
    await expect.poll(() => asked(tab)).toEqual(['file percussion.pt 7']);
    await tab.evaluate(() => page.plugin.playTerrain('percussion', 'p1'));
    await progress(tab).waitFor({ state: 'detached' });
    await button(tab, 'Instrument: darbouka').waitFor();
    await button(tab, 'Terrain: percussion').waitFor();
    expect(await heard()).toEqual([]);
  });

  it('after a refused or cancelled one are left alone, so that the reason stays to be read', async () => {
    const tab = await faces.open(720, 480, {});
    await drag(tab, ['percussion.pt', 'darbouka.ts'], 'dragEnter', 'dragOver', 'drop');
    await progress(tab).waitFor();
    await tab.evaluate(() => page.plugin.refuse('It uses stft, which cannot be played yet.', ['stft']));
    await tab.getByRole('alert').filter({ hasText: 'It uses stft' }).waitFor();
    await progress(tab).waitFor({ state: 'detached' });
    await drag(tab, ['percussion.pt', 'darbouka.ts'], 'dragEnter', 'dragOver', 'drop');
    await button(tab, 'Cancel').click();
    await progress(tab).waitFor({ state: 'detached' });
    expect(await asked(tab)).toEqual(['file darbouka.ts 5', 'file darbouka.ts 5', 'cancel']);
  });

  it.each([
    ['a folder', 'models', /«models» is a folder\. Drop the model or terrain that lies in it/],
    ['a file of another kind', 'cover.png', /«cover\.png» is neither a model nor a terrain/],
  ])('of which one is %s are refused in words', async (_, name, words) => {
    const tab = await faces.open(720, 480, {});
    await drag(tab, [name], 'dragEnter', 'dragOver', 'drop');
    await tab.getByRole('alert').filter({ hasText: words }).waitFor();
    await button(tab, 'Dismiss message').click();
    expect(await asked(tab)).toEqual([]);
    // What can be opened is.
    await drag(tab, [name, 'darbouka.ts'], 'dragEnter', 'dragOver', 'drop');
    await progress(tab).waitFor();
    await tab.getByRole('alert').filter({ hasText: words }).waitFor();
    expect(await asked(tab)).toEqual(['file darbouka.ts 5']);
  });

  it('that are none, but a text, are left to the host', async () => {
    const tab = await faces.open(720, 480, {});
    const heard = await listenInPage(tab);
    await drag(tab, { text: 'hello' }, 'dragEnter', 'dragOver');
    await expect.poll(heard).toContain('dragover');
    expect(await tab.getByText('Drop to play').count()).toBe(0);
  });
});

describe('an opening', () => {
  it('shows name, step and share, moves nothing, and tells a screen reader each step once', async () => {
    const tab = await faces.open();
    const pad = tab.getByRole('application');
    const before = await pad.boundingBox();
    await tab.evaluate(() => {
      const said: string[] = [];
      const status = page.face
        .shadowRoot!.querySelector('.cards')!
        .firstElementChild!.shadowRoot!.querySelector('[role="status"]')!;
      new MutationObserver(() => said.push(status.textContent)).observe(status, {
        characterData: true,
        childList: true,
        subtree: true,
      });
      Object.assign(globalThis, { said });
      void page.plugin.openFile(new File([], 'darbouka.ts'));
    });
    await tab.getByRole('progressbar', { name: 'Opening darbouka.ts' }).waitFor();
    for (const [stage, fraction] of [
      ['read', 0.1],
      ['read', 0.2],
      ['trace', 0.456],
      ['pack', 1],
    ] as const) {
      await tab.evaluate(([at, share]) => page.plugin.progress(at, share), [stage, fraction] as const);
      await expect
        .poll(() => progress(tab).getAttribute('aria-valuenow'))
        .toBe(String(Math.floor(fraction * 100)));
    }
    expect(await progress(tab).getAttribute('aria-valuetext')).toBe('Packing its weights, 100 %');
    expect(await pad.boundingBox()).toEqual(before);
    // The plugin tells of the new sound first, of the opening's end later.
    await tab.evaluate(async () => {
      page.plugin.instrument = { ...page.plugin.instrument, name: 'darbouka' };
      page.plugin.emit('instrument', page.plugin.instrument);
      await new Promise(requestAnimationFrame);
      page.plugin.play({ name: 'darbouka' });
    });
    await progress(tab).waitFor({ state: 'detached' });
    await expect
      .poll(() => tab.evaluate(() => (globalThis as unknown as { said: string[] }).said))
      .toEqual([
        'Opening darbouka.ts. Reading the file.',
        'Following how it makes sound.',
        'Packing its weights.',
        'darbouka plays.',
      ]);
  });

  it('is stopped by its button, and focus stays in the face', async () => {
    const tab = await faces.open();
    await tab.evaluate(() => void page.plugin.openFile(new File([], 'a.ts')));
    await button(tab, 'Cancel').focus();
    await tab.keyboard.press('Enter');
    await progress(tab).waitFor({ state: 'detached' });
    expect(await asked(tab)).toEqual(['file a.ts 0', 'cancel']);
    await tab.getByRole('status').filter({ hasText: 'Opening was stopped.' }).waitFor();
    await expect.poll(() => focused(tab)).toBe('Instrument: Sonic Pi samples');
  });

  it('is stopped by Escape in the face or where nothing has focus, but not by an Escape that closes a menu', async () => {
    const tab = await faces.open();
    const open = () => tab.evaluate(() => void page.plugin.openFile(new File([], 'a.ts')));
    await open();
    await progress(tab).waitFor();
    await tab.keyboard.press('Escape');
    await progress(tab).waitFor({ state: 'detached' });
    await open();
    await progress(tab).waitFor();
    await tab.getByRole('application').focus();
    await tab.keyboard.press('Escape');
    await progress(tab).waitFor({ state: 'detached' });
    await open();
    await instrument(tab).click();
    await tab.keyboard.press('Escape');
    expect(await menu(tab).count()).toBe(0);
    expect(await progress(tab).count()).toBe(1);
    expect(await asked(tab)).toEqual(['file a.ts 0', 'cancel', 'file a.ts 0', 'cancel', 'file a.ts 0']);
  });
});

describe("the instrument's menu", () => {
  it('says what plays: name, latents, hop, rate, what there is to know', async () => {
    const tab = await faces.open();
    await instrument(tab).click();
    await menu(tab).getByText('8 latents · hop 1024, 23 ms · 44.1 kHz').waitFor();
    await menu(tab).getByText('built in', { exact: true }).waitFor();
    await tab.evaluate(() =>
      page.plugin.play({ name: 'darbouka', notes: ['Exported without streaming; mended while opening.'] }),
    );
    await menu(tab).getByText('16 latents · hop 2048, 43 ms · 48 kHz').waitFor();
    await menu(tab).getByText('Exported without streaming; mended while opening.').waitFor();
    expect(await menu(tab).getByText('built in', { exact: true }).count()).toBe(0);
  });

  it('opens files from the dialog, all kinds or only terrains, and refuses others there too', async () => {
    const tab = await faces.open();
    const choose = async (opener: Locator, way: string, files: string[]) => {
      await opener.click();
      const [chooser] = await Promise.all([tab.waitForEvent('filechooser'), button(tab, way).click()]);
      const accept = await chooser.element().getAttribute('accept');
      await chooser.setFiles(files.map((name) => join(folder, name)));
      return accept;
    };
    expect(await choose(instrument(tab), 'Open a file…', ['percussion.pt', 'darbouka.ts'])).toBe(
      '.ts,.onnx,.pt,*/*',
    );
    await progress(tab).waitFor();
    expect(await menu(tab).count()).toBe(0);
    expect(await asked(tab)).toEqual(['file darbouka.ts 5']);
    await tab.evaluate(() => page.plugin.play({}));
    await expect.poll(() => asked(tab)).toEqual(['file percussion.pt 7']);
    await tab.evaluate(() => page.plugin.playTerrain('percussion', 'p1'));
    expect(await choose(button(tab, /^Terrain: /), 'Open a file…', ['percussion.pt'])).toBe('.pt,*/*');
    await expect.poll(() => asked(tab)).toEqual(['file percussion.pt 7']);
    await tab.evaluate(() => page.plugin.playTerrain('percussion', 'p1'));
    await choose(instrument(tab), 'Open a file…', ['cover.png']);
    await tab.getByRole('alert').filter({ hasText: 'neither a model nor a terrain' }).waitFor();
    expect(await asked(tab)).toEqual([]);
  });

  it('opens an address, with or without https, and says of another text that it is none', async () => {
    const tab = await faces.open();
    await instrument(tab).click();
    const address = tab.getByRole('textbox', { name: 'Address of a model or terrain' });
    await address.fill('my model');
    await address.press('Enter');
    await tab.getByRole('alert').filter({ hasText: 'That is no web address' }).waitFor();
    expect(await asked(tab)).toEqual([]);
    expect(await focused(tab)).toBe('Address of a model or terrain');
    await address.fill('example.org/models/darbouka.ts');
    expect(await tab.getByText('That is no web address').count()).toBe(0);
    await address.press('Enter');
    await progress(tab).waitFor();
    expect(await menu(tab).count()).toBe(0);
    expect(await asked(tab)).toEqual(['url https://example.org/models/darbouka.ts']);
  });

  it('turns what the model offers', async () => {
    const tab = await faces.open();
    await tab.evaluate(() =>
      page.plugin.play({
        attributes: [
          { name: 'learn_target', kind: 'bool', value: false },
          { name: 'temperature', kind: 'float', value: 0.75 },
          { name: 'mode', kind: 'int', value: 3 },
        ],
      }),
    );
    await instrument(tab).click();
    const learn = tab.getByRole('switch', { name: 'learn target' });
    await learn.click();
    await expect.poll(() => learn.getAttribute('aria-checked')).toBe('true');
    const temperature = tab.getByRole('textbox', { name: 'temperature' });
    expect(await temperature.inputValue()).toBe('0.75');
    await temperature.fill('1,5');
    await temperature.press('Enter');
    await tab.getByRole('textbox', { name: 'mode', exact: true }).fill('2.7');
    await tab.getByRole('textbox', { name: 'mode', exact: true }).press('Tab');
    await tab.waitForFunction(() => page.plugin.asked.length >= 2);
    // 2.7 of a whole number is 3, which it was: nothing is asked for.
    expect(await asked(tab)).toEqual(['attribute learn_target true', 'attribute temperature 1.5']);
    await tab.getByRole('textbox', { name: 'mode', exact: true }).fill('4');
    await tab.keyboard.press('Enter');
    await expect.poll(() => asked(tab)).toEqual(['attribute mode 4']);
  });

  it('asks what the latents beyond the terrain get, only when there are some', async () => {
    const tab = await faces.open();
    await instrument(tab).click();
    const choice = tab.getByRole('radiogroup', { name: /^The terrain drives 8 of 16 latents/ });
    expect(await tab.getByRole('radiogroup').count()).toBe(0);
    await tab.evaluate(() => page.plugin.play({ latents: 16 }));
    await choice.getByRole('radio', { name: 'Noise', checked: true }).press('ArrowRight');
    await choice.getByRole('radio', { name: 'Zeros', checked: true }).waitFor();
    expect(await focused(tab)).toBe('Zeros');
    expect(await tab.evaluate(() => page.plugin.latentFill)).toBe('zeros');
    await choice.getByRole('radio', { name: 'Noise' }).click();
    expect(await tab.evaluate(() => page.plugin.latentFill)).toBe('noise');
  });
});

describe('the library', () => {
  const keep = (tab: Tab) =>
    tab.evaluate(() =>
      page.plugin.keep([
        { name: 'darbouka', hash: 'd1' },
        { name: 'vintage', hash: 'v1', bytes: 52_000_000, latents: 8 },
        { name: 'percussion', hash: 'p1', kind: 'terrain', bytes: 1_120_000, latents: 4 },
      ]),
    );
  const rows = (tab: Tab, list = 'Models') =>
    tab.getByRole('list', { name: list, exact: true }).getByRole('listitem').allInnerTexts();

  it('lists models and terrains with what they are and take, marks what plays, and plays one at a press', async () => {
    const tab = await faces.open();
    await keep(tab);
    await instrument(tab).click();
    await menu(tab).getByText('2 models · 1 terrain · 202 MB').waitFor();
    expect((await rows(tab)).map((text) => text.split(/\s*\n\s*/))).toEqual([
      ['Built-in instrument', 'Comes with the plugin'],
      ['darbouka', '16 latents · 44.1 kHz · 149 MB'],
      ['vintage', '8 latents · 44.1 kHz · 52 MB'],
    ]);
    expect((await rows(tab, 'Terrains'))[0]).toMatch(/percussion\s+4 latents · 1\.1 MB/);
    const current = () => menu(tab).locator('[aria-current="true"]').innerText();
    expect(await current()).toMatch(/^Built-in instrument/);
    await button(menu(tab), /^vintage/).click();
    expect(await menu(tab).count()).toBe(0);
    expect(await focused(tab)).toBe('Instrument: Sonic Pi samples');
    await tab.evaluate(() => page.plugin.play({ name: 'vintage', hash: 'v1' }));
    await instrument(tab).click();
    expect(await current()).toMatch(/^vintage/);
    await button(menu(tab), /^Built-in/).click();
    expect(await asked(tab)).toEqual(['library v1', 'library null']);
  });

  it('says why nothing can be kept, and what it is while it is empty', async () => {
    const tab = await faces.open();
    await instrument(tab).click();
    await menu(tab)
      .getByText('What you open is kept here, in this browser. It is never sent anywhere.')
      .waitFor();
    await tab.evaluate(() => page.plugin.keep([], 'This window is private: nothing is kept.'));
    await menu(tab).getByText('This window is private: nothing is kept.').waitFor();
    expect(await menu(tab).getByText('What you open is kept here').count()).toBe(0);
  });

  it('renames in place: Enter takes the name, Escape takes it back and closes nothing else', async () => {
    const tab = await faces.open();
    await keep(tab);
    await instrument(tab).click();
    await button(tab, 'Rename darbouka').click();
    const name = tab.getByRole('textbox', { name: 'New name of darbouka' });
    expect(await name.inputValue()).toBe('darbouka');
    await tab.keyboard.type('Goblet');
    await tab.keyboard.press('Escape');
    await name.waitFor({ state: 'detached' });
    expect(await menu(tab).count()).toBe(1);
    expect(await focused(tab)).toMatch(/^darbouka/);
    await tab.keyboard.press('F2');
    await tab.keyboard.type('Goblet drum');
    await tab.keyboard.press('Enter');
    await button(tab, 'Rename Goblet drum').waitFor();
    await expect.poll(() => focused(tab)).toMatch(/^Goblet drum/);
    // An empty name is none.
    await tab.keyboard.press('F2');
    await tab.keyboard.press('Delete');
    await tab.keyboard.press('Enter');
    await button(tab, 'Rename Goblet drum').waitFor();
  });

  it('deletes only after asking in the same place, and goes on from the next row', async () => {
    const tab = await faces.open();
    await keep(tab);
    await instrument(tab).click();
    await button(tab, 'Delete darbouka').click();
    const question = tab.getByRole('group', { name: 'Delete darbouka?' });
    await question.waitFor();
    expect(await focused(tab)).toBe('Keep');
    await tab.keyboard.press('Enter');
    await question.waitFor({ state: 'detached' });
    expect(await rows(tab)).toHaveLength(3);
    expect(await focused(tab)).toMatch(/^darbouka/);
    await tab.keyboard.press('Delete');
    await tab.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(await menu(tab).count()).toBe(1);
    await tab.keyboard.press('Delete');
    await button(question, 'Delete').click();
    await expect.poll(() => rows(tab).then((all) => all.length)).toBe(2);
    await expect.poll(() => focused(tab)).toMatch(/^vintage/);
    expect(await tab.evaluate(() => page.plugin.library.items.map(({ hash }) => hash))).toEqual(['v1', 'p1']);
  });

  it("has one's own terrains in the terrain's menu too, and saves the one that plays as a file", async () => {
    const tab = await faces.open();
    await keep(tab);
    await button(tab, /^Terrain: /).click();
    await button(tab.getByRole('list', { name: 'Your terrains' }), /^percussion/).click();
    expect(await asked(tab)).toEqual(['library p1']);
    await tab.evaluate(() => page.plugin.playTerrain('percussion', 'p1'));
    await button(tab, 'Terrain: percussion').click();
    expect(await tab.locator('[aria-current="true"]').innerText()).toMatch(/^percussion/);
    const [download] = await Promise.all([tab.waitForEvent('download'), button(tab, 'Save as .pt').click()]);
    expect(download.suggestedFilename()).toBe('percussion.pt');
    expect(await readFile(await download.path(), 'utf8')).toBe('a terrain');
  });
});

describe('a missing model', () => {
  const lack = (tab: Tab, url: string | null = 'https://example.org/models/darbouka.ts') =>
    tab.evaluate((at) => page.plugin.lack({ hash: 'd1', name: 'darbouka', url: at }), url);
  const card = (tab: Tab) =>
    tab.getByRole('status').filter({ hasText: 'This project was made with «darbouka».' });

  it('is named with the ways to it, moves nothing, and is forgotten when it plays', async () => {
    const tab = await faces.open();
    const before = await tab.getByRole('application').boundingBox();
    await lack(tab);
    await card(tab).getByText('Until it comes, Sonic Pi samples plays; all else is restored.').waitFor();
    expect(await tab.getByRole('application').boundingBox()).toEqual(before);
    await button(tab, /^Load from example\.org\/models\/darbouka\.ts/).click();
    expect(await asked(tab)).toEqual(['url https://example.org/models/darbouka.ts']);
    // One thing at a time.
    await progress(tab).waitFor();
    await card(tab).waitFor({ state: 'detached' });
    await tab.evaluate(() => page.plugin.refuse('The address does not answer.'));
    await card(tab).waitFor();
    const [chooser] = await Promise.all([
      tab.waitForEvent('filechooser'),
      button(tab, 'Choose the file…').click(),
    ]);
    await chooser.setFiles(join(folder, 'darbouka.ts'));
    await expect.poll(() => asked(tab)).toEqual(['file darbouka.ts 5']);
    await tab.evaluate(() => page.plugin.play({ name: 'darbouka' }));
    await progress(tab).waitFor({ state: 'detached' });
    expect(await card(tab).count()).toBe(0);
  });

  it('of which no address is known has none to press', async () => {
    const tab = await faces.open();
    await lack(tab, null);
    await card(tab).waitFor();
    expect(await button(tab, /^Load from/).count()).toBe(0);
  });

  it('can be put away, stays marked in the menu, and comes back from there', async () => {
    const tab = await faces.open();
    await lack(tab);
    await button(tab, 'Go on without darbouka').focus();
    await tab.keyboard.press('Enter');
    await card(tab).waitFor({ state: 'detached' });
    await expect.poll(() => focused(tab)).toBe('Instrument: Sonic Pi samples');
    await tab.keyboard.press('Enter');
    await menu(tab).getByText("The project's own model «darbouka» is missing.").waitFor();
    await button(menu(tab), 'Find it…').click();
    await card(tab).waitFor();
    expect(await menu(tab).count()).toBe(0);
  });
});

it('all of it is done by keys alone, in the order of the eye, and the host hears none of them', async () => {
  const tab = await faces.open(960, 600, { viewport: { width: 1000, height: 700 } });
  await tab.evaluate(() => {
    page.plugin.keep([{ name: 'darbouka', hash: 'd1' }]);
    const keys: string[] = [];
    Object.assign(globalThis, { keys });
    document.addEventListener('keydown', ({ key }) => key !== 'Tab' && key !== 'Shift' && keys.push(key));
  });
  const press = async (...keys: string[]) => {
    for (const key of keys) await tab.keyboard.press(key);
  };
  const order: string[] = [];
  for (let i = 0; i < 8; i++) {
    await press('Tab');
    order.push(await focused(tab));
  }
  expect(order).toEqual([
    'Instrument: Sonic Pi samples',
    'Previous terrain',
    'Terrain: Slow Tides',
    'Next terrain',
    'Look of the picture',
    'Terrain Slow Tides',
    'Play',
    'X',
  ]);
  await instrument(tab).focus();
  await press('Enter');
  await menu(tab).waitFor();
  await expect.poll(() => focused(tab)).toBe('Instrument');
  const inside: string[] = [];
  for (let i = 0; i < 7; i++) {
    await press('Tab');
    inside.push(await focused(tab));
  }
  expect(inside).toEqual([
    'Open a file…',
    'Address of a model or terrain',
    'Load',
    'Built-in instrument Comes with the plugin',
    'darbouka 16 latents · 44.1 kHz · 149 MB',
    'Rename darbouka',
    'Delete darbouka',
  ]);
  await press('Shift+Tab', 'Shift+Tab', 'ArrowUp', 'ArrowDown', 'Space');
  expect(await menu(tab).count()).toBe(0);
  await progress(tab).waitFor();
  await press('Escape');
  await progress(tab).waitFor({ state: 'detached' });
  await press('Enter', 'Tab', 'Tab');
  await tab.keyboard.type('example.org/a.ts');
  await press('Enter');
  await tab.evaluate(() => page.plugin.refuse('There is no file at this address.'));
  await tab.getByRole('alert').filter({ hasText: 'There is no file' }).waitFor();
  // Leaving the open sheet closes it.
  await press('Enter', ...Array<string>(8).fill('Tab'));
  expect(await focused(tab)).toBe('Previous terrain');
  await expect.poll(() => menu(tab).count()).toBe(0);
  expect(await asked(tab)).toEqual(['library d1', 'cancel', 'url https://example.org/a.ts']);
  expect(await tab.evaluate(() => (globalThis as unknown as { keys: string[] }).keys)).toEqual([]);
});

describe.each(SIZES)('at %i × %i', (width, height) => {
  /** Every state, each by itself. */
  const states: readonly (readonly [string, (tab: Tab) => Promise<unknown>])[] = [
    [
      "the instrument's menu",
      async (tab) => {
        await tab.evaluate(() => {
          page.plugin.keep(
            [
              { hash: 'd1', name: `darbouka ${'with a very long name '.repeat(9)}` },
              { kind: 'terrain', hash: 'p1' },
            ],
            'This window is private: what is opened here is forgotten when it closes.',
          );
          page.plugin.play({
            name: `a model ${'with a very long name '.repeat(9)}`,
            latents: 128,
            notes: ['Exported without streaming; mended while opening.'],
            attributes: [
              { name: 'learn_target', kind: 'bool', value: true },
              { name: 'temperature', kind: 'float', value: 0.75 },
            ],
          });
        });
        await instrument(tab).click();
        await button(tab, /^Rename darbouka/).click();
      },
    ],
    [
      'the question before deleting',
      async (tab) => {
        await tab.evaluate(() => page.plugin.keep([{ hash: 'd1', name: 'darbouka' }]));
        await instrument(tab).click();
        await button(tab, 'Delete darbouka').click();
        await tab.getByRole('textbox', { name: 'Address of a model or terrain' }).fill('no');
        await button(tab, 'Load').click();
      },
    ],
    [
      "the terrain's menu",
      async (tab) => {
        await tab.evaluate(() => page.plugin.keep([{ kind: 'terrain', hash: 'p1', name: 'percussion' }]));
        await button(tab, /^Terrain: /).click();
      },
    ],
    [
      'an opening beside a message',
      async (tab) => {
        await tab.evaluate(() => void page.plugin.openFile(new File([], `${'long '.repeat(40)}.ts`)));
        await drag(tab, ['cover.png'], 'dragEnter', 'dragOver', 'drop');
        await tab.getByText(/cover\.png/).waitFor();
      },
    ],
    [
      'a missing model beside a message',
      async (tab) => {
        await tab.evaluate(() => {
          page.plugin.lack({
            hash: 'x',
            name: `${'long '.repeat(20)}`,
            url: `https://example.org/${'long/'.repeat(60)}a.ts`,
          });
          page.plugin.notify({ kind: 'error', text: 'The address does not answer.' });
        });
        await tab.getByText('Load from').waitFor();
      },
    ],
    ['the target of a drop', (tab) => drag(tab, ['darbouka.ts'], 'dragEnter', 'dragOver')],
  ];

  it.each(states)('%s is inside the face, readable and accessible', async (_, make) => {
    const tab = await faces.open(width, height, { viewport: { width, height } });
    await make(tab);
    await tab.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    );
    expect(Math.min(...(await typeSizes(tab)))).toBeGreaterThanOrEqual(12);
    const sheets = tab.locator('.sheet, .card');
    for (const box of await sheets.evaluateAll((all) => all.map((each) => each.getBoundingClientRect()))) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(width);
      expect(box.bottom).toBeLessThanOrEqual(height);
    }
    // Nothing scrolls sideways.
    expect(await sheets.evaluateAll((all) => all.every((each) => each.scrollWidth <= each.clientWidth))).toBe(
      true,
    );
    expect(await violations(tab)).toEqual([]);
  });
});
