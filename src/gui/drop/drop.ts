/**
 * Files dragged over the face: a target that covers all of it and says what it takes, and what was dropped.
 * While files are dragged over the face, the host's own drop handling is kept out; anything else that is dragged is
 * the host's. Not what becomes of the files. Used by the panel.
 */

import { html, LitElement, nothing, type ReactiveController, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { folderRefusal } from './kinds.js';
import { styles } from './drop.styles.js';

export interface DropWishes {
  /** What was dropped, in the order in which it came; at least one file. */
  files(files: readonly File[]): void;
  /** Why something that was dropped is not opened. */
  refused(text: string): void;
}

/** Sorts what was dropped. To be called in the event: afterwards it is gone. */
function receive(transfer: DataTransfer, wishes: DropWishes): void {
  const files: File[] = [];
  const folders: File[] = [];
  for (const item of transfer.items) {
    const file = item.kind === 'file' ? item.getAsFile() : null;
    if (file) (item.webkitGetAsEntry()?.isDirectory ? folders : files).push(file);
  }
  if (files.length > 0) wishes.files(files);
  if (folders[0]) wishes.refused(folderRefusal(folders[0].name));
}

export class DropTarget implements ReactiveController {
  readonly #host: LitElement;
  readonly #wishes: DropWishes;
  #over = false;
  #connection: AbortController | null = null;

  /** @param host The face: all of it is the target. */
  constructor(host: LitElement, wishes: DropWishes) {
    this.#host = host;
    this.#wishes = wishes;
    host.addController(this);
  }

  /** Whether files are over the face. */
  get over(): boolean {
    return this.#over;
  }

  hostConnected(): void {
    const signal = (this.#connection = new AbortController()).signal;
    for (const type of ['dragenter', 'dragover'] as const)
      this.#host.addEventListener(type, this.#onOver, { signal });
    this.#host.addEventListener('dragleave', this.#onLeave, { signal });
    this.#host.addEventListener('drop', this.#onDrop, { signal });
    // A drag that was broken off is not always told; but while one goes on, pointers do not move.
    this.#host.addEventListener('pointermove', () => this.#show(false), { signal });
  }

  hostDisconnected(): void {
    this.#connection?.abort();
    this.#over = false;
  }

  #show(over: boolean): void {
    if (over === this.#over) return;
    this.#over = over;
    this.#host.requestUpdate();
  }

  readonly #onOver = (event: DragEvent): void => {
    const { dataTransfer } = event;
    if (!dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.stopPropagation();
    dataTransfer.dropEffect = 'copy';
    this.#show(true);
  };

  readonly #onLeave = (event: DragEvent): void => {
    if (!this.#over) return;
    event.stopPropagation();
    // From one part of the face to another is no leaving.
    const to = event.relatedTarget;
    if (to instanceof Node && (to === this.#host || this.#host.shadowRoot?.contains(to))) return;
    this.#show(false);
  };

  readonly #onDrop = (event: DragEvent): void => {
    this.#show(false);
    const { dataTransfer } = event;
    if (!dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.stopPropagation();
    receive(dataTransfer, this.#wishes);
  };
}

/** What is seen while files are over the face. */
export class DropElement extends LitElement {
  static override styles = [shared, styles];
  static override properties = { over: { type: Boolean, reflect: true } };

  declare over: boolean;

  constructor() {
    super();
    this.over = false;
  }

  protected override render(): TemplateResult {
    return html`${
      this.over
        ? html`<div class="target">
            <div class="words">
              ${icons.drop}
              <b>Drop to play</b>
              <span>a model: .ts (RAVE, nn~) or .onnx</span>
              <span>a terrain: .pt (nn.terrain)</span>
            </div>
          </div>`
        : nothing
    }`;
  }
}

export const dropTag = defineElement('drop', DropElement);
