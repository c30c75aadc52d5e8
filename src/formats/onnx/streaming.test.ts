import { describe, expect, it } from 'vitest';
import { largestDifference, randomHops, runOnnxRuntime, runReference } from '../../../test/onnx-truth.js';
import { writeOnnx } from '../../../test/onnx-writer.js';
import { streamingDecoder } from '../../../test/streaming-model.js';
import { optimise } from '../../graph/passes/index.js';
import { ReferenceInterpreter } from '../../graph/reference.js';
import { readOnnx } from './index.js';

describe('a streaming decoder', () => {
  const bytes = writeOnnx(streamingDecoder());

  it('gives what onnxruntime-web gives over 64 hops, as read and optimised', async () => {
    const graph = readOnnx(bytes);
    const hops = randomHops(graph, 64, 2);
    const truth = await runOnnxRuntime(bytes, graph, hops);
    for (const form of [graph, optimise(graph)]) {
      const { error, where } = largestDifference(runReference(form, hops), truth);
      // float32 rounding in onnxruntime, and phases that run on in it.
      expect(error, where).toBeLessThan(1e-5);
    }
  });

  it('is fused into cached convolutions, and nothing is left of overlaps and transposes', () => {
    const graph = optimise(readOnnx(bytes));
    const count = (op: string): number => graph.nodes.filter((node) => node.op === op).length;
    expect(count('cached_conv1d')).toBe(1);
    expect(count('cached_conv_transpose1d')).toBe(4);
    expect(count('pixel_shuffle')).toBe(1);
    expect(count('transpose') + count('reshape') + count('pad')).toBe(0);
    // The last of the cycles is the only slice; the block's add and scale are part of its convolution.
    expect(count('slice')).toBe(1);
    const down = graph.nodes.find((node) => node.origin === 'down')!;
    expect(down.inputs).toHaveLength(4);
  });

  it('keeps ports, roles, states and facts', () => {
    const graph = readOnnx(bytes);
    expect(graph.inputs.map(({ name, role, channel }) => [name, role, channel])).toEqual([
      ['latents', 'latent', undefined],
      ['noise_0', 'noise', 0],
      ['noise_1', 'noise', 1],
    ]);
    expect(graph.outputs.map(({ name, role }) => [name, role])).toEqual([['audio', 'audio']]);
    expect(graph.states.map(({ name }) => name).sort()).toEqual(
      ['cycles', 'history', 'inp.tail', 'noise0.tail', 'noise1.tail', 'tone.tail'].sort(),
    );
    expect(graph.metadata).toEqual({ sampleRate: '44100', hop: '32', latents: '4', name: 'Test' });
  });

  it('gives the same after a reset as when fresh', () => {
    const graph = optimise(readOnnx(bytes));
    const hops = randomHops(graph, 4, 3);
    const interpreter = new ReferenceInterpreter(graph);
    const first = hops.map((inputs) => interpreter.step(inputs));
    interpreter.reset();
    expect(hops.map((inputs) => interpreter.step(inputs))).toEqual(first);
  });

  it('may pair states by metadata instead of names', () => {
    const graph = readOnnx(
      writeOnnx({
        inputs: [
          { name: 'x', dims: [1, 1, 1] },
          { name: 'before', dims: [1, 1, 1] },
        ],
        outputs: [{ name: 'after', dims: [1, 1, 1] }],
        nodes: [{ op: 'Add', inputs: ['x', 'before'], outputs: ['after'] }],
        metadata: { 'role:x': 'latent', 'state:before': 'after' },
      }),
    );
    expect(graph.states).toMatchObject([{ name: 'before' }]);
  });
});
