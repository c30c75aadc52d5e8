/**
 * The terrain as something to play: its picture, its bounds, the position, the trail of the sound; pointer and
 * keys. A `application` role, because two axes at once are no slider; X and Y alone are sliders in the strip.
 * Draws overlays on a canvas of their own, in the face's one animation loop. Used by the panel.
 */

import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { ErrorRecord } from '../../shared/errors.js';
import type { PluginFace } from '../../shared/face.js';
import type { Terrain } from '../../shared/terrain.js';
import { Hold } from '../hold.js';
import { fixed, short } from '../number-text.js';
import type { Painter } from '../painter.js';
import { clamp01, positionMove } from '../steps.js';
import { defineElement } from '../tag.js';
import { shared } from '../theme.styles.js';
import { drawOverlay } from './overlay.js';
import { PictureClient, pictureSize, terrainWork, type PicturePass } from './picture-client.js';
import { styles } from './terrain-view.styles.js';
import { Trail } from './trail.js';

/** Shift while dragging: the position moves by this part of the pointer's way. */
const FINE = 0.1;

export class TerrainViewElement extends LitElement {
  static override styles = [shared, styles];
  static override properties = { terrain: { attribute: false } };

  declare face: PluginFace;
  declare painter: Painter;
  declare terrain: Terrain;
  declare onFailure: (error: ErrorRecord) => void;

