/**
 * The project that was opened was made with a model that is not here: which one, and the ways to it. Everything else
 * is restored and plays, so this waits calmly until the model comes or the musician puts it away.
 * Knows no plugin. Used by the panel.
 */

import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { chooseFiles } from '../choose-file.js';
import type { MissingModel } from '../../shared/face.js';
import { icons } from '../icons.js';
import { defineElement } from '../tag.js';
import { card, shared } from '../theme.styles.js';
import { styles } from './missing.styles.js';

export interface MissingWishes {
  files(files: readonly File[]): void;
  url(url: string): void;
  dismiss(): void;
}

export class MissingElement extends LitElement {
  static override styles = [shared, card, styles];
  static override properties = { missing: { attribute: false }, playing: {} };

  declare missing: MissingModel | null;
  /** Name of the instrument that plays instead. */
  declare playing: string;
  declare wishes: MissingWishes;

  protected override render(): TemplateResult {
    // The region always exists: one that comes with its text is not read by every screen reader.
    return html`<div role="status">${this.missing ? this.#show(this.missing) : nothing}</div>`;
  }

  #show({ name, url }: MissingModel): TemplateResult {
    return html`<div class="card">
      <div class="words">
        <b>This project was made with «${name}».</b>
        <span
          >The model is not in this browser. Until it comes, ${this.playing} plays; all else is
          restored.</span
        >
      </div>
      <button
        class="icon close"
        aria-label="Go on without ${name}"
        title="Go on without it"
        @click=${this.#dismiss}
      >
        ${icons.close}
      </button>
      <div class="ways">
        <button
          class="button main"
          @click=${(): void => chooseFiles('model', (files) => this.wishes.files(files))}
        >
          ${icons.open}Choose the file…
        </button>
        ${
          url === null
            ? nothing
            : html`<button class="button address" title=${url} @click=${(): void => this.wishes.url(url)}>
                Load from <span>${short(url)}</span>
              </button>`
        }
      </div>
    </div>`;
  }

  readonly #dismiss = (): void => this.wishes.dismiss();
}

/** An address without what every address has; the whole of it is in the tooltip. */
function short(url: string): string {
  return url.replace(/^https?:\/\/(www\.)?/, '');
}

export const missingTag = defineElement('missing', MissingElement);
