/**
 * The bench's part in Chromium: the engine inside an AudioWorklet and onnxruntime-web in the page, in turns;
 * and the plugin's own offline rendering. `main.ts` calls it.
 */
import { initializeWamHost } from '@webaudiomodules/sdk';
import { onnxRuntimeTimer, readModel } from './model.js';
import type { Runtime } from './model.js';
import type { BenchOptions } from './processor.js';

/** Typed as any text, since there is nothing here to take types from. */
const RUNTIME_URL: string = '/ort/ort.wasm.min.mjs';
const PLUGIN_URL: string = '/dist/index.js';
const QUANTUM = 128;
const RATE = 48_000;

const bytesOf = async (url: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());

/**
 * Milliseconds per hop, per run, of both sides.
 * @param milliseconds that one run lasts, about
 */
async function compare(
  modelUrl: string,
  runs: number,
  milliseconds: number,
): Promise<{ engine: number[]; peer: number[] }> {
  const model = readModel(await bytesOf(modelUrl));
  const runtime = (await import(RUNTIME_URL)) as Runtime;
  runtime.env.wasm.wasmPaths = '/ort/';
  const time = await onnxRuntimeTimer(runtime, model);
  await time(20);
  const peerHops = Math.ceil(milliseconds / (await time(20)));
  const kernels = await WebAssembly.compile(await bytesOf('/dist/engine.wasm'));

  // A short rendering finds out how many hops fill a run, the long one measures; its first quantum warms up.
  const [guess = 1] = (await worklet({ kernels, plan: model.plan, inputs: model.inputs, hops: 50 }, 2)).slice(
    1,
  );
  const hops = Math.ceil(milliseconds / Math.max(guess, 0.01));
  const peer: number[] = [];
  const engine = await worklet(
    { kernels, plan: model.plan, inputs: model.inputs, hops },
    runs + 1,
    async () => {
      peer.push(await time(peerHops));
    },
  );
  return { engine: engine.slice(1), peer };
}

/** Renders `quanta` batches; before each but the first, the audio thread waits for `between`. */
async function worklet(
  options: BenchOptions,
  quanta: number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<number[]> {
  const context = new OfflineAudioContext(1, quanta * QUANTUM, RATE);
  await context.audioWorklet.addModule('/bench/processor.js');
  const node = new AudioWorkletNode(context, 'bench', { processorOptions: options });
  node.connect(context.destination);
  const figures: number[] = [];
  const all = new Promise<void>((done) => {
    node.port.onmessage = ({ data }: MessageEvent<number>) => {
      if (figures.push(data) === quanta) done();
    };
  });
  for (let quantum = 1; quantum < quanta; quantum++) {
    void context.suspend((quantum * QUANTUM) / RATE).then(async () => {
      await between();
      await context.resume();
    });
  }
  await context.startRendering();
  await all;
  return figures;
}

/** Milliseconds that the plugin takes to render one second of sound, per run. */
async function render(runs: number, seconds: number): Promise<number[]> {
  const { default: plugin } = (await import(PLUGIN_URL)) as {
    default: {
      createInstance(
        group: string,
        context: BaseAudioContext,
      ): Promise<{ audioNode: AudioNode; destroy(): void }>;
    };
  };
  const figures: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const context = new OfflineAudioContext(2, seconds * RATE, RATE);
    const [group] = await initializeWamHost(context);
    const wam = await plugin.createInstance(group, context);
    wam.audioNode.connect(context.destination);
    const start = performance.now();
    await context.startRendering();
    figures.push((performance.now() - start) / seconds);
  }
  // The first one warms up.
  return figures.slice(1);
}

const bench = { compare, render };
Object.assign(globalThis, { bench });
export type Bench = typeof bench;
