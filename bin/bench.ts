/** `bench`: how fast a model's decoder is here, beside LibTorch where there is one. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compile } from '../src/engine/compile.js';
import { EngineInstance } from '../src/engine/instance.js';
import { optimise } from '../src/graph/passes/index.js';
import { type Command, readArguments, wholeNumber } from './command.js';
import { openModel, signalSize } from './models.js';

const WARM_UP = 20;

/** One thread, as the engine has; prints milliseconds per hop, the median. */
const LIBTORCH = `
import sys, time
import torch
torch.set_num_threads(1)
path, channels, hops = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = torch.jit.load(path, map_location="cpu").eval()
times = []
with torch.no_grad():
    for i in range(hops + ${WARM_UP}):
        z = torch.randn(1, channels, 1)
        start = time.perf_counter()
        model.decode(z)
        times.append(time.perf_counter() - start)
times = sorted(times[${WARM_UP}:])
print(1000 * times[len(times) // 2])
`;

export const bench: Command = {
  usage: 'bench MODEL [--hops N] [--no-libtorch]',
  summary: 'how fast a decoder is here',
  help: `  --hops N          hops that are measured (200)
  --no-libtorch     leave LibTorch out; else it is measured, too, where python3 has PyTorch and MODEL is a .ts file

Milliseconds are the median over the hops, on one thread. A realtime factor of 10 means that a second of sound takes a tenth
of a second.`,
  async run(args, kernels) {
    const { words, values } = readArguments(args, ['MODEL'], {
      hops: { type: 'string' },
      'no-libtorch': { type: 'boolean' },
    });
    const hops = wholeNumber(values.hops ?? '200', 'hops', 1, 100_000);
    const path = words[0]!;
    const opened = await openModel(path);
    const network = await opened.network('decode');
    const plan = compile(optimise(network.graph));
    const engine = new EngineInstance(new WebAssembly.Module(readFileSync(kernels)), plan);
    const times: number[] = [];
    for (let hop = -WARM_UP; hop < hops; hop++) {
      for (const { name } of network.graph.inputs) {
        const input = engine.input(name);
        for (let i = 0; i < input.length; i++) input[i] = Math.random() * 2 - 1;
      }
      const start = performance.now();
      engine.step();
      if (hop >= 0) times.push(performance.now() - start);
    }
    const hopMilliseconds = (1000 * network.hop) / network.sampleRate;
    const line = (name: string, milliseconds: number): string =>
      `${name.padEnd(10)}${milliseconds.toFixed(3)} ms per hop, ${(hopMilliseconds / milliseconds).toFixed(1)} × realtime`;
    const lines = [
      `${opened.title}: hop ${network.hop} samples = ${hopMilliseconds.toFixed(2)} ms, ${(plan.macs / 1e6).toFixed(2)} million MACs`,
      line('engine', median(times)),
    ];
    if (opened.kind === 'torchscript' && !values['no-libtorch']) {
      const measured = measureLibTorch(
        path,
        Math.min(network.namedLatents, signalSize(network.graph, network.input).channels),
        hops,
      );
      lines.push(
        measured === null ? 'libtorch  not measured (no python3 with PyTorch)' : line('libtorch', measured),
      );
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  },
};

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

/** Milliseconds per hop; null where there is no LibTorch or it refuses the model. */
function measureLibTorch(path: string, channels: number, hops: number): number | null {
  const { status, stdout } = spawnSync(
    'python3',
    ['-c', LIBTORCH, resolve(path), String(channels), String(hops)],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    },
  );
  const milliseconds = Number(stdout);
  return status === 0 && milliseconds > 0 ? milliseconds : null;
}
