/**
 * The terrain that a state only names: looks for its file on this machine, and remembers it while it is missing, so that
 * saving the project again still names it and so that it plays when it turns up. Used by `session.ts`. Thread: main.
 */

import type { FileReference } from '../formats/preset/state.js';
import type { Terrain } from '../shared/terrain.js';
import { findFiles, onFileHere } from './files-in-use.js';
import type { Notices } from './notices.js';
import type { Opener } from './opener.js';
import type { TerrainFile } from './terrain-choice.js';

export class TerrainFiles {
  readonly #opener: Opener;
  readonly #notices: Notices;
  readonly #play: (terrain: Terrain, file: TerrainFile) => Promise<void>;
  readonly #stopHearing: () => void;
  #wanted: FileReference | null = null;
  #searching = false;

  /** @param play What is done with a terrain that was found. */
  constructor(
    opener: Opener,
    notices: Notices,
    play: (terrain: Terrain, file: TerrainFile) => Promise<void>,
  ) {
    this.#opener = opener;
    this.#notices = notices;
    this.#play = play;
    this.#stopHearing = onFileHere((hash) => this.#arrived(hash));
  }

  /** What a state names although another terrain plays: on its way, or missing. */
  get wanted(): FileReference | null {
    return this.#wanted;
  }

  /** Another terrain was chosen, or this one plays. */
  forget(): void {
    this.#wanted = null;
  }

  /** Resolves when it plays, or when the musician was told that it is missing. Throws: PluginError of its file. */
  async restore(wanted: FileReference): Promise<void> {
    this.#wanted = wanted;
    this.#searching = true;
    try {
      const [found] = await findFiles(wanted.hash);
      // Another wish came meanwhile.
      if (this.#wanted !== wanted) return;
      if (!found) {
        this.#tellMissing(wanted);
        return;
      }
      const source = { kind: 'blob', name: wanted.name, blob: found.file } as const;
      await this.#opener.open(source, {}, async ({ opened }) => {
        if (opened.kind !== 'terrain' || this.#wanted !== wanted) return;
        await this.#play({ ...opened.terrain, name: wanted.name }, { ...wanted, blob: found.file });
      });
    } finally {
      if (this.#wanted === wanted || this.#wanted === null) this.#searching = false;
    }
  }

  end(): void {
    this.#stopHearing();
  }

  #arrived(hash: string): void {
    const wanted = this.#wanted;
    if (wanted?.hash !== hash || this.#searching) return;
    // The notice that asked for it is done with.
    this.#notices.tell(null);
    this.restore(wanted).catch((error: unknown) => this.#notices.tellError(error));
  }

  #tellMissing({ name }: FileReference): void {
    this.#notices.tell({
      kind: 'info',
      text: `This project plays the terrain «${name}», which is not on this computer. Everything else was restored. Drop the terrain's file here.`,
    });
  }
}
