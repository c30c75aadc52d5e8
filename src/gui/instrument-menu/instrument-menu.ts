/**
 * The instrument: which model plays, what may be set about it, ways to open another, and what is kept in this
 * browser. A name that opens a sheet. Knows no plugin: wishes go to the callbacks. Used by the panel.
 */

import { LitElement, nothing, type TemplateResult } from 'lit';
import { html } from 'lit/static-html.js';
import type { InstrumentInfo } from '../../shared/engine-plan.js';
import type { LatentFill, Library, MissingModel } from '../../shared/face.js';
import { chooseFiles } from '../choose-file.js';
import { instrumentFacts, libraryFacts, libraryRows } from '../facts.js';
import { icons } from '../icons.js';
import { libraryTag, type LibraryRow, type LibraryWishes } from '../library/library.js';
import { hasSettings, modelSettingsTag } from '../model-settings/model-settings.js';
import { Popover } from '../popover.js';
import { defineElement } from '../tag.js';
import { shared, sheet } from '../theme.styles.js';
import { parseAddress } from './address.js';
import { styles } from './instrument-menu.styles.js';

export interface InstrumentWishes extends LibraryWishes {
  files(files: readonly File[]): void;
  url(url: string): void;
  /** The missing model's card, that was put away. */
  showMissing(): void;
  fill(fill: LatentFill): void;
  attribute(name: string, value: boolean | number): Promise<void>;
}

export class InstrumentMenuElement extends LitElement {
  static override styles = [shared, sheet, styles];
  static override properties = {
    instrument: { attribute: false },
    builtIn: { attribute: false },
    library: { attribute: false },
    playingTerrain: { attribute: false },
    terrainLatents: { attribute: false },
    fill: { attribute: false },
    missing: { attribute: false },
    addressError: { state: true },
  };

  declare instrument: InstrumentInfo;
  declare builtIn: boolean;
  declare library: Library;
  /** Hash of the library's terrain that sounds, if it is known. */
  declare playingTerrain: string | null;
  declare terrainLatents: number;
  declare fill: LatentFill;
  /** A model that the project needs and whose card was put away. */
  declare missing: MissingModel | null;
  declare wishes: InstrumentWishes;
  declare private addressError: boolean;

