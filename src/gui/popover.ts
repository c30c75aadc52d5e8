/**
 * Opening and closing of what hangs from a button: one way for all. Closes on Escape, on a press elsewhere, and
 * when focus leaves. A lit controller; where the content is, is the element's own style. Used by menus and Look.
 */

import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class Popover implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #open = false;

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  get open(): boolean {
    return this.#open;
  }

  show(): void {
    if (this.#open) return;
    this.#open = true;
    this.#host.requestUpdate();
    // Captured at the window: a press on the terrain or in the host's page closes, too.
    window.addEventListener('pointerdown', this.#onPress, true);
    this.#host.addEventListener('keydown', this.#onKey);
    this.#host.addEventListener('focusout', this.#onFocusOut);
  }

  hide(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#host.requestUpdate();
    window.removeEventListener('pointerdown', this.#onPress, true);
    this.#host.removeEventListener('keydown', this.#onKey);
    this.#host.removeEventListener('focusout', this.#onFocusOut);
  }

  toggle(): void {
    if (this.#open) this.hide();
    else this.show();
  }

  hostDisconnected(): void {
    this.hide();
  }

  readonly #onPress = (event: PointerEvent): void => {
    if (!event.composedPath().includes(this.#host)) this.hide();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.hide();
    this.#host.shadowRoot?.querySelector<HTMLElement>('[aria-expanded]')?.focus();
  };

  readonly #onFocusOut = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    // Null: focus went nowhere (a press on something that takes none); presses elsewhere are caught above.
    if (to instanceof Node && to !== this.#host && !this.#host.shadowRoot?.contains(to)) this.hide();
  };
}
