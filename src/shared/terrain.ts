/**
 * A terrain as plain data that crosses threads. What it computes: `src/terrain`. How it is saved: `src/formats`.
 */

/** A fully connected layer: y = W x + b. */
export interface DenseLayer {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major. */
  readonly weight: Float32Array;
  /** [rows] */
  readonly bias: Float32Array;
}

/** Edges of the control space that X and Y 0..1 are laid over, per input: [least, greatest]. */
export type Bounds = readonly (readonly [number, number])[];

/** The network of nn.terrain: control space → latent. Source: nn_terrain, features of model version 1.6. */
export interface TerrainNetwork {
  /** Dimensions of the control space, 1..6. */
  readonly inputs: number;
  /** 1..1024 */
  readonly latents: number;
  /** Width of the hidden layers, 1..1024. */
  readonly channels: number;
  /** Fourier features per sine and cosine, 0 if `fourier` is null. */
  readonly features: number;
  /** B, [features, inputs], row-major; the first layer sees [sin, cos](2π B x). Null: it sees x itself. */
  readonly fourier: Float32Array | null;
  /** Four hidden layers (the first from features or inputs), then the output layer. */
  readonly layers: readonly [DenseLayer, DenseLayer, DenseLayer, DenseLayer, DenseLayer];
  /** One slope for negative values after each hidden layer. */
  readonly slopes: readonly [number, number, number, number];
}

export interface Terrain {
  /** Shown to the musician. */
  readonly name: string;
  readonly network: TerrainNetwork;
  readonly bounds: Bounds;
}

/** The greatest magnitude of a latent that leaves a terrain (as in nn.terrain). */
export const LATENT_CLAMP = 100;