  readonly #popover = new Popover(this);
  /** For the rows: a choice closes the sheet, renaming and deleting do not. */
  readonly #rowWishes: LibraryWishes = {
    play: (hash) => this.#leave(() => this.wishes.play(hash)),
    rename: (hash, name) => this.wishes.rename(hash, name),
    remove: (hash) => this.wishes.remove(hash),
  };

  constructor() {
    super();
    this.addressError = false;
  }

  /** Gives the button focus. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('.current')?.focus(options);
  }

  async #toggle(): Promise<void> {
    this.#popover.toggle();
    this.addressError = false;
    if (!this.#popover.open) return;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.sheet')?.focus();
  }

  /** Closes the sheet for something that goes on outside of it. */
  #leave(act: () => void): void {
    this.#popover.hide();
    this.focus();
    act();
  }

  #onAddress(event: SubmitEvent): void {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements[0] as HTMLInputElement;
    const url = parseAddress(input.value);
    this.addressError = url === null;
    if (url === null) input.focus();
    else this.#leave(() => this.wishes.url(url));
  }

  protected override render(): TemplateResult {
    const { open } = this.#popover;
    const { name } = this.instrument;
    const facts = instrumentFacts(this.instrument);
    return html`<button
        class="current"
        aria-haspopup="dialog"
        aria-expanded=${open}
        aria-label="Instrument: ${name}"
        title="${name}: ${facts}. Open a model, or choose another"
        @click=${this.#toggle}
      >
        ${icons.instrument}
        <span class="name">${name}</span>
        ${this.missing ? html`<i class="mark"></i>` : nothing} ${icons.down}
      </button>
      <span class="facts">${facts}</span>
      ${open ? this.#sheet(facts) : nothing}`;
  }

  #sheet(facts: string): TemplateResult {
    const { instrument, builtIn, missing } = this;
    return html`<div class="sheet" role="dialog" aria-label="Instrument" tabindex="-1">
      <section class="now">
        <div class="title">
          <b>${instrument.name}</b>
          ${builtIn && !/built.in/i.test(instrument.name) ? html`<span class="tag">built in</span>` : nothing}
        </div>
        <p class="soft">${facts}</p>
        ${instrument.notes?.map((note) => html`<p class="note">${icons.info}<span>${note}</span></p>`)}
        ${hasSettings(instrument, this.terrainLatents) ? this.#settings() : nothing}
        ${missing ? this.#missing(missing) : nothing}
      </section>
      <section class="ways">${this.#ways()}</section>
      <section class="kept">${this.#kept()}</section>
    </div>`;
  }

  #settings(): TemplateResult {
    return html`<${modelSettingsTag.html}
      class="settings"
      .instrument=${this.instrument}
      .terrainLatents=${this.terrainLatents}
      .fill=${this.fill}
      .onFill=${(fill: LatentFill): void => this.wishes.fill(fill)}
      .onAttribute=${(name: string, value: boolean | number): Promise<void> => this.wishes.attribute(name, value)}
    ></${modelSettingsTag.html}>`;
  }

  #missing({ name }: MissingModel): TemplateResult {
    return html`<p class="note missing">
      <i class="mark"></i><span>The project's own model «${name}» is missing.</span>
      <button class="button" @click=${(): void => this.#leave(() => this.wishes.showMissing())}>
        Find it…
      </button>
    </p>`;
  }

  #ways(): TemplateResult {
    return html`<button
        class="button main"
        title="A model (.ts, .onnx) or a terrain (.pt). Or drop it on the terrain"
        @click=${(): void => chooseFiles('any', (files) => this.#leave(() => this.wishes.files(files)))}
      >
        ${icons.open}Open a file…
      </button>
      <form novalidate @submit=${this.#onAddress}>
        <input
          class="field"
          type="url"
          autocomplete="off"
          spellcheck="false"
          placeholder="https://…/model.ts"
          aria-label="Address of a model or terrain"
          aria-invalid=${this.addressError}
          aria-describedby=${this.addressError ? 'address-error' : nothing}
          @input=${(): void => void (this.addressError = false)}
        />
        <button class="button" type="submit">Load</button>
      </form>
      <p class="soft wide">Or drop a .ts, .onnx or .pt file on the terrain.</p>
      <p class="wrong wide" role="alert" ?hidden=${!this.addressError}>
        <span id="address-error"
          >${
            this.addressError ? 'That is no web address. It looks like https://example.org/model.ts.' : ''
          }</span
        >
      </p>`;
  }

  #kept(): TemplateResult {
    const { library, builtIn } = this;
    const models = libraryRows(library, 'model', builtIn ? null : this.instrument.hash);
    const terrains = libraryRows(library, 'terrain', this.playingTerrain);
    const own: LibraryRow = {
      hash: null,
      name: 'Built-in instrument',
      facts: 'Comes with the plugin',
      playing: builtIn,
    };
    return html`<div class="head">
        <b>Library</b><span class="soft">${libraryFacts(library) ?? ''}</span>
      </div>
      ${
        library.unavailable === null
          ? nothing
          : html`<p class="note">${icons.info}<span>${library.unavailable}</span></p>`
      }
      <${libraryTag.html}
        label="Models"
        .rows=${[own, ...models]}
        .wishes=${this.#rowWishes}
      ></${libraryTag.html}>
      ${
        terrains.length > 0
          ? html`<div class="kind">Terrains</div>
              <${libraryTag.html}
                label="Terrains"
                .rows=${terrains}
                .wishes=${this.#rowWishes}
              ></${libraryTag.html}>`
          : nothing
      }
      ${
        models.length + terrains.length === 0 && library.unavailable === null
          ? html`<p class="soft hint">
              What you open is kept here, in this browser. It is never sent anywhere.
            </p>`
          : nothing
      }`;
  }
}

export const instrumentMenuTag = defineElement('instrument', InstrumentMenuElement);
