/**
 * The command line as a musician starts it: the real launcher as a process of its own. Truth is LibTorch's answers for
 * the fixtures of `test/fixtures/torchscript`, onnxruntime-web, and nn.terrain's expected latents.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import wavefile from 'wavefile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../src/formats/checkpoint/index.js';
import { readOnnx } from '../src/formats/onnx/index.js';
import { decodeTerrain } from '../src/formats/preset/terrain.js';
import { terrainForward } from '../src/terrain/forward.js';
import { randomArray, randomNumbers, runOnnxRuntime } from './onnx-truth.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const launcher = join(root, 'bin/latent-terrain.mjs');
const model = (name: string): string => join(root, `test/fixtures/torchscript/${name}.torchscript`);
const terrains = join(root, '../shared/terrains');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latent-terrain-cli-'));
  // Builds the bundle, which the first test would else pay for.
  expect(run('--help').status).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
    cwd: folder || root,
  });
  return { status, stdout, stderr };
}

/** Runs what must succeed. */
function done(...args: string[]): Ran {
  const ran = run(...args);
  expect([ran.status, ran.stderr.match(/^ +at .*/m)]).toEqual([0, null]);
  return ran;
}

function floats(name: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path(name))).buffer);
}

function writeFloats(name: string, numbers: ArrayLike<number>): string {
  writeFileSync(path(name), new Uint8Array(Float32Array.from(numbers).buffer));
  return path(name);
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let greatest = 0;
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  return greatest;
}

interface Recorded {
  readonly method: string;
  readonly calls: number;
  readonly inputs: { readonly shape: [number, number, number]; readonly at: number };
  readonly zero: { readonly shape: [number, number, number]; readonly at: number };
  readonly stored?: { readonly shape: [number, number, number]; readonly at: number };
}

/** What LibTorch was given and answered, [frame][channel]. */
function recorded(name: string, method: string): Record<'inputs' | 'zero' | 'stored', Float32Array> {
  const fixtures = JSON.parse(
    readFileSync(join(root, 'test/fixtures/torchscript/fixtures.json'), 'utf8'),
  ) as Record<string, { runs: Recorded[] }>;
  const found = fixtures[name]!.runs.find((run) => run.method === method)!;
  const bytes = new Uint8Array(readFileSync(join(root, `test/fixtures/torchscript/${name}.f32`)));
  const numbers = new Float32Array(bytes.buffer);
  const interleaved = ({ shape: [, channels, columns], at }: Recorded['zero']): Float32Array => {
    const frames = Float32Array.from({ length: found.calls * channels * columns });
    for (let i = 0; i < frames.length; i++) {
      const [frame, channel] = [Math.floor(i / channels), i % channels];
      const [call, column] = [Math.floor(frame / columns), frame % columns];
      frames[i] = numbers[at + (call * channels + channel) * columns + column]!;
    }
    return frames;
  };
  return {
    inputs: interleaved(found.inputs),
    zero: interleaved(found.zero),
    stored: interleaved(found.stored!),
  };
}

/** The engine against LibTorch, both in float32. */
const TOLERANCE = 1e-5;

describe('help', () => {
  it('tells the commands, and each tells its options and how raw files lie', () => {
    const { stdout } = done('--help');
    for (const command of ['inspect', 'decode', 'encode', 'sample', 'convert', 'bench']) {
      expect(stdout).toContain(`  ${command}`);
      expect(done(command, '--help').stdout).toContain(`latent-terrain ${command} `);
    }
    for (const command of ['decode', 'encode', 'sample'])
      expect(done(command, '--help').stdout).toContain('little-endian 32-bit floats, [frame][channel]');
  });
});

