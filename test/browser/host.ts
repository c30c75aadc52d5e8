/**
 * A Web Audio Module host for the tests: does what the public hosts do, with the SDK's own host code.
 * Runs in the page; the tests reach it as `host`.
 */
import type { WamEvent, WamNode, WebAudioModule } from '@webaudiomodules/api';
import { initializeWamHost } from '@webaudiomodules/sdk';
import type { PluginFace } from '../../src/shared/face.js';

/** A module as this plugin's: the SDK's, with what one host calls on the module. */
export type Plugin = WebAudioModule<WamNode> & {
  getState(): Promise<unknown>;
  setState(state: unknown): Promise<void>;
  destroy(): void;
};

interface PluginClass {
  createInstance(groupId: string, context: BaseAudioContext, state?: unknown): Promise<Plugin>;
}

export interface OfflineOptions {
  seconds: number;
  sampleRate?: number;
  /** Frames a render quantum shall have. */
  quantum?: number;
  state?: unknown;
}

/** What a test wants to know of a rendering, small enough to leave the page. */
export interface Rendering {
  /** SHA-256 over all samples of all channels. */
  hash: string;
  finite: boolean;
  peak: number;
  milliseconds: number;
  channels: Float32Array[];
}

class Host {
  readonly #groups = new WeakMap<BaseAudioContext, Promise<string>>();

  async load(url: string): Promise<PluginClass> {
    return ((await import(url)) as { default: PluginClass }).default;
  }

  /** Group of a context, initialised once. */
  group(context: BaseAudioContext): Promise<string> {
    let group = this.#groups.get(context);
    if (!group) {
      group = initializeWamHost(context, `group-${crypto.randomUUID()}`).then(([id]) => id);
      this.#groups.set(context, group);
    }
    return group;
  }

  async create(url: string, context: BaseAudioContext, state?: unknown): Promise<Plugin> {
    const Plugin = await this.load(url);
    const group = await this.group(context);
    return state === undefined
      ? Plugin.createInstance(group, context)
      : Plugin.createInstance(group, context, state);
  }

  offlineContext({ seconds, sampleRate = 48_000, quantum }: OfflineOptions): OfflineAudioContext {
    return new OfflineAudioContext({
      numberOfChannels: 2,
      length: Math.round(seconds * sampleRate),
      sampleRate,
      ...(quantum !== undefined && { renderSizeHint: quantum }),
    });
  }

  /** Creates a plugin, lets `prepare` do what it likes, renders without waiting for anything. */
  async render(
    url: string,
    options: OfflineOptions,
    prepare: (plugin: Plugin, context: OfflineAudioContext) => void = () => {},
  ): Promise<Rendering> {
    const context = this.offlineContext(options);
    const plugin = await this.create(url, context, options.state);
    plugin.audioNode.connect(context.destination);
    prepare(plugin, context);
    const rendering = await this.finish(context);
    plugin.audioNode.destroy();
    return rendering;
  }

