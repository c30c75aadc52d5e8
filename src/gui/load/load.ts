/**
 * How busy the audio thread is, and how often it came too late. Text only, a few times a second, in fixed places.
 * Used by the panel.
 */

import { html, LitElement, type TemplateResult } from 'lit';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { styles } from './load.styles.js';

/** Least time between two texts, in ms. */
const TEXT_MS = 400;
const BUSY = 0.7;
const OVER = 0.95;

export class LoadElement extends LitElement {
  static override styles = [shared, styles];
  #at = -Infinity;
  #missed = 0;

  /** @param load Share of the available time, 0..1 and above. @param missed Quanta that came too late. */
  show(load: number, missed: number): void {
    const now = performance.now();
    if (now - this.#at < TEXT_MS && missed === this.#missed) return;
    this.#at = now;
    this.#missed = missed;
    const share = this.renderRoot.querySelector('.load');
    const late = this.renderRoot.querySelector('.late');
    if (!share || !late) return;
    share.textContent = `${Math.min(999, Math.round(load * 100))} %`;
    share.classList.toggle('busy', load >= BUSY && load < OVER);
    share.classList.toggle('over', load >= OVER);
    late.textContent = String(Math.min(9999, missed));
    late.classList.toggle('over', missed > 0);
    late.parentElement?.classList.toggle('some', missed > 0);
  }

  protected override render(): TemplateResult {
    return html`<span title="Share of the available time that the sound takes on the audio thread">
        <span class="name">Load </span><span class="figure load">–</span>
      </span>
      <span class="missed" title="Missed deadlines: how often the sound came too late and may have clicked">
        <span class="name">Late </span><span class="figure late">0</span>
      </span>`;
  }
}

export const loadTag = defineElement('load', LoadElement);