describe('decode', () => {
  it.each(['zero', 'stored'] as const)('answers as LibTorch from the %s state', (state) => {
    const answers = recorded('stream', 'decode');
    const latents = writeFloats('z.f32', answers.inputs);
    done('decode', model('stream'), '--latents', latents, '--out', path('y.f32'), '--state', state);
    expect(difference(floats('y.f32'), answers[state])).toBeLessThan(TOLERANCE);
  });

  it('answers with zeros for everything random as LibTorch does', () => {
    for (const name of ['variational', 'noisy']) {
      const answers = recorded(name, 'decode');
      const latents = writeFloats('z.f32', answers.inputs);
      done('decode', model(name), '--latents', latents, '--out', path('y.f32'), '--noise', 'zero');
      expect(difference(floats('y.f32'), answers.zero), name).toBeLessThan(TOLERANCE);
    }
  });

  it('gives the same for any number of hops a call, noise and latents that are not named included', () => {
    for (const name of ['noisy', 'variational']) {
      const latents = writeFloats('z.f32', randomArray(3 * 10, randomNumbers(1)));
      const sound = (...options: string[]): Float32Array => {
        done('decode', model(name), '--latents', latents, '--out', path('y.f32'), ...options);
        return floats('y.f32');
      };
      const one = sound('--seed', '7');
      // Three do not divide ten.
      expect(difference(sound('--seed', '7', '--chunk', '3'), one), name).toBeLessThan(1e-6);
      expect(difference(sound('--seed', '8'), one), name).toBeGreaterThan(1e-4);
      expect(difference(sound('--noise', 'zero'), one), name).toBeGreaterThan(1e-4);
    }
  });

  it('takes all latents if asked', () => {
    const named = randomArray(3 * 4, randomNumbers(2));
    const all = Float32Array.from({ length: 6 * 4 }, (_, i) =>
      i % 6 < 3 ? named[Math.floor(i / 6) * 3 + (i % 6)]! : 0,
    );
    const decode = (latents: string, out: string, ...options: string[]): Float32Array => {
      done(
        'decode',
        model('variational'),
        '--latents',
        latents,
        '--out',
        path(out),
        '--noise',
        'zero',
        ...options,
      );
      return floats(out);
    };
    const few = decode(writeFloats('few.f32', named), 'few.out.f32');
    expect(decode(writeFloats('all.f32', all), 'all.out.f32', '--all-latents')).toEqual(few);
    all[5] = 1;
    expect(
      difference(decode(writeFloats('all.f32', all), 'all.out.f32', '--all-latents'), few),
    ).toBeGreaterThan(1e-4);
  });

  it("writes the same sound as 32-bit float WAV at the model's rate", () => {
    const latents = writeFloats('z.f32', randomArray(4 * 3, randomNumbers(3)));
    done('decode', model('stereo'), '--latents', latents, '--out', path('y.wav'));
    done('decode', model('stereo'), '--latents', latents, '--out', path('y.f32'));
    const wav = new wavefile.WaveFile(new Uint8Array(readFileSync(path('y.wav'))));
    expect([wav.bitDepth, (wav.fmt as { sampleRate: number }).sampleRate]).toEqual(['32f', 44100]);
    expect(Float32Array.from(wav.getSamples(true))).toEqual(floats('y.f32'));
  });

  it('plays a one-shot ONNX export and says what was guessed', () => {
    const latents = writeFloats('z.f32', randomArray(4 * 3, randomNumbers(3)));
    const { stderr } = done(
      'decode',
      join(root, 'test/fixtures/one-shot/decoder.onnx'),
      '--latents',
      latents,
      '--out',
      path('y.f32'),
    );
    expect(stderr).toMatch(/made streaming[^]*44.1 kHz is assumed/);
    expect(floats('y.f32')).toHaveLength(3 * 32);
  });
});

describe('encode', () => {
  it('answers as LibTorch', () => {
    const answers = recorded('stream', 'encode');
    done('encode', model('stream'), '--in', writeFloats('x.f32', answers.inputs), '--out', path('z.f32'));
    expect(difference(floats('z.f32'), answers.zero)).toBeLessThan(TOLERANCE);
  });

  it('gives the mean if asked, else a draw of the seed', () => {
    const answers = recorded('variational', 'encode');
    const sound = writeFloats('x.f32', answers.inputs);
    const latents = (...options: string[]): Float32Array => {
      done('encode', model('variational'), '--in', sound, '--out', path('z.f32'), ...options);
      return floats('z.f32');
    };
    expect(difference(latents('--mean'), answers.zero)).toBeLessThan(TOLERANCE);
    const drawn = latents('--seed', '1');
    expect(difference(drawn, answers.zero)).toBeGreaterThan(1e-3);
    expect(latents('--seed', '1')).toEqual(drawn);
    expect(difference(latents('--seed', '2'), drawn)).toBeGreaterThan(1e-3);
  });

  it('reads WAV of any depth, mixes channels, fills up the last hop', () => {
    // 70 samples are three hops of 32, the last of which is filled up.
    const left = randomArray(70, randomNumbers(4)).map((sample) => Math.round(sample * 32767) / 32768);
    const wav = new wavefile.WaveFile();
    wav.fromScratch(2, 44100, '16', [left.map((sample) => sample * 32768), new Float32Array(70)]);
    writeFileSync(path('x.wav'), wav.toBuffer());
    done('encode', model('stream'), '--in', path('x.wav'), '--out', path('wav.f32'));
    const mixed = writeFloats(
      'x.f32',
      left.map((sample) => sample / 2),
    );
    done('encode', model('stream'), '--in', mixed, '--out', path('raw.f32'));
    expect(floats('wav.f32')).toHaveLength(3 * 4);
    expect(difference(floats('wav.f32'), floats('raw.f32'))).toBeLessThan(1e-5);
  });
});

