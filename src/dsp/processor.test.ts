import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import initializeWamEnv from '@webaudiomodules/sdk/src/WamEnv.js';
import initializeWamGroup from '@webaudiomodules/sdk/src/WamGroup.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PARAMETER_IDS, PARAMETERS } from '../shared/parameters.js';
import type { FromProcessor } from '../shared/messages.js';
import type { Network } from './network.js';
import {
  countingStep,
  fakeInstrument,
  fakeTerrain,
  latentStep,
  type FakeInstrument,
} from './test-networks.js';

/*
 * A hand-made AudioWorkletGlobalScope: what the SDK and the processor read of it. The real one is tested in
 * Chromium; here every sample and message can be seen, and forbidden things made to fail.
 */
const RATE = 48_000;
const scope = globalThis as unknown as Record<string, unknown>;

class Port {
  posted: unknown[] = [];
  onmessage: ((message: { data: unknown }) => Promise<void>) | null = null;
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  close(): void {}
}

interface TestProcessor {
  port: Port;
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
  scheduleEvents(...events: unknown[]): void;
}

let Processor: new (options: unknown) => TestProcessor;
/** What `instantiate` hands out next. */
let networks: Network[] = [];
let instances = 0;
const now = Date.now;

beforeEach(async () => {
  scope['AudioWorkletProcessor'] = class {
    port = new Port();
  };
  scope['sampleRate'] = RATE;
  scope['currentFrame'] = 0;
  scope['currentTime'] = 0;
  initializeWamEnv('2.0.0');
  initializeWamGroup('group', 'key');
  const { createProcessor } = await import('./processor.js');
  Processor = createProcessor('test', () => {
    const network = networks.shift();
    if (!network) throw new Error('out of memory');
    return network;
  }) as unknown as typeof Processor;
});

afterEach(() => {
  vi.restoreAllMocks();
  Date.now = now;
  for (const key of [
    'AudioWorkletProcessor',
    'sampleRate',
    'currentFrame',
    'currentTime',
    'webAudioModules',
  ]) {
    delete scope[key];
  }
  networks = [];
});

class Rig {
  readonly processor = new Processor({
    processorOptions: { groupId: 'group', moduleId: 'test', instanceId: `test${instances++}`, useSab: true },
  });
  frame = 0;
  #id = 100;

  /** Renders quanta of `size`; returns the left and right channel of all. */
  render(quanta: number, size = 128, input: Float32Array[] = [], channels = 2): [Float32Array, Float32Array] {
    const left = new Float32Array(quanta * size);
    const right = new Float32Array(quanta * size);
    for (let q = 0; q < quanta; q++) {
      scope['currentFrame'] = this.frame;
      scope['currentTime'] = this.frame / RATE;
      const output = Array.from({ length: channels }, () => new Float32Array(size).fill(NaN));
      expect(this.processor.process([input], [output])).toBe(true);
      left.set(output[0]!, q * size);
      right.set(output[channels - 1]!, q * size);
      this.frame += size;
    }
    scope['currentFrame'] = this.frame;
    scope['currentTime'] = this.frame / RATE;
    return [left, right];
  }

  async send(data: unknown): Promise<unknown[]> {
    this.processor.port.posted = [];
    await this.processor.port.onmessage!({ data });
    return this.processor.port.posted;
  }

  /** A message of ours; returns its answer. */
  async ask(message: Record<string, unknown>): Promise<FromProcessor> {
    const id = this.#id++;
    const posted = await this.send({ ...message, id });
    return posted.find((m) => (m as FromProcessor & { id: number }).id === id) as FromProcessor;
  }

  async load(fake: FakeInstrument): Promise<void> {
    networks.push(fake.decoder);
    expect(await this.ask({ type: 'instrument', instrument: fake.instrument })).toMatchObject({
      type: 'done',
    });
    const terrain = fakeTerrain(2);
    networks.push(terrain);
    const bounds = [
      [0, 1],
      [0, 1],
    ];
    const answer = await this.ask({ type: 'terrain', plan: terrain.plan, bounds, latents: 2 });
    expect(answer).toMatchObject({ type: 'done' });
    await this.send({ id: 1, request: 'set/state', content: { state: values({ glide: 0 }) } });
  }
}

