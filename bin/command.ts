/**
 * What the commands share: how one is described, how its arguments are read, and what is wrong with them. Not the
 * commands themselves. Used by `main.ts` and by one file per command.
 */

import { parseArgs, type ParseArgsConfig } from 'node:util';

export interface Command {
  /** What stands behind the program's name: `decode MODEL --latents F.f32 …`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The rest of `--help`. */
  readonly help: string;
  /** @param kernels Path of the engine's compiled kernels. */
  readonly run: (args: readonly string[], kernels: string) => Promise<void> | void;
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {}

/** A file that is not there, not writable, or not what the command needs: exit code 1. */
export class FileError extends Error {}

/** A message of the plugin without what it says about the sound: on a command line nothing plays that could go on. */
export function plainMessage(error: Error): string {
  return error.message.replace(/\s*(Your current sound goes on|The sound stays as it was)\./g, '');
}

/** Said in every help text that names raw files. */
export const RAW_LAYOUT = `Raw files (.f32) are little-endian 32-bit floats, [frame][channel]: all channels of the first frame, then
all of the second, and so on. A frame of latents is one hop; a frame of audio is one sample.`;

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * The options and the words between them.
 * @param words What the words are, for messages; exactly so many are wanted.
 * @throws UsageError
 */
export function readArguments<T extends Options>(
  args: readonly string[],
  words: readonly string[],
  options: T,
) {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { positionals, values } = parsed;
  const missing = words[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  const extra = positionals[words.length];
  if (extra !== undefined) throw new UsageError(`«${extra}» is one word too many.`);
  return { words: positionals, values };
}

export function required(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`--${option} is missing.`);
  return value;
}

/** @throws UsageError unless it is a whole number from `least` to `most`. */
export function wholeNumber(text: string, option: string, least: number, most: number): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < least || number > most)
    throw new UsageError(`--${option} is «${text}»; it must be a whole number from ${least} to ${most}.`);
  return number;
}

/** @throws UsageError unless it is one of them. */
export function oneOf<T extends string>(text: string, option: string, choices: readonly T[]): T {
  const choice = choices.find((known) => known === text);
  if (choice === undefined)
    throw new UsageError(`--${option} is «${text}»; it must be ${choices.join(' or ')}.`);
  return choice;
}
