/**
 * The plugin's face on the page, in an area whose height can be changed; tells the performance when a pointer is on it.
 */
import { element } from './dom.js';
import type { Host } from './host.js';

const MIN_HEIGHT = 240;
const MAX_HEIGHT = 1200;

export function wireStage(host: Host): () => void {
  const gui = element('gui', 'div');
  gui.addEventListener('pointerdown', () => host.performance.pointer(true), { capture: true });
  for (const type of ['pointerup', 'pointercancel'] as const)
    window.addEventListener(type, () => host.performance.pointer(false), { capture: true });
  wireSizer(gui, element('sizer', 'div'));

  return () => {
    const face = host.plugin?.gui ?? null;
    if (face !== gui.firstElementChild) gui.replaceChildren(...(face ? [face] : []));
  };
}

function wireSizer(gui: HTMLElement, sizer: HTMLElement): void {
  sizer.setAttribute('aria-valuemin', String(MIN_HEIGHT));
  sizer.setAttribute('aria-valuemax', String(MAX_HEIGHT));
  const resize = (height: number): void => {
    const whole = Math.round(Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, height)));
    gui.style.setProperty('--gui-height', `${whole}px`);
    sizer.setAttribute('aria-valuenow', String(whole));
  };
  sizer.setAttribute('aria-valuenow', String(gui.clientHeight));
  let grip: number | null = null;
  sizer.addEventListener('pointerdown', (event) => {
    sizer.setPointerCapture(event.pointerId);
    grip = gui.clientHeight - event.clientY;
  });
  sizer.addEventListener('pointermove', (event) => {
    if (grip !== null) resize(event.clientY + grip);
  });
  for (const type of ['pointerup', 'pointercancel'] as const)
    sizer.addEventListener(type, () => (grip = null));
  sizer.addEventListener('dblclick', () => gui.style.removeProperty('--gui-height'));
  sizer.addEventListener('keydown', (event) => {
    const step = event.shiftKey ? 4 : 24;
    if (event.key === 'ArrowUp') resize(gui.clientHeight - step);
    else if (event.key === 'ArrowDown') resize(gui.clientHeight + step);
    else return;
    event.preventDefault();
  });
}
