/**
 * The room's door: makes and ends faces of the plugin. A face knows the plugin only as `PluginFace`.
 * Thread: main. Used by `src/index.ts`.
 */

import type { PluginFace } from '../shared/face.js';
import { panelTag, type PanelElement } from './panel/panel.js';

/**
 * A new face, showing the plugin's present state. May be called many times. It fills a container of known size,
 * is 720 × 480 px elsewhere, and takes its size from `width` and `height` attributes (px) if a host sets them.
 */
export function createFace(face: PluginFace): HTMLElement {
  // By name, not by class: with two copies of one build on a page, the first copy's class is the registered one.
  const panel = document.createElement(panelTag.name) as PanelElement;
  panel.face = face;
  return panel;
}

/** Ends a face: its worker, listeners and animation. At once, also after the plugin was destroyed. */
export function destroyFace(element: Element): void {
  // By what it can do, not by class: see above.
  const { destroy } = element as Partial<PanelElement>;
  if (destroy) destroy.call(element);
  else element.remove();
}
