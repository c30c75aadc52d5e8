/** Pickles of PyTorch archives as plain data, and the numbers of their tensors. */

export { readTensor } from './tensor.js';
export { unpickle } from './unpickle.js';
export type { PickledObject, PickledTensor, PickleValue, StorageType } from './values.js';
