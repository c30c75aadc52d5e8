/**
 * Importers of ONNX ops that draw random numbers: the numbers become an input of the graph, with role noise, so that
 * whoever plays it decides about the seed.
 */

import { contradictory, Unsupported } from '../errors.js';
import { elementCount, MAX_ELEMENTS } from '../../../graph/tensor-shape.js';
import type { NoiseDistribution } from '../../../shared/engine-plan.js';
import type { NodeImport, Operand } from '../node.js';
import { DataType } from '../schema.js';
import type { OpImporter } from './elementwise.js';

/** @param like Whether the shape is that of an input, or an attribute. */
function random(distribution: NoiseDistribution, like: boolean): OpImporter {
  return (node) => {
    const type = node.int('dtype', DataType.FLOAT);
    if (type !== DataType.FLOAT) throw new Unsupported(`random numbers of ONNX type ${type}`);
    const shape = like ? node.shape(node.input(0)) : (node.attribute('shape')?.ints ?? []);
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 1))
      throw contradictory(`${node.origin} (${node.op}): sizes are [${shape.join(', ')}]`);
    if (elementCount(shape) > MAX_ELEMENTS)
      throw contradictory(`${node.origin} (${node.op}): too many numbers`);
    const name = node.node.outputs[0] ?? node.origin;
    const id = node.builder.input(`noise:${name}`, shape, 'noise', undefined, distribution);
    const drawn: Operand = { kind: 'value', id, half: false };
    const [scale, offset] =
      distribution === 'normal'
        ? [node.float('scale', 1), node.float('mean', 0)]
        : [node.float('high', 1) - node.float('low', 0), node.float('low', 0)];
    return [moved(node, drawn, scale, offset)];
  };
}

function moved(node: NodeImport, x: Operand, scale: number, offset: number): Operand {
  const part = (name: string): string => `${node.origin}.${name}`;
  const scaled =
    scale === 1 ? x : node.apply('mul', [x, node.constant([], [scale], part('scale'))], {}, part('scaled'));
  if (offset === 0) return scaled;
  return node.apply('add', [scaled, node.constant([], [offset], part('offset'))], {});
}

export const randomImporters = {
  RandomNormal: random('normal', false),
  RandomNormalLike: random('normal', true),
  RandomUniform: random('uniform', false),
  RandomUniformLike: random('uniform', true),
} satisfies Record<string, OpImporter>;
