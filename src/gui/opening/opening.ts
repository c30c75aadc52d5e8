/**
 * A file that is being opened: its name, what is happening, how far it is, a way to stop it. Lies over the terrain's
 * upper edge; what sounds goes on meanwhile. Screen readers hear each step once, not each percent.
 * Knows no plugin. Used by the panel.
 */

import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Opening } from '../../shared/face.js';
import { defineElement } from '../tag.js';
import { card, shared } from '../theme.styles.js';
import { styles } from './opening.styles.js';
import { percent, STAGES } from './stages.js';

export class OpeningElement extends LitElement {
  static override styles = [shared, card, styles];
  static override properties = { opening: { attribute: false }, playing: { attribute: false } };

  declare opening: Opening | null;
  /** Names of instrument and terrain that sound: what changed when the opening ended is told. */
  declare playing: readonly string[];
  declare onCancel: () => void;

  #said = '';
  #before: readonly string[] = [];

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('opening')) this.#follow(changed.get('opening') as Opening | null | undefined);
    // The new sound may be told a little before or after the end of the opening.
    const fresh = this.playing.filter((name, i) => name !== this.#before[i]);
    if (this.opening || this.#before.length === 0 || fresh.length === 0) return;
    this.#said = `${fresh.join(' and ')} plays.`;
    this.#before = [];
  }

  #follow(last: Opening | null | undefined): void {
    const { opening } = this;
    if (!opening) {
      this.#said = '';
      return;
    }
    if (!last) this.#before = this.playing;
    const begin = last?.name === opening.name ? '' : `Opening ${opening.name}. `;
    if (begin || last?.stage !== opening.stage) this.#said = `${begin}${STAGES[opening.stage]}.`;
  }

  protected override render(): TemplateResult {
    const { opening } = this;
    return html`${opening ? this.#show(opening) : nothing}
      <span class="visually-hidden" role="status">${this.#said}</span>`;
  }

  #show(opening: Opening): TemplateResult {
    const done = percent(opening);
    const stage = STAGES[opening.stage];
    return html`<div class="card">
      <span class="words">
        <b>${opening.name}</b>
        <span class="stage">${stage}</span>
      </span>
      <span class="share" aria-hidden="true">${done} %</span>
      <button class="button" title="Stop opening (Esc)" @click=${(): void => this.onCancel()}>Cancel</button>
      <div
        class="bar"
        role="progressbar"
        aria-label="Opening ${opening.name}"
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${done}
        aria-valuetext="${stage}, ${done} %"
      >
        <div class="done" style="transform: scaleX(${opening.fraction})"></div>
      </div>
    </div>`;
  }
}

export const openingTag = defineElement('opening', OpeningElement);
