/** Signatures and fixed sizes of a zip archive's records, for reader and writer. Source: PKWARE's APPNOTE, 4.3. */

export const END_SIGNATURE = 0x06054b50;
export const END_BYTES = 22;
export const ENTRY_SIGNATURE = 0x02014b50;
export const ENTRY_BYTES = 46;
export const LOCAL_SIGNATURE = 0x04034b50;
export const LOCAL_BYTES = 30;
