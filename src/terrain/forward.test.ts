import { existsSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TerrainNetwork } from '../shared/terrain.js';
import { terrainForward } from './forward.js';
import { createTerrainNetwork } from './network.js';
import { createRandom } from './random.js';
import { checkNetwork } from './validate.js';

const CHECKPOINTS = '../shared/terrains';

describe('the forward computation', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each([
    { inputs: 2, latents: 8, channels: 80, features: 64, scale: 0.4 },
    { inputs: 1, latents: 3, channels: 17, features: 5, scale: 2 },
    { inputs: 6, latents: 33, channels: 24, features: 48, scale: 0.1 },
    { inputs: 2, latents: 8, channels: 80, features: 64, scale: 0 },
  ])('agrees with TensorFlow.js: %j', ({ scale, ...size }) => {
    const network = createTerrainNetwork(size, scale, 11);
    const positions = randomPositions(40, size.inputs);
    // TensorFlow.js computes in float32 and the latents are below 1: a few hundred roundings of 6e-8.
    expect(
      worstDifference(terrainForward(network, positions), tensorflowForward(network, positions)),
    ).toBeLessThan(2e-5);
  });

  it('uses the slope of each hidden layer', () => {
    const network = createTerrainNetwork({ inputs: 2, latents: 4, channels: 16, features: 8 }, 0.5, 3);
    const sloped: TerrainNetwork = { ...network, slopes: [-0.5, 0.1, 0.9, 1.5] };
    const positions = randomPositions(20, 2);
    const expected = tensorflowForward(sloped, positions);
    expect(worstDifference(terrainForward(sloped, positions), expected)).toBeLessThan(2e-5);
    expect(worstDifference(terrainForward(network, positions), expected)).toBeGreaterThan(1e-3);
  });

  it('clamps latents to ±100', () => {
    const network = createTerrainNetwork({ inputs: 1, latents: 2, channels: 4, features: 4 }, 0.5, 1);
    network.layers[4].bias.set([1e6, -1e6]);
    expect([...terrainForward(network, [0.3])]).toEqual([100, -100]);
  });

  it.skipIf(!existsSync(CHECKPOINTS)).each(['percussion-terrain-demo', 'stable-audio-terrain-demo'])(
    'gives what PyTorch gives for the checkpoint %s (skipped without ../shared)',
    (name) => {
      const expected = JSON.parse(readFileSync(`${CHECKPOINTS}/${name}.expected.json`, 'utf8')) as {
        coordinates: number[][];
        latents: number[][];
      };
      const network = readCheckpoint(readFileSync(`${CHECKPOINTS}/${name}.pt`), 2);
      checkNetwork(network);
      expect(expected.coordinates).toHaveLength(48);
      // PyTorch's float32 is at most 1.3e-5 from float64 on these (README beside them).
      expect(
        worstDifference(terrainForward(network, expected.coordinates.flat()), expected.latents.flat()),
      ).toBeLessThan(2e-5);
    },
  );

  it.skipIf(!existsSync(CHECKPOINTS))(
    'agrees with TensorFlow.js on the largest checkpoint, m2l-demo (skipped without ../shared)',
    () => {
      const network = readCheckpoint(readFileSync(`${CHECKPOINTS}/m2l-demo.pt`), 2);
      checkNetwork(network);
      expect(network).toMatchObject({ latents: 64, channels: 256, features: 512 });
      const positions = randomPositions(48, 2).map((v, i) => v * (i % 2 ? 4 : 16));
      // Angles reach 40 radians here, where float32 is coarser: 4e-6 each, through a thousand features.
      expect(
        worstDifference(terrainForward(network, positions), tensorflowForward(network, positions)),
      ).toBeLessThan(1e-4);
    },
  );
});

function randomPositions(count: number, inputs: number): number[] {
  const random = createRandom(count);
  return Array.from({ length: count * inputs }, () => 2 * random.uniform() - 1);
}

function worstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]!)), 0);
}

/** The same network written with TensorFlow.js' own layers of meaning: matMul, sin, cos, leaky ReLU. */
function tensorflowForward(network: TerrainNetwork, positions: number[]): Float32Array {
  const { inputs, features, fourier, layers, slopes } = network;
  return tf.tidy(() => {
    let x = tf.tensor2d(positions, [positions.length / inputs, inputs]);
    if (fourier) {
      const angle = tf.matMul(x.mul(2 * Math.PI), tf.tensor2d(fourier, [features, inputs]), false, true);
      x = tf.concat([tf.sin(angle), tf.cos(angle)], 1) as tf.Tensor2D;
    }
    layers.forEach((layer, i) => {
      x = tf.matMul(x, tf.tensor2d(layer.weight, [layer.rows, layer.columns]), false, true);
      x = x.add(tf.tensor1d(layer.bias));
      if (i < 4) x = tf.leakyRelu(x, slopes[i]);
    });
    return x.dataSync() as Float32Array;
  });
}

/**
 * The numbers of an nn.terrain checkpoint, by its fixed order of storages, for this test only:
 * 0 two_pi, 1 B_T, then weight, bias, slope of each hidden layer, and weight, bias of the output layer.
 * B_T has shape [inputs, features] but strides [1, inputs]: in memory it is B, row-major.
 */
function readCheckpoint(archive: Buffer, inputs: number): TerrainNetwork {
  const storages = storedFloats(archive);
  const layer = (at: number) => {
    const weight = storages.get(at)!;
    const bias = storages.get(at + 1)!;
    return { rows: bias.length, columns: weight.length / bias.length, weight, bias };
  };
  const slope = (at: number) => storages.get(at)![0]!;
  const fourier = storages.get(1)!;
  const layers = [layer(2), layer(5), layer(8), layer(11), layer(14)] as const;
  return {
    inputs,
    latents: layers[4].rows,
    channels: layers[0].rows,
    features: fourier.length / inputs,
    fourier,
    layers,
    slopes: [slope(4), slope(7), slope(10), slope(13)],
  };
}

/** The uncompressed entries `…/data/N` of a zip archive, as float32, by N; found through its central directory. */
function storedFloats(archive: Buffer): Map<number, Float32Array> {
  const storages = new Map<number, Float32Array>();
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [bytes, nameLength, extraLength, commentLength] = [
      archive.readUInt32LE(at + 24),
      archive.readUInt16LE(at + 28),
      archive.readUInt16LE(at + 30),
      archive.readUInt16LE(at + 32),
    ];
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('latin1', at + 46, at + 46 + nameLength);
    const storage = /\/data\/(\d+)$/.exec(name);
    if (storage) {
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      storages.set(
        Number(storage[1]),
        new Float32Array(Uint8Array.from(archive.subarray(start, start + bytes - (bytes % 4))).buffer),
      );
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  return storages;
}
