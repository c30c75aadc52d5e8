/**
 * The face: one panel with the terrain in the middle and everything else around it. Wires the elements to the
 * plugin's `PluginFace`, runs the one animation loop, and stops all of it while nobody can see it.
 * Made and ended by `createFace` and `destroyFace`.
 */

import { LitElement, nothing, type TemplateResult } from 'lit';
import { html } from 'lit/static-html.js';
import { toErrorRecord, type ErrorRecord } from '../../shared/errors.js';
import type { MissingModel, Notice, PluginFace } from '../../shared/face.js';
import type { Telemetry } from '../../shared/messages.js';
import { PARAMETERS } from '../../shared/parameters.js';
import { controlTag, type ControlElement } from '../control/control.js';
import { DropTarget, dropTag } from '../drop/drop.js';
import { icons } from '../icons.js';
import { instrumentMenuTag } from '../instrument-menu/instrument-menu.js';
import { loadTag, type LoadElement } from '../load/load.js';
import { lookTag } from '../look/look.js';
import { meterTag, type MeterElement } from '../meter/meter.js';
import { missingTag } from '../missing/missing.js';
import { noticeTag } from '../notice/notice.js';
import { openingTag } from '../opening/opening.js';
import { Painter } from '../painter.js';
import { defineElement } from '../tag.js';
import { terrainMenuTag } from '../terrain-menu/terrain-menu.js';
import { terrainViewTag, type TerrainViewElement } from '../terrain-view/terrain-view.js';
import { shared, tokens } from '../theme.styles.js';
import { Files } from './files.js';
import { CONTROL_SPECS, POSITION_CONTROLS, SOUND_CONTROLS, type ControlId } from './controls.js';
import { styles } from './panel.styles.js';
import { makeWishes, type Wishes } from './wishes.js';

export class PanelElement extends LitElement {
  static override styles = [tokens, shared, styles];
  static override properties = {
    width: { type: Number },
    height: { type: Number },
    ownNotice: { state: true },
    putAway: { state: true },
  };

  declare face: PluginFace;
  /** Size in px that a host asks for by attribute. */
  declare width: number | null;
  declare height: number | null;
  /** A message of the face's own: the plugin does not know that a picture failed. */
  declare private ownNotice: Notice | null;
  /** The missing model whose card the musician has put away. */
  declare private putAway: MissingModel | null;

