/** nn.terrain's `.pt` checkpoints: reading and writing. */

export { isCheckpoint, readCheckpoint, type Checkpoint } from './read.js';
export { writeCheckpoint } from './write.js';
