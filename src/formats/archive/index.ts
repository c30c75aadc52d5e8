/** Zip archives as PyTorch writes them: opening strangers' files and writing our own. */

export { openArchive, type Archive } from './archive.js';
export { writeArchive, type ArchiveEntry } from './write.js';
