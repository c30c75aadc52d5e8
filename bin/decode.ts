/** `decode`: latents to sound, through the decoder and the engine that the plugin plays. */

import {
  type Command,
  FileError,
  oneOf,
  RAW_LAYOUT,
  readArguments,
  required,
  UsageError,
  wholeNumber,
} from './command.js';
import { checkSoundName, readRaw, writeSound } from './files.js';
import { openModel, signalSize } from './models.js';
import { type Noise, runNetwork } from './stream.js';

export const MAX_SEED = 2 ** 32 - 1;

/** @throws UsageError when both are given. */
export function readNoise(seed: string | undefined, noise: string | undefined): Noise {
  if (noise !== undefined) {
    oneOf(noise, 'noise', ['zero']);
    if (seed !== undefined) throw new UsageError('--seed and --noise zero exclude each other.');
    return 'zero';
  }
  return wholeNumber(seed ?? '0', 'seed', 0, MAX_SEED);
}

export const decode: Command = {
  usage:
    'decode MODEL --latents F.f32 --out F.wav|F.f32 [--seed N | --noise zero] [--state stored|zero] [--chunk N] [--all-latents]',
  summary: 'turn latents into sound',
  help: `  --latents F.f32   one frame for each hop, with the latents that the model's maker named
  --out F           sound: .wav is 32-bit float, .f32 raw numbers
  --seed N          seed of the model's random numbers and of the latents that are not named (0)
  --noise zero      zeros in their place
  --state stored    begin from what the file stored of earlier sound; zero (from silence) is usual
  --chunk N         hops per call (1); the result is the same
  --all-latents     F.f32 has all latents of the model, not only the named ones

${RAW_LAYOUT}`,
  async run(args, kernels) {
    const { words, values } = readArguments(args, ['MODEL'], {
      latents: { type: 'string' },
      out: { type: 'string' },
      seed: { type: 'string' },
      noise: { type: 'string' },
      state: { type: 'string' },
      chunk: { type: 'string' },
      'all-latents': { type: 'boolean' },
    });
    const [latentsPath, out] = [required(values.latents, 'latents'), required(values.out, 'out')];
    checkSoundName(out);
    const noise = readNoise(values.seed, values.noise);
    const storedStates = oneOf(values.state ?? 'zero', 'state', ['stored', 'zero']) === 'stored';
    const chunk = wholeNumber(values.chunk ?? '1', 'chunk', 1, 1024);
    const model = await openModel(words[0]!);
    const network = await model.network('decode');
    const { channels: all } = signalSize(network.graph, network.input);
    const latents = readLatents(latentsPath, values['all-latents'] ? all : network.namedLatents);
    for (const note of network.notes) console.error(note);
    const sound = runNetwork(network, latents, { kernels, noise, storedStates, chunk });
    writeSound(out, sound, network.sampleRate);
  },
};

function readLatents(path: string, channels: number) {
  const latents = readRaw(path, channels);
  const bad = latents.samples.findIndex((number) => !Number.isFinite(number));
  if (bad >= 0)
    throw new FileError(
      `«${path}» holds ${latents.samples[bad]} at frame ${Math.floor(bad / channels)}, latent ${bad % channels}. Are these latents, ${channels} a frame?`,
    );
  return latents;
}
