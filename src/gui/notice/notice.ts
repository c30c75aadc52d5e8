/**
 * The place for messages: over the terrain's upper edge, so that nothing moves when one comes. Errors interrupt a
 * screen reader, the rest waits. Used by the panel.
 */

import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Notice } from '../../shared/face.js';
import { icons } from '../icons.js';
import { defineElement } from '../tag.js';
import { card, shared } from '../theme.styles.js';
import { styles } from './notice.styles.js';

export class NoticeElement extends LitElement {
  static override styles = [shared, card, styles];
  static override properties = { notice: { attribute: false } };

  declare notice: Notice | null;
  declare onDismiss: () => void;

  protected override render(): TemplateResult {
    const { notice } = this;
    // Both regions always exist: a region that comes with its text is not read by every screen reader.
    return html`<div role="status">${notice?.kind === 'info' ? this.#show(notice) : nothing}</div>
      <div role="alert">${notice?.kind === 'error' ? this.#show(notice) : nothing}</div>`;
  }

  #show({ kind, text, details }: Notice): TemplateResult {
    return html`<div class="card notice ${kind}">
      ${kind === 'error' ? icons.error : icons.info}
      <span class="text">${text}</span>
      <button
        class="icon"
        aria-label="Dismiss message"
        title="Dismiss"
        @click=${(): void => this.onDismiss()}
      >
        ${icons.close}
      </button>
      ${
        details && details.length > 0
          ? html`<details>
              <summary>Details</summary>
              <ul>
                ${details.map((line) => html`<li>${line}</li>`)}
              </ul>
            </details>`
          : nothing
      }
    </div>`;
  }
}

export const noticeTag = defineElement('notice', NoticeElement);