describe('sample', () => {
  const atlas = join(root, 'assets/terrains/atlas.json');

  it('gives the latents that the terrain means, of written places, of a file, to a file and to the output', () => {
    const { network } = decodeTerrain(JSON.parse(readFileSync(atlas, 'utf8')));
    const places = [0.5, -0.25, 0, 1];
    const truth = terrainForward(network, places);
    done('sample', atlas, '--coordinates', '0.5,-0.25;0,1', '--out', path('z.f32'));
    expect(difference(floats('z.f32'), truth)).toBeLessThan(1e-4);
    const ran = spawnSync(process.execPath, [
      launcher,
      'sample',
      atlas,
      '--coordinates',
      writeFloats('xy.f32', places),
      '--out',
      '-',
    ]);
    expect(new Float32Array(new Uint8Array(ran.stdout).buffer)).toEqual(floats('z.f32'));
  });

  it.skipIf(!existsSync(terrains))('gives what nn.terrain gives (../shared/terrains)', () => {
    for (const name of ['percussion-terrain-demo', 'stable-audio-terrain-demo']) {
      const expected = JSON.parse(readFileSync(join(terrains, `${name}.expected.json`), 'utf8'));
      const { coordinates, latents } = expected as { coordinates: number[][]; latents: number[][] };
      const xy = writeFloats('xy.f32', coordinates.flat());
      done('sample', join(terrains, `${name}.pt`), '--coordinates', xy, '--out', path('z.f32'));
      expect(difference(floats('z.f32'), latents.flat()), name).toBeLessThan(1e-4);
    }
  });
});

describe('convert', () => {
  it.each([
    ['stream', 'decode', 4],
    ['noisy', 'decode', 3],
    ['quantised', 'decode', 3],
    ['stream', 'encode', 32],
  ])('makes of %s a file in which onnxruntime-web answers as %s does', async (name, method, columns) => {
    done('convert', model(name), path('m.onnx'), '--method', method);
    const bytes = new Uint8Array(readFileSync(path('m.onnx')));
    const graph = readOnnx(bytes);
    const signal = randomArray(columns * 6, randomNumbers(5));
    const noise = graph.inputs.filter(({ role }) => role === 'noise');
    const input = graph.inputs.find(({ role }) => role !== 'noise')!;
    const hops = Array.from({ length: 6 }, (_, hop) => ({
      [input.name]: signal.slice(hop * columns, (hop + 1) * columns),
      ...Object.fromEntries(
        noise.map((port) => [
          port.name,
          new Float32Array(graph.values[port.value]!.shape.reduce((a, b) => a * b, 1)),
        ]),
      ),
    }));
    const outputs = await runOnnxRuntime(bytes, graph, hops);
    const file = writeFloats('in.f32', signal);
    if (method === 'decode')
      done('decode', model(name), '--latents', file, '--out', path('out.f32'), '--noise', 'zero');
    else done('encode', model(name), '--in', file, '--out', path('out.f32'), '--mean');
    const truth = outputs.flatMap((output) => [...output[graph.outputs[0]!.name]!]);
    expect(difference(floats('out.f32'), truth)).toBeLessThan(1e-5);
    // And the file plays here as the model does.
    if (method === 'decode') {
      done('decode', path('m.onnx'), '--latents', file, '--out', path('again.f32'), '--noise', 'zero');
      expect(difference(floats('again.f32'), truth)).toBeLessThan(1e-5);
    }
  });

  it('keeps what the states held, for whoever asks for it', () => {
    const answers = recorded('stream', 'decode');
    const latents = writeFloats('z.f32', answers.inputs);
    done('convert', model('stream'), path('m.onnx'));
    for (const state of ['zero', 'stored'] as const) {
      done('decode', path('m.onnx'), '--latents', latents, '--out', path('y.f32'), '--state', state);
      expect(difference(floats('y.f32'), answers[state]), state).toBeLessThan(TOLERANCE);
    }
  });

  it("takes a terrain to nn.terrain's checkpoint and back without a change", () => {
    const atlas = join(root, 'assets/terrains/atlas.json');
    done('convert', atlas, path('atlas.pt'));
    done('convert', path('atlas.pt'), path('atlas.json'));
    const [before, after] = [atlas, path('atlas.json')].map((file) =>
      decodeTerrain(JSON.parse(readFileSync(file, 'utf8'))),
    );
    expect(after).toEqual(before);
    expect(readCheckpoint(new Uint8Array(readFileSync(path('atlas.pt'))), 'x').terrain).toEqual(before);
  });
});

