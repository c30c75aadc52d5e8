import { describe, expect, it } from 'vitest';
import { folderRefusal, inOrder, refusal } from './kinds.js';

describe('a dropped file', () => {
  it('is taken by its name whatever type the system gives it', () => {
    // Windows calls .ts a transport stream, some Linux desktops a script.
    for (const type of ['', 'video/mp2t', 'text/plain', 'application/json'])
      for (const name of ['darbouka.ts', 'Darbouka.TS', 'a.b.onnx', 'terrain.pt'])
        expect(refusal(name, type)).toBeNull();
  });

  it('without a known name is taken when nothing speaks against it: its content decides', () => {
    for (const [name, type] of [
      ['darbouka', ''],
      ['model.bin', 'application/octet-stream'],
      ['model.torchscript', ''],
    ] as const)
      expect(refusal(name, type)).toBeNull();
  });

  it('of another kind is refused with its name and what to open instead', () => {
    expect(refusal('cover.png', 'image/png')).toMatch(
      /«cover\.png» is neither.*\.ts or \.onnx.*sound goes on/,
    );
    expect(refusal('take.wav', 'audio/wav')).toMatch(/is a sound/);
    expect(refusal('notes.json', 'application/json')).toMatch(/neither a model nor a terrain/);
    expect(folderRefusal('models')).toMatch(/«models» is a folder/);
  });

  it('from a training is told how to become a model', () => {
    expect(refusal('best.ckpt', '')).toMatch(/rave export --streaming/);
    expect(refusal('config.gin', '')).toMatch(/settings of a training/);
  });
});

it('of several files models come before terrains, in the order they were given', () => {
  const names = ['b.pt', 'a.ts', 'c.onnx', 'a.PT'];
  expect(inOrder(names.map((name) => ({ name }))).map(({ name }) => name)).toEqual([
    'a.ts',
    'c.onnx',
    'b.pt',
    'a.PT',
  ]);
});
