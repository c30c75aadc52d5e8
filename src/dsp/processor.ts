/**
 * The plugin on the audio thread: a WamProcessor that cuts quanta at events, lets the player render, mixes the audio
 * input in, limits and meters. Decides nothing about sound, that is `player.ts`. Registered by `worklet.ts`.
 *
 * `process` neither allocates nor posts, logs, throws or waits: what it has to tell waits for the next message.
 * Much of the SDK's processor is overridden here; each place says which trap it avoids.
 */

import getWamParameter from '@webaudiomodules/sdk/src/WamParameter.js';
import getWamParameterInfo from '@webaudiomodules/sdk/src/WamParameterInfo.js';
import getWamProcessor from '@webaudiomodules/sdk/src/WamProcessor.js';
import type { WamEvent, WamParameterData, WamParameterDataMap } from '@webaudiomodules/api';
import type { EnginePlan } from '../shared/engine-plan.js';
import { toErrorRecord, type ErrorRecord } from '../shared/errors.js';
import type { FromProcessor, ToProcessor } from '../shared/messages.js';
import { release } from '../shared/release.js';
import { clampParameter, isParameterId, PARAMETERS, PARAMETER_IDS } from '../shared/parameters.js';
import { EventQueue } from './event-queue.js';
import { limit } from './limiter.js';
import { Meter } from './meter.js';
import type { Network } from './network.js';
import { CHUNK, Player } from './player.js';

/* AudioWorkletGlobalScope's own; declared here because tests see this file with the types of Node. */
declare const sampleRate: number;
declare const currentFrame: number;
declare const currentTime: number;

/** Makes a running network of a plan; the real one is the engine's. May throw; not called from `process`. */
export type Instantiate = (kernels: WebAssembly.Module, plan: EnginePlan) => Network;

/** A message of the SDK's own protocol. */
interface SdkRequest {
  readonly id: number;
  readonly request: string;
  readonly content?: { readonly event?: unknown };
}

/**
 * The processor's class. Needs `webAudioModules` in the scope; the SDK's classes are kept under `moduleId` there.
 * @param moduleId Unique to this build, so that two versions on one page do not share classes.
 */
