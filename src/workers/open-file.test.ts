import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toneModel } from '../../test/support/tone-model.js';
import { openArchive, writeArchive } from '../formats/archive/index.js';
import { encodeTerrain } from '../formats/preset/terrain.js';
import { writeCheckpoint } from '../formats/checkpoint/index.js';
import { PluginError } from '../shared/errors.js';
import type { OpenedFile } from '../shared/messages.js';
import type { Terrain } from '../shared/terrain.js';
import { createTerrainNetwork, DEFAULT_TERRAIN_SIZE } from '../terrain/network.js';
import { openFile } from './open-file.js';

const archive = (name: string) =>
  new Uint8Array(
    readFileSync(new URL(`../../test/fixtures/torchscript/${name}.torchscript`, import.meta.url)),
  );

const text = (words: string) => new TextEncoder().encode(words);

const terrain: Terrain = {
  name: 'Hills',
  network: createTerrainNetwork(DEFAULT_TERRAIN_SIZE, 0.5, 7),
  bounds: [
    [-1, 1],
    [-2, 2],
  ],
};

async function instrument(file: Uint8Array, name = 'x.ts', attributes?: Record<string, boolean | number>) {
  const opened = await openFile(file, name, { attributes });
  if (opened.kind !== 'model') throw new Error('no model');
  return opened.instrument;
}

async function refusal(file: Uint8Array, name: string): Promise<PluginError> {
  const error: unknown = await openFile(file, name).catch((error: unknown) => error);
  if (error instanceof PluginError) return error;
  throw new Error('was not refused');
}

