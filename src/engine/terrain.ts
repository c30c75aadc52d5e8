/**
 * A terrain's network as a Graph and as an EnginePlan, for one position (audio thread) or many at once (picture,
 * training pairs). Not the terrain itself: what a terrain means is `src/terrain`, what it holds `src/shared/terrain.ts`.
 */

import { convAttributes, GraphBuilder } from '../graph/builder.js';
import type { Activation, Graph, ValueId } from '../graph/graph.js';
import type { EnginePlan } from '../shared/engine-plan.js';
import { LATENT_CLAMP, type DenseLayer, type TerrainNetwork } from '../shared/terrain.js';
import { compile } from './compile.js';

/**
 * Port `position` [1, inputs, positions] → port `latent` [1, latents, positions].
 * @throws PluginError('model/invalid') when the layers' sizes do not fit, ('model/not-finite') for NaN weights.
 */
export function terrainGraph(network: TerrainNetwork, positions: number): Graph {
  const builder = new GraphBuilder('terrain');
  let x = builder.input('position', [1, network.inputs, positions], 'position');
  if (network.fourier) {
    const scaled = Float32Array.from(network.fourier, (weight) => 2 * Math.PI * weight);
    const weight = builder.constant('fourier', [network.features, network.inputs, 1], scaled);
    const angle = builder.apply('conv1d', [x, weight], convAttributes());
    x = builder.apply('concat', [builder.apply('sin', [angle], {}), builder.apply('cos', [angle], {})], {
      axis: 1,
    });
  }
  network.layers.forEach((layer, index) => {
    const alpha = network.slopes[index];
    x = dense(builder, x, layer, alpha === undefined ? { kind: 'none' } : { kind: 'leaky_relu', alpha });
  });
  const latent = builder.apply('clip', [x], { min: -LATENT_CLAMP, max: LATENT_CLAMP });
  builder.output('latent', latent, 'latent');
  return builder.build();
}

function dense(builder: GraphBuilder, x: ValueId, layer: DenseLayer, activation: Activation): ValueId {
  const weight = builder.constant('weight', [layer.rows, layer.columns, 1], layer.weight);
  const bias = builder.constant('bias', [layer.rows], layer.bias);
  return builder.apply('conv1d', [x, weight, bias], convAttributes({ activation }));
}

/** The plan of `terrainGraph`. */
export function compileTerrain(network: TerrainNetwork, positions: number): EnginePlan {
  return compile(terrainGraph(network, positions));
}
