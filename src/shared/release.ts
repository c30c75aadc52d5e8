/**
 * Gives the memory of an array back at once, where the collector would come late: a file goes by in pieces, or the audio
 * thread allocates nothing, so that its collector never comes. The array is empty afterwards. Thread: any.
 */
export function release(bytes: Uint8Array): void {
  // Not in every browser yet, nor in our list of types.
  (bytes.buffer as ArrayBuffer & { transfer?(length: number): ArrayBuffer }).transfer?.(0);
}
