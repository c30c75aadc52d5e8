/** Every rule of `ops/` against what LibTorch answers: `test/fixtures/torchscript/operators.py` lists the calls. */

import { readdirSync, readFileSync } from 'node:fs';
import { strFromU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { optimise } from '../../graph/passes/index.js';
import { ReferenceInterpreter } from '../../graph/reference.js';
import { instantiate } from '../../../test/support/engine.js';
import { openArchive } from '../archive/index.js';
import { openTorchScript } from './index.js';
import { operatorNames } from './ops/index.js';

const FOLDER = 'test/fixtures/torchscript/';
const { inputs, answers } = JSON.parse(readFileSync(`${FOLDER}operators.json`, 'utf8')) as {
  inputs: number[];
  answers: Record<string, { shape: number[]; numbers: number[] }>;
};
const model = await openTorchScript(new Uint8Array(readFileSync(`${FOLDER}operators.torchscript`)), 'ops');

/** Written by `torch.jit.trace` only, and a message that does nothing. */
const UNCALLED: string[] = ['rsub', 'warn'];

/** LibTorch itself computes in float32: a few units in the last place of numbers up to about 100. */
const TOLERANCE = 1e-5;

function expectClose(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  expected.forEach((number, index) => {
    const error = Math.abs(got[index]! - number) / Math.max(1, Math.abs(number));
    expect(error, `element ${index}: got ${got[index]}, expected ${number}`).toBeLessThan(TOLERANCE);
  });
}

describe('an operator', () => {
  it.each(Object.keys(answers))(
    '%s gives what LibTorch gives, on the reference and on the engine',
    (name) => {
      const graph = model.trace(`op_${name}`, { steps: 6 });
      const output = graph.outputs[0]!;
      expect(graph.values[output.value]!.shape).toEqual(answers[name]!.shape);
      const noises = graph.inputs.filter(({ role }) => role === 'noise');
      const zeros = Object.fromEntries(noises.map((port) => [port.name, new Float32Array(24)]));
      const { [output.name]: plain } = new ReferenceInterpreter(graph).step({ ...zeros, audio: inputs });
      expectClose(plain!, answers[name]!.numbers);
      const engine = instantiate(optimise(graph));
      engine.input('audio').set(inputs);
      engine.step();
      expectClose(engine.output(output.name), answers[name]!.numbers);
    },
  );

  it('that has a rule is called by some archive of the tests', () => {
    const called = new Set(
      readdirSync(FOLDER)
        .filter((file) => file.endsWith('.torchscript'))
        .flatMap((file) => calledIn(new Uint8Array(readFileSync(FOLDER + file)))),
    );
    expect(operatorNames().filter((name) => !called.has(name) && !called.has(`${name}_`))).toEqual(UNCALLED);
  });
});

/** Names that the archive's code calls, without `torch.`. */
function calledIn(file: Uint8Array): string[] {
  const archive = openArchive(file);
  const code = archive.names
    .filter((name) => name.endsWith('.py'))
    .map((name) => strFromU8(archive.read(name)));
  return [...code.join('\n').matchAll(/\b(?:torch\.|ops\.prim\.)?([A-Za-z_0-9]+)\(/g)].map(
    (match) => match[1]!,
  );
}
