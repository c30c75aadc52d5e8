/**
 * What a musician may set about the model that plays: the attributes that the model itself offers, and what becomes
 * of latents that the terrain does not drive.
 * Knows no plugin. Used by the instrument's menu.
 */

import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { InstrumentInfo, ModelAttribute } from '../../shared/engine-plan.js';
import type { LatentFill } from '../../shared/face.js';
import { parseValue, short } from '../number-text.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { latentFit } from './latents.js';
import { styles } from './model-settings.styles.js';

const FILLS: readonly { readonly fill: LatentFill; readonly name: string; readonly help: string }[] = [
  {
    fill: 'noise',
    name: 'Noise',
    help: 'Random values, new with each latent: livelier, and wide in stereo.',
  },
  { fill: 'zeros', name: 'Zeros', help: 'Always zero: calmer, and the same each time.' },
];

/** Decimals of a number that a model offers: enough to see what one has typed. */
const DECIMALS = 4;

/** Whether there is anything to set or to say. */
export function hasSettings(instrument: InstrumentInfo, terrainLatents: number): boolean {
  return (instrument.attributes?.length ?? 0) > 0 || latentFit(instrument, terrainLatents) !== null;
}

export class ModelSettingsElement extends LitElement {
  static override styles = [shared, styles];
  static override properties = {
    instrument: { attribute: false },
    terrainLatents: { attribute: false },
    fill: { attribute: false },
    wished: { state: true },
  };

  declare instrument: InstrumentInfo;
  declare terrainLatents: number;
  declare fill: LatentFill;
  declare onFill: (fill: LatentFill) => void;
  /** Resolves, in any way, when the model plays with the value or was refused with it. */
  declare onAttribute: (name: string, value: boolean | number) => Promise<void>;
  /** Values on their way: a model is traced again, and until then the hand's wish is what is seen. */
  declare private wished: ReadonlyMap<string, boolean | number>;

  constructor() {
    super();
    this.wished = new Map();
  }

  async #set({ name, value }: ModelAttribute, wish: boolean | number): Promise<void> {
    if ((this.wished.get(name) ?? value) === wish) return;
    this.wished = new Map(this.wished).set(name, wish);
    await this.onAttribute(name, wish);
    if (this.wished.get(name) !== wish) return;
    const left = new Map(this.wished);
    left.delete(name);
    this.wished = left;
  }

  #commit(attribute: ModelAttribute, input: HTMLInputElement): void {
    const value = parseValue(input.value, '');
    if (value !== null && attribute.kind !== 'bool')
      void this.#set(attribute, attribute.kind === 'int' ? Math.round(value) : value);
    // What was typed may be no number, or a number in other words.
    this.requestUpdate();
  }

  #onNumberKey(event: KeyboardEvent, attribute: ModelAttribute): void {
    const input = event.currentTarget as HTMLInputElement;
    if (event.key === 'Enter') this.#commit(attribute, input);
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.requestUpdate();
    input.value = this.#text(attribute);
  }

  #text({ name, value }: ModelAttribute): string {
    return short(Number(this.wished.get(name) ?? value), DECIMALS);
  }

  #onFillKey(event: KeyboardEvent): void {
    if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
    this.onFill(this.fill === 'noise' ? 'zeros' : 'noise');
    const other = this.renderRoot.querySelector<HTMLElement>('[role="radio"][aria-checked="false"]');
    other?.focus();
  }

  protected override render(): TemplateResult {
    const { instrument, terrainLatents } = this;
    const fit = latentFit(instrument, terrainLatents);
    return html`${instrument.attributes?.map((attribute) => this.#attribute(attribute))}
    ${
      fit === null
        ? nothing
        : html`<div class="latents">
            <p id="latents">${fit.text}</p>
            ${fit.rest > 0 ? this.#fills() : nothing}
          </div>`
    }`;
  }

  #attribute(attribute: ModelAttribute): TemplateResult {
    const { name, kind, value } = attribute;
    // As the model's maker wrote it, but readable.
    const label = name.replaceAll('_', ' ');
    if (kind === 'bool') {
      const on = Boolean(this.wished.get(name) ?? value);
      return html`<div class="attribute">
        <span id="a-${name}">${label}</span>
        <button
          class="switch"
          role="switch"
          aria-checked=${on}
          aria-labelledby="a-${name}"
          @click=${(): void => void this.#set(attribute, !on)}
        >
          <span></span>
        </button>
      </div>`;
    }
    return html`<div class="attribute">
      <label for="a-${name}">${label}</label>
      <input
        id="a-${name}"
        class="field"
        type="text"
        inputmode=${kind === 'int' ? 'numeric' : 'decimal'}
        autocomplete="off"
        .value=${this.#text(attribute)}
        @keydown=${(event: KeyboardEvent): void => this.#onNumberKey(event, attribute)}
        @change=${(event: Event): void => this.#commit(attribute, event.currentTarget as HTMLInputElement)}
      />
    </div>`;
  }

  #fills(): TemplateResult {
    return html`<div class="fills" role="radiogroup" aria-labelledby="latents" @keydown=${this.#onFillKey}>
      ${FILLS.map(
        ({ fill, name, help }) =>
          html`<button
            role="radio"
            aria-checked=${fill === this.fill}
            tabindex=${fill === this.fill ? 0 : -1}
            title=${help}
            @click=${(): void => this.onFill(fill)}
          >
            ${name}
          </button>`,
      )}
    </div>`;
  }
}

export const modelSettingsTag = defineElement('model-settings', ModelSettingsElement);
