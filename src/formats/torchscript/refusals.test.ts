/** What the tracer refuses, how it says so, and that no code of a file can hold it up. */

import { strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../graph/graph.js';
import { PluginError } from '../../shared/errors.js';
import { scriptArchive } from '../../../test/support/script-archive.js';
import { openArchive, writeArchive } from '../archive/index.js';
import { openTorchScript } from './index.js';

async function trace(body: string, more = ''): Promise<Graph> {
  return (await openTorchScript(scriptArchive(body, more), 'test')).trace('decode');
}

async function refusal(body: string, more = ''): Promise<PluginError> {
  const error: unknown = await trace(body, more).then(
    () => expect.unreachable('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PluginError);
  return error as PluginError;
}

describe('the tracer', () => {
  it('follows the few lines that the refusals below vary', async () => {
    const graph = await trace('x = torch.repeat_interleave(z, 4, 2)\nreturn torch.slice(x, 1, 0, 1)');
    expect(graph.outputs[0]).toMatchObject({ name: 'audio', role: 'audio' });
    expect(graph.values[graph.outputs[0]!.value]!.shape).toEqual([1, 1, 4]);
    expect(graph.metadata).toMatchObject({ hop: '4', latents: '2', method: 'decode' });
  });

  it('lists everything unsupported with its place, and goes on behind it', async () => {
    const { code, details, message } = await refusal(
      'x = torch.sort(z, 1)\ny = torch.linalg_svd(z)\nw = torch.tanh(y)\nv = torch.kthvalue(torch.add(w, x), 2)\nreturn v',
    );
    expect(code).toBe('model/unsupported');
    expect(details).toEqual([
      'code/__torch__.py:8: torch.sort',
      'code/__torch__.py:9: torch.linalg_svd',
      'code/__torch__.py:11: torch.kthvalue',
    ]);
    expect(message).toContain('3 things');
    expect(message).toContain('Your current sound goes on.');
  });

  it('says where a decision depends on the sound itself', async () => {
    const { code, details } = await refusal(
      'if bool(torch.gt(torch.sum(z), 0)):\n  x = z\nelse:\n  x = torch.neg(z)\nreturn x',
    );
    expect(code).toBe('model/unsupported');
    expect(details).toEqual([
      'code/__torch__.py:8: the code depends on numbers that are only known while it plays',
    ]);
  });

  it('decides by what large tensors really hold, also while it looks for states', async () => {
    const body = [
      'big = torch.gt(torch.sum(self.table), 4000)',
      'if bool(big):',
      '  x = torch.repeat_interleave(torch.add(z, 1), 4, 2)',
      '  _0 = torch.add_(torch.slice(self.table, 0, 0, 4), torch.sum(z))',
      '  y = torch.mul(x, torch.slice(self.table, 0, 0, 4))',
      'else:',
      '  y = torch.repeat_interleave(z, 4, 2)',
      'return torch.slice(y, 1, 0, 1)',
    ].join('\n');
    const states = async (table: Float32Array<ArrayBuffer>) =>
      (await openTorchScript(scriptArchive(body, '', table), 'test')).trace('decode').states.length;
    expect(await states(new Float32Array(5000).fill(0.5))).toBe(0);
    expect(await states(new Float32Array(5000).fill(1))).toBe(1);
  });

  it.each([
    ['a loop without end', 'x = 1\nwhile True:\n  x = torch.add(x, 1)\nreturn z'],
    ['a loop over a list that grows', 'x = [1]\nfor i in x:\n  _0 = torch.append(x, i)\nreturn z'],
    ['a list that doubles', 'x = [1]\nwhile True:\n  x = torch.add(x, x)\nreturn z'],
    ['a text that doubles', 'x = "ab"\nwhile True:\n  x = torch.add(x, x)\nreturn z'],
    ['tensors without end', 'x = z\nwhile True:\n  x = torch.add(x, z)\nreturn x'],
    ['a tensor that doubles', 'x = z\nwhile True:\n  x = torch.cat([x, x], 2)\nreturn x'],
    ['a tensor repeated beyond measure', 'return torch.repeat(z, [1, 1, 100000000000])'],
    ['a constant beyond measure', 'return torch.ones([1, 1, 100000000000])'],
    ['constants without end', 'x = z\nwhile True:\n  x = torch.ones([1000000])\nreturn x'],
    [
      'products of constants without end',
      'x = torch.ones([64, 64])\nwhile True:\n  x = torch.matmul(x, x)\nreturn z',
    ],
    [
      'transforms without end',
      'x = torch.ones([1, 1, 2048])\nwhile True:\n  y = torch.fft_rfft(x)\nreturn z',
    ],
    ['noise without end', 'while True:\n  x = torch.randn([1, 1, 100000])\nreturn z'],
    ['axes without end', 'x = z\nwhile True:\n  x = torch.unsqueeze(x, 0)\nreturn x'],
    ['windows without end', 'x = z\nwhile True:\n  x = torch.transpose(x, 1, 2)\nreturn x'],
    [
      'pieces without end',
      'x = torch.ones([1, 1, 60000])\nwhile True:\n  y = torch.chunk(x, 60000, 2)\nreturn z',
    ],
    ['an input repeated for a kernel', 'return torch.repeat(z, [1, 1, 4000000])'],
    [
      'one list many times, compared',
      `x = [1]\nfor i in range(60):\n  x = [x, x]\ny = torch.eq(x, x)\nreturn z`,
    ],
    [
      'one list many times, as a tensor',
      'x = [1]\nfor i in range(60):\n  x = [x, x]\nreturn torch.tensor(x)',
    ],
    [
      'one list many times, as a message',
      'x = [1]\nfor i in range(60):\n  x = [x, x]\nops.prim.RaiseException(torch.format("{}", x))',
    ],
    ['a range beyond measure', 'for i in range(100000000000):\n  pass\nreturn z'],
    ['a window beyond measure', 'return torch.hann_window(100000000000)'],
  ])('refuses %s, soon', { timeout: 2000 }, async (_name, body) => {
    const { code, message } = await refusal(body);
    expect(['model/too-large', 'model/unsupported', 'model/invalid']).toContain(code);
    expect(message).toContain('Your current sound goes on.');
  });

  it.each([
    ['itself', '  def f(self: __torch__.Model,\n    x: Tensor) -> Tensor:\n    return (self).f(x, )'],
    [
      'each other',
      '  def f(self: __torch__.Model,\n    x: Tensor) -> Tensor:\n    return (self).g(x, )\n  def g(self: __torch__.Model,\n    x: Tensor) -> Tensor:\n    return (self).f(x, )',
    ],
  ])('refuses methods that call %s', async (_name, more) => {
    const { code, details } = await refusal('return (self).f(z, )', more);
    expect(code).toBe('model/unsupported');
    expect(details[0]).toContain('calls nest deeper than 100');
  });

  it.each([
    ['a shape that does not fit', 'return torch.reshape(z, [1, 3, 5])'],
    ['an axis that is not there', 'return torch.sum(z, [7])'],
    ['tensors that do not broadcast', 'return torch.add(z, torch.ones([1, 3, 1]))'],
    ['an unknown variable', 'return torch.add(z, nothing)'],
    ['an attribute that is not there', 'return torch.add(z, self.nothing)'],
    ['a number for a tensor', 'return torch.tanh([1, 2])'],
    ['a missing argument', 'return torch.reshape(z)'],
    ['no tensor at the end', 'return 3'],
    ['an element beyond the list', 'return [z][3]'],
    ['what the model itself refuses', 'ops.prim.RaiseException("no", "builtins.ValueError")\nreturn z'],
    ['a convolution of impossible sizes', 'return torch.conv1d(z, torch.ones([1, 2, 9]))'],
    ['a step of zero', 'return torch.conv1d(z, torch.ones([1, 2, 1]), None, [0])'],
    ['negative padding', 'return torch.conv1d(z, torch.ones([1, 2, 1]), None, [1], [-1])'],
    ['sizes that are no numbers', 'return torch.ones([z])'],
    ['another dtype than any', 'return torch.to(z, 77)'],
  ])('refuses %s in words', async (_name, body) => {
    const { code, message } = await refusal(body);
    expect(['model/unsupported', 'model/invalid']).toContain(code);
    expect(message).toContain('Your current sound goes on.');
  });

  it('refuses more code than any model has, also in files that are short enough each', async () => {
    const archive = openArchive(scriptArchive('return __torch__.c.f(__torch__.b.f(__torch__.a.f(z)))'));
    const filler = `#${'x'.repeat(2_000_000)}\ndef f(x: Tensor) -> Tensor:\n  return x\n`;
    const entries = [
      ...archive.names.map((name) => ({ name, bytes: archive.read(name) })),
      ...['a', 'b', 'c'].map((name) => ({ name: `code/__torch__/${name}.py`, bytes: strToU8(filler) })),
    ];
    const model = await openTorchScript(writeArchive('model', entries), 'test');
    expect(() => model.trace('decode')).toThrow(
      expect.objectContaining({ code: 'model/too-large' }) as Error,
    );
  });

  it('refuses settings and methods that the model does not have', async () => {
    const model = await openTorchScript(scriptArchive('return z'), 'test');
    expect(() => model.trace('encode')).toThrowError(PluginError);
    expect(() => model.trace('decode', { attributes: { colour: 1 } })).toThrowError(PluginError);
    expect(() => model.trace('decode', { steps: 0 })).toThrowError(PluginError);
    expect(() => model.trace('decode', { steps: 2 ** 40 })).toThrowError(PluginError);
  });
});
