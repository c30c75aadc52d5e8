/**
 * One value with a name and a unit: a knob, or a bar under a number. Drag, wheel (when focused), keys, typing,
 * double-click reset. Not bound to the plugin: it is told values by `show` and tells gestures by `onInput`.
 * Used by the panel's strip and the Look section.
 */

import { LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { html } from 'lit/static-html.js';
import { Hold } from '../hold.js';
import { formatValue, parseValue } from '../number-text.js';
import { fromTravel, moveValue, sliderMove, STEP, toTravel, type Travel } from '../steps.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { styles } from './control.styles.js';

export interface ControlSpec extends Travel {
  readonly label: string;
  readonly unit: string;
  readonly default: number;
  /** Tooltip, and the description for screen readers. */
  readonly help: string;
}

/** Pointer travel over the whole range, in CSS px. */
const DRAG_PX = 180;
const FINE = 0.1;

/* Geometry of the dial in its 40 × 40 box: 270 degrees from lower left over the top to lower right. */
const RADIUS = 17;
const SWEEP = 0.75;
const ARC = arcPath();
function arcPath(): string {
  const offset = RADIUS * Math.SQRT1_2;
  return `M${20 - offset} ${20 + offset}A${RADIUS} ${RADIUS} 0 1 1 ${20 + offset} ${20 + offset}`;
}
const angle = (travel: number): number => -135 + 360 * SWEEP * travel;

export class ControlElement extends LitElement {
  static override styles = [shared, styles];
  static override properties = {
    spec: { attribute: false },
    kind: {},
    editing: { state: true },
  };
  static override shadowRootOptions: ShadowRootInit = {
    ...LitElement.shadowRootOptions,
    delegatesFocus: true,
  };

  declare spec: ControlSpec;
  declare kind: 'knob' | 'bar';
  /** A musician changed the value. */
  declare onInput: (value: number) => void;
  declare private editing: boolean;

  readonly #hold = new Hold();
  #value = NaN;
  #drag: { id: number; x: number; y: number; travel: number } | null = null;

  constructor() {
    super();
    this.kind = 'knob';
    this.editing = false;
    this.onInput = (): void => {};
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#drag = null;
    this.#hold.drop();
  }

  /**
   * Shows a value that came from elsewhere, unless a hand is on this control. Writes only what changed; no lit.
   * @returns Whether to be told again in the next frame.
   */
  show(value: number, now: number): boolean {
    if (this.#hold.active(now)) return true;
    if (value !== this.#value) this.#display(value);
    return false;
  }

  #display(value: number): void {
    this.#value = value;
    const root = this.renderRoot as ShadowRoot;
    const slider = root.querySelector('.slider');
    if (!slider) return;
    const text = formatValue(value, this.spec.unit, this.spec.decimals);
    slider.setAttribute('aria-valuenow', String(value));
    slider.setAttribute('aria-valuetext', text);
    (root.querySelector('.value') as HTMLElement).textContent = text;
    const travel = toTravel(this.spec, value);
    if (this.kind === 'knob') {
      root.querySelector('.arc')?.setAttribute('stroke-dasharray', `${travel} 2`);
      root.querySelector('.hand')?.setAttribute('transform', `rotate(${angle(travel)} 20 20)`);
    } else (root.querySelector('.fill') as HTMLElement).style.transform = `scaleX(${travel})`;
  }

  #change(value: number): void {
    this.#display(value);
    this.onInput(value);
  }

  /** A single change: a key, the wheel, a typed number. */
  #step(value: number): void {
    this.#hold.release();
    this.#change(value);
  }

  #onPointerDown(event: PointerEvent): void {
    if (event.button !== 0 || this.#drag) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#hold.grab();
    this.#drag = {
      id: event.pointerId,
      x: event.clientX,
      y: event.clientY,
      travel: toTravel(this.spec, this.#value),
    };
  }

  #onPointerMove(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag?.id !== event.pointerId) return;
    const moved = event.clientX - drag.x - (event.clientY - drag.y);
    drag.travel += (moved / DRAG_PX) * (event.shiftKey ? FINE : 1);
    drag.travel = Math.min(1, Math.max(0, drag.travel));
    drag.x = event.clientX;
    drag.y = event.clientY;
    const value = fromTravel(this.spec, drag.travel);
    if (value !== this.#value) this.#change(value);
  }

  #onPointerEnd(event: PointerEvent): void {
    if (this.#drag?.id !== event.pointerId) return;
    this.#drag = null;
    this.#hold.release();
  }

  #onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter' || /^[0-9.,-]$/.test(event.key)) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      void this.#edit(event.key === 'Enter' ? null : event.key);
      return;
    }
    const move = sliderMove(event);
    if (!move) return;
    event.preventDefault();
    const { min, max, default: fallback } = this.spec;
    if ('by' in move) this.#step(moveValue(this.spec, this.#value, move.by));
    else this.#step({ least: min, greatest: max, default: fallback }[move.to]);
  }

  #onWheel(event: WheelEvent): void {
    // Only when focused: else a page could not be scrolled past the plugin.
    if (!this.matches(':focus-within') || event.ctrlKey) return;
    event.preventDefault();
    const delta = event.deltaY || event.deltaX;
    if (delta === 0) return;
    this.#step(
      moveValue(this.spec, this.#value, -Math.sign(delta) * (event.shiftKey ? STEP.fine : STEP.normal)),
    );
  }

  async #edit(first: string | null): Promise<void> {
    this.editing = true;
    await this.updateComplete;
    const input = this.renderRoot.querySelector('input');
    if (!input) return;
    input.value = first ?? formatValue(this.#value, this.spec.unit, this.spec.decimals);
    input.focus();
    if (first === null) input.select();
  }

  #commit(input: HTMLInputElement, refocus: boolean): void {
    if (!this.editing) return;
    this.editing = false;
    const value = parseValue(input.value, this.spec.unit);
    if (value !== null) this.#step(Math.min(this.spec.max, Math.max(this.spec.min, value)));
    if (refocus) (this.renderRoot.querySelector('.slider') as HTMLElement).focus();
  }

  #onEditKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') this.#commit(event.currentTarget as HTMLInputElement, true);
    if (event.key !== 'Escape') return;
    // Ends the typing only, not what the control lies in.
    event.stopPropagation();
    this.editing = false;
    (this.renderRoot.querySelector('.slider') as HTMLElement).focus();
  }

  protected override updated(changed: PropertyValues): void {
    if ((changed.has('spec') || changed.has('kind')) && !Number.isNaN(this.#value))
      this.#display(this.#value);
  }

  protected override render(): TemplateResult {
    const { label, help, min, max, unit } = this.spec;
    return html`<div class="control ${this.kind}" title=${help}>
      <div
        class="slider"
        role="slider"
        tabindex="0"
        aria-label=${label}
        aria-description=${help}
        aria-valuemin=${min}
        aria-valuemax=${max}
        aria-valuenow=${min}
        aria-orientation=${this.kind === 'knob' ? 'vertical' : 'horizontal'}
        @pointerdown=${this.#onPointerDown}
        @pointermove=${this.#onPointerMove}
        @pointerup=${this.#onPointerEnd}
        @pointercancel=${this.#onPointerEnd}
        @lostpointercapture=${this.#onPointerEnd}
        @dblclick=${(): void => this.#step(this.spec.default)}
        @keydown=${this.#onKeyDown}
        @wheel=${this.#onWheel}
      >
        ${this.kind === 'knob' ? this.#dial() : nothing}
        <span class="label ${this.kind === 'bar' ? 'head' : ''}" aria-hidden="true">${label}</span>
        ${
          this.kind === 'bar'
            ? html`<span class="rail" aria-hidden="true"><span class="fill"></span></span>`
            : nothing
        }
      </div>
      <span class="value" aria-hidden="true" @click=${(): void => void this.#edit(null)}></span>
      ${
        this.editing
          ? html`<input
              type="text"
              inputmode="decimal"
              autocomplete="off"
              spellcheck="false"
              aria-label=${unit ? `${label}, ${unit}` : label}
              @keydown=${this.#onEditKey}
              @blur=${(event: FocusEvent): void => this.#commit(event.currentTarget as HTMLInputElement, false)}
            />`
          : nothing
      }
    </div>`;
  }

  #dial(): TemplateResult {
    const mark = angle(toTravel(this.spec, this.spec.default));
    return html`<svg viewBox="0 0 40 40" aria-hidden="true">
      ${svg`
        <circle class="cap" cx="20" cy="20" r="12.5" />
        <path class="track" d=${ARC} />
        <path class="arc" d=${ARC} pathLength="1" stroke-dasharray="0 2" />
        <path class="default" d="M20 3.4v-3" transform=${`rotate(${mark} 20 20)`} />
        <path class="hand" d="M20 15.5V9.5" />
      `}
    </svg>`;
  }
}

export const controlTag = defineElement('control', ControlElement);
