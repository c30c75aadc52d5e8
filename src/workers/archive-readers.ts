/** What reads PyTorch's archives, as one piece that `open-file.ts` imports when there is an archive to read. */

export { openArchive } from '../formats/archive/index.js';
export { isCheckpoint, readCheckpoint } from '../formats/checkpoint/index.js';
export { readTorchScript } from './read-torchscript.js';