describe('inspect', () => {
  it('tells what a model is', () => {
    const report = JSON.parse(done('inspect', model('stream'), '--json').stdout);
    expect(report).toMatchObject({
      kind: 'torchscript',
      sampleRate: 44100,
      hop: 32,
      methods: [
        { name: 'forward' },
        { name: 'decode', from: '4 at 1/32', to: '1 at 1/1' },
        { name: 'encode' },
      ],
      parts: [
        { method: 'decode', playable: true, latents: 4, audioChannels: 1, unsupported: [] },
        { method: 'encode', playable: true, latents: 4 },
      ],
    });
    expect(report.parts[0].macs).toBeGreaterThan(0);
    expect(report.parts[0].stateBytes).toBeGreaterThan(0);
    const { stdout } = done('inspect', model('variational'));
    expect(stdout).toMatch(/6 latents \(3 named\)/);
    expect(stdout).toMatch(/attribute stereo_mode = false \(bool\)/);
  });

  it('lists what cannot be played with its place', () => {
    const { stdout } = done('inspect', model('unsupported'));
    expect(stdout).toMatch(/decode: cannot be played/);
    expect(stdout).toMatch(/models\.py:\d+: torch\.kthvalue/);
    const report = JSON.parse(
      done('inspect', join(root, 'test/fixtures/one-shot/recurrent.onnx'), '--json').stdout,
    );
    expect(report.parts).toEqual([
      {
        method: 'decode',
        playable: false,
        notes: [expect.stringMatching(/cannot play yet/)],
        unsupported: [expect.stringMatching(/^\/memory\/LSTM \(LSTM\)/)],
      },
    ]);
  });

  it('knows terrains and ONNX', () => {
    expect(
      JSON.parse(done('inspect', join(root, 'assets/terrains/atlas.json'), '--json').stdout),
    ).toMatchObject({
      kind: 'terrain',
      inputs: 2,
      latents: 8,
    });
    expect(done('inspect', join(root, 'test/fixtures/one-shot/encoder.onnx')).stdout).toMatch(
      /encode: 3 latents/,
    );
  });
});

describe('bench', () => {
  it('tells milliseconds, realtime factor and MACs', () => {
    const { stdout } = done('bench', model('stream'), '--hops', '5', '--no-libtorch');
    expect(stdout).toMatch(
      /hop 32 samples = 0.73 ms, 0\.\d+ million MACs\nengine +\d+\.\d+ ms per hop, \d+\.\d × realtime\n/,
    );
  });
});

