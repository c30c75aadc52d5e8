/**
 * The factory terrains: a name that opens a list, and buttons to the neighbours. Knows no plugin: the choice goes
 * to `onSelect`. Used by the panel.
 */

import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FactoryTerrain } from '../../shared/face.js';
import { icons } from '../icons.js';
import { Popover } from '../popover.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { styles } from './terrain-menu.styles.js';

export class TerrainMenuElement extends LitElement {
  static override styles = [shared, styles];
  static override properties = {
    terrains: { attribute: false },
    selected: { attribute: false },
    name: { attribute: false },
  };

  declare terrains: readonly FactoryTerrain[];
  /** Id of the factory terrain that sounds, or null for another. */
  declare selected: string | null;
  /** Name of the terrain that sounds. */
  declare name: string;
  /** Resolves, in any way, when the choice is done with. */
  declare onSelect: (id: string) => Promise<void>;

  readonly #popover = new Popover(this);
  /** The last choice that is on its way: steps count from it, so that quick presses do not get lost. */
  #wanted: string | null = null;

  async #select(id: string): Promise<void> {
    this.#wanted = id;
    this.setAttribute('aria-busy', 'true');
    await this.onSelect(id);
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
    (
      list?.querySelector<HTMLElement>('[aria-selected="true"]') ??
      (list?.firstElementChild as HTMLElement | null)
    )?.focus();
  }

  #choose(id: string): void {
    this.#popover.hide();
    this.renderRoot.querySelector<HTMLElement>('.current')?.focus();
    void this.#select(id);
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
        aria-haspopup="listbox"
        aria-expanded=${open}
        aria-label="Terrain: ${this.name}"
        title="Choose a terrain"
        ?disabled=${alone}
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
      ${
        open
          ? html`<div class="list" role="listbox" aria-label="Terrains" @keydown=${this.#onListKey}>
              ${this.terrains.map(
                ({ id, name, description }) =>
                  html`<div
                    class="option"
                    role="option"
                    tabindex="-1"
                    aria-selected=${id === this.selected}
                    @click=${(): void => this.#choose(id)}
                  >
                    ${icons.check}<span><b>${name}</b><small>${description}</small></span>
                  </div>`,
              )}
            </div>`
          : nothing
      }`;
  }
}

export const terrainMenuTag = defineElement('menu', TerrainMenuElement);
