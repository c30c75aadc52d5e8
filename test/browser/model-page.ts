/**
 * The page's part of `models.test.ts`: fetches an archive, traces and compiles a method of it here, and lets an
 * AudioWorklet answer recorded calls. Bundled by the test.
 */
import { compile } from '../../src/engine/compile.js';
import { openTorchScript } from '../../src/formats/torchscript/index.js';
import { optimise } from '../../src/graph/passes/index.js';
import type { AttributeValues } from '../../src/shared/engine-plan.js';
import type { ModelOptions } from './model-processor.js';

const QUANTUM = 128;

export interface Calls {
  /** Addresses of the archive and of the inputs, float32 from the given number on. */
  readonly archive: string;
  readonly inputs: string;
  readonly at: number;
  readonly method: string;
  readonly attributes: AttributeValues;
  readonly calls: number;
  /** Of one call: batch, channels, columns. */
  readonly shape: readonly number[];
  readonly storedStates: boolean;
}

const bytesOf = async (url: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());

/** The answers to all calls, one after the other. */
async function answer(recorded: Calls): Promise<number[]> {
  const { method, attributes, calls, shape, at, storedStates } = recorded;
  const [batch, inputChannels, columns] = shape as [number, number, number];
  const model = await openTorchScript(await bytesOf(recorded.archive));
  const { inputRatio } = model.info.methods.find(({ name }) => name === method)!;
  const steps = (columns * inputRatio) / model.info.hop;
  const graph = optimise(model.trace(method, { steps, batch, inputChannels, attributes }));
  const perCall = batch * inputChannels * columns;
  const inputs = new Float32Array((await bytesOf(recorded.inputs)).buffer, at * 4, calls * perCall);
  const options: ModelOptions = {
    kernels: await WebAssembly.compile(await bytesOf('/dist/engine.wasm')),
    plan: compile(graph, { storedStates }),
    input: graph.inputs.find(({ role }) => role !== 'noise')!.name,
    output: graph.outputs[0]!.name,
    calls: Array.from({ length: calls }, (_, call) => inputs.slice(call * perCall, (call + 1) * perCall)),
  };
  return render(options);
}

async function render(options: ModelOptions): Promise<number[]> {
  const count = options.calls.length;
  const context = new OfflineAudioContext(1, count * QUANTUM, 48_000);
  await context.audioWorklet.addModule('/page/model-processor.js');
  const node = new AudioWorkletNode(context, 'model', { processorOptions: options });
  node.connect(context.destination);
  const answers: number[][] = [];
  const all = new Promise<void>((done, fail) => {
    node.onprocessorerror = () => fail(new Error('the processor failed'));
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      if (answers.push([...data]) === count) done();
    };
  });
  await context.startRendering();
  await all;
  return answers.flat();
}

const models = { answer };
Object.assign(globalThis, { models });
export type Models = typeof models;
