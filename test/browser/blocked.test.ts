/** A browser that lets no sound start before the musician has touched the page. */
import { expect, it } from 'vitest';
import { useBrowser } from './harness.js';

const lab = useBrowser({ autoplay: false });

it('a blocked context is created ready, says in the face how to start, and starts with a click there', async () => {
  const { page, complaints } = await lab.open({ create: lab.plugin.url });
  const ready = () => page.evaluate(() => blocked!.stateWhenReady);
  // Else this Chromium does not block and the test proves nothing.
  await expect.poll(ready).toBe('suspended');
  const notice = page.getByText(/lets no sound start by itself/);
  await notice.waitFor();
  await notice.click();
  await notice.waitFor({ state: 'detached' });
  expect(await page.evaluate(() => blocked!.context.state)).toBe('running');
  // Chromium warns of the block; nothing else may be said.
  expect(complaints.splice(0).filter((line) => !/AudioContext was not allowed/.test(line))).toEqual([]);
});