  async finish(context: OfflineAudioContext): Promise<Rendering> {
    const start = performance.now();
    const sound = await context.startRendering();
    const milliseconds = performance.now() - start;
    const channels = Array.from({ length: sound.numberOfChannels }, (_, c) => sound.getChannelData(c));
    const all = new Float32Array(channels.length * sound.length);
    channels.forEach((samples, c) => all.set(samples, c * sound.length));
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    return {
      hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      finite: all.every(Number.isFinite),
      peak: all.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0),
      milliseconds,
      channels,
    };
  }

  /** Root mean square of a stretch of both channels, in dB of full scale. */
  level({ channels }: Rendering, from = 0, to = Infinity): number {
    let sum = 0;
    let count = 0;
    for (const samples of channels)
      for (const sample of samples.subarray(from, to)) {
        sum += sample * sample;
        count++;
      }
    return 10 * Math.log10(sum / count);
  }

  /** First frame at which two renderings differ, -1 if nowhere. */
  firstDifference(a: Rendering, b: Rendering): number {
    const frames = a.channels[0]!.length;
    for (let i = 0; i < frames; i++)
      if (a.channels.some((samples, c) => samples[i] !== b.channels[c]![i])) return i;
    return -1;
  }

  automation(id: string, value: number, time?: number): WamEvent {
    const event = { type: 'wam-automation' as const, data: { id, value, normalized: false } };
    return time === undefined ? event : { ...event, time };
  }

  /** What the promise was rejected with; "pending" if it does neither within `seconds`. */
  async refusal(promise: Promise<unknown>, seconds = 20): Promise<{ code?: string; message: string }> {
    const late = new Promise<{ message: string }>((resolve) => {
      setTimeout(() => resolve({ message: 'pending' }), seconds * 1000);
    });
    return Promise.race([
      late,
      promise.then(
        () => ({ message: 'resolved' }),
        (error: unknown) => {
          const { code, message } = error as { code?: string; message: string };
          return { ...(typeof code === 'string' && { code }), message };
        },
      ),
    ]);
  }

  /**
   * Loudest sample of a live plugin's output, seen until it exceeds `threshold` or the time is over.
   * @returns seconds from the call until then, or null.
   */
  async secondsUntilSound(plugin: Plugin, limit: number, threshold = 1e-3): Promise<number | null> {
    const context = plugin.audioContext;
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    plugin.audioNode.connect(analyser).connect(context.destination);
    const samples = new Float32Array(analyser.fftSize);
    const start = performance.now();
    for (;;) {
      analyser.getFloatTimeDomainData(samples);
      const seconds = (performance.now() - start) / 1000;
      if (samples.some((sample) => Math.abs(sample) > threshold)) return seconds;
      if (seconds > limit) return null;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** What the plugin's own face sees of it. */
  async face(plugin: Plugin): Promise<PluginFace> {
    return ((await plugin.createGui()) as Element & { face: PluginFace }).face;
  }

  /** Every sample that a live plugin gives from now on, without a gap. */
  async record(plugin: Plugin): Promise<Recording> {
    const context = plugin.audioContext;
    await context.audioWorklet.addModule(
      URL.createObjectURL(new Blob([RECORDER], { type: 'text/javascript' })),
    );
    const node = new AudioWorkletNode(context, 'test-recorder', {
      channelCount: 2,
      channelCountMode: 'explicit',
    });
    plugin.audioNode.connect(node).connect(context.destination);
    const ask = <T>(what: 'quanta' | 'count' | 'pause') =>
      new Promise<T>((resolve) => {
        node.port.onmessage = ({ data }) => resolve(data as T);
        node.port.postMessage(what);
      });
    return {
      frames: async () => 128 * (await ask<number>('count')),
      longestPause: () => ask<number>('pause'),
      async samples() {
        const quanta = await ask<Float32Array[][]>('quanta');
        return [0, 1].map((channel) => {
          const all = new Float32Array(quanta.length * 128);
          quanta.forEach((quantum, i) => all.set(quantum[channel]!, i * 128));
          return all;
        });
      },
    };
  }

  /** Amplitude of a frequency in Hz within samples, by Goertzel's sum. */
  amplitude(samples: Float32Array, frequency: number, sampleRate: number): number {
    let real = 0;
    let imaginary = 0;
    samples.forEach((sample, i) => {
      const angle = (2 * Math.PI * frequency * i) / sampleRate;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
    });
    return (2 * Math.hypot(real, imaginary)) / samples.length;
  }

  /** Until `condition` holds, at most for some seconds. @returns whether it does. */
  async until(condition: () => boolean | Promise<boolean>, seconds = 20): Promise<boolean> {
    const end = performance.now() + seconds * 1000;
    while (!(await condition())) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
  }

  /** A second WAM in the context's group that remembers what it is sent, and sends what it is told. */
  async probe(context: BaseAudioContext): Promise<Probe> {
    const groupId = await this.group(context);
    const id = `probe-${crypto.randomUUID()}`;
    const address = URL.createObjectURL(new Blob([PROBE], { type: 'text/javascript' }));
    await context.audioWorklet.addModule(address);
    const node = new AudioWorkletNode(context, 'test-probe', {
      processorOptions: { groupId, instanceId: id },
    });
    node.connect(context.destination);
    return {
      id,
      emit: (to, ...events) => node.port.postMessage({ to, events }),
      received: () =>
        new Promise((resolve) => {
          node.port.onmessage = ({ data }) => resolve(data as WamEvent[]);
          node.port.postMessage('received');
        }),
    };
  }
}

export interface Recording {
  frames(): Promise<number>;
  /** Milliseconds that the audio thread did something else at most, since the last question. */
  longestPause(): Promise<number>;
  /** Left and right. */
  samples(): Promise<Float32Array[]>;
}

const RECORDER = `
  if (!globalThis.testRecorder) {
    globalThis.testRecorder = true;
    registerProcessor('test-recorder', class extends AudioWorkletProcessor {
      constructor() {
        super();
        Object.assign(this, { quanta: [], pause: 0, last: Infinity });
        this.port.onmessage = ({ data }) => {
          this.port.postMessage(data === 'count' ? this.quanta.length : this[data]);
          if (data === 'pause') this.pause = 0;
        };
      }
      process([input], [output]) {
        const now = Date.now();
        this.pause = Math.max(this.pause, now - this.last);
        this.last = now;
        const silence = new Float32Array(128);
        this.quanta.push([0, 1].map((c) => (input[c] ? input[c].slice() : silence)));
        input.forEach((samples, c) => output[c]?.set(samples));
        return true;
      }
    });
  }
`;

export interface Probe {
  /** Its instance id, to connect events to. */
  readonly id: string;
  emit(to: string, ...events: WamEvent[]): void;
  received(): Promise<WamEvent[]>;
}

/** The least that the SDK's event graph asks of a WAM. */
const PROBE = `
  if (!globalThis.testProbe) {
    globalThis.testProbe = true;
    registerProcessor('test-probe', class extends AudioWorkletProcessor {
      constructor({ processorOptions }) {
        super();
        Object.assign(this, processorOptions, { moduleId: 'test-probe', events: [] });
        webAudioModules.addWam(this);
        this.port.onmessage = ({ data }) => {
          if (data === 'received') { this.port.postMessage(this.events); return; }
          webAudioModules.connectEvents(this.groupId, this.instanceId, data.to);
          webAudioModules.emitEvents(this, ...data.events);
        };
      }
      scheduleEvents(...events) { this.events.push(...events); }
      clearEvents() {}
      destroy() {}
      process() { return true; }
    });
  }
`;

declare global {
  var host: Host;
  var blocked: { context: AudioContext; stateWhenReady: AudioContextState | null } | undefined;
}
globalThis.host = new Host();

/**
 * `?create=…`: a plugin with a face as soon as the page is there. What a test evaluates counts as a click; this does
 * not, so it meets the browser's block.
 */
const create = new URLSearchParams(location.search).get('create');
if (create) {
  const context = new AudioContext();
  globalThis.blocked = { context, stateWhenReady: null };
  void host.create(create, context).then(async (plugin) => {
    plugin.audioNode.connect(context.destination);
    document.body.append(await plugin.createGui());
    globalThis.blocked!.stateWhenReady = context.state;
  });
}
