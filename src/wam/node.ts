/**
 * The audio node that hosts hold: the SDK's node with its traps cured, and our own channel to the processor beside the
 * SDK's. It knows parameters and events; what a state means is the session's business (`session.ts`).
 * Thread: main.
 */

import type { WamEvent, WamEventType, WamParameterDataMap, WamParameterInfoMap } from '@webaudiomodules/api';
import { WamNode, type WebAudioModule } from '@webaudiomodules/sdk';
import { fromErrorRecord, PluginError } from '../shared/errors.js';
import type { FromProcessor, Telemetry, ToProcessor } from '../shared/messages.js';
import { isParameterId, PARAMETER_IDS, PARAMETERS, type ParameterId } from '../shared/parameters.js';
import { Emitter } from './emitter.js';
import { parameterInfo } from './parameter-info.js';
import { readParameter, readParameterMap, toParameterMap } from './parameter-values.js';
import { Questions, refuse } from './questions.js';

/** A message to the processor before it has its number. */
type Unnumbered<M> = M extends unknown ? Omit<M, 'id'> : never;
export type Order = Unnumbered<ToProcessor>;

interface NodeEvents {
  /** A parameter has a new value, whoever set it. */
  parameter: { readonly id: ParameterId; readonly value: number };
  telemetry: Telemetry;
  /** The instrument broke while it played. */
  fault: PluginError;
  /** `destroy()` was called or the processor died: nothing answers any more. */
  lost: PluginError;
}

/** Who answers for the whole state. */
export interface StateKeeper {
  getState(): Promise<unknown>;
  setState(state: unknown): Promise<void>;
}

/** Milliseconds between looks at the processor while somebody watches; while only bookkeeping is due. */
const WATCHED_PACE = 33;
const UNWATCHED_PACE = 250;

export class TerrainNode extends WamNode {
  readonly changes = new Emitter<NodeEvents>();
  /** Set by the module before a host sees the node. */
  keeper!: StateKeeper;
  readonly #values: Record<ParameterId, number>;
  readonly #orders = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();
  readonly #questions = new Questions();
  #listeners = 0;
  #looking = false;
  #lost: PluginError | null = null;

