/** `sample`: the latents of a terrain at given places, from the engine that the plugin plays. */

import { readFileSync } from 'node:fs';
import { EngineInstance } from '../src/engine/instance.js';
import { compileTerrain } from '../src/engine/terrain.js';
import type { TerrainNetwork } from '../src/shared/terrain.js';
import { type Command, RAW_LAYOUT, readArguments, required, UsageError } from './command.js';
import { readRaw, type Signal, writeRaw } from './files.js';
import { openTerrain } from './models.js';

/** Positions that the engine computes at once. */
const AT_ONCE = 64;

export const sample: Command = {
  usage: 'sample TERRAIN --coordinates F.f32|"x,y;x,y" --out F.f32|-',
  summary: 'latents of a terrain at given places',
  help: `  --coordinates     places in the terrain's own units, as a raw file or written out
  --out             one frame of latents for each place; - is the standard output, raw as well

${RAW_LAYOUT}`,
  async run(args, kernels) {
    const { words, values } = readArguments(args, ['TERRAIN'], {
      coordinates: { type: 'string' },
      out: { type: 'string' },
    });
    const [given, out] = [required(values.coordinates, 'coordinates'), required(values.out, 'out')];
    const { network } = await openTerrain(words[0]!);
    const places = /\.f32$/i.test(given) ? readRaw(given, network.inputs) : written(given, network.inputs);
    writeRaw(out, latentsAt(network, places, kernels));
  },
};

function written(text: string, inputs: number): Signal {
  const places = text
    .split(';')
    .map((place) => place.split(',').map((number) => (number.trim() === '' ? NaN : Number(number))));
  const wrong = places.find((place) => place.length !== inputs || !place.every(Number.isFinite));
  if (wrong !== undefined)
    throw new UsageError(
      `--coordinates is «${text}»; this terrain wants ${inputs} number${inputs === 1 ? '' : 's'} for each place, as in "${'0.5,'.repeat(inputs).slice(0, -1)}".`,
    );
  return { channels: inputs, frames: places.length, samples: Float32Array.from(places.flat()) };
}

function latentsAt(network: TerrainNetwork, places: Signal, kernels: string): Signal {
  const { inputs, latents } = network;
  const engine = new EngineInstance(
    new WebAssembly.Module(readFileSync(kernels)),
    compileTerrain(network, AT_ONCE),
  );
  const [position, latent] = [engine.input('position'), engine.output('latent')];
  const samples = new Float32Array(places.frames * latents);
  for (let start = 0; start < places.frames; start += AT_ONCE) {
    const count = Math.min(AT_ONCE, places.frames - start);
    for (let p = 0; p < count; p++)
      for (let i = 0; i < inputs; i++) position[i * AT_ONCE + p] = places.samples[(start + p) * inputs + i]!;
    engine.step();
    for (let p = 0; p < count; p++)
      for (let l = 0; l < latents; l++) samples[(start + p) * latents + l] = latent[l * AT_ONCE + p]!;
  }
  return { channels: latents, frames: places.frames, samples };
}
