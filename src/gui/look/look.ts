/**
 * How the terrain's picture looks: colour map, latent, range of values. A button and a small sheet.
 * Knows no plugin: changes go to `onStyle`. Used by the panel.
 */

import { LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { html } from 'lit/static-html.js';
import { COLOUR_MAPS, legendColours, type ColourMap } from '../../shared/colour-maps.js';
import type { PictureStyle } from '../../shared/messages.js';
import { controlTag, type ControlElement, type ControlSpec } from '../control/control.js';
import { icons } from '../icons.js';
import { short } from '../number-text.js';
import { Popover } from '../popover.js';
import { defineElement } from '../tag.js';
import { shared, sheet } from '../theme.styles.js';
import { lastLatent, moveRange, RANGE } from './range.js';
import { styles } from './look.styles.js';

const NAMES: { readonly [K in ColourMap]: string } = {
  colour: 'Colour',
  grey: 'Grey',
  viridis: 'Viridis',
  magma: 'Magma',
};

const END = { ...RANGE, unit: '', curve: 1 } as const;
const LOW: ControlSpec = { ...END, label: 'From', default: -3, help: 'Latent value shown darkest.' };
const HIGH: ControlSpec = { ...END, label: 'To', default: 3, help: 'Latent value shown brightest.' };

/** A map in small: its scale, or the colours that its latents stand for. */
function swatch(map: ColourMap): string {
  const colours = legendColours(map);
  if (map !== 'colour') return `background: linear-gradient(90deg, ${colours.join(', ')})`;
  const [, red, green, blue] = colours;
  return `background: linear-gradient(100deg, ${red}, ${green} 50%, ${blue})`;
}

export class LookElement extends LitElement {
  static override styles = [shared, sheet, styles];
  static override properties = { look: { attribute: false }, latents: { attribute: false } };

  declare look: PictureStyle;
  declare latents: number;
  declare onStyle: (style: PictureStyle) => void;

  readonly #popover = new Popover(this);

  #change(change: Partial<PictureStyle>): void {
    const style = { ...this.look, ...change };
    this.onStyle({ ...style, latent: Math.min(style.latent, lastLatent(style.map, this.latents)) });
  }

  #onMapKey(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const count = COLOUR_MAPS.length;
    const next = COLOUR_MAPS[(COLOUR_MAPS.indexOf(this.look.map) + by + count) % count] as ColourMap;
    this.#change({ map: next });
    this.renderRoot.querySelector<HTMLElement>(`[data-map="${next}"]`)?.focus();
  }

  protected override updated(_changed: PropertyValues): void {
    const [latent, low, high] = this.renderRoot.querySelectorAll<ControlElement>('.controls > *');
    const now = performance.now();
    latent?.show(this.look.latent + 1, now);
    low?.show(this.look.range[0], now);
    high?.show(this.look.range[1], now);
  }

  protected override render(): TemplateResult {
    const { open } = this.#popover;
    return html`<button
        class="icon"
        aria-haspopup="dialog"
        aria-expanded=${open}
        aria-label="Look of the picture"
        title="Look: colours and range of the terrain's picture"
        @click=${(): void => this.#popover.toggle()}
      >
        ${icons.look}
      </button>
      ${open ? this.#sheet() : nothing}`;
  }

  #sheet(): TemplateResult {
    const { map, range } = this.look;
    const last = lastLatent(map, this.latents);
    const latentSpec: ControlSpec = {
      label: 'Latent',
      unit: '',
      min: 1,
      // A control needs a way to go, even if there is only one latent.
      max: Math.max(2, last + 1),
      default: 1,
      curve: 1,
      decimals: 0,
      help:
        map === 'colour' ? 'First of the four latents shown: brightness, red, green, blue.' : 'Latent shown.',
    };
    return html`<div class="sheet" role="dialog" aria-label="Look">
      <div class="maps" role="radiogroup" aria-label="Colour map" @keydown=${this.#onMapKey}>
        ${COLOUR_MAPS.map(
          (each) =>
            html`<div
              class="map"
              role="radio"
              data-map=${each}
              tabindex=${each === map ? 0 : -1}
              aria-checked=${each === map}
              @click=${(): void => this.#change({ map: each })}
            >
              <span class="swatch" style=${swatch(each)}></span>${NAMES[each]}
            </div>`,
        )}
      </div>
      <div class="legend">${map === 'colour' ? this.#inks() : this.#scale()}</div>
      <div class="controls">
        <${controlTag.html}
          .spec=${latentSpec}
          .onInput=${(value: number): void => this.#change({ latent: Math.min(last, value - 1) })}
        ></${controlTag.html}>
        <${controlTag.html}
          .spec=${LOW}
          .onInput=${(value: number): void => this.#change({ range: moveRange(range, 'low', value) })}
        ></${controlTag.html}>
        <${controlTag.html}
          .spec=${HIGH}
          .onInput=${(value: number): void => this.#change({ range: moveRange(range, 'high', value) })}
        ></${controlTag.html}>
      </div>
    </div>`;
  }

  /** Which latent is seen as what. */
  #inks(): TemplateResult {
    const { map, latent } = this.look;
    const meanings = ['light', 'red', 'green', 'blue'].slice(0, this.latents - latent);
    return html`<div class="inks">
      ${meanings.map(
        (meaning, i) =>
          html`<span class="ink" title="Latent ${latent + i + 1}: ${meaning}"
            ><i style="background: ${legendColours(map)[i]}"></i>${latent + i + 1} ${meaning}</span
          >`,
      )}
    </div>`;
  }

  #scale(): TemplateResult {
    const { map, latent, range } = this.look;
    return html`<div class="scale" style=${swatch(map)}></div>
      <div class="ends">
        <span>${short(range[0], 1)}</span><span>latent ${latent + 1}</span><span>${short(range[1], 1)}</span>
      </div>`;
  }
}

export const lookTag = defineElement('look', LookElement);
