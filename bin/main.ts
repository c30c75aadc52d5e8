/**
 * `latent-terrain`: picks the command, and turns what goes wrong into a sentence and an exit code (0 done, 1 a file was
 * refused, 2 called wrongly). The same code as the plugin's, in Node. Started by `latent-terrain.mjs`.
 */

import { PluginError } from '../src/shared/errors.js';
import { bench } from './bench.js';
import { type Command, FileError, plainMessage, UsageError } from './command.js';
import { convert } from './convert.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { inspect } from './inspect.js';
import { sample } from './sample.js';

const commands: Readonly<Record<string, Command>> = { inspect, decode, encode, sample, convert, bench };

const overview = `latent-terrain: play, look into and convert autoencoder models and terrains.

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`)
  .join('\n')}

«latent-terrain COMMAND --help» tells more. MODEL is a nn~ model (.ts) or ONNX (.onnx), TERRAIN a checkpoint of
nn.terrain (.pt) or this plugin's JSON. Exit codes: 0 done, 1 a file was refused, 2 called wrongly.
`;

/** @returns The exit code. */
export async function main(args: readonly string[], kernels: string): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(overview);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    console.error(`There is no command «${name}». There are: ${Object.keys(commands).join(', ')}.`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`latent-terrain ${command.usage}\n\n${command.summary}\n\n${command.help}\n`);
    return 0;
  }
  try {
    await command.run(rest, kernels);
    return 0;
  } catch (error) {
    return explain(error, command);
  }
}

function explain(error: unknown, command: Command): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nlatent-terrain ${command.usage}`);
    return 2;
  }
  if (error instanceof FileError) {
    console.error(error.message);
    return 1;
  }
  if (error instanceof PluginError) {
    console.error([plainMessage(error), ...error.details.map((detail) => `  ${detail}`)].join('\n'));
    return 1;
  }
  throw error;
}