const values = (given: Record<string, unknown>) => ({
  parameterValues: Object.fromEntries(
    Object.entries(given).map(([id, value]) => [id, { id, value, normalized: false }]),
  ),
});

const automation = (id: string, value: unknown, time?: unknown) => ({
  type: 'wam-automation',
  ...(time === undefined ? {} : { time }),
  data: { id, value, normalized: false },
});

async function readValue(rig: Rig, id: string): Promise<number> {
  const content = { normalized: false, parameterIds: [id] };
  const posted = await rig.send({ id: 5, request: 'get/parameterValues', content });
  const answer = posted.at(-1) as { content: Record<string, { value: number }> };
  return answer.content[id]!.value;
}

describe('processor', () => {
  it.each([64, 128, 256, 333, 1024])('fills whole quanta of %i samples with the same sound', async (size) => {
    const reference = new Rig();
    await reference.load(fakeInstrument({ hop: 100 }, latentStep()));
    const rig = new Rig();
    await rig.load(fakeInstrument({ hop: 100 }, latentStep()));
    for (const { processor } of [reference, rig]) {
      processor.scheduleEvents(automation('x', 0.25, 3000 / RATE), automation('x', 0.625, 5037 / RATE));
    }
    const count = 24 * 1024;
    const expected = reference.render(count / 128);
    const [left, right] = rig.render(Math.floor(count / size), size);
    expect(left).toEqual(expected[0].subarray(0, left.length));
    expect(right).toEqual(expected[1].subarray(0, right.length));
  });

  it('applies events at their sample', async () => {
    const rig = new Rig();
    await rig.load(fakeInstrument({ hop: 1 }, latentStep()));
    rig.render(20);
    rig.processor.scheduleEvents(
      automation('x', 0.25, (2560 + 37) / RATE),
      automation('x', 0.75, 2690 / RATE),
    );
    const [left] = rig.render(2);
    expect([left[36], left[37], left[129], left[130]]).toEqual([0.5, 0.25, 0.25, 0.75]);
  });

  it('does not let events without a time wait for scheduled ones, nor those with a senseless time', async () => {
    for (const time of [undefined, null, NaN, 'soon', Infinity]) {
      const rig = new Rig();
      await rig.load(fakeInstrument({ hop: 1 }, latentStep()));
      rig.render(20);
      rig.processor.scheduleEvents(automation('x', 0.9, 10), automation('x', 0.25, time));
      await rig.send({ id: 9, request: 'add/event', content: { event: automation('y', 0.125, time) } });
      expect(rig.render(1)[0][0]).toBe(0.25);
      expect(await readValue(rig, 'y')).toBe(0.125);
      expect(await readValue(rig, 'x')).toBe(0.25);
    }
  });

  it('clamps what is out of range, takes the default for NaN and ignores what is neither number nor parameter', async () => {
    const rig = new Rig();
    for (const [id, given, expected] of [
      ['x', 7, 1],
      ['y', -7, 0],
      ['gain', Infinity, 12],
      ['glide', NaN, 80],
      ['jitter', 'loud', 0],
      ['playing', 0.2, 0],
      ['playing', true, 1],
      ['width', undefined, 1],
    ] as const) {
      rig.processor.scheduleEvents(automation(id, given));
      rig.render(1);
      expect([id, await readValue(rig, id)]).toEqual([id, expected]);
      await rig.send({ id: 3, request: 'set/state', content: { state: values({ [id]: given }) } });
      expect([id, await readValue(rig, id)]).toEqual([id, expected]);
    }
    rig.processor.scheduleEvents({
      type: 'wam-automation',
      data: { id: 'gain', value: 0.5, normalized: true },
    });
    rig.render(1);
    expect(await readValue(rig, 'gain')).toBe(-24);
  });

  it('answers every request of the SDK, however wrong, so that no promise hangs', async () => {
    const rig = new Rig();
    for (const content of [
      undefined,
      null,
      {},
      { state: null },
      { state: 'x' },
      { state: { parameterValues: 5 } },
    ]) {
      expect(await rig.send({ id: 4, request: 'set/state', content })).toMatchObject([
        { id: 4, response: 'set/state' },
      ]);
    }
    const garbage = {
      state: { parameterValues: { x: null, y: { id: 'nobody', value: 3 }, z: { id: 'x', value: 0.25 } } },
    };
    expect(await rig.send({ id: 4, request: 'set/state', content: garbage })).toHaveLength(1);
    expect(await readValue(rig, 'x')).toBe(0.25);
    const unknown = { normalized: false, parameterIds: ['nobody', 'x'] };
    expect(await rig.send({ id: 6, request: 'get/parameterValues', content: unknown })).toMatchObject([
      { id: 6, content: { x: { value: 0.25 } } },
    ]);
    for (const event of [null, undefined, 5, 'x', {}]) {
      expect(await rig.send({ id: 7, request: 'add/event', content: { event } })).toHaveLength(1);
    }
    expect(await rig.send({ id: 8, request: 'initialize/processor' })).toHaveLength(1);
    expect(await readValue(rig, 'x')).toBe(0.25);
    for (const data of [null, 5, 'x', undefined]) expect(await rig.send(data)).toEqual([]);
    rig.render(1);
  });

  it('describes its parameters', async () => {
    const [answer] = (await new Rig().send({
      id: 2,
      request: 'get/parameterInfo',
      content: { parameterIds: [] },
    })) as [{ content: Record<string, { minValue: number; maxValue: number; defaultValue: number }> }];
    for (const id of PARAMETER_IDS) {
      const { min: minValue, max: maxValue, default: defaultValue } = PARAMETERS[id];
      expect(answer.content[id]).toMatchObject({ minValue, maxValue, defaultValue });
    }
  });

  it('acknowledges events with the next message after they came due, and survives events of every type', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => expect.unreachable());
    const rig = new Rig();
    const types = [
      'wam-transport',
      'wam-midi',
      'wam-sysex',
      'wam-mpe',
      'wam-osc',
      'wam-info',
      'wam-automation',
      'new',
    ];
    const fromWam = types.map((type) => ({ type, time: 0 }));
    rig.processor.scheduleEvents(...fromWam);
    await rig.send({ id: 11, request: 'add/event', content: { event: automation('x', 0.2, 0) } });
    await rig.send({ id: 12, request: 'add/event', content: { event: automation('x', 0.3, 1) } });
    rig.processor.port.posted = [];
    rig.render(2);
    expect(rig.processor.port.posted).toEqual([]);
    const posted = await rig.send({ type: 'ping', id: 1 });
    expect(posted).toEqual([
      ...fromWam.map((event) => ({ event })),
      { id: 11, response: 'add/event' },
      { type: 'done', id: 1 },
    ]);
    expect(posted[0]).toHaveProperty('event', fromWam[0]);
  });

  it('clears events of the audio thread and of the main thread, and tells the latter’s ids', async () => {
    const rig = new Rig();
    await rig.send({ id: 21, request: 'add/event', content: { event: automation('x', 0.1, 1) } });
    rig.processor.scheduleEvents(automation('x', 0.2, 1));
    expect(await rig.send({ id: 22, request: 'remove/events' })).toEqual([
      { id: 22, response: 'remove/events', content: [21] },
    ]);
    rig.render(1000);
    expect(await readValue(rig, 'x')).toBe(0.5);
  });

  it('passes its input through, unchanged below the knee, and adds the instrument', async () => {
    const rig = new Rig();
    const left = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i + 1) * 0.7);
    const right = left.map((v) => -v);
    expect(rig.render(1, 128, [left, right])).toEqual([left, right]);
    expect(rig.render(1, 128, [left])).toEqual([left, left]);
    await rig.load(fakeInstrument({}, (_v, _h, port) => port('audio').fill(0.125)));
    rig.render(20);
    const [mixed] = rig.render(1, 128, [left.map((v) => v / 4)]);
    expect([...mixed]).toEqual([...left.map((v) => Math.fround(v / 4) + 0.125)]);
  });

  it('never lets out what is too loud or not finite', async () => {
    const rig = new Rig();
    await rig.load(
      fakeInstrument({}, (_v, _h, port) =>
        port('audio').forEach((_, i, all) => (all[i] = 10 ** ((i % 60) - 30))),
      ),
    );
    const bad = Float32Array.from({ length: 128 }, (_, i) => [NaN, Infinity, -Infinity, 3e38, -5][i % 5]!);
    for (const input of [[], [bad]]) {
      for (const channel of rig.render(40, 128, input)) {
        expect(channel.every((v) => Math.abs(v) <= 1)).toBe(true);
      }
    }
  });

  it('refuses what cannot be played, says why, and plays on', async () => {
    const rig = new Rig();
    await rig.load(fakeInstrument({ hop: 100 }, latentStep()));
    rig.render(20);
    networks = [];
    const { instrument } = fakeInstrument({}, countingStep);
    expect(await rig.ask({ type: 'instrument', instrument })).toMatchObject({
      type: 'failed',
      error: { code: 'processor/failed', message: 'out of memory' },
    });
    const nan = fakeInstrument({}, (_v, _h, port) => port('audio').fill(NaN));
    networks = [nan.decoder];
    expect(await rig.ask({ type: 'instrument', instrument: nan.instrument })).toMatchObject({
      type: 'failed',
      error: { code: 'model/not-finite' },
    });
    expect(rig.render(1)[0][127]).toBe(0.5);
  });

  it('falls silent, not dead, when a network traps, and tells once', async () => {
    const rig = new Rig();
    let trap = false;
    await rig.load(
      fakeInstrument({}, (_v, _h, port) => {
        if (trap) throw new Error('unreachable');
        port('audio').fill(0.5);
      }),
    );
    rig.render(20);
    trap = true;
    const input = new Float32Array(128).fill(0.25);
    expect(rig.render(3, 128, [input])[0].at(-1)).toBe(0.25);
    const [fault, done] = await rig.send({ type: 'ping', id: 1 });
    expect(fault).toMatchObject({
      type: 'fault',
      error: { code: 'processor/failed', message: 'unreachable' },
    });
    expect(done).toEqual({ type: 'done', id: 1 });
    expect(await rig.send({ type: 'ping', id: 2 })).toHaveLength(1);
    await rig.load(fakeInstrument({}, (_v, _h, port) => port('audio').fill(0.5)));
    expect(rig.render(20)[0].at(-1)).toBe(0.5);
  });

  it('renders one state twice with the same bits', async () => {
    const run = async () => {
      const rig = new Rig();
      const noisy = fakeInstrument({ sampleRate: 44_100 }, (_v, _h, port) =>
        port('audio').forEach((_, i, all) => (all[i] = 0.2 * port('noise')[i]! + port('latent')[2]!)),
      );
      await rig.load(noisy);
      await rig.ask({ type: 'seed', seed: 77 });
      await rig.ask({ type: 'reset' });
      rig.processor.scheduleEvents(automation('x', 0.9, 0.1), automation('jitter', 1, 0.2));
      return { rig, sound: rig.render(200) };
    };
    const first = await run();
    const second = await run();
    expect(second.sound).toEqual(first.sound);
  });

  it('fills missing latents with zeros when told to', async () => {
    const rig = new Rig();
    await rig.load(fakeInstrument({}, (_v, _h, port) => port('audio').fill(port('latent')[3]!)));
    expect(rig.render(20)[0].some((sample) => sample !== 0)).toBe(true);
    expect(await rig.ask({ type: 'latentFill', fill: 'zeros' })).toMatchObject({ type: 'done' });
    rig.render(2);
    expect(rig.render(20)[0].every((sample) => sample === 0)).toBe(true);
  });

  it('tells its telemetry when asked', async () => {
    const rig = new Rig();
    await rig.load(fakeInstrument({ hop: 128 }, (_v, _h, port) => port('audio').fill(-0.5)));
    rig.render(30);
    const answer = await rig.ask({ type: 'telemetry' });
    expect(answer).toMatchObject({
      type: 'telemetry',
      telemetry: { time: (30 * 128) / RATE, peaks: [0.5, 0.5] },
    });
    if (answer.type === 'telemetry') expect(answer.telemetry.trail.length).toBe(60);
  });

  it('emits gestures to connected WAMs and not to itself', async () => {
    const rig = new Rig();
    const other = new Rig();
    const received = vi.spyOn(other.processor, 'scheduleEvents');
    const target = { wamInstanceId: (other.processor as unknown as { instanceId: string }).instanceId };
    await rig.send({ id: 1, request: 'connect/events', content: target });
    const event = automation('x', 0.25, 0);
    expect(await rig.ask({ type: 'emit', events: [event] })).toMatchObject({ type: 'done' });
    expect(received).toHaveBeenCalledWith(event);
    rig.render(1);
    expect(await readValue(rig, 'x')).toBe(0.5);
  });

  it('ends when it is destroyed', async () => {
    const rig = new Rig();
    await rig.send({ destroy: true });
    expect(rig.processor.process([], [[new Float32Array(128)]])).toBe(false);
  });

  it('renders 10,000 quanta without a message, a log or growing memory', async () => {
    // `Date.now` boxes its result, 16 bytes a call: not ours to avoid, and it would hide what is.
    Date.now = () => 0;
    const rig = new Rig();
    await rig.load(fakeInstrument({ hop: 1024, sampleRate: 44_100, latents: 8 }, countingStep));
    // 10 events a second on two parameters, as a host plays curves; all due during the run.
    for (let i = 0; i < 500; i++) {
      rig.processor.scheduleEvents(automation('x', i / 500, i / 10), automation('y', 1 - i / 500, i / 10));
    }
    const forbid = () => expect.unreachable('forbidden in process');
    vi.spyOn(rig.processor.port, 'postMessage').mockImplementation(forbid);
    for (const method of ['log', 'warn', 'error', 'info', 'debug'] as const) {
      vi.spyOn(console, method).mockImplementation(forbid);
    }
    const { processor } = rig;
    const inputs: Float32Array[][] = [[]];
    const outputs = [[new Float32Array(128), new Float32Array(128)]];
    const play = (quanta: number) => {
      for (let q = 0; q < quanta; q++) {
        scope['currentFrame'] = rig.frame;
        processor.process(inputs, outputs);
        rig.frame += 128;
      }
    };
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = () => process.memoryUsage().heapUsed;
    play(7500); // Until the compiler, which keeps code, has settled.
    let garbage = Infinity;
    let kept = Infinity;
    for (let round = 0; round < 4; round++) {
      collect();
      const before = heap();
      play(2500);
      garbage = Math.min(garbage, heap() - before);
      collect();
      // What leaks, leaks in every round; the compiler's code, which comes late on a busy machine, only in some.
      kept = Math.min(kept, heap() - before);
    }
    // Less than one word a quantum.
    expect(kept).toBeLessThan(20_000);
    // What falls away in between: numbers that are boxed where calls are not inlined, most of them in the test's own
    // globals (about 150 bytes a quantum here, 40 without the test runner). Slices or messages would be 500 and more.
    expect(garbage).toBeLessThan(2500 * 300);
  });
});
