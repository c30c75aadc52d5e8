/**
 * The host without its page: one audio context, one instrument, one effect slot, lanes, output.
 *
 *   plugin ─┬─► dry ────────────► output ─► meter ─► speakers
 *           └─► effect ─► wet ──►
 *
 * Touches no element but the plugins' own. Used by the page's parts.
 */
import { initializeWamHost } from '@webaudiomodules/sdk';
import type { WamParameterInfoMap, WebAudioModule } from '@webaudiomodules/api';
import { bounce } from './bounce.js';
import { listenForGestures } from './gestures.js';
import type { GestureListener } from './gestures.js';
import { BEATS_PER_BAR } from './lanes.js';
import { Performance } from './performance.js';
import type { LaneTarget } from './performance.js';
import type { Project } from './project.js';
import { HostError, importWam, retireWam, startWam } from './wam.js';
import type { WamFactory } from './wam.js';

/** A plugin in its place. */
export interface Slot {
  /** As typed; kept in projects. */
  readonly url: string;
  readonly factory: WamFactory;
  readonly wam: WebAudioModule;
  readonly gui: Element | null;
  readonly parameters: WamParameterInfoMap;
}

const BARS = 8;
/** Seconds in which sound comes and goes: no click, no wait. */
const FADE = 0.03;
/** How long the output stays open after a hand played while the transport stands. */
const AUDITION_SECONDS = 0.4;

export class Host {
  readonly context: AudioContext;
  readonly performance: Performance;
  readonly meter: AnalyserNode;
  plugin: Slot | null = null;
  effect: Slot | null = null;

  private readonly dry: GainNode;
  private readonly wet: GainNode;
  private readonly output: GainNode;
  private group = '';
  private listener: GestureListener | null = null;
  private effectBypassed = false;
  private masterGain = 1;
  private open = false;

  /** @param changed to be called whenever something that the page shows may have changed */
  constructor(readonly changed: () => void) {
    this.context = new AudioContext({ latencyHint: 'interactive' });
    this.dry = new GainNode(this.context);
    this.wet = new GainNode(this.context, { gain: 0 });
    this.output = new GainNode(this.context, { gain: 0 });
    this.meter = new AnalyserNode(this.context, { fftSize: 2048 });
    this.dry.connect(this.output);
    this.wet.connect(this.output);
    this.output.connect(this.meter).connect(this.context.destination);
    this.performance = new Performance(this.context, () => this.update(), BARS);
  }

  /** Prepares the audio thread; needs no permission to sound. Call once, first. */
  async prepare(): Promise<void> {
    [this.group] = await initializeWamHost(this.context);
    this.listener = await listenForGestures(this.context, this.group, (gesture) =>
      this.performance.gesture(gesture),
    );
  }

  /**
   * Lets sound out: call from a click or a key.
   * @throws {HostError} if the browser does not let it
   */
  async start(): Promise<void> {
    const late = new Promise<'late'>((done) => setTimeout(() => done('late'), 3000));
    if ((await Promise.race([this.context.resume(), late])) === 'late') {
      throw new HostError(
        'The browser does not let this page sound. Allow sound for this site, check that an output device is there, and press Start again.',
      );
    }
    this.performance.transport.play();
  }

  /** Puts another plugin in place; the old one plays until the new one is ready, and on if it fails. */
  async loadPlugin(url: string, state?: unknown): Promise<void> {
    this.placePlugin(await this.makeSlot(url, state));
  }

  async loadEffect(url: string, state?: unknown): Promise<void> {
    const slot = await this.makeSlot(url, state);
    if (slot.wam.audioNode.numberOfInputs === 0) {
      retireWam(slot.wam, slot.gui);
      throw new HostError(`${slot.wam.name} takes no sound in, so it cannot be an effect.`);
    }
    this.placeEffect(slot, false);
  }

  removeEffect(): void {
    this.placeEffect(null, false);
  }

  get bypassed(): boolean {
    return this.effectBypassed;
  }

  set bypassed(bypassed: boolean) {
    this.effectBypassed = bypassed;
    const wet = this.effect !== null && !bypassed;
    this.fade(this.wet, wet ? 1 : 0);
    this.fade(this.dry, wet ? 0 : 1);
    this.changed();
  }

  /** Linear gain of everything. */
  get gain(): number {
    return this.masterGain;
  }

  set gain(gain: number) {
    this.masterGain = gain;
    if (this.open) this.fade(this.output, gain);
  }

  /** Which parameter a lane moves. */
  setTarget(lane: 0 | 1, id: string | null): void {
    this.performance.targets[lane] = this.target(id);
    this.performance.transport.again();
  }

  /** Everything that a project file holds. */
  async project(): Promise<Project> {
    if (!this.plugin) throw new HostError('There is no plugin to save.');
    const { lanes, targets, transport } = this.performance;
    return {
      plugin: { url: this.plugin.url, state: (await this.plugin.wam.audioNode.getState()) as unknown },
      effect: this.effect && {
        url: this.effect.url,
        state: (await this.effect.wam.audioNode.getState()) as unknown,
        bypassed: this.effectBypassed,
      },
      tempo: transport.tempo,
      loop: transport.loop,
      lanes,
      targets: [targets[0]?.id ?? null, targets[1]?.id ?? null],
    };
  }