  /** @param module Names context, group, processor and instance. Throws: InvalidStateError if no such processor. */
  constructor(module: WebAudioModule) {
    super(module, {
      // Hosts connect without looking, also to instruments: one input, which passes through.
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [2],
      channelCount: 2,
      channelCountMode: 'explicit',
      channelInterpretation: 'speakers',
    });
    this.#values = Object.fromEntries(PARAMETER_IDS.map((id) => [id, PARAMETERS[id].default])) as Record<
      ParameterId,
      number
    >;
    // The SDK forgot it, so that listeners for it never fire.
    this._supportedEventTypes.add('wam-info');
    const died = () =>
      this.#lose(
        new PluginError(
          'processor/failed',
          'The audio part of the plugin stopped because of a defect and is silent. Remove the plugin and add it again.',
        ),
      );
    // Past the SDK's own addEventListener, which lets only WAM events through. Chromium names the event «error».
    for (const type of ['processorerror', 'error'])
      EventTarget.prototype.addEventListener.call(this, type, died);
    const end = new AbortController();
    this.context.addEventListener(
      'statechange',
      () => {
        if (this.context.state === 'closed') died();
      },
      { signal: end.signal },
    );
    this.changes.on('lost', () => end.abort());
  }

  /** Why the processor no longer answers; null while it does. */
  get lost(): PluginError | null {
    return this.#lost;
  }

  /** Whether it is gone because `destroy()` was called. */
  get destroyed(): boolean {
    return this._destroyed;
  }

  /** The parameter's value as last heard from the processor. */
  value(id: ParameterId): number {
    return this.#values[id];
  }

  /* ---- Our own channel ---- */

  /**
   * Post an order to the processor; resolves when it has carried it out.
   * @param transfer What of it is given away instead of copied.
   * Throws: PluginError from the processor, or `processor/failed` when it is gone.
   */
  send(order: Order, transfer: Transferable[] = []): Promise<void> {
    return this.#questions.ask(
      () =>
        new Promise<void>((resolve, reject) => {
          const id = this._generateMessageId();
          this.#orders.set(id, { resolve, reject });
          this.port.postMessage({ ...order, id }, transfer);
        }),
      refuse,
    );
  }

  /** Start of the processor, on the SDK's channel. Throws: PluginError `processor/failed` if it never came up. */
  start(): Promise<void> {
    return this.#questions.ask(() => super._initialize(), refuse);
  }

  /** Values that count from the next sample on, without ramps. */
  async jump(values: Partial<Record<ParameterId, number>>): Promise<void> {
    await this.#questions.ask(() => super.setState({ parameterValues: toParameterMap(values) }), refuse);
    this.#follow(values);
  }

  /** Current values from the processor; the last known ones when it is gone. */
  async readValues(): Promise<Record<ParameterId, number>> {
    const answer = await this.#questions.ask(
      () => super.getParameterValues(false),
      () => null,
    );
    if (answer) this.#follow(readParameterMap(answer));
    return { ...this.#values };
  }

  /** Hear telemetry as long as wanted. @returns ends it. */
  watch(listener: (telemetry: Telemetry) => void): () => void {
    const end = this.changes.on('telemetry', listener);
    this.#look();
    return end;
  }

  /* ---- What hosts call ---- */

  override getParameterInfo(...ids: string[]): Promise<WamParameterInfoMap> {
    return Promise.resolve(parameterInfo(ids));
  }

  /** Unknown ids are left out: in the SDK they make the processor throw and the promise wait for ever. */
  override async getParameterValues(normalized = false, ...ids: string[]): Promise<WamParameterDataMap> {
    const values = await this.readValues();
    const wanted = ids.length === 0 ? PARAMETER_IDS : ids.filter(isParameterId);
    return toParameterMap(Object.fromEntries(wanted.map((id) => [id, values[id]])), normalized);
  }

  /** Unknown ids are ignored, values are clamped. Glides as automation does. */
  override async setParameterValues(map: WamParameterDataMap): Promise<void> {
    const values = readParameterMap(map);
    await this.#questions.ask(
      () => super.setParameterValues(toParameterMap(values)),
      () => undefined,
    );
    if (!this.#lost) this.#follow(values);
  }

  override getState(): Promise<unknown> {
    return this.keeper.getState();
  }

  override setState(state: unknown): Promise<void> {
    return this.keeper.setState(state);
  }

  override getCompensationDelay(): Promise<number> {
    return this.#questions.ask(
      () => super.getCompensationDelay(),
      () => 0,
    );
  }

  override scheduleEvents(...events: WamEvent[]): void {
    if (this.#lost) return;
    super.scheduleEvents(...events);
    this.#look();
  }

  /** Always asks the processor: the SDK skips it when nothing is pending here, although other WAMs send events too. */
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the API says void, the SDK gives a promise
  override async clearEvents(): Promise<void> {
    const cleared = await this.#questions.ask<readonly number[]>(
      () =>
        new Promise((resolve) => {
          const id = this._generateMessageId();
          this._pendingResponses[id] = resolve;
          this.port.postMessage({ id, request: 'remove/events' });
        }),
      () => [],
    );
    for (const id of cleared) {
      this._pendingEvents[id]?.();
      delete this._pendingEvents[id];
    }
  }

  override connectEvents(toId: string, output?: number): void {
    if (!this.#lost) super.connectEvents(toId, output);
  }

  override disconnectEvents(toId?: string, output?: number): void {
    if (!this.#lost) super.disconnectEvents(toId, output);
  }

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | ((event: CustomEvent) => unknown) | null,
    options?: AddEventListenerOptions | boolean,
  ): void {
    super.addEventListener(type, listener as EventListener, options);
    // Never counted down: a host that once listened is taken to go on, at the price of a small message now and then.
    if (this._supportedEventTypes.has(type as WamEventType)) this.#listeners++;
    this.#look();
  }

  override destroy(): void {
    if (this._destroyed) return;
    super.destroy();
    this.#lose(new PluginError('processor/failed', 'This plugin was removed. Add it again to play it.'));
  }

  /* ---- The SDK's inner calls ---- */

  override _onMessage(message: MessageEvent): void {
    const answer = message.data as FromProcessor | { readonly type?: undefined };
    switch (answer.type) {
      case undefined:
        super._onMessage(message);
        return;
      case 'done':
        this.#settle(answer.id)?.resolve();
        return;
      case 'failed':
        this.#settle(answer.id)?.reject(fromErrorRecord(answer.error));
        return;
      case 'telemetry':
        this.changes.emit('telemetry', answer.telemetry);
        this.#settle(answer.id)?.resolve();
        return;
      case 'fault':
        this.changes.emit('fault', fromErrorRecord(answer.error));
        return;
      default:
        answer satisfies never;
    }
  }

  /** Every event that came due passes here, from whoever scheduled it. */
  override _onEvent(event: WamEvent): void {
    // From strangers: it may lack what its type promises.
    const data =
      event.type === 'wam-automation' ? (event.data as Partial<typeof event.data> | undefined) : undefined;
    if (data?.id !== undefined && isParameterId(data.id))
      this.#follow({ [data.id]: readParameter(data.id, data) });
    super._onEvent(event);
  }

  /* ---- */

  #settle(id: number) {
    const order = this.#orders.get(id);
    this.#orders.delete(id);
    return order;
  }

  #follow(values: Partial<Record<ParameterId, number>>): void {
    for (const [id, value] of Object.entries(values) as [ParameterId, number][]) {
      if (this.#values[id] === value) continue;
      this.#values[id] = value;
      this.changes.emit('parameter', { id, value });
    }
  }

  #lose(why: PluginError): void {
    if (this.#lost) return;
    this.#lost = why;
    this.#questions.giveUp(why);
    this.#orders.clear();
    this.changes.emit('lost', why);
  }

  /**
   * Ask for telemetry again and again, as long as there is a reason: the processor tells only when asked, also which
   * events came due. One question at a time: during an offline rendering none is answered.
   */
  #look(): void {
    if (this.#looking || this.#lost) return;
    const watched = this.#listeners > 0 || this.changes.count('telemetry') > 0;
    if (!watched && Object.keys(this._pendingEvents).length === 0) return;
    this.#looking = true;
    const again = () => {
      this.#looking = false;
      this.#look();
    };
    const look = () => void this.send({ type: 'telemetry' }).then(again, again);
    setTimeout(look, watched ? WATCHED_PACE : UNWATCHED_PACE);
  }
}
