/**
 * The bench's command: measures in Node, then in Chromium, and prints rows. Run by scripts/bench.mjs.
 * Whatever a ratio compares is measured in turns within one run, since the machine's speed drifts.
 */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { chromium } from 'playwright-core';
import { serve } from '../../scripts/serve.mjs';
import { compileTerrain } from '../../src/engine/terrain.js';
import { EngineInstance } from '../../src/engine/instance.js';
import type { EnginePlan } from '../../src/shared/engine-plan.js';
import { createTerrainNetwork, DEFAULT_TERRAIN_SIZE } from '../../src/terrain/network.js';
import { rowsOf, table } from './measure.js';
import type { Row, Series } from './measure.js';
import { onnxRuntimeTimer, readModel } from './model.js';
import type { Bench } from './page.js';

/** This file runs from build/bench/, so it goes by where it was started. */
const root = `${process.cwd()}/`;
const quick = process.argv.includes('--quick');
const json = process.argv.includes('--json');
const RUNS = quick ? 5 : 11;
/** One run, in Node (fine clock) and in the worklet (a clock of whole milliseconds). */
const NODE_MILLISECONDS = quick ? 60 : 200;
const PAGE_MILLISECONDS = quick ? 150 : 400;
const PEER = 'onnxruntime-web-1-thread';
const ENGINE = 'engine-f32-burst';
const MODELS = [
  ['decode', 'assets/instrument/decoder.onnx'],
  ['encode', 'assets/instrument/encoder.onnx'],
] as const;

function pair(what: string, places: readonly [string, string], engine: number[], peer: number[]): Series[] {
  const peerName = `${what}/builtin/${PEER}/${places[1]}`;
  return [
    { name: `${what}/builtin/${ENGINE}/${places[0]}`, unit: 'ms/hop', figures: engine, peer: peerName },
    { name: peerName, unit: 'ms/hop', figures: peer },
  ];
}

async function inNode(kernels: WebAssembly.Module): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, path] of MODELS) {
    const model = readModel(new Uint8Array(await readFile(`${root}${path}`)));
    const time = await onnxRuntimeTimer(ort, model);
    const run = engineTimer(kernels, model.plan, model.inputs);
    run(50);
    await time(20);
    const hops = Math.ceil(NODE_MILLISECONDS / run(50));
    const peerHops = Math.ceil(NODE_MILLISECONDS / (await time(20)));
    const [engine, peer]: [number[], number[]] = [[], []];
    for (let index = 0; index < RUNS; index++) {
      engine.push(run(hops));
      peer.push(await time(peerHops));
    }
    rows.push(...rowsOf(pair(what, ['node', 'node'], engine, peer)));
  }
  return [...rows, ...rowsOf([terrain(kernels)])];
}

/** One position of a terrain of default size. */
function terrain(kernels: WebAssembly.Module): Series {
  const network = createTerrainNetwork(DEFAULT_TERRAIN_SIZE, 1, 1);
  const run = engineTimer(kernels, compileTerrain(network, 1), [
    ['position', [1, 2, 1], new Float32Array([0.3, -0.2])],
  ]);
  run(500);
  const steps = Math.ceil(NODE_MILLISECONDS / run(500));
  const figures = Array.from({ length: RUNS }, () => run(steps) * 1000);
  return { name: `terrain/default/${ENGINE}/node`, unit: 'us/position', figures };
}

/** Milliseconds per step of so many steps. */
function engineTimer(
  kernels: WebAssembly.Module,
  plan: EnginePlan,
  inputs: readonly (readonly [string, readonly number[], Float32Array])[],
): (steps: number) => number {
  const engine = new EngineInstance(kernels, plan);
  for (const [name, , values] of inputs) engine.input(name).set(values);
  return (steps) => {
    const start = performance.now();
    for (let step = 0; step < steps; step++) engine.step();
    return (performance.now() - start) / steps;
  };
}

async function inChromium(): Promise<Row[]> {
  const server = await serve({
    mounts: [
      ['/dist/', `${root}dist`],
      ['/assets/', `${root}assets`],
      ['/ort/', `${root}node_modules/onnxruntime-web/dist`],
      ['/bench/', `${root}build/bench`],
    ],
  });
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(`${server.url}bench/`);
    await page.waitForFunction(() => 'bench' in globalThis);
    const rows: Row[] = [];
    for (const [what, path] of MODELS) {
      const { engine, peer } = await page.evaluate(
        ([url, runs, milliseconds]) =>
          (globalThis as unknown as { bench: Bench }).bench.compare(url, runs, milliseconds),
        [`/${path}`, RUNS, PAGE_MILLISECONDS] as const,
      );
      rows.push(...rowsOf(pair(what, ['worklet', 'page'], engine, peer)));
    }
    const figures = await page.evaluate(
      ([runs, seconds]) => (globalThis as unknown as { bench: Bench }).bench.render(runs, seconds),
      [quick ? 3 : 5, quick ? 5 : 30] as const,
    );
    rows.push(...rowsOf([{ name: 'render/builtin/plugin/offline', unit: 'ms/s of sound', figures }]));
    return rows;
  } finally {
    await browser.close();
    await server.close();
  }
}

const kernels = await WebAssembly.compile(await readFile(`${root}build/kernels.wasm`));
const rows = await inNode(kernels);
if (!process.argv.includes('--node')) rows.push(...(await inChromium()));
console.log(json ? rows.map((row) => JSON.stringify(row)).join('\n') : table(rows));