export function createProcessor(moduleId: string, instantiate: Instantiate) {
  const WamParameter = getWamParameter(moduleId);
  const WamParameterInfo = getWamParameterInfo(moduleId);
  const WamProcessor = getWamProcessor(moduleId);

  return class LatentTerrainProcessor extends WamProcessor {
    readonly #player = new Player(sampleRate);
    readonly #events = new EventQueue();
    readonly #meter = new Meter(sampleRate);
    #fault: ErrorRecord | null = null;

    constructor(...options: ConstructorParameters<typeof WamProcessor>) {
      super(...options);
      // At once, not when the node asks: parameters set before that would be lost.
      this._parameterInfo = this._generateWamParameterInfo();
      for (const id of PARAMETER_IDS) this._parameterState[id] = new WamParameter(this._parameterInfo[id]!);
    }

    override _generateWamParameterInfo() {
      return Object.fromEntries(
        PARAMETER_IDS.map((id) => {
          const { label, type, min, max, default: defaultValue, unit } = PARAMETERS[id];
          const config = { label, type, minValue: min, maxValue: max, defaultValue, units: unit };
          return [id, new WamParameterInfo(id, config)];
        }),
      );
    }

    /** Parameters exist since construction and keep their values. */
    override _initialize(): void {}

    /** Rings in shared memory are never used: the SDK lays them out before there are parameters, and loses them. */
    override _configureSab(): void {}

    /** The SDK's loop takes quanta of 128 and posts and allocates in each; this one takes what the host gives. */
    override process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
      if (this._destroyed) return false;
      const output = outputs[0];
      const left = output?.[0];
      if (!output || !left) return true;
      this.#meter.begin();
      const inputLeft = inputs[0]?.[0];
      const inputRight = inputs[0]?.[1] ?? inputLeft;
      const right = output[1];
      const events = this.#events;
      for (let at = 0; at < left.length;) {
        while (events.nextFrame() <= currentFrame + at) this._processEvent(events.take());
        const end = Math.min(at + CHUNK, left.length, events.nextFrame() - currentFrame);
        this.#render(end - at);
        mix(this.#player.left, inputLeft, left, at, end);
        if (right) mix(this.#player.right, inputRight, right, at, end);
        at = end;
      }
      this.#meter.listen(left, right ?? left, 0, left.length);
      this.#meter.end(left.length);
      return true;
    }

    #render(count: number): void {
      try {
        this.#player.render(count);
      } catch (error) {
        // A trap in a network's program. Without this the browser would silence the plugin for good.
        this.#fault = toErrorRecord(error, 'processor/failed');
        this.#player.drop();
        this.#player.render(count);
      }
    }

    /** Everything but automation is accepted and ignored; the SDK's handlers would log. */
    override _processEvent(event: WamEvent): void {
      if (event.type === 'wam-automation') this._setParameterValue(event.data);
    }

    override scheduleEvents(...events: WamEvent[]): void {
      for (const event of events) if (isEvent(event)) this.#events.add(0, event, dueFrame(event));
    }

    override clearEvents(): void {
      this.#events.clear();
    }

    override _setParameterValues(updates: WamParameterDataMap | undefined, interpolate: boolean): void {
      for (const update of Object.values(updates ?? {})) this._setParameterValue(update);
      if (!interpolate) this.#player.jump();
    }

    /**
     * Takes what can be taken: unknown ids and values of other types are ignored, numbers clamped. They count at once,
     * without the SDK's ramp that each event starts anew; the player glides where gliding is wanted.
     */
    override _setParameterValue(update: WamParameterData | undefined): void {
      const id = update?.id;
      const given: unknown = update?.value;
      if (id === undefined || !isParameterId(id) || (typeof given !== 'number' && typeof given !== 'boolean'))
        return;
      const { info } = this._parameterState[id]!;
      const value = update?.normalized ? info.denormalize(Number(given)) : Number(given);
      const clamped = clampParameter(id, value);
      this._parameterState[id]!.value = clamped;
      this.#player.set(id, clamped);
    }

    /** The SDK's throws on unknown ids, which leaves the asker waiting forever. */
    override _getParameterValues(normalized: boolean, ids?: string[]): WamParameterDataMap {
      const known = Object.keys(this._parameterState);
      const wanted = ids?.length ? known.filter((id) => ids.includes(id)) : known;
      return super._getParameterValues(normalized, wanted);
    }

    override _setState(state: { parameterValues?: WamParameterDataMap } | null | undefined): void {
      this._setParameterValues(state?.parameterValues, false);
    }

    /** Runs on the audio thread between quanta: here allocating, posting and instantiating are allowed. */
    override async _onMessage(message: MessageEvent): Promise<void> {
      const content: unknown = message.data;
      if (typeof content !== 'object' || content === null) return;
      this.#tell();
      if ('request' in content) await this.#answerSdk(message, content as SdkRequest);
      else if ('destroy' in content) this.destroy();
      else if ('type' in content) this.#post(this.#answer(content as ToProcessor));
    }

    override destroy(): void {
      super.destroy();
      this.#events.clear();
      this.#player.drop();
    }

    /** Posts what `process` left to be told. */
    #tell(): void {
      for (const { id, event } of this.#events.takeDue()) {
        this.port.postMessage(id === 0 ? { event } : { id, response: 'add/event' });
      }
      if (this.#fault) this.#post({ type: 'fault', error: this.#fault });
      this.#fault = null;
    }

    async #answerSdk(message: MessageEvent, { id, request, content }: SdkRequest): Promise<void> {
      if (request === 'add/event') {
        const event = content?.event;
        if (isEvent(event)) this.#events.add(id, event, dueFrame(event));
        else this.port.postMessage({ id, response: request });
        return;
      }
      if (request === 'remove/events') {
        this.port.postMessage({ id, response: request, content: this.#events.clear() });
        return;
      }
      try {
        await super._onMessage(message);
      } catch {
        // Without an answer the node's promise would hang.
        this.port.postMessage({ id, response: request, content: 'error' });
      }
    }

    #answer(message: ToProcessor): FromProcessor {
      try {
        return this.#obey(message);
      } catch (error) {
        return { type: 'failed', id: message.id, error: toErrorRecord(error, 'processor/failed') };
      }
    }

    #obey(message: ToProcessor): FromProcessor {
      const { id } = message;
      const player = this.#player;
      switch (message.type) {
        case 'instrument': {
          const { instrument, kernels } = message;
          player.setInstrument(instrument, instantiate(kernels, instrument.decoder));
          // The network has its copy of the weights by now.
          for (const { bytes } of instrument.decoder.image) release(bytes);
          break;
        }
        case 'terrain': {
          const { plan, kernels, bounds, latents } = message;
          player.setTerrain(plan, instantiate(kernels, plan), bounds, latents);
          break;
        }
        case 'seed':
          player.setSeed(message.seed);
          break;
        case 'latentFill':
          player.setLatentFill(message.fill);
          break;
        case 'reset':
          player.resetSoftly();
          break;
        case 'emit':
          this.emitEvents(...message.events);
          break;
        case 'telemetry':
          return { type: 'telemetry', id, telemetry: this.#telemetry() };
        case 'ping':
          break;
        default:
          message satisfies never;
      }
      return { type: 'done', id };
    }

    #telemetry() {
      const { load, missedDeadlines } = this.#meter;
      const peaks = this.#meter.takePeaks();
      return { time: currentTime, trail: this.#player.trail(), peaks, load, missedDeadlines };
    }

    #post(message: FromProcessor): void {
      this.port.postMessage(message);
    }
  };
}

/** Adds the instrument's samples [0, end - start) to the input's [start, end), limited. */
function mix(
  instrument: Float32Array,
  input: Float32Array | undefined,
  output: Float32Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const played = instrument[i - start]!;
    output[i] = limit(input ? input[i]! + played : played);
  }
}

function isEvent(event: unknown): event is WamEvent {
  return typeof event === 'object' && event !== null && 'type' in event;
}

/** Sample at which an event is due; now, if it does not say or says nonsense. */
function dueFrame({ time }: WamEvent): number {
  return typeof time === 'number' && Number.isFinite(time) ? Math.round(time * sampleRate) : currentFrame;
}
