/**
 * Instrument and effect by address.
 */
import { attempt } from './alerts.js';
import { element, press } from './dom.js';
import type { Host } from './host.js';

export function wirePlugins(host: Host): () => void {
  const pluginUrl = element('plugin-url', 'input');
  const effectUrl = element('effect-url', 'input');
  const pluginName = element('plugin-name', 'span');
  const effectName = element('effect-name', 'p');
  const bypass = element('bypass', 'button');
  const remove = element('remove', 'button');
  const face = element('effect-face', 'details');
  const mount = element('effect-gui', 'div');

  onSubmit('plugin-form', () => host.loadPlugin(pluginUrl.value.trim()));
  onSubmit('effect-form', () => host.loadEffect(effectUrl.value.trim()));
  bypass.addEventListener('click', () => (host.bypassed = !host.bypassed));
  remove.addEventListener('click', () => {
    host.removeEffect();
    effectUrl.focus();
  });

  let shown = { plugin: host.plugin, effect: host.effect };
  return () => {
    const { plugin, effect } = host;
    pluginName.textContent = plugin?.wam.name ?? '';
    effectName.textContent = effect ? effect.wam.name : 'None. The instrument plays dry.';
    bypass.disabled = remove.disabled = effect === null;
    press(bypass, effect !== null && host.bypassed);
    // A project brings its own addresses; what is being typed stays.
    if (plugin && plugin !== shown.plugin) pluginUrl.value = plugin.url;
    if (effect && effect !== shown.effect) effectUrl.value = effect.url;
    if (effect !== shown.effect) {
      face.hidden = !effect?.gui;
      mount.replaceChildren(...(effect?.gui ? [effect.gui] : []));
    }
    shown = { plugin, effect };
  };
}

/** One load at a time: the button waits for the answer. */
function onSubmit(id: string, action: () => Promise<void>): void {
  const form = element(id, 'form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = form.querySelector<HTMLButtonElement>('button[type=submit]');
    if (!button || button.disabled) return;
    button.disabled = true;
    button.textContent = 'Loading…';
    void attempt(action).finally(() => {
      button.disabled = false;
      button.textContent = 'Load';
    });
  });
}
