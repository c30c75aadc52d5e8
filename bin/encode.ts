/** `encode`: sound to latents, as a model's encoder makes them. */

import { type Command, FileError, RAW_LAYOUT, readArguments, required, wholeNumber } from './command.js';
import { MAX_SEED } from './decode.js';
import { readSound, type Signal, type Sound, writeRaw } from './files.js';
import { type Network, openModel, signalSize } from './models.js';
import { runNetwork } from './stream.js';

export const encode: Command = {
  usage: 'encode MODEL --in F.wav|F.f32 --out F.f32 [--mean | --seed N]',
  summary: 'turn sound into latents',
  help: `  --in F            sound at the model's sample rate; a WAV of several channels is mixed for a model of one
  --out F.f32       one frame of latents for each hop; the last hop is filled up with silence
  --mean            the middle of what a variational encoder finds, instead of a random draw around it
  --seed N          seed of that draw (0)

${RAW_LAYOUT}`,
  async run(args, kernels) {
    const { words, values } = readArguments(args, ['MODEL'], {
      in: { type: 'string' },
      out: { type: 'string' },
      mean: { type: 'boolean' },
      seed: { type: 'string' },
    });
    const [path, out] = [required(values.in, 'in'), required(values.out, 'out')];
    const seed = wholeNumber(values.seed ?? '0', 'seed', 0, MAX_SEED);
    const model = await openModel(words[0]!);
    const network = await model.network('encode');
    for (const note of network.notes) console.error(note);
    const sound = fitted(path, readSound(path, signalSize(network.graph, network.input).channels), network);
    writeRaw(out, runNetwork(network, sound, { kernels, noise: values.mean ? 'zero' : seed }));
  },
};

/** @throws FileError when rate or channels are not the model's. */
function fitted(path: string, sound: Sound, network: Network): Signal {
  const { channels } = signalSize(network.graph, network.input);
  if (sound.sampleRate !== null && sound.sampleRate !== network.sampleRate)
    throw new FileError(
      `«${path}» has ${sound.sampleRate} samples a second, the model ${network.sampleRate}. Convert the sound first.`,
    );
  if (sound.channels === channels) return sound;
  if (channels !== 1)
    throw new FileError(`«${path}» has ${sound.channels} channels, the model wants ${channels}.`);
  const samples = Float32Array.from({ length: sound.frames }, (_, t) => {
    let sum = 0;
    for (let c = 0; c < sound.channels; c++) sum += sound.samples[t * sound.channels + c]!;
    return sum / sound.channels;
  });
  return { channels: 1, frames: sound.frames, samples };
}
