/**
 * The terrains: a name that opens a sheet with the factory's and one's own, and buttons to the neighbours among the
 * factory's. One's own come from nn.terrain's files, and what plays can be saved as one.
 * Knows no plugin: wishes go to the callbacks. Used by the panel.
 */

import { LitElement, nothing, type TemplateResult } from 'lit';
import { html } from 'lit/static-html.js';
import type { FactoryTerrain, Library } from '../../shared/face.js';
import { chooseFiles } from '../choose-file.js';
import { libraryRows } from '../facts.js';
import { icons } from '../icons.js';
import { libraryTag, type LibraryWishes } from '../library/library.js';
import { Popover } from '../popover.js';
import { defineElement } from '../tag.js';
import { shared, sheet } from '../theme.styles.js';
import { styles } from './terrain-menu.styles.js';

export interface TerrainWishes extends LibraryWishes {
  /** A factory terrain. Resolves, in any way, when the choice is done with. */
  select(id: string): Promise<void>;
  files(files: readonly File[]): void;
  /** Saves the terrain that sounds. */
  save(): void;
}

export class TerrainMenuElement extends LitElement {
  static override styles = [shared, sheet, styles];
  static override properties = {
    terrains: { attribute: false },
    selected: { attribute: false },
    name: { attribute: false },
    library: { attribute: false },
    playing: { attribute: false },
  };

  declare terrains: readonly FactoryTerrain[];
  /** Id of the factory terrain that sounds, or null for another. */
  declare selected: string | null;
  /** Name of the terrain that sounds. */
  declare name: string;
  declare library: Library;
  /** Hash of the library's terrain that sounds, if it is known. */
  declare playing: string | null;
  declare wishes: TerrainWishes;

  readonly #popover = new Popover(this);
  /** The last choice that is on its way: steps count from it, so that quick presses do not get lost. */
  #wanted: string | null = null;
  /** For the rows: a choice closes the sheet, renaming and deleting do not. */
  readonly #rowWishes: LibraryWishes = {
    play: (hash) => this.#leave(() => this.wishes.play(hash)),
    rename: (hash, name) => this.wishes.rename(hash, name),
    remove: (hash) => this.wishes.remove(hash),
  };

  async #select(id: string): Promise<void> {
    this.#wanted = id;
    this.setAttribute('aria-busy', 'true');
    await this.wishes.select(id);
    if (this.#wanted !== id) return;
    this.#wanted = null;
    this.removeAttribute('aria-busy');
  }

  #step(by: number): void {
    const count = this.terrains.length;
    const at = this.terrains.findIndex(({ id }) => id === (this.#wanted ?? this.selected));
    const next = at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
    const terrain = this.terrains[next];
    if (terrain) void this.#select(terrain.id);
  }

  async #toggle(): Promise<void> {
    this.#popover.toggle();
    if (!this.#popover.open) return;
    await this.updateComplete;
    const list = this.renderRoot.querySelector('.list');
    const selected = list?.querySelector<HTMLElement>('[aria-selected="true"]');
    (selected ?? (list?.firstElementChild as HTMLElement | null))?.focus();
  }

  /** Closes the sheet for something that goes on outside of it. */
  #leave(act: () => void): void {
    this.#popover.hide();
    this.renderRoot.querySelector<HTMLElement>('.current')?.focus();
    act();
  }

  #onListKey(event: KeyboardEvent): void {
    const options = [...this.renderRoot.querySelectorAll<HTMLElement>('.option')];
    const at = options.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const to = (index: number): void => options[Math.min(options.length - 1, Math.max(0, index))]?.focus();
    switch (event.key) {
      case 'ArrowDown':
        to(at + 1);
        break;
      case 'ArrowUp':
        to(at - 1);
        break;
      case 'Home':
        to(0);
        break;
      case 'End':
        to(options.length - 1);
        break;
      case 'Enter':
      case ' ':
        options[at]?.click();
        break;
      default: {
        // Typing a letter goes to the next name that starts with it.
        if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
        const starts = this.terrains.map(({ name }) =>
          name.toLowerCase().startsWith(event.key.toLowerCase()),
        );
        const next = starts.findIndex((start, i) => start && i > at);
        to(next >= 0 ? next : Math.max(at, starts.indexOf(true)));
      }
    }
    event.preventDefault();
  }

  protected override render(): TemplateResult {
    const { open } = this.#popover;
    const alone = this.terrains.length === 0;
    return html`<button
        class="icon"
        aria-label="Previous terrain"
        title="Previous terrain"
        ?disabled=${alone}
        @click=${(): void => this.#step(-1)}
      >
        ${icons.previous}
      </button>
      <button
        class="current"
        aria-haspopup="dialog"
        aria-expanded=${open}
        aria-label="Terrain: ${this.name}"
        title="Choose a terrain"
        @click=${this.#toggle}
      >
        <span>${this.name}</span>${icons.down}
      </button>
      <button
        class="icon"
        aria-label="Next terrain"
        title="Next terrain"
        ?disabled=${alone}
        @click=${(): void => this.#step(1)}
      >
        ${icons.next}
      </button>
      ${open ? this.#sheet() : nothing}`;
  }

  #sheet(): TemplateResult {
    const own = libraryRows(this.library, 'terrain', this.playing);
    // A tab stop even if none of them sounds.
    const first = this.terrains.some(({ id }) => id === this.selected) ? this.selected : this.terrains[0]?.id;
    return html`<div class="sheet" role="dialog" aria-label="Terrain">
      <div class="list" role="listbox" aria-label="Terrains" @keydown=${this.#onListKey}>
        ${this.terrains.map(
          ({ id, name, description }) =>
            html`<div
              class="option"
              role="option"
              tabindex=${id === first ? 0 : -1}
              aria-selected=${id === this.selected}
              @click=${(): void => this.#leave(() => void this.#select(id))}
            >
              ${icons.check}<span><b>${name}</b><small>${description}</small></span>
            </div>`,
        )}
      </div>
      ${
        own.length > 0
          ? html`<div class="own">
              <div class="kind">Yours</div>
              <${libraryTag.html}
                label="Your terrains"
                .rows=${own}
                .wishes=${this.#rowWishes}
              ></${libraryTag.html}>
            </div>`
          : nothing
      }
      <div class="ways">
        <button
          class="button"
          title="A terrain of nn.terrain (.pt)"
          @click=${(): void => chooseFiles('terrain', (files) => this.#leave(() => this.wishes.files(files)))}
        >
          ${icons.open}Open a file…
        </button>
        <button
          class="button"
          title="Save the terrain that sounds as a file for nn.terrain in Max, or to open it here again"
          @click=${(): void => this.#leave(() => this.wishes.save())}
        >
          ${icons.save}Save as .pt
        </button>
      </div>
    </div>`;
  }
}

export const terrainMenuTag = defineElement('menu', TerrainMenuElement);