describe('what goes wrong', () => {
  it.each<[string, string[], RegExp]>([
    ['no command', [], /inspect/],
    ['an unknown command', ['play'], /no command «play»/],
    ['an unknown option', ['inspect', 'x', '--loud'], /--loud/],
    ['no file', ['inspect'], /FILE is missing/],
    ['one word too many', ['inspect', 'a', 'b'], /«b» is one word too many/],
    ['no latents', ['decode', 'm.ts', '--out', 'y.wav'], /--latents is missing/],
    [
      'a seed and no noise',
      ['decode', 'm.ts', '--latents', 'z.f32', '--out', 'y.wav', '--seed', '1', '--noise', 'zero'],
      /exclude each other/,
    ],
    [
      'a seed that is none',
      ['decode', 'm.ts', '--latents', 'z.f32', '--out', 'y.wav', '--seed', 'one'],
      /--seed is «one»/,
    ],
    [
      'a state that is none',
      ['decode', 'm.ts', '--latents', 'z.f32', '--out', 'y.wav', '--state', 'old'],
      /stored or zero/,
    ],
    [
      'a chunk of nothing',
      ['decode', 'm.ts', '--latents', 'z.f32', '--out', 'y.wav', '--chunk', '0'],
      /from 1 to 1024/,
    ],
    [
      'a sound of an unknown kind',
      ['decode', 'm.ts', '--latents', 'z.f32', '--out', 'y.mp3'],
      /must end in .wav or .f32/,
    ],
    [
      'places that are none',
      ['sample', join(root, 'assets/terrains/atlas.json'), '--coordinates', '1;2,3', '--out', '-'],
      /wants 2 numbers/,
    ],
    ['a target of an unknown kind', ['convert', 'm.ts', 'm.tflite'], /must end in/],
    ['a model as a terrain', ['convert', model('stream'), 'm.pt'], /is a model: it becomes .onnx/],
  ])('is a wrong call with %s', (_title, args, message) => {
    const { status, stderr } = run(...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it.each<[string, () => string[], RegExp]>([
    ['that does not exist', () => ['inspect', 'nowhere.ts'], /«nowhere.ts» does not exist/],
    ['that is a folder', () => ['inspect', folder], /is a folder/],
    ['that is a web page', () => ['inspect', text('m.ts', '<!doctype html>')], /a web page/],
    ['that is cut', () => ['inspect', cut('m.ts', model('stream'))], /damaged/],
    [
      'that is a terrain where a model belongs',
      () => ['bench', join(root, 'assets/terrains/atlas.json')],
      /is a terrain; a model is wanted/,
    ],
    [
      'that is a model where a terrain belongs',
      () => ['sample', model('stream'), '--coordinates', '0,0', '--out', '-'],
      /is a model; a terrain is wanted/,
    ],
    [
      'without an encoder',
      () => ['encode', model('noisy'), '--in', writeFloats('x.f32', [0]), '--out', 'z.f32'],
      /no encoder/,
    ],
    [
      'without a decoder',
      () => [
        'decode',
        join(root, 'assets/instrument/encoder.onnx'),
        '--latents',
        writeFloats('z.f32', [0]),
        '--out',
        'y.f32',
      ],
      /no decoder/,
    ],
    [
      'with ops that cannot be played',
      () => ['decode', model('unsupported'), '--latents', writeFloats('z.f32', [0, 0]), '--out', 'y.f32'],
      /torch\.sort/,
    ],
    [
      'of latents of another number',
      () => ['decode', model('stream'), '--latents', writeFloats('z.f32', [1, 2, 3]), '--out', 'y.f32'],
      /no whole frames of 4 numbers/,
    ],
    [
      'of latents that are no numbers',
      () => ['decode', model('stream'), '--latents', writeFloats('z.f32', [1, 2, NaN, 4]), '--out', 'y.f32'],
      /NaN at frame 0, latent 2/,
    ],
    [
      'of sound at another rate',
      () => ['encode', model('stream'), '--in', wavAt('x.wav', 48000), '--out', 'z.f32'],
      /48000 samples a second, the model 44100/,
    ],
    [
      'of sound that is none',
      () => ['encode', model('stream'), '--in', text('x.wav', 'RIFF'), '--out', 'z.f32'],
      /no WAV file/,
    ],
    [
      'that cannot be written',
      () => ['convert', model('stream'), path('no/where.onnx')],
      /cannot be written \(ENOENT\)/,
    ],
  ])('is a refusal of a file %s', (_title, args, message) => {
    const { status, stderr } = run(...args());
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/^ +at |current sound/m);
  });
});

function text(name: string, contents: string): string {
  writeFileSync(path(name), contents);
  return path(name);
}

function cut(name: string, from: string): string {
  writeFileSync(path(name), readFileSync(from).subarray(0, 1000));
  return path(name);
}

function wavAt(name: string, rate: number): string {
  const wav = new wavefile.WaveFile();
  wav.fromScratch(1, rate, '32f', new Float32Array(64));
  writeFileSync(path(name), wav.toBuffer());
  return path(name);
}

describe('the launcher', () => {
  it('says what to do in a checkout without packages, and needs none once it is built', () => {
    const clone = path('clone');
    for (const part of ['bin', 'src', 'package.json', 'package-lock.json'])
      cpSync(join(root, part), join(clone, part), { recursive: true });
    const start = () =>
      spawnSync(process.execPath, [join(clone, 'bin/latent-terrain.mjs'), '--help'], { encoding: 'utf8' });
    const bare = start();
    expect([bare.status, bare.stderr]).toEqual([
      1,
      expect.stringMatching(/^Install the packages first: run «npm ci» in .*\n$/),
    ]);
    // Copied last, so newer than the sources.
    for (const part of ['build/kernels.wasm', 'build/cli/main.mjs'])
      cpSync(join(root, part), join(clone, part));
    const built = start();
    expect([built.status, built.stdout]).toEqual([0, expect.stringContaining('inspect')]);
  });
});
