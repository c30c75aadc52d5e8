/** SHA-256 piece by piece, imported when a user's file is opened; of the library only this is bundled. */

export { createSHA256, sha256 } from 'hash-wasm';