describe('opening a file', () => {
  it('tells by content what it is, whatever it is called', async () => {
    const files: [Uint8Array, OpenedFile['kind']][] = [
      [toneModel({ name: 'Tone', cycles: 4 }), 'model'],
      [archive('stream'), 'model'],
      [writeCheckpoint(terrain), 'terrain'],
      [text(JSON.stringify(encodeTerrain(terrain))), 'terrain'],
    ];
    for (const [bytes, kind] of files)
      for (const name of ['x.ts', 'x.pt', 'x.onnx', 'x'])
        expect((await openFile(bytes, name)).kind).toBe(kind);
  });

  it('names models after the file unless they name themselves, and hashes the file', async () => {
    const onnx = toneModel({ name: 'Tone', cycles: 4 });
    expect((await instrument(onnx, 'download.onnx')).info.name).toBe('Tone');
    const script = archive('stream');
    const { info } = await instrument(script, 'My voice v1.2.ts');
    expect(info.name).toBe('My voice v1.2');
    expect(info.hash).toBe(createHash('sha256').update(script).digest('hex'));
    expect(await openFile(writeCheckpoint({ ...terrain, name: '' }), 'alps.pt')).toMatchObject({
      kind: 'terrain',
    });
  });

  it('says what can be played of a model: named latents apart from all, settings, what was mended', async () => {
    expect((await instrument(archive('variational'))).info).toMatchObject({
      sampleRate: 44_100,
      latents: 6,
      namedLatents: 3,
      channels: 1,
    });
    expect((await instrument(archive('stereo'))).info.channels).toBe(2);
    const { info } = await instrument(archive('one_shot'));
    expect(info.notes?.join()).toMatch(
      /exported without streaming: its padding was replaced.* answers \d+ ms late/,
    );
  });

  it('traces a model with the settings that were chosen, and ignores those that it does not have', async () => {
    const plain = await instrument(archive('adaptive'));
    const learning = await instrument(archive('adaptive'), 'x.ts', { learn: true, cutoff: 3 });
    const valueOf = ({ info }: typeof plain) => info.attributes?.find(({ name }) => name === 'learn')?.value;
    expect([valueOf(plain), valueOf(learning)]).toEqual([false, true]);
    // Learning is more work than using what was learned.
    expect(learning.decoder.voices[0]!.jobCount).toBeGreaterThan(plain.decoder.voices[0]!.jobCount);
    const wrongKind = await instrument(archive('adaptive'), 'x.ts', { learn: 5 });
    expect(valueOf(wrongKind)).toBe(false);
  });

  it('plays a model of one channel in stereo, or with its stereo mode off once', async () => {
    const modeOf = ({ info }: typeof stereo) =>
      info.attributes?.find(({ name }) => name === 'stereo_mode')?.value;
    const stereo = await instrument(archive('variational'));
    const mono = await instrument(archive('variational'), 'x.ts', { stereo_mode: false });
    expect([modeOf(stereo), stereo.decoder.voices.length]).toEqual([true, 2]);
    expect([modeOf(mono), mono.decoder.voices.length]).toEqual([false, 1]);
    // It is the same network either way.
    expect(mono.decoder.voices[0]!.jobCount).toBe(stereo.decoder.voices[0]!.jobCount);
  });

  it('reports every step once, in order, with a fraction that never falls', async () => {
    const seen: [string, number][] = [];
    await openFile(archive('stream'), 'x.ts', {
      onProgress: (stage, fraction) => seen.push([stage, fraction]),
    });
    expect(seen.map(([stage]) => stage)).toEqual(['parse', 'trace', 'plan', 'pack']);
    const fractions = seen.map(([, fraction]) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('reads of an archive only what the decoder needs, and gets the same plan', async () => {
    const plain = openArchive(archive('stream'));
    const weights = { name: 'data/unused', bytes: new Uint8Array(2 ** 20).fill(7) };
    const entries = plain.names.map((name) => ({ name, bytes: plain.read(name) }));
    const whole = writeArchive('model', [entries[0]!, weights, ...entries.slice(1)]);
    const sparse = new Uint8Array(whole.length);
    const need = (start: number, end: number) => sparse.set(whole.subarray(start, end), start);
    const take = (start: number, end: number) => {
      need(start, end);
      return sparse.subarray(start, end);
    };
    const hash = createHash('sha256').update(whole).digest('hex');
    const opened = await openFile({ bytes: sparse, need, take, release: () => {} }, 'x.ts', { hash });
    if (opened.kind !== 'model') throw new Error('no model');
    expect(opened.instrument.decoder).toEqual((await instrument(archive('stream'))).decoder);
    expect(sparse.filter((byte) => byte === 7).length).toBeLessThan(2 ** 18);
  });

  it('refuses everything else in words: what it is, what to do, and that the sound goes on', async () => {
    const files: [string, Uint8Array, RegExp][] = [
      ['empty.ts', text(''), /it is empty/],
      ['page.ts', text('\n<!DOCTYPE html>'), /a web page/],
      ['pointer.ts', text('version https://git-lfs.github.com/spec/v1\n'), /Git LFS/],
      ['state.ckpt', Uint8Array.of(0x80, 2, 0x7d, 0x71), /pickle of Python objects.*TorchScript/],
      ['weights.safetensors', text('\x40\0\0\0\0\0\0\0{"a":{"dtype"'), /safetensors/],
      ['kick.wav', text('RIFF....WAVE'), /it is a sound/],
      ['model.tar.gz', Uint8Array.of(0x1f, 0x8b, 8), /compressed folder/],
      ['notes.txt', text('hello there'), /none of the kinds/],
      ['cut.ts', archive('stream').subarray(100), /no PyTorch archive/],
      ['half.ts', archive('stream').subarray(0, 4000), /./],
      ['other.json', text('{"format":"latent-terrain"'), /begins as a terrain but is damaged/],
      ['forward.ts', archive('attributes'), /has no decoder/],
    ];
    for (const [name, bytes, why] of files) {
      const error = await refusal(bytes, name);
      expect(error.message).toMatch(why);
      expect([name, error.message]).toEqual([name, expect.stringMatching(/(sound goes on|stays)/i)]);
    }
  });

  it('refuses a decoder whose description does not fit it', async () => {
    const silent = toneModel({ name: 'x', cycles: 1, hop: 8, latents: 3 });
    // The metadata's «3» of the latents.
    const at = Buffer.from(silent).lastIndexOf('latents\x12\x013');
    silent[at + 9] = '5'.charCodeAt(0);
    expect((await refusal(silent, 'x.onnx')).details.join()).toMatch(/takes 5 latents .* shape \[1, 3, 1\]/);
  });
});
