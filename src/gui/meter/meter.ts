/**
 * Output level: left and right peak in dBFS with a held peak. Moves by style changes in the face's animation
 * loop, never by lit. Used by the panel.
 */

import { html, LitElement, type TemplateResult } from 'lit';
import { formatLevel } from '../number-text.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { METER_FLOOR, MeterChannel, meterTravel } from './ballistics.js';
import { styles } from './meter.styles.js';

/** The number and what screen readers see change no more often than this, in ms, to stay readable. */
const TEXT_MS = 250;
/** From here on the limiter works. */
const FULL = -0.1;

export class MeterElement extends LitElement {
  static override styles = [shared, styles];

  readonly #channels = [new MeterChannel(), new MeterChannel()] as const;
  #textAt = 0;
  #text = '';

  hear(peaks: readonly [number, number]): void {
    const now = performance.now();
    this.#channels[0].hear(peaks[0], now);
    this.#channels[1].hear(peaks[1], now);
  }

  /** One animation frame. @returns Whether something still moves. */
  paint(now: number): boolean {
    const bars = this.renderRoot.querySelectorAll<HTMLElement>('.bar');
    let moves = false;
    this.#channels.forEach((channel, i) => {
      if (channel.advance(now)) moves = true;
      const bar = bars[i];
      if (!bar) return;
      const [level, peak] = bar.children as unknown as [HTMLElement, HTMLElement];
      level.style.clipPath = `inset(0 ${(100 * (1 - meterTravel(channel.level))).toFixed(2)}% 0 0)`;
      peak.style.opacity = channel.peak > METER_FLOOR ? '1' : '0';
      peak.style.transform = `translateX(calc(${(100 * meterTravel(channel.peak)).toFixed(2)}% - 2px))`;
      bar.classList.toggle('full', channel.peak >= FULL);
    });
    if (now - this.#textAt >= TEXT_MS || !moves) this.#write(now);
    return moves;
  }

  #write(now: number): void {
    const peak = Math.max(this.#channels[0].peak, this.#channels[1].peak);
    const text = formatLevel(peak);
    if (text === this.#text) return;
    this.#textAt = now;
    this.#text = text;
    const meter = this.renderRoot.querySelector('[role="meter"]');
    const number = this.renderRoot.querySelector('.number');
    meter?.setAttribute('aria-valuenow', Math.min(0, peak).toFixed(1));
    meter?.setAttribute('aria-valuetext', `${text} dBFS`);
    if (!number) return;
    number.textContent = text;
    number.parentElement?.classList.toggle('full', peak >= FULL);
  }

  protected override render(): TemplateResult {
    const bar = html`<div class="bar">
      <div class="level"></div>
      <div class="peak"></div>
    </div>`;
    return html`<div
        class="bars"
        role="meter"
        aria-label="Output level"
        aria-valuemin=${METER_FLOOR}
        aria-valuemax="0"
        aria-valuenow=${METER_FLOOR}
        title="Output level, left above right, in dBFS: greatest sample and held peak"
      >
        ${bar}${bar}
      </div>
      <span class="reading" aria-hidden="true"
        ><span class="number"></span><span class="unit"> dB</span></span
      >`;
  }
}

export const meterTag = defineElement('meter', MeterElement);
