/**
 * The picture worker: draws a terrain for the face. Thread entry only: messages in, passes out; what a picture is
 * stands in `terrain-picture.ts`. One worker per face, so that a slow picture delays nobody else's.
 */

import { EngineInstance } from '../engine/instance.js';
import { compileTerrain } from '../engine/terrain.js';
import { PluginError, toErrorRecord } from '../shared/errors.js';
import type { FromPicture, ToPicture } from '../shared/messages.js';
import type { TerrainNetwork } from '../shared/terrain.js';
import { TerrainPicture, type PicturePass, type TerrainEvaluator } from './terrain-picture.js';

/** Positions of one engine run: long enough to hide the call, short enough to stay in the caches. */
const BATCH = 64;
/** Work between two looks at the messages, in ms: a newer wish waits no longer than this. */
const SLICE_MS = 12;

type Draw = Extract<ToPicture, { type: 'draw' }>;

let kernels: Promise<WebAssembly.Module> | null = null;
let picture: TerrainPicture | null = null;
let terrainId = 0;
let pending: Draw | null = null;
let current = -1;
let working = false;

self.onmessage = ({ data }: MessageEvent<ToPicture>): void => {
  switch (data.type) {
    case 'terrain':
      picture = null;
      void load(data, ++terrainId);
      break;
    case 'draw':
      pending = data;
      start();
      break;
    default:
      data satisfies never;
  }
};

async function load({ network, bounds }: Extract<ToPicture, { type: 'terrain' }>, id: number): Promise<void> {
  try {
    kernels ??= fetchKernels();
    const module = await kernels;
    if (id !== terrainId) return;
    picture = new TerrainPicture(createEvaluator(network, module), bounds);
    start();
  } catch (error) {
    if (id === terrainId) fail(error);
  }
}

async function fetchKernels(): Promise<WebAssembly.Module> {
  // Relative to this module, which the build puts into a folder beside the kernels.
  const address = new URL('../engine.wasm', import.meta.url);
  const response = await fetch(address).catch(() => null);
  if (response?.ok) return WebAssembly.compile(await response.arrayBuffer());
  kernels = null;
  throw new PluginError(
    'asset/missing',
    'The terrain cannot be drawn: a part of the plugin did not load. Reload the page. The sound goes on.',
    [`${address.href}: ${response ? response.status : 'no answer'}`],
  );
}

function createEvaluator(network: TerrainNetwork, module: WebAssembly.Module): TerrainEvaluator {
  const engine = new EngineInstance(module, compileTerrain(network, BATCH));
  const input = engine.input('position');
  const output = engine.output('latent');
  return {
    inputs: network.inputs,
    latents: network.latents,
    batch: BATCH,
    run: (positions) => {
      input.set(positions);
      engine.step();
      return output;
    },
  };
}

/** Works until nothing is wished any more, listening between slices. */
function start(): void {
  if (working || !picture) return;
  working = true;
  void work().finally(() => {
    working = false;
  });
}

async function work(): Promise<void> {
  try {
    for (;;) {
      // Read anew each time: messages come in between.
      const drawn = picture;
      if (!drawn) return;
      if (pending) {
        const { id, width, height, style } = pending;
        pending = null;
        current = id;
        send(drawn.draw({ width, height, style }));
      }
      if (drawn.done) return;
      const end = performance.now() + SLICE_MS;
      while (!drawn.done && performance.now() < end) send(drawn.advance());
      await nextTask();
    }
  } catch (error) {
    picture = null;
    fail(error);
  }
}

function send(pass: PicturePass | null): void {
  if (!pass) return;
  const message: FromPicture = { type: 'pass', id: current, ...pass };
  self.postMessage(message, { transfer: [pass.pixels.buffer] });
}

function fail(error: unknown): void {
  const message: FromPicture = {
    type: 'failed',
    id: pending?.id ?? current,
    error: toErrorRecord(error, 'terrain/unreadable'),
  };
  self.postMessage(message);
}

const { port1, port2 } = new MessageChannel();

/** Lets waiting messages in. A timer would wait 4 ms each time. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    port1.onmessage = (): void => resolve();
    port2.postMessage(null);
  });
}
