/**
 * The page: joins the host to its controls, and keeps both in step. Decides nothing about sound.
 * Loads the plugin by its address, as any host would; see host.ts for what happens then.
 */
import { alertError, attempt } from './alerts.js';
import { wireBounce } from './bounce-card.js';
import { element, press } from './dom.js';
import { Host } from './host.js';
import { wireLanes } from './lanes-section.js';
import { wirePlugins } from './plugin-cards.js';
import { wireProject } from './project-buttons.js';
import { wireStage } from './stage.js';
import { wireTransport } from './transport-bar.js';

/** What each part of the page does after a change, in the order of the page. */
const refreshers: (() => void)[] = [];
let asked = false;
/** Many changes make one refresh, before the next picture. */
function changed(): void {
  if (asked) return;
  asked = true;
  queueMicrotask(() => {
    asked = false;
    for (const refresh of refreshers) refresh();
  });
}

const start = element('start', 'button');
const welcome = element('welcome', 'div');
const gui = element('gui', 'div');

async function run(): Promise<void> {
  const host = new Host(changed);
  refreshers.push(
    wireStage(host),
    wireTransport(host),
    wireLanes(host),
    wirePlugins(host),
    wireBounce(host),
    wireProject(host),
  );
  gui.inert = true;
  start.addEventListener('click', () => {
    void attempt(async () => {
      await host.start();
      welcome.hidden = true;
      gui.inert = false;
      element('play', 'button').focus();
    });
  });
  await host.prepare();
  await host.loadPlugin(element('plugin-url', 'input').value);
}

run()
  .catch(alertError)
  .finally(() => {
    // Even a host without a plugin can be started, and given another address.
    start.disabled = false;
    element('start-label', 'span').textContent = 'Start';
    press(element('loop', 'button'), true);
    changed();
  });
