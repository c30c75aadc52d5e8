/** nn.terrain's JSON dictionaries of trajectories and latents: reading and writing. */

export {
  readDictionary,
  writeDictionary,
  type Dictionary,
  type VectorList,
  type VectorLists,
} from './dictionary.js';