  /** Replaces everything by a project; if one of its plugins fails, nothing changes. */
  async openProject(project: Project): Promise<void> {
    const plugin = await this.makeSlot(project.plugin.url, project.plugin.state);
    let effect: Slot | null = null;
    try {
      if (project.effect) effect = await this.makeSlot(project.effect.url, project.effect.state);
    } catch (error) {
      retireWam(plugin.wam, plugin.gui);
      throw error;
    }
    const { performance } = this;
    performance.remember();
    performance.byHand = false;
    this.placePlugin(plugin);
    this.placeEffect(effect, project.effect?.bypassed ?? false);
    performance.targets[0] = this.target(project.targets[0]);
    performance.targets[1] = this.target(project.targets[1]);
    performance.transport.loop = project.loop;
    performance.transport.tempo = project.tempo;
    performance.setLanes(project.lanes);
  }

  /** The lanes through new instances of what plays, as samples. */
  async bounce(loops: number, progress: (share: number) => void, signal: AbortSignal): Promise<AudioBuffer> {
    if (!this.plugin) throw new HostError('There is no plugin to bounce.');
    const slots = this.effect && !this.effectBypassed ? [this.plugin, this.effect] : [this.plugin];
    const chain = [];
    for (const { factory, wam } of slots) {
      chain.push({ factory, state: (await wam.audioNode.getState()) as unknown });
    }
    const { lanes, targets, transport } = this.performance;
    const { tempo } = transport;
    const { sampleRate } = this.context;
    return bounce(
      { chain, lanes, targets, tempo, loops, sampleRate, gain: this.masterGain },
      progress,
      signal,
    );
  }

  private async makeSlot(url: string, state?: unknown): Promise<Slot> {
    const factory = await importWam(url);
    const wam = await startWam(factory, this.group, this.context, state);
    try {
      const parameters = await wam.audioNode.getParameterInfo();
      const gui = ((await wam.createGui()) as Element | undefined) ?? null;
      return { url, factory, wam, gui, parameters };
    } catch (error) {
      retireWam(wam);
      throw new HostError(`${wam.name} could not show its controls.`, error);
    }
  }

  private placePlugin(slot: Slot): void {
    const old = this.plugin;
    this.plugin = slot;
    const { audioNode } = slot.wam;
    audioNode.connect(this.dry);
    if (this.effect) audioNode.connect(this.effect.wam.audioNode);
    if (this.listener) audioNode.connectEvents(this.listener.instanceId);
    if (old) retireWam(old.wam, old.gui);
    const ids = Object.keys(slot.parameters);
    this.performance.node = audioNode;
    this.performance.targets[0] = this.target(ids.includes('x') ? 'x' : (ids[0] ?? null));
    this.performance.targets[1] = this.target(ids.includes('y') ? 'y' : (ids[1] ?? null));
    this.performance.transport.again();
    this.announce();
  }

  private placeEffect(slot: Slot | null, bypassed: boolean): void {
    const old = this.effect;
    this.effect = slot;
    if (slot) {
      this.plugin?.wam.audioNode.connect(slot.wam.audioNode);
      slot.wam.audioNode.connect(this.wet);
    }
    if (old) {
      this.plugin?.wam.audioNode.disconnect(old.wam.audioNode);
      retireWam(old.wam, old.gui);
    }
    this.bypassed = bypassed;
  }

  private target(id: string | null): LaneTarget | null {
    const info = id === null ? undefined : this.plugin?.parameters[id];
    return info ? { id: info.id, min: info.minValue, max: info.maxValue } : null;
  }

  /** After any change of transport or hand: opens or closes the output, tells the plugin, tells the page. */
  private update(): void {
    const { transport, handOn } = this.performance;
    const open = transport.playing || handOn;
    if (open !== this.open) {
      this.open = open;
      this.fade(this.output, open ? this.masterGain : 0, open ? 0 : AUDITION_SECONDS);
      this.announce();
    }
    this.changed();
  }

  /** Tells the plugin of the transport, for those that keep time by it. */
  private announce(): void {
    const { transport } = this.performance;
    const now = this.context.currentTime;
    const beatSeconds = 60 / transport.tempo;
    const { beat } = transport;
    this.plugin?.wam.audioNode.scheduleEvents({
      type: 'wam-transport',
      time: now,
      data: {
        currentBar: Math.floor(beat / BEATS_PER_BAR),
        currentBarStarted: now - (beat % BEATS_PER_BAR) * beatSeconds,
        tempo: transport.tempo,
        timeSigNumerator: BEATS_PER_BAR,
        timeSigDenominator: 4,
        playing: transport.playing,
      },
    });
  }

  private fade(node: GainNode, gain: number, after = 0): void {
    const start = this.context.currentTime + after;
    node.gain.cancelScheduledValues(this.context.currentTime);
    node.gain.setTargetAtTime(gain, start, FADE / 3);
  }
}
