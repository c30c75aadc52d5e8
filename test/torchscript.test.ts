/**
 * Archives of our own through the whole way of a user's model, against LibTorch: what is expected of every model,
 * wherever the tests run. Models exported by RAVE itself: `test/oracle`.
 */

import { describe, expect, it } from 'vitest';
import { openTorchScript } from '../src/formats/torchscript/index.js';
import { PluginError } from '../src/shared/errors.js';
import { greatestDifference, runCalls, traceCalls } from './support/torchscript.js';
import { fixtureArchive, fixtureNames, fixtureRuns } from './support/torchscript-fixtures.js';

/** What float32 sums in another order come to; values are of the order of 1. */
const TOLERANCE = 1e-5;

const playable = fixtureNames.filter((name) => name !== 'unsupported');

describe.each(playable)('the archive %s', (name) => {
  it.each(
    fixtureRuns(name).map((run) => {
      const settings = Object.entries(run.attributes).map(([key, value]) => ` ${key}=${value}`);
      return [`${run.method} [${run.shape.join(', ')}]${settings.join('')}`, run] as const;
    }),
  )('%s: the engine answers as LibTorch, from silence and from the stored state', async (_title, run) => {
    const model = await openTorchScript(fixtureArchive(name), name);
    const graph = traceCalls(model, run);
    expect(greatestDifference(runCalls(graph, run, false), run.zero)).toBeLessThanOrEqual(TOLERANCE);
    if (run.stored)
      expect(greatestDifference(runCalls(graph, run, true), run.stored)).toBeLessThanOrEqual(TOLERANCE);
  });
});

describe('what an archive says of itself', () => {
  it('methods, ratios, labels, rate', async () => {
    const { info } = await openTorchScript(fixtureArchive('stream'), 'stream');
    expect(info.sampleRate).toBe(44100);
    expect(info.hop).toBe(32);
    const decode = info.methods.find(({ name }) => name === 'decode');
    expect(decode).toMatchObject({ inputChannels: 4, inputRatio: 32, outputChannels: 1, outputRatio: 1 });
    expect(decode?.inputLabels).toEqual([1, 2, 3, 4].map((n) => `(signal) input ${n}`));
  });

  it('an old export without lists of methods and labels is found through its buffers', async () => {
    const { info } = await openTorchScript(fixtureArchive('bare'), 'bare');
    expect(info.sampleRate).toBe(48000);
    expect(info.methods.map(({ name }) => name)).toEqual(['decode']);
  });

  it('settings with their values', async () => {
    const { info } = await openTorchScript(fixtureArchive('attributes'), 'attributes');
    expect(info.attributes).toEqual([
      { name: 'bypass', kind: 'bool', value: false },
      { name: 'mode', kind: 'int', value: 1 },
      { name: 'gain', kind: 'float', value: 0.5 },
    ]);
  });

  it('a model that stores NaN plays without NaN, even from its stored state', async () => {
    const model = await openTorchScript(fixtureArchive('spherical'), 'spherical');
    const run = fixtureRuns('spherical')[0]!;
    const graph = traceCalls(model, run);
    expect(graph.states.some(({ stored }) => stored !== undefined)).toBe(true);
    expect(runCalls(graph, run, true).every(Number.isFinite)).toBe(true);
  });
});

it('a refusal names every op that no streaming decoder needs, with its place in the file', async () => {
  const model = await openTorchScript(fixtureArchive('unsupported'), 'unsupported');
  const refusal = await Promise.resolve()
    .then(() => model.trace('decode'))
    .then(
      () => null,
      (error: unknown) => error,
    );
  expect(refusal).toBeInstanceOf(PluginError);
  const { code, details } = refusal as PluginError;
  expect(code).toBe('model/unsupported');
  for (const op of ['kthvalue', 'sort', 'linalg_svd', 'det']) {
    const finding = details.find((line) => line.includes(op));
    expect(finding, `${op} among ${details.join('; ')}`).toMatch(/code\/__torch__\/models\.py:\d+/);
  }
});
