/**
 * What is kept in this browser, as rows: a press plays one, two buttons rename and delete it, both in its place.
 * Keys: up and down go from row to row, F2 renames, Delete asks whether to delete. Knows no plugin: wishes go to the
 * callbacks. Used by the menus of instrument and terrain.
 */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { styles } from './library.styles.js';

export interface LibraryRow {
  /** Null is the built-in model, which is neither renamed nor deleted. */
  readonly hash: string | null;
  readonly name: string;
  /** One line: what and how large it is. */
  readonly facts: string;
  readonly playing: boolean;
}

export interface LibraryWishes {
  play(hash: string | null): void;
  rename(hash: string, name: string): Promise<void>;
  remove(hash: string): Promise<void>;
}

/** What is being done to a row, if anything: one row at a time. */
type Doing = { readonly hash: string; readonly what: 'rename' | 'remove' } | null;

export class LibraryElement extends LitElement {
  static override styles = [shared, styles];
  static override properties = { rows: { attribute: false }, label: {}, doing: { state: true } };

  declare rows: readonly LibraryRow[];
  /** What these rows are, for screen readers. */
  declare label: string;
  declare wishes: LibraryWishes;
  declare private doing: Doing;

  /** Where focus belongs after the next update: it must not fall out of a row that changes. */
  #focus: { readonly row: number; readonly part: string } | null = null;

  constructor() {
    super();
    this.doing = null;
  }

  #index(hash: string | null): number {
    return this.rows.findIndex((row) => row.hash === hash);
  }

  #begin(hash: string, what: 'rename' | 'remove'): void {
    this.doing = { hash, what };
    this.#focus = { row: this.#index(hash), part: what === 'rename' ? 'input' : '.keep' };
  }

  /** Leaves the row as it was. @param part Where the musician came from. */
  #end(part: string): void {
    if (!this.doing) return;
    this.#focus = { row: this.#index(this.doing.hash), part };
    this.doing = null;
  }

  #rename(input: HTMLInputElement, refocus: boolean): void {
    const { doing } = this;
    if (doing?.what !== 'rename') return;
    const row = this.rows[this.#index(doing.hash)];
    const name = input.value.trim();
    if (refocus) this.#end('.item');
    else this.doing = null;
    if (row && name !== '' && name !== row.name) void this.wishes.rename(doing.hash, name);
  }

  async #remove(hash: string): Promise<void> {
    const row = this.#index(hash);
    this.doing = null;
    // Somewhere safe until the row is gone: focus on nothing would close the menu's keyboard way.
    (this.renderRoot.querySelector('ul') as HTMLElement).focus();
    await this.wishes.remove(hash);
    await this.updateComplete;
    const items = this.renderRoot.querySelectorAll<HTMLElement>('.item');
    items[Math.min(row, items.length - 1)]?.focus();
  }

  #onRowKey(event: KeyboardEvent, index: number): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('.item')];
    const { hash = null } = this.rows[index] ?? {};
    const at = items.indexOf(event.currentTarget as HTMLElement);
    switch (event.key) {
      case 'ArrowDown':
        items[at + 1]?.focus();
        break;
      case 'ArrowUp':
        items[at - 1]?.focus();
        break;
      case 'Home':
        items[0]?.focus();
        break;
      case 'End':
        items.at(-1)?.focus();
        break;
      case 'F2':
        if (hash !== null) this.#begin(hash, 'rename');
        break;
      case 'Delete':
      case 'Backspace':
        if (hash !== null) this.#begin(hash, 'remove');
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  #onNameKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') {
      // Else the same key would press the row, which has focus by then.
      event.preventDefault();
      this.#rename(event.currentTarget as HTMLInputElement, true);
    }
    if (event.key !== 'Escape') return;
    // Ends the typing only, not what the list lies in.
    event.stopPropagation();
    this.#end('.item');
  }

  #onAskKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#end('.item');
  }

  protected override willUpdate(changed: PropertyValues): void {
    // A row that went away, for instance by another face of the same plugin.
    if (changed.has('rows') && this.doing && this.#index(this.doing.hash) < 0) this.doing = null;
  }

  protected override updated(): void {
    if (!this.#focus) return;
    const { row, part } = this.#focus;
    this.#focus = null;
    const target = this.renderRoot.querySelectorAll('li')[row]?.querySelector<HTMLElement>(part);
    target?.focus();
    if (target instanceof HTMLInputElement) target.select();
  }

  protected override render(): TemplateResult {
    return html`<ul aria-label=${this.label} tabindex="-1">
      ${this.rows.map((row, i) => {
        const what = row.hash !== null && row.hash === this.doing?.hash ? this.doing.what : null;
        return html`<li class=${row.playing ? 'playing' : ''}>
          ${what === 'rename' ? this.#naming(row) : what === 'remove' ? this.#asking(row) : this.#row(row, i)}
        </li>`;
      })}
    </ul>`;
  }

  #row({ hash, name, facts, playing }: LibraryRow, index: number): TemplateResult {
    return html`<button
        class="item"
        aria-current=${playing}
        aria-keyshortcuts=${hash === null ? nothing : 'F2 Delete'}
        @click=${(): void => this.wishes.play(hash)}
        @keydown=${(event: KeyboardEvent): void => this.#onRowKey(event, index)}
      >
        ${icons.check}<span class="words"><b>${name}</b><small>${facts}</small></span>
      </button>
      ${
        hash === null
          ? nothing
          : html`<button
                class="icon"
                aria-label="Rename ${name}"
                title="Rename (F2)"
                @click=${(): void => this.#begin(hash, 'rename')}
              >
                ${icons.rename}
              </button>
              <button
                class="icon"
                aria-label="Delete ${name}"
                title="Delete (Del)"
                @click=${(): void => this.#begin(hash, 'remove')}
              >
                ${icons.remove}
              </button>`
      }`;
  }

  #naming({ name }: LibraryRow): TemplateResult {
    return html`<input
      class="field"
      type="text"
      autocomplete="off"
      spellcheck="false"
      maxlength="200"
      .value=${name}
      aria-label="New name of ${name}"
      @keydown=${this.#onNameKey}
      @blur=${(event: FocusEvent): void => this.#rename(event.currentTarget as HTMLInputElement, false)}
    />`;
  }

  #asking({ hash, name, playing }: LibraryRow): TemplateResult {
    return html`<div class="ask" role="group" aria-label="Delete ${name}?" @keydown=${this.#onAskKey}>
      <span class="words"
        ><b>Delete «${name}»?</b
        ><small>${playing ? 'It goes on sounding.' : 'From this browser only.'}</small></span
      >
      <button class="button danger" @click=${(): void => void this.#remove(hash as string)}>Delete</button>
      <button class="button keep" @click=${(): void => this.#end('.item')}>Keep</button>
    </div>`;
  }
}

export const libraryTag = defineElement('library', LibraryElement);
