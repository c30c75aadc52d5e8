/** What the panel's elements wish for, as calls of the plugin. No decisions. Used by the panel. */

import type { PluginFace } from '../../shared/face.js';
import type { InstrumentWishes } from '../instrument-menu/instrument-menu.js';
import type { MissingWishes } from '../missing/missing.js';
import type { TerrainWishes } from '../terrain-menu/terrain-menu.js';
import type { Files } from './files.js';

export interface Wishes {
  readonly missing: MissingWishes;
  readonly instrument: InstrumentWishes;
  readonly terrain: TerrainWishes;
}

/** What is the panel's own matter. */
export interface PanelWishes {
  /** Puts the missing model's card away, or shows it again. */
  putAway(away: boolean): void;
  selectTerrain(id: string): Promise<void>;
}

export function makeWishes(face: PluginFace, files: Files, panel: PanelWishes): Wishes {
  const opens = {
    files: (chosen: readonly File[]) => void files.open(chosen),
    url: (url: string) => files.url(url),
  };
  const rows = {
    play: (hash: string | null) => files.play(hash),
    rename: (hash: string, name: string) => face.renameInLibrary(hash, name),
    remove: (hash: string) => face.deleteFromLibrary(hash),
  };
  return {
    missing: { ...opens, dismiss: () => panel.putAway(true) },
    instrument: {
      ...opens,
      ...rows,
      showMissing: () => panel.putAway(false),
      fill: (fill) => face.setLatentFill(fill),
      attribute: (name, value) => face.setAttribute(name, value),
    },
    terrain: { ...opens, ...rows, select: (id) => panel.selectTerrain(id), save: () => void files.save() },
  };
}