  readonly #hold = new Hold();
  readonly #trail = new Trail();
  readonly #stillness = matchMedia('(prefers-reduced-motion: reduce)');
  #picture: PictureClient | null = null;
  #resizing: ResizeObserver | null = null;
  #overlay: CanvasRenderingContext2D | null = null;
  #width = 0;
  #height = 0;
  #x = 0.5;
  #y = 0.5;
  #playing = false;
  #dirty = true;
  /** Terrain of the picture that is on screen. */
  #shown: Terrain | null = null;
  #wished: Terrain | null = null;
  #drag: { id: number; clientX: number; clientY: number } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#picture = new PictureClient(this.face.pictureWorkerUrl, this.#onPass, (error) =>
      this.onFailure(error),
    );
    this.#resizing = new ResizeObserver(() => this.#onResize());
    this.#resizing.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizing?.disconnect();
    this.#picture?.stop();
    this.#picture = null;
    this.#drag = null;
    this.#hold.drop();
  }

  /** Asks for the picture again: another size, terrain or style. Waits while hidden. */
  redraw(): void {
    if (!this.#picture || !this.painter.visible || this.#width === 0) return;
    const { terrain } = this;
    const { width, height } = pictureSize(
      this.#width,
      this.#height,
      devicePixelRatio,
      terrainWork(terrain.network),
    );
    this.#wished = terrain;
    this.#picture.draw(terrain, width, height, this.face.style);
  }

  /** Where the sound was, from telemetry. */
  addTrail(positions: Float32Array): void {
    this.#trail.add(positions, performance.now());
    this.#dirty = true;
  }

  /** After a time without telemetry: where the sound went meanwhile is not known. */
  clearTrail(): void {
    this.#trail.clear();
    this.#dirty = true;
  }

  /** One animation frame. @returns Whether something still moves. */
  paint(now: number): boolean {
    const held = this.#hold.active(now);
    if (!held) this.#follow(this.face.value('x'), this.face.value('y'));
    const playing = this.face.value('playing') > 0;
    if (playing !== this.#playing) this.#dirty = true;
    this.#playing = playing;
    this.#trail.expire(now);
    const fading = this.#trail.length > 0;
    if (!this.#dirty && !fading) return held && !this.#drag;
    this.#dirty = fading;
    if (this.#overlay)
      drawOverlay(this.#overlay, {
        width: this.#width,
        height: this.#height,
        bounds: this.terrain.bounds,
        x: this.#x,
        y: this.#y,
        held: this.#drag !== null,
        playing,
        trail: this.#trail,
        showTrail: !this.#stillness.matches,
        now,
      });
    return fading || (held && !this.#drag);
  }

  #follow(x: number, y: number): void {
    if (x === this.#x && y === this.#y) return;
    this.#x = x;
    this.#y = y;
    this.#dirty = true;
  }

  #onResize(): void {
    const { clientWidth: width, clientHeight: height } = this;
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.overlay');
    if (!canvas || width === 0 || height === 0) return;
    this.#width = width;
    this.#height = height;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    this.#overlay = canvas.getContext('2d');
    this.#overlay?.scale(canvas.width / width, canvas.height / height);
    this.#dirty = true;
    this.painter.request();
    this.redraw();
  }

  readonly #onPass = (pass: PicturePass): void => {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.picture');
    if (!canvas) return;
    // The same terrain in another size: the old picture, stretched, is better than a coarse new one.
    if (this.#shown === this.#wished && !pass.last && pass.width < 0.75 * canvas.width) return;
    this.#shown = this.#wished;
    canvas.width = pass.width;
    canvas.height = pass.height;
    const pixels = pass.pixels as Uint8ClampedArray<ArrayBuffer>;
    canvas.getContext('2d')?.putImageData(new ImageData(pixels, pass.width, pass.height), 0, 0);
    canvas.classList.add('shown');
  };

  #move(x: number, y: number): void {
    this.#x = clamp01(x);
    this.#y = clamp01(y);
    this.#dirty = true;
    this.face.gesture({ x: this.#x, y: this.#y });
    this.painter.request();
  }

  #onPointerDown(event: PointerEvent): void {
    if (event.button !== 0 || this.#drag) return;
    const pad = event.currentTarget as HTMLElement;
    pad.setPointerCapture(event.pointerId);
    this.#drag = { id: event.pointerId, clientX: event.clientX, clientY: event.clientY };
    this.#hold.grab();
    if (!event.shiftKey) this.#moveTo(event);
  }

  #onPointerMove(event: PointerEvent): void {
    const drag = this.#drag;
    if (drag?.id !== event.pointerId) return;
    if (event.shiftKey) {
      const box = this.getBoundingClientRect();
      this.#move(
        this.#x + ((event.clientX - drag.clientX) / box.width) * FINE,
        this.#y - ((event.clientY - drag.clientY) / box.height) * FINE,
      );
    } else this.#moveTo(event);
    drag.clientX = event.clientX;
    drag.clientY = event.clientY;
  }

  #moveTo(event: PointerEvent): void {
    const box = this.getBoundingClientRect();
    this.#move((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height);
  }

  #onPointerEnd(event: PointerEvent): void {
    if (this.#drag?.id !== event.pointerId) return;
    this.#drag = null;
    this.#hold.release();
    this.#dirty = true;
    this.painter.request();
  }

  #onKeyDown(event: KeyboardEvent): void {
    // A step counts from where the position is now, not from where it was last drawn.
    if (!this.#hold.active(performance.now())) this.#follow(this.face.value('x'), this.face.value('y'));
    const announce = event.key.toLowerCase() === 'p' && !event.ctrlKey && !event.metaKey && !event.altKey;
    const move = positionMove(event, this.#x, this.#y);
    if (!announce && !move) return;
    event.preventDefault();
    if (announce) this.#announce();
    if (!move) return;
    this.#hold.release();
    this.#move(move.x, move.y);
  }

  #announce(): void {
    const live = this.renderRoot.querySelector('.live') as HTMLElement;
    const at = (axis: number, share: number): string => {
      const [low, high] = this.terrain.bounds[axis] ?? [0, 1];
      return short(low + share * (high - low));
    };
    const text = `X ${fixed(this.#x, 2)}, Y ${fixed(this.#y, 2)}; on the map ${at(0, this.#x)}, ${at(1, this.#y)}`;
    // A live region speaks only when its text changes.
    live.textContent = live.textContent === text ? `${text}\u00a0` : text;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('terrain')) return;
    this.#dirty = true;
    this.painter.request();
    this.redraw();
  }

  protected override render(): TemplateResult {
    const [left, right] = this.terrain.bounds[0] ?? [0, 1];
    const [bottom, top] = this.terrain.bounds[1] ?? [0, 1];
    return html`<div
        class="pad"
        role="application"
        tabindex="0"
        aria-label="Terrain ${this.terrain.name}"
        aria-roledescription="playing surface"
        aria-description="Arrow keys move, Shift for fine and Control or Alt for coarse steps, P tells the position."
        aria-keyshortcuts="P"
        @pointerdown=${this.#onPointerDown}
        @pointermove=${this.#onPointerMove}
        @pointerup=${this.#onPointerEnd}
        @pointercancel=${this.#onPointerEnd}
        @lostpointercapture=${this.#onPointerEnd}
        @keydown=${this.#onKeyDown}
      >
        <canvas class="picture" aria-hidden="true"></canvas>
        <canvas class="overlay" aria-hidden="true"></canvas>
        <span class="bound top" aria-hidden="true"><i>Y</i>${short(top)}</span>
        <span class="bound bottom" aria-hidden="true"><i>Y</i>${short(bottom)}</span>
        <span class="bound left" aria-hidden="true"><i>X</i>${short(left)}</span>
        <span class="bound right" aria-hidden="true"><i>X</i>${short(right)}</span>
      </div>
      <span class="live visually-hidden" role="status"></span>`;
  }
}

export const terrainViewTag = defineElement('view', TerrainViewElement);