  readonly #drop = new DropTarget(this, {
    files: (files) => void this.#files.open(files),
    refused: (text) => this.#report({ message: text, details: [] }),
  });
  readonly #painter = new Painter();
  #files!: Files;
  #wishes!: Wishes;
  #stops: (() => void)[] = [];
  #stopTelemetry: (() => void) | null = null;
  #onScreen = false;
  #destroyed = false;

  constructor() {
    super();
    this.width = null;
    this.height = null;
    this.ownNotice = null;
    this.putAway = null;
    this.addEventListener('keydown', this.#onKey);
  }

  override connectedCallback(): void {
    if (this.#destroyed) return;
    super.connectedCallback();
    const { face } = this;
    this.#files = new Files(face, (text, details = []) => {
      this.ownNotice = text === null ? null : { kind: 'error', text, details };
    });
    this.#wishes = makeWishes(face, this.#files, {
      putAway: (away) => this.#putAway(away ? face.missing : null),
      selectTerrain: (id) => this.#selectTerrain(id),
    });
    const update = (): void => this.requestUpdate();
    const observer = new IntersectionObserver((entries) => {
      this.#onScreen = entries.at(-1)?.isIntersecting ?? false;
      this.#updateVisibility();
    });
    observer.observe(this);
    document.addEventListener('visibilitychange', this.#updateVisibility);
    window.addEventListener('keydown', this.#onWindowKey);
    this.#stops = [
      (): void => window.removeEventListener('keydown', this.#onWindowKey),
      (): void => observer.disconnect(),
      (): void => document.removeEventListener('visibilitychange', this.#updateVisibility),
      face.on('parameter', () => this.#painter.request()),
      ...(['terrain', 'instrument', 'library', 'latentFill'] as const).map((event) => face.on(event, update)),
      ...(['notice', 'opening', 'missing'] as const).map((event) => face.on(event, this.#updateCards)),
      face.on('style', () => {
        this.requestUpdate();
        this.#view?.redraw();
      }),
      this.#painter.add((now) => this.#paint(now)),
    ];
    // What happened while this face was not on a page.
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#onScreen = false;
    this.#updateVisibility();
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  /** Ends this face for good. Asks nothing of the plugin, which may be gone. */
  destroy(): void {
    this.#destroyed = true;
    if (this.isConnected) this.remove();
  }

  get #view(): TerrainViewElement | null {
    return this.renderRoot?.querySelector<TerrainViewElement>('.view') ?? null;
  }

  /** Telemetry and drawing go on exactly while somebody can see them. */
  readonly #updateVisibility = (): void => {
    const visible = this.#onScreen && document.visibilityState === 'visible' && this.isConnected;
    if (visible === this.#painter.visible) return;
    this.#painter.visible = visible;
    if (visible) {
      this.#stopTelemetry = this.face.on('telemetry', (telemetry) => this.#onTelemetry(telemetry));
      this.#view?.redraw();
    } else {
      this.#stopTelemetry?.();
      this.#stopTelemetry = null;
      this.#view?.clearTrail();
    }
  };

  #onTelemetry({ trail, peaks, load, missedDeadlines }: Telemetry): void {
    this.#view?.addTrail(trail);
    this.renderRoot.querySelector<MeterElement>('.meter')?.hear(peaks);
    this.renderRoot.querySelector<LoadElement>('.load')?.show(load, missedDeadlines);
    this.#painter.request();
  }

  #paint(now: number): boolean {
    if (!this.hasUpdated) return true;
    let again = this.#view?.paint(now) ?? false;
    if (this.renderRoot.querySelector<MeterElement>('.meter')?.paint(now)) again = true;
    for (const control of this.renderRoot.querySelectorAll<ControlElement>('[data-parameter]'))
      if (control.show(this.face.value(control.dataset['parameter'] as ControlId), now)) again = true;
    this.#showPlaying();
    return again;
  }

  #showPlaying(): void {
    const play = this.renderRoot.querySelector('.play');
    const pressed = String(this.face.value('playing') > 0);
    if (!play || play.getAttribute('aria-pressed') === pressed) return;
    play.setAttribute('aria-pressed', pressed);
    for (const icon of play.children) (icon as HTMLElement).hidden = icon.className !== `when-${pressed}`;
  }

  /** A card may go away with the button that had focus; the keyboard's way must go on in the face. */
  readonly #updateCards = (): void => void this.#keepFocus();

  async #keepFocus(): Promise<void> {
    const focused = this.matches(':focus-within');
    this.requestUpdate();
    await this.updateComplete;
    const cards = [...this.renderRoot.querySelectorAll<LitElement>('.cards > *')];
    await Promise.all(cards.map((card) => card.updateComplete));
    if (focused && !this.matches(':focus-within'))
      this.renderRoot.querySelector<HTMLElement>('.instrument')?.focus();
  }

  /** Escape stops an opening, unless it closed something in the face. The host hears of no key that the face used. */
  readonly #onKey = (event: KeyboardEvent): void => {
    this.#stopOn(event);
    keepFromHost(event);
  };

  /** After a drop focus is nowhere: Escape counts there too. */
  readonly #onWindowKey = (event: KeyboardEvent): void => {
    if (event.target === document.body) this.#stopOn(event);
  };

  #stopOn(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented || !this.face.opening) return;
    event.preventDefault();
    this.#files.cancel();
  }

  async #selectTerrain(id: string): Promise<void> {
    try {
      await this.face.selectFactoryTerrain(id);
    } catch (error) {
      this.#report(toErrorRecord(error, 'terrain/unreadable'));
    }
  }

  #report({ message, details }: Pick<ErrorRecord, 'message' | 'details'>): void {
    this.ownNotice = { kind: 'error', text: message, details };
  }

  #dismiss(): void {
    if (this.ownNotice) {
      this.ownNotice = null;
      this.#updateCards();
    } else this.face.dismissNotice();
  }

  #putAway(missing: MissingModel | null): void {
    this.putAway = missing;
    this.#updateCards();
  }

  protected override updated(): void {
    if (this.width !== null && this.width > 0) this.style.width = `${this.width}px`;
    if (this.height !== null && this.height > 0) this.style.height = `${this.height}px`;
    this.#painter.request();
  }

  protected override render(): TemplateResult {
    const { face } = this;
    return html`<div class="panel" role="group" aria-label="Latent Terrain">
      <div class="top">
        <div class="brand">
          <span class="plate">${icons.mark}<b>Latent Terrain</b></span>
          <${instrumentMenuTag.html}
            class="instrument"
            .instrument=${face.instrument}
            .builtIn=${face.builtIn}
            .library=${face.library}
            .playingTerrain=${face.terrainHash}
            .terrainLatents=${face.terrain.network.latents}
            .fill=${face.latentFill}
            .missing=${face.missing === this.putAway ? face.missing : null}
            .wishes=${this.#wishes.instrument}
          ></${instrumentMenuTag.html}>
        </div>
        <${terrainMenuTag.html}
          class="menu"
          .terrains=${face.factoryTerrains}
          .selected=${face.factoryTerrainId}
          .name=${face.terrain.name}
          .library=${face.library}
          .playing=${face.terrainHash}
          .wishes=${this.#wishes.terrain}
        ></${terrainMenuTag.html}>
        <div class="state">
          <${loadTag.html} class="load"></${loadTag.html}>
          <${meterTag.html} class="meter"></${meterTag.html}>
          <${lookTag.html}
            class="look"
            .look=${face.style}
            .latents=${face.terrain.network.latents}
            .onStyle=${face.setStyle.bind(face)}
          ></${lookTag.html}>
        </div>
      </div>
      <div class="terrain">
        <${terrainViewTag.html}
          class="view"
          .face=${face}
          .painter=${this.#painter}
          .onFailure=${(error: ErrorRecord): void => this.#report(error)}
          .terrain=${face.terrain}
        ></${terrainViewTag.html}>
        <div class="cards">
          <${openingTag.html}
            .opening=${face.opening}
            .playing=${[face.instrument.name, face.terrain.name]}
            .onCancel=${(): void => this.#files.cancel()}
          ></${openingTag.html}>
          <${missingTag.html}
            .missing=${face.opening || face.missing === this.putAway ? null : face.missing}
            .playing=${face.instrument.name}
            .wishes=${this.#wishes.missing}
          ></${missingTag.html}>
          <${noticeTag.html}
            .notice=${this.ownNotice ?? face.notice}
            .onDismiss=${(): void => this.#dismiss()}
          ></${noticeTag.html}>
        </div>
      </div>
      <div class="strip">
        <button
          class="play"
          aria-label="Play"
          title=${PARAMETERS.playing.help}
          @click=${(): void => face.gesture({ playing: face.value('playing') > 0 ? 0 : 1 })}
        >
          <span class="when-false">${icons.play}</span><span class="when-true" hidden>${icons.stop}</span>
        </button>
        <div class="group position">${POSITION_CONTROLS.map((id) => this.#control(id, 'bar'))}</div>
        <div class="group sound">${SOUND_CONTROLS.map((id) => this.#control(id, 'knob'))}</div>
      </div>
      <${dropTag.html} .over=${this.#drop.over}></${dropTag.html}>
    </div>`;
  }

  #control(id: ControlId, kind: 'knob' | 'bar'): TemplateResult | typeof nothing {
    return html`<${controlTag.html}
      class=${id === 'gain' ? '' : 'less'}
      data-parameter=${id}
      kind=${kind}
      .spec=${CONTROL_SPECS[id]}
      .onInput=${(value: number): void => {
        this.face.gesture({ [id]: value });
        this.#painter.request();
      }}
    ></${controlTag.html}>`;
  }
}

/** The host's own shortcuts must not act on keys that the face has used, nor on what is typed or pressed in it. */
function keepFromHost(event: KeyboardEvent): void {
  const [target] = event.composedPath();
  const pressed = target instanceof HTMLButtonElement && (event.key === ' ' || event.key === 'Enter');
  if (event.defaultPrevented || pressed || target instanceof HTMLInputElement) event.stopPropagation();
}

export const panelTag = defineElement('panel', PanelElement);
