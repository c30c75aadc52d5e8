/**
 * What nn.terrain's checkpoints are made of: the modules in their order, as both the reader and the writer need them.
 * A checkpoint is a TorchScript archive without methods, written by LibTorch's `torch::serialize`.
 * Source: checkpoints that nn.terrain ships, and its model's source (CC0).
 */

/** The first layer, by whether the terrain has Fourier features. */
export const FIRST_LAYER = { fourier: 'fc_in_gau', plain: 'fc_in_linear' } as const;
/** The layers behind the first. */
export const LAYERS = ['fc2', 'fc3', 'fc4', 'fc_out'] as const;
/** The slope behind each layer but the last. */
export const SLOPES = ['prelu1', 'prelu2', 'prelu3', 'prelu4'] as const;

/** Our own facts, which nn.terrain's format has no place for: an extra file, which PyTorch passes over. */
export const EXTRA = 'extra/latent-terrain.json';
